"""Find out a printer's abilities: status questions, then a little paper, trusting only measured results.

DLE ENQ and DLE DC4 are never sent: the first may resume or drop pending data, the second opens cash drawers.
"""

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hardware.printers import encode
from hardware.printers.answers import status
from hardware.printers.answers.replies import AutomaticReply, BlockReply, RealTimeReply, Reply, ReplyParser, SensorReply
from hardware.printers.answers.status import QUESTIONS, StatusFlag
from hardware.printers.transports.transport import Connect, LinkError, Transport

BAUDS = (9600, 115200, 19200, 38400, 57600, 4800, 2400)
"""Tried in this order: usual factory settings first."""
PROBE_ID = b"LUOT"
IDENTITY: Mapping[int, str] = {65: "firmware", 66: "maker", 67: "model", 68: "serial", 69: "font"}
"""n of GS I -> name of that part of the printer's own description. Copies repeat that of their original."""
MODELS_WITH_PROCESS_ID = (
    "TM-T88IV",
    "TM-T88V",
    "TM-T20",
    "TM-T70",
    "TM-T81III",
    "TM-T82",
    "TM-T83III",
    "TM-M10",
    "TM-M30",
)
"""Models that reply to GS ( H by Epson's own list: a printer of such a name that does not reply is a copy."""
NO_AUTOMATIC = b"\x1da\x00"
READ_BYTES = 4096
MIN_WORD_LENGTH = 4  # characters that make a device's bytes text
STATUS_ROUNDS = 3
LATENESS_FACTOR = 1.5
"""Another reply may take this many times as long as the slowest one measured."""
MAX_STATUS_BYTES = 3 * STATUS_ROUNDS * len(QUESTIONS)
"""More bytes than this in reply to the status questions do not come from a printer."""


@dataclass(frozen=True, slots=True)
class ReplyTimeouts:
    """Time-outs for replies, in seconds.

    ``reply_s``: for a reply; ``network_s``: the same for a network printer until its delay is measured, because a print
    server may hold replies back. ``print_s``: for the reply behind something printed.
    """

    reply_s: float = 0.5
    network_s: float = 4.0
    print_s: float = 20.0


@dataclass(frozen=True, slots=True)
class OtherDevice:
    """A device that is no printer.

    ``reason``: ``echo`` (it returns the bytes sent), ``words`` (it sends readable text) or ``noise``; ``sample``: bytes
    that it sent.
    """

    reason: str
    sample: bytes


@dataclass(slots=True)
class ProbeResult:
    """Measured abilities of a printer.

    ``status_bytes``: the last reply to DLE EOT n, by n; ``reply_times_s``: the delay of every such reply.
    ``other_device``: the device on the port, if it is no printer. ``fence``, ``automatic``, ``process_id``: it replies
    to GS r, GS a and GS ( H; None: not asked; False: no reply, or one that came too early. ``identity``: its own
    description (GS I), by the names of ``IDENTITY``. ``speed_mm_s``: the speed at which it prints dots; None: unknown.
    """

    status_bytes: dict[int, int] = field(default_factory=dict)
    other_device: OtherDevice | None = None
    fence: bool | None = None
    automatic: bool | None = None
    process_id: bool | None = None
    premature: bool = False
    """Whether a queued reply came before paper can have moved, so that such a reply proves nothing."""
    identity: dict[str, str] = field(default_factory=dict)
    reply_times_s: list[float] = field(default_factory=list)
    speed_mm_s: float | None = None

    @property
    def replies(self) -> bool:
        """Return whether all four status questions were answered as by a printer."""
        return self.other_device is None and len(self.status_bytes) == len(QUESTIONS)

    @property
    def flags(self) -> frozenset[StatusFlag]:
        return status.of_real_time(self.status_bytes)

    @property
    def round_trip_s(self) -> float:
        """Return the median time from a question to its reply."""
        return statistics.median(self.reply_times_s)

    @property
    def copied_model(self) -> str | None:
        """Return the model that the printer claims to be, if it lacks that model's abilities."""
        model = self.identity.get("model", "").upper()
        claimed = any(model.startswith(name) for name in MODELS_WITH_PROCESS_ID)
        return self.identity["model"] if claimed and self.process_id is False else None


