"""Decode received bytes into key codes.

Codes may arrive in pieces or share a beginning, and there may be noise between them.

A person needs tens of milliseconds from key to key. A faster burst was sent by a machine: else a scanner on the pad's
port would call visitors with the letters of every slip. But a busy computer reads late and then receives several
keys at once, so a short burst that consists of keys only is accepted as a person's. The end of a scan may be read late
too, and may consist of keys only; so after a machine's burst a longer silence is required before a key counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

PARTIAL_CODE_S = 0.1
"""Wait for the rest of a longer code."""
BURST_S = 0.03
"""Keys received within this time are one burst."""
QUIET_AFTER_MACHINE_S = 0.3
"""Silence required after a machine's burst before a key counts."""
MAX_BURST_PRESSES = 3
"""A burst with more presses was sent by a machine."""
MAX_KEY_BURST_PRESSES = 8
"""The same for a burst that consists of keys only, without garbage."""
MAX_CODE_BYTES = 16
"""The longest code of a key in the settings."""

_ESCAPES: Mapping[str, str] = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}
_CODE_CHARACTER = re.compile(r"\\x([0-9A-Fa-f]{2})|\\([rnt\\])|([^\\])", re.DOTALL)


def code_bytes(text: str) -> bytes:
    """Return the bytes of a code in the settings.

    ASCII text with the escapes ``\\r``, ``\\n``, ``\\t``, ``\\\\``, ``\\xNN``. Raises ``ValueError`` with a sentence.
    """
    data, index = bytearray(), 0
    while index < len(text):
        match = _CODE_CHARACTER.match(text, index)
        if match is None:
            raise ValueError(f"{text!r}: after a backslash comes r, n, t, \\ or x and two hexadecimal digits")
        hexadecimal, escape, plain = match.groups()
        if plain is not None and not plain.isascii():
            raise ValueError(f"{text!r}: {plain!r} is not ASCII; write its bytes as \\xNN")
        data += bytes([int(hexadecimal, 16)]) if hexadecimal else (_ESCAPES.get(escape or "") or plain).encode("ascii")
        index = match.end()
    if len(data) > MAX_CODE_BYTES:
        raise ValueError(f"{text!r}: longer than {MAX_CODE_BYTES} bytes")
    return bytes(data)


def code_text(data: bytes) -> str:
    """Return ``data`` as it is written in the settings; the inverse of :func:`code_bytes`."""
    named = {ord(char): f"\\{name}" for name, char in _ESCAPES.items()}
    return "".join(named.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}") for byte in data)


@dataclass(frozen=True, slots=True)
class DecodedBytes:
    """``codes`` of keys in the order of their pressing; ``garbage``: bytes that no key sends."""

    codes: tuple[bytes, ...] = ()
    garbage: bytes = b""


@dataclass(frozen=True, slots=True)
class _Token:
    """A code (``is_code``), or one byte that no key sends."""

    data: bytes
    is_code: bool


class KeyDecoder:
    """Finds ``codes`` in received bytes. Times are monotonic seconds.

    Of codes with a common beginning the longer one counts, if the rest of it arrives within ``partial_code_s``. Keys
    received within ``burst_s`` are reported together, so that a machine's burst is recognised before its first key is
    reported.
    """

    def __init__(
        self, codes: Iterable[bytes], *, partial_code_s: float = PARTIAL_CODE_S, burst_s: float = BURST_S
    ) -> None:
        self._codes = sorted(codes, key=len, reverse=True)
        self._partial_code_s, self._burst_s = partial_code_s, burst_s
        # The beginning of a longer code, perhaps, and when its last byte was received.
        self._partial, self._last_byte_at_s = b"", 0.0
        self._burst: list[_Token] = []
        self._burst_ends_s = 0.0
        self._quiet_until_s: float | None = None  # after a machine's burst: until when the line must be silent

    def feed(self, data: bytes, now_s: float) -> DecodedBytes:
        """Return the codes that can be reported since the last call. Must be called at ``due`` too, without data."""
        if self._partial and now_s >= self._last_byte_at_s + self._partial_code_s:
            self._tokenise(now_s, complete=True)
        decoded = self._finish_burst(now_s)
        if data:
            self._partial, self._last_byte_at_s = self._partial + data, now_s
            self._tokenise(now_s, complete=False)
            more = self._finish_burst(now_s)
            decoded = DecodedBytes(decoded.codes + more.codes, decoded.garbage + more.garbage)
        return decoded

    def due(self) -> float | None:
        """Return when ``feed`` must be called even if no byte arrives; None: never."""
        times = [self._last_byte_at_s + self._partial_code_s] if self._partial else []
        times += [self._burst_ends_s] if self._burst else []
        return min(times, default=None)

    def reset(self) -> None:
        """Discard the bytes received so far: the connection was lost."""
        self._partial, self._burst, self._quiet_until_s = b"", [], None

    def _tokenise(self, now_s: float, *, complete: bool) -> None:
        """Move the bytes received so far into the burst, as codes and garbage.

        ``complete``: no more bytes of a longer code will arrive.
        """
        while self._partial:
            longer = any(code.startswith(self._partial) and code != self._partial for code in self._codes)
            if longer and not complete:
                return
            code = next((code for code in self._codes if self._partial.startswith(code)), None)
            token = _Token(code or self._partial[:1], code is not None)
            self._burst.append(token)
            if len(self._burst) == 1 or _press_count(self._burst) > MAX_BURST_PRESSES:
                self._burst_ends_s = now_s + self._burst_s
            self._partial = self._partial[len(token.data) :]

    def _finish_burst(self, now_s: float) -> DecodedBytes:
        """Return the burst once it has ended; a machine's burst is garbage as a whole."""
        if self._quiet_until_s is not None and now_s >= self._quiet_until_s:
            self._quiet_until_s = None
        if not self._burst or (self._quiet_until_s is None and now_s < self._burst_ends_s):
            return DecodedBytes()
        burst, self._burst = self._burst, []
        limit = MAX_KEY_BURST_PRESSES if all(token.is_code for token in burst) else MAX_BURST_PRESSES
        if self._quiet_until_s is not None or _press_count(burst) > limit:
            self._quiet_until_s = now_s + QUIET_AFTER_MACHINE_S
            return DecodedBytes(garbage=b"".join(token.data for token in burst))
        codes = tuple(token.data for token in burst if token.is_code)
        return DecodedBytes(codes, b"".join(token.data for token in burst if not token.is_code))


def _press_count(burst: Sequence[_Token]) -> int:
    """Return the number of presses in ``burst``; a bouncing contact counts once."""
    return 1 + sum(token != following for token, following in pairwise(burst))
