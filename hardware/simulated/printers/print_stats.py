"""Statistics of each printed slip: bytes, arrival times, and duration of the mechanism's motion."""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

MAX_SLIPS = 200


@dataclass(slots=True)
class SlipReport:
    """The statistics of one slip; the fields are those of the JSON.

    ``n``: the slips are counted from 1. ``bytes``: of the commands of the slip, its cut and the first query after it
    (GS r or a process id), whose reply was sent at ``fence_s``; other queries between slips are not counted.
    ``first_byte_s``, ``last_byte_s`` (received), ``cut_s`` and ``fence_s`` are moments in monotonic seconds of the
    printer's clock; None: it has not happened (yet). Two are durations: ``wire_s``, the transmission time of the bytes,
    and ``mechanical_s``, that of rows, feeds and cut at print speed, without waiting. The printer's own duration of a
    slip that was sent without a pause lies between the larger of the two and their sum.
    """

    n: int
    bytes: int = 0
    first_byte_s: float | None = None
    last_byte_s: float | None = None
    wire_s: float = 0.0
    mechanical_s: float = 0.0
    cut_s: float | None = None
    fence_s: float | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class _CommandStats:
    """The command being executed."""

    first_byte_s: float = 0.0
    bytes: int = 0
    mechanical_s: float = 0.0
    cut_s: float | None = None
    replied_at_s: float | None = None


class PrintStats:
    """Follows the bytes through the receive buffer. Not thread-safe: the printer holds its lock."""

    def __init__(self) -> None:
        self._arrivals: deque[tuple[int, float]] = deque()  # (bytes received by then, when)
        self._received_bytes = self._taken_bytes = self._slip_count = 0
        self._command = _CommandStats()
        self._finished_reports: deque[SlipReport] = deque(maxlen=MAX_SLIPS)
        self._open_report: SlipReport | None = None

    def received(self, count: int, now_s: float) -> None:
        self._received_bytes += count
        self._arrivals.append((self._received_bytes, now_s))

    def taken(self, count: int) -> None:
        self._taken_bytes += count
        while len(self._arrivals) > 1 and self._arrivals[0][0] < self._taken_bytes:
            self._arrivals.popleft()
        if not self._command.bytes:
            self._command.first_byte_s = self._arrived_s()
        self._command.bytes += count

    def moved(self, seconds: float) -> None:
        self._command.mechanical_s += seconds

    def cut(self, now_s: float) -> None:
        self._command.cut_s = now_s

    def reply_sent(self, now_s: float) -> None:
        self._command.replied_at_s = now_s

    def command_done(self, byte_s: float, *, outside_slip: bool) -> None:
        """Add the finished command to its slip.

        ``outside_slip``: it belongs to no slip, like every command with a reply.
        """
        command, self._command = self._command, _CommandStats()
        if not outside_slip and command.replied_at_s is None:
            report = self._open_report or self._begin(command.first_byte_s)
        elif command.replied_at_s is not None and self._awaits_fence():
            report = self._finished_reports[-1]
            report.fence_s = command.replied_at_s
        else:
            return
        report.bytes += command.bytes
        report.wire_s += command.bytes * byte_s
        report.mechanical_s += command.mechanical_s
        report.last_byte_s = self._arrived_s()
        if command.cut_s is not None:
            report.cut_s = command.cut_s
            self._finished_reports.append(report)
            self._open_report = None

    def buffer_cleared(self) -> None:
        """Discard the current command and slip: the buffer was cleared."""
        self._arrivals.clear()
        self._taken_bytes = self._received_bytes
        self._open_report, self._command = None, _CommandStats()

    def reports(self) -> list[SlipReport]:
        """Return the reports of the slips that were cut, oldest first."""
        return list(self._finished_reports)

    def _begin(self, first_byte_s: float) -> SlipReport:
        self._slip_count += 1
        self._open_report = SlipReport(self._slip_count, first_byte_s=first_byte_s)
        return self._open_report

    def _awaits_fence(self) -> bool:
        return self._open_report is None and bool(self._finished_reports) and self._finished_reports[-1].fence_s is None

    def _arrived_s(self) -> float:
        """Return when the byte taken last was received."""
        return self._arrivals[0][1] if self._arrivals else 0.0
