"""From the bytes of a line to codes of keys: codes may come in pieces, begin alike, or be noise.

A finger needs tens of milliseconds from key to key. A burst that is faster was sent by a machine: a scanner on the
pad's port would otherwise call visitors with the letters of every slip. A busy computer, though, reads late, and then
finds several keys at once: so a short burst of nothing but keys is a hand's. It may find the end of a scan as late, and
that may be nothing but keys too: so after a machine's burst the line has to be silent for longer before a key counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

REST_S = 0.1
FINGER_S = 0.03
CALM_S = 0.3
MOST_AT_ONCE = 3
MOST_KEYS_AT_ONCE = 8
LONGEST_CODE = 16

_ESCAPES: Mapping[str, str] = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}
_PIECE = re.compile(r"\\x([0-9A-Fa-f]{2})|\\([rnt\\])|([^\\])", re.DOTALL)


def code_bytes(text: str) -> bytes:
    """The bytes that a code of the settings stands for: ASCII text with ``\\r``, ``\\n``, ``\\t``, ``\\\\`` and
    ``\\xNN``. Raises ``ValueError`` with a sentence."""
    data, at = bytearray(), 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            raise ValueError(f"{text!r}: after a backslash comes r, n, t, \\ or x and two hexadecimal digits")
        hexadecimal, escape, plain = piece.groups()
        if plain is not None and not plain.isascii():
            raise ValueError(f"{text!r}: {plain!r} is not ASCII; write its bytes as \\xNN")
        data += bytes([int(hexadecimal, 16)]) if hexadecimal else (_ESCAPES.get(escape or "") or plain).encode("ascii")
        at = piece.end()
    if len(data) > LONGEST_CODE:
        raise ValueError(f"{text!r}: longer than {LONGEST_CODE} bytes")
    return bytes(data)


def code_text(data: bytes) -> str:
    """The other way round, as it is written in the settings."""
    named = {ord(char): f"\\{name}" for name, char in _ESCAPES.items()}
    return "".join(named.get(one) or (chr(one) if 0x20 <= one < 0x7F else f"\\x{one:02x}") for one in data)


@dataclass(frozen=True, slots=True)
class Heard:
    """``codes`` of keys in the order of their pressing; ``garbage``: bytes that no key sends."""

    codes: tuple[bytes, ...] = ()
    garbage: bytes = b""


@dataclass(frozen=True, slots=True)
class _Piece:
    data: bytes
    is_code: bool


class Decoder:
    """Reads ``codes`` out of what a line brings; ``now`` is in monotonic seconds.

    Of codes that begin alike the longer one counts, if the rest of it comes within ``rest_s``. What comes within
    ``finger_s`` is told together, so that a machine's burst is known before the first key of it is told.
    """

    def __init__(self, codes: Iterable[bytes], *, rest_s: float = REST_S, finger_s: float = FINGER_S) -> None:
        self._codes = sorted(codes, key=len, reverse=True)
        self._rest_s, self._finger_s = rest_s, finger_s
        self._rest, self._rest_at = b"", 0.0
        self._held: list[_Piece] = []
        self._judged_at = 0.0
        self._calm_at: float | None = None

    def feed(self, data: bytes, now: float) -> Heard:
        """What is certain now; call it without data when ``due`` says so."""
        if self._rest and now >= self._rest_at + self._rest_s:
            self._split(now, whole=True)
        told = self._tell(now)
        if data:
            self._rest, self._rest_at = self._rest + data, now
            self._split(now, whole=False)
            more = self._tell(now)
            told = Heard(told.codes + more.codes, told.garbage + more.garbage)
        return told

    def due(self) -> float | None:
        """When ``feed`` has something to say though no byte comes."""
        times = [self._rest_at + self._rest_s] if self._rest else []
        times += [self._judged_at] if self._held else []
        return min(times, default=None)

    def forget(self) -> None:
        """Drop what came before: the line was lost."""
        self._rest, self._held, self._calm_at = b"", [], None

    def _split(self, now: float, *, whole: bool) -> None:
        while self._rest:
            longer = any(code.startswith(self._rest) and code != self._rest for code in self._codes)
            if longer and not whole:
                return
            code = next((code for code in self._codes if self._rest.startswith(code)), None)
            piece = _Piece(code or self._rest[:1], code is not None)
            self._held.append(piece)
            if len(self._held) == 1 or _changes(self._held) > MOST_AT_ONCE:
                self._judged_at = now + self._finger_s
            self._rest = self._rest[len(piece.data) :]

    def _tell(self, now: float) -> Heard:
        if self._calm_at is not None and now >= self._calm_at:
            self._calm_at = None
        if not self._held or (self._calm_at is None and now < self._judged_at):
            return Heard()
        held, self._held = self._held, []
        most = MOST_KEYS_AT_ONCE if all(piece.is_code for piece in held) else MOST_AT_ONCE
        if self._calm_at is not None or _changes(held) > most:
            self._calm_at = now + CALM_S
            return Heard(garbage=b"".join(piece.data for piece in held))
        codes = tuple(piece.data for piece in held if piece.is_code)
        return Heard(codes, b"".join(piece.data for piece in held if not piece.is_code))


def _changes(held: Sequence[_Piece]) -> int:
    """How many there are; a contact that bounces counts once."""
    return 1 + sum(one != other for one, other in pairwise(held))
