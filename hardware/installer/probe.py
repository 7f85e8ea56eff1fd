"""Asking a printer what it knows: only questions that change nothing, then a little paper, and only what it showed
counts. It never sends DLE ENQ and DLE DC4: the one may resume or drop what the printer holds, the other opens drawers.
"""

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hardware.printers import encode
from hardware.printers.answers import status
from hardware.printers.answers.responses import Automatic, Block, RealTime, Reply, Responses, Sensor
from hardware.printers.answers.status import Trouble
from hardware.printers.conversation import QUESTIONS
from hardware.printers.profile import FASTEST_MM_S
from hardware.printers.transports.transport import Connect, LinkError, Transport

BAUDS = (9600, 115200, 19200, 38400, 57600, 4800, 2400)
"""Tried in this order: what printers leave their makers with comes first."""
PROBE_ID = b"LUOT"
IDENTITY: Mapping[int, str] = {65: "firmware", 66: "maker", 67: "model", 68: "serial", 69: "font"}
"""GS I n: what the printer says of itself. Copies say what their original does."""
KNOWS_PROCESS_ID = ("TM-T88IV", "TM-T88V", "TM-T20", "TM-T70", "TM-T81III", "TM-T82", "TM-T83III", "TM-M10", "TM-M30")
"""Models that answer GS ( H by Epson's own list: one that says it is such a model and does not is a copy."""
NO_AUTOMATIC = b"\x1da\x00"
RULER_MM, FEED_MM = 60, 30
DOTS_PER_MM = 8
READ_BYTES = 4096
SHORTEST_WORD = 4
ROUNDS = 3
LATER = 1.5
"""So many times as late as the latest of them may another answer come."""
TALKATIVE = 3 * ROUNDS * len(QUESTIONS)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each kind of answer is waited for, in seconds. ``late_s``: behind a network, where a print server may
    hold it back, until it is known how long that one does."""

    answer_s: float = 0.5
    late_s: float = 4.0
    paper_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Stranger:
    """There is somebody, but no printer. ``why``: ``echo`` (it returns what is sent), ``words``, ``noise``."""

    why: str
    shown: bytes


@dataclass(slots=True)
class Found:
    """What the printer showed. None: not asked, or no answer."""

    real_time: dict[int, int] = field(default_factory=dict)
    stranger: Stranger | None = None
    fence: bool | None = None
    automatic: bool | None = None
    process_id: bool | None = None
    premature: bool = False
    """It answered in turn before paper can have moved, so that such an answer proves nothing."""
    names: dict[str, str] = field(default_factory=dict)
    times_s: list[float] = field(default_factory=list)
    speed_mm_s: float | None = None
    stray: bytes = b""

    @property
    def answers(self) -> bool:
        """Whether all four real-time questions were answered as a printer does."""
        return self.stranger is None and len(self.real_time) == len(QUESTIONS)

    @property
    def troubles(self) -> frozenset[Trouble]:
        return status.of_real_time(self.real_time)

    @property
    def round_trip_s(self) -> float:
        """How long a question and its answer usually take."""
        return statistics.median(self.times_s)

    @property
    def copy_of(self) -> str | None:
        """The model that it says it is, though it does not know what that model knows."""
        model = self.names.get("model", "").upper()
        known = any(model.startswith(one) for one in KNOWS_PROCESS_ID)
        return self.names["model"] if known and self.process_id is False else None


class Talk:
    """Questions and answers over one open link, each waited for ``answer_s``. ``mono_s`` gives monotonic seconds. May
    raise ``LinkError``."""

    def __init__(self, link: Transport, mono_s: Callable[[], float], patience: Patience, answer_s: float) -> None:
        self._link, self._mono_s, self._patience = link, mono_s, patience
        self.answer_s = answer_s
        self._responses = Responses()
        self.raw = bytearray()

    def settle(self) -> bytes:
        """What comes by itself before anything was asked."""
        begun = len(self.raw)
        while self._read(self.answer_s / 4):
            pass
        return bytes(self.raw[begun:])

    def say(self, command: bytes) -> None:
        self._link.write(command, self._patience.paper_s)

    def ask(self, command: bytes, wanted: Callable[[Reply], bool], timeout_s: float | None = None) -> Reply | None:
        """The first answer that is ``wanted``, or None when there is none in time."""
        self.say(command)
        end_s = self._mono_s() + (self.answer_s if timeout_s is None else timeout_s)
        while (left_s := end_s - self._mono_s()) > 0:
            for reply in self._read(left_s):
                if wanted(reply):
                    return reply
        return None

    def ask_all(self, command: bytes, wanted: Sequence[Callable[[Reply], bool]], timeout_s: float) -> list[float]:
        """Return after how many s the first reply of each ``wanted`` kind came; infinite for one that is overdue."""
        begun_s = self._mono_s()
        self.say(command)
        end_s = self._mono_s() + timeout_s
        came_s = [math.inf] * len(wanted)
        while math.inf in came_s and (left_s := end_s - self._mono_s()) > 0:
            replies = self._read(left_s)
            after_s = self._mono_s() - begun_s
            for place, is_wanted in enumerate(wanted):
                if any(map(is_wanted, replies)):
                    came_s[place] = min(came_s[place], after_s)
        return came_s

    def _read(self, timeout_s: float) -> list[Reply]:
        data = self._link.read(READ_BYTES, timeout_s)
        self.raw += data
        return list(self._responses.feed(data))


def questions(talk: Talk, found: Found, mono_s: Callable[[], float], patience: Patience) -> None:
    """DLE EOT 1 to 4, three rounds; who answers with anything else is no printer. From then on answers are waited for
    as this printer's need it."""
    found.stray = talk.settle()
    begun = len(talk.raw)
    for n in QUESTIONS * ROUNDS:
        begun_s = mono_s()
        answer = talk.ask(encode.ask(n), lambda reply: isinstance(reply, RealTime))
        if isinstance(answer, RealTime):
            found.real_time[n] = answer.bits
            found.times_s.append(mono_s() - begun_s)
        elif n not in found.real_time and n == QUESTIONS[0]:
            break
    if found.times_s:
        talk.answer_s = max(patience.answer_s, LATER * max(found.times_s))
    found.stranger = stranger(bytes(talk.raw[begun:]), answered=len(found.real_time) == len(QUESTIONS))