class ProbeConnection:
    """Commands and replies over one open link.

    ``reply_s``: the time-out for a reply; ``raw``: all bytes received so far. ``mono_s`` gives monotonic seconds.
    Methods may raise ``LinkError``.
    """

    def __init__(self, link: Transport, mono_s: Callable[[], float], timeouts: ReplyTimeouts, reply_s: float) -> None:
        self._link, self._mono_s, self._timeouts = link, mono_s, timeouts
        self.reply_s = reply_s
        self._parser = ReplyParser()
        self.raw = bytearray()

    def drain(self) -> None:
        """Read bytes until the device is silent."""
        while self._read(self.reply_s / 4):
            pass

    def send(self, command: bytes) -> None:
        """Send a command without waiting for a reply."""
        self._link.write(command, self._timeouts.print_s)

    def request(
        self, command: bytes, is_wanted: Callable[[Reply], bool], timeout_s: float | None = None
    ) -> Reply | None:
        """Return the first wanted reply to ``command``, or None at the time-out."""
        self.send(command)
        end_s = self._mono_s() + (self.reply_s if timeout_s is None else timeout_s)
        while (remaining_s := end_s - self._mono_s()) > 0:
            for reply in self._read(remaining_s):
                if is_wanted(reply):
                    return reply
        return None

    def request_all(self, command: bytes, wanted: Sequence[Callable[[Reply], bool]], timeout_s: float) -> list[float]:
        """Return the delay in s of each ``wanted`` reply; infinite at the time-out."""
        start_s = self._mono_s()
        self.send(command)
        end_s = self._mono_s() + timeout_s
        delays_s = [math.inf] * len(wanted)
        while math.inf in delays_s and (remaining_s := end_s - self._mono_s()) > 0:
            replies = self._read(remaining_s)
            delay_s = self._mono_s() - start_s
            for index, is_wanted in enumerate(wanted):
                if any(map(is_wanted, replies)):
                    delays_s[index] = min(delays_s[index], delay_s)
        return delays_s

    def _read(self, timeout_s: float) -> list[Reply]:
        data = self._link.read(READ_BYTES, timeout_s)
        self.raw += data
        return list(self._parser.feed(data))


def probe_status(
    connection: ProbeConnection, result: ProbeResult, mono_s: Callable[[], float], timeouts: ReplyTimeouts
) -> None:
    """Ask DLE EOT 1 to 4 in three rounds, and detect other devices.

    Afterwards the connection's time-out fits the measured delays of this printer.
    """
    connection.drain()
    before = len(connection.raw)
    for n in QUESTIONS * STATUS_ROUNDS:
        start_s = mono_s()
        reply = connection.request(encode.status_question(n), lambda reply: isinstance(reply, RealTimeReply))
        if isinstance(reply, RealTimeReply):
            result.status_bytes[n] = reply.bits
            result.reply_times_s.append(mono_s() - start_s)
        elif n not in result.status_bytes and n == QUESTIONS[0]:
            break
    if result.reply_times_s:
        connection.reply_s = max(timeouts.reply_s, LATENESS_FACTOR * max(result.reply_times_s))
    complete = len(result.status_bytes) == len(QUESTIONS)
    result.other_device = classify_other_device(bytes(connection.raw[before:]), complete=complete)


def classify_other_device(raw: bytes, *, complete: bool) -> OtherDevice | None:
    """Return the device that sent ``raw`` when asked, unless it is a printer.

    ``complete``: the bytes contain a reply to each of the questions.
    """
    if any(encode.status_question(n) in raw for n in QUESTIONS):
        return OtherDevice("echo", raw)
    word = max(_words(raw), key=len, default=b"")
    # Some letters look like status bytes and the other way round, but a printer sends one byte for each question.
    if len(word) >= MIN_WORD_LENGTH and (not complete or len(raw) > MAX_STATUS_BYTES):
        return OtherDevice("words", word)
    return OtherDevice("noise", raw) if raw and not complete else None


def _words(raw: bytes) -> Iterator[bytes]:
    run = bytearray()
    for byte in (*raw, 0):
        if 0x20 <= byte <= 0x7E:
            run.append(byte)
        elif run:
            yield bytes(run)
            run.clear()


def probe_abilities(connection: ProbeConnection, result: ProbeResult) -> None:
    """Find out the replies to GS a, GS r, GS ( H and GS I."""
    connection.send(encode.RESET)
    reply = connection.request(encode.AUTOMATIC_STATUS, lambda reply: isinstance(reply, AutomaticReply))
    result.automatic = reply is not None
    connection.send(NO_AUTOMATIC)
    result.fence = connection.request(encode.FENCE, is_fence_reply) is not None
    result.process_id = connection.request(encode.process_id(PROBE_ID), is_probe_id_reply) is not None
    connection.drain()  # a printer that does not know a command may print its bytes or swallow those that follow
    connection.send(encode.RESET)
    for n, name in IDENTITY.items():
        reply = connection.request(b"\x1dI" + bytes([n]), _is_identity_reply)
        if isinstance(reply, BlockReply):
            text = reply.data[1:].decode("latin-1")
            result.identity[name] = "".join(char for char in text if " " <= char <= "~").strip()


def _is_identity_reply(reply: Reply) -> bool:
    return isinstance(reply, BlockReply) and reply.data[:1] == b"\x5f"


def is_probe_id_reply(reply: Reply) -> bool:
    """Return whether this is the reply to GS ( H with our id."""
    return isinstance(reply, BlockReply) and reply.process_id == PROBE_ID


def is_fence_reply(reply: Reply) -> bool:
    """Return whether this is the reply to GS r."""
    return isinstance(reply, SensorReply)


def find_baud(
    connect_at: Callable[[int], Connect],
    mono_s: Callable[[], float],
    timeouts: ReplyTimeouts,
    bauds: Sequence[int] = BAUDS,
) -> int | None:
    """Return the baud rate at which a printer on a serial line replies, or None.

    Raises ``LinkError`` when the port opens at none of them.
    """
    for baud in bauds:
        link = connect_at(baud)()
        try:
            connection, result = ProbeConnection(link, mono_s, timeouts, timeouts.reply_s), ProbeResult()
            probe_status(connection, result, mono_s, timeouts)
            if result.replies:
                return baud
        except LinkError:
            continue
        finally:
            link.close()
    return None