def stranger(raw: bytes, *, answered: bool) -> Stranger | None:
    """Who answered the questions, if it was no printer."""
    if any(encode.ask(n) in raw for n in QUESTIONS):
        return Stranger("echo", raw)
    word = max(_words(raw), key=len, default=b"")
    # Some letters look like answers, and some answers like letters; but a printer says one byte to each question.
    if len(word) >= SHORTEST_WORD and (not answered or len(raw) > TALKATIVE):
        return Stranger("words", word)
    return Stranger("noise", raw) if raw and not answered else None


def _words(raw: bytes) -> Iterator[bytes]:
    run = bytearray()
    for byte in (*raw, 0):
        if 0x20 <= byte <= 0x7E:
            run.append(byte)
        elif run:
            yield bytes(run)
            run.clear()


def abilities(talk: Talk, found: Found) -> None:
    """What it answers in its turn: GS r, GS a, GS ( H, GS I."""
    talk.say(encode.RESET)
    found.automatic = talk.ask(encode.AUTOMATIC_STATUS, lambda reply: isinstance(reply, Automatic)) is not None
    talk.say(NO_AUTOMATIC)
    found.fence = talk.ask(encode.FENCE, _is_fence) is not None
    found.process_id = talk.ask(encode.process_id(PROBE_ID), _is_ours) is not None
    talk.settle()  # a printer that does not know a command may print its bytes or swallow those that follow
    talk.say(encode.RESET)
    for n, name in IDENTITY.items():
        answer = talk.ask(b"\x1dI" + bytes([n]), lambda reply: isinstance(reply, Block) and reply.data[:1] == b"\x5f")
        if isinstance(answer, Block):
            found.names[name] = "".join(
                sign for sign in answer.data[1:].decode("latin-1") if " " <= sign <= "~"
            ).strip()


def _is_ours(reply: Reply) -> bool:
    return isinstance(reply, Block) and reply.process_id == PROBE_ID


def _is_fence(reply: Reply) -> bool:
    return isinstance(reply, Sensor)


IN_TURN: Mapping[str, tuple[bytes, Callable[[Reply], bool]]] = {
    "fence": (encode.FENCE, _is_fence),
    "process_id": (encode.process_id(PROBE_ID), _is_ours),
}
"""What a printer may answer behind a slip, by the name in :class:`Found`: the question, and what is its answer."""


def print_speed(
    talk: Talk, found: Found, mono_s: Callable[[], float], patience: Patience, line_bytes_per_s: float | None
) -> None:
    """Print 60 mm of a ruler; measure by the answers behind it how fast it comes out, and whether they are true.

    An answer that comes before paper can have moved is no ability of the printer. The speed stays unknown without an
    answer, where the line is what takes the time, and where the answers' own delay varies too much.
    """
    ruler = encode.RESET + encode.units(encode.USUAL_DPI) + b"".join(_ruler())
    _answers_s(talk, found, b"", patience)  # when these have come, nothing is left of what was sent before
    answers_s = _answers_s(talk, found, ruler, patience)
    _disprove(found, answers_s, min(found.times_s) + RULER_MM / FASTEST_MM_S)
    on_the_line_s = 0.0
    if line_bytes_per_s is not None:
        on_the_line_s = len(ruler) / line_bytes_per_s
        # The line may be slower than paper; a feed is a few bytes for much paper.
        feed = encode.feed(FEED_MM * DOTS_PER_MM)
        fed_s = _answers_s(talk, found, feed, patience)
        _disprove(found, fed_s, len(feed) / line_bytes_per_s + FEED_MM / FASTEST_MM_S)
    took_s = min((answers_s[name] for name in answers_s if getattr(found, name)), default=math.inf) - found.round_trip_s
    varies_s = max(found.times_s) - min(found.times_s)
    if max(on_the_line_s, varies_s) < took_s / 2 < math.inf:
        found.speed_mm_s = min(RULER_MM / took_s, FASTEST_MM_S)


def _answers_s(talk: Talk, found: Found, command: bytes, patience: Patience) -> dict[str, float]:
    """Return how long after the beginning of ``command`` each known kind of answer behind it came, in s."""
    known = {name: asked for name, asked in IN_TURN.items() if getattr(found, name)}
    questions = b"".join(question for question, _ in known.values())
    came_s = talk.ask_all(command + questions, [wanted for _, wanted in known.values()], patience.paper_s)
    return dict(zip(known, came_s, strict=True))


def _disprove(found: Found, answers_s: Mapping[str, float], least_s: float) -> None:
    """Take from what the printer can do the answers that came sooner than ``least_s``."""
    for name, answer_s in answers_s.items():
        if answer_s < least_s:
            setattr(found, name, False)
            found.premature = True


def _ruler() -> Iterator[bytes]:
    """A ruler of 60 mm, two bytes wide: a long mark each 10 mm, a short one each millimetre."""
    rows = RULER_MM * DOTS_PER_MM
    dots = bytearray()
    for row in range(rows):
        on_mark, on_ten = row % DOTS_PER_MM == 0, row % (10 * DOTS_PER_MM) == 0
        dots += b"\xff\xff" if on_ten else b"\xff\x00" if on_mark else b"\xc0\x00"
    for at in range(0, rows, encode.LONGEST_FRAGMENT):
        part = dots[2 * at : 2 * min(rows, at + encode.LONGEST_FRAGMENT)]
        yield b"\x1dv0\0\x02\0" + bytes([len(part) // 2, 0]) + encode.harmless(bytes(part))


def baud_of(
    connect_at: Callable[[int], Connect],
    mono_s: Callable[[], float],
    patience: Patience,
    bauds: Sequence[int] = BAUDS,
) -> int | None:
    """The speed at which a printer on a serial line answers, or None. Raises ``LinkError`` when no speed opens."""
    for baud in bauds:
        link = connect_at(baud)()
        try:
            talk, found = Talk(link, mono_s, patience, patience.answer_s), Found()
            questions(talk, found, mono_s, patience)
            if found.answers:
                return baud
        except LinkError:
            continue
        finally:
            link.close()
    return None
