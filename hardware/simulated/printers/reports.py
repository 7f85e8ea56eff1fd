"""What one slip cost, as the printer saw it: bytes, when they came, how long the mechanism moved."""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 200


@dataclass(slots=True)
class SlipReport:
    """Seconds are those of the printer's clock; None has not happened (yet).

    ``bytes``: of the commands that made the slip, its cut and the first question behind it, GS r or a process id,
    whose answer left at ``fence_s``; other questions between slips belong to none. ``wire_s``: what these bytes take
    on the line at its speed. ``mechanical_s``: rows, feeds and cut at the print speed, without waiting. The printer's
    own share of a slip that was sent without a pause lies between the larger of the two and their sum.
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
class _Command:
    """The one being executed."""

    first_byte_s: float = 0.0
    bytes: int = 0
    mechanical_s: float = 0.0
    cut_s: float | None = None
    answered_s: float | None = None


class Ledger:
    """Follows the bytes through the receive buffer. Not thread-safe: the printer holds its lock."""

    def __init__(self) -> None:
        self._arrivals: deque[tuple[int, float]] = deque()  # (bytes received by then, when)
        self._received = self._taken = self._count = 0
        self._command = _Command()
        self._done: deque[SlipReport] = deque(maxlen=KEPT)
        self._open: SlipReport | None = None

    def received(self, count: int, now_s: float) -> None:
        self._received += count
        self._arrivals.append((self._received, now_s))

    def took(self, count: int) -> None:
        self._taken += count
        while len(self._arrivals) > 1 and self._arrivals[0][0] < self._taken:
            self._arrivals.popleft()
        if not self._command.bytes:
            self._command.first_byte_s = self._arrived_s()
        self._command.bytes += count

    def moved(self, seconds: float) -> None:
        self._command.mechanical_s += seconds

    def cut(self, now_s: float) -> None:
        self._command.cut_s = now_s

    def answered(self, now_s: float) -> None:
        self._command.answered_s = now_s

    def end(self, byte_s: float, *, idle: bool) -> None:
        """The command is done; ``idle`` says that it belongs to no slip by itself, as whatever was answered."""
        command, self._command = self._command, _Command()
        if not idle and command.answered_s is None:
            report = self._open or self._begin(command.first_byte_s)
        elif command.answered_s is not None and self._awaits_fence():
            report = self._done[-1]
            report.fence_s = command.answered_s
        else:
            return
        report.bytes += command.bytes
        report.wire_s += command.bytes * byte_s
        report.mechanical_s += command.mechanical_s
        report.last_byte_s = self._arrived_s()
        if command.cut_s is not None:
            report.cut_s = command.cut_s
            self._done.append(report)
            self._open = None

    def forget(self) -> None:
        """The buffer was emptied, and what was being done with it."""
        self._arrivals.clear()
        self._taken = self._received
        self._open, self._command = None, _Command()

    def reports(self) -> list[SlipReport]:
        """Of the slips that are cut, oldest first."""
        return list(self._done)

    def _begin(self, first_byte_s: float) -> SlipReport:
        self._count += 1
        self._open = SlipReport(self._count, first_byte_s=first_byte_s)
        return self._open

    def _awaits_fence(self) -> bool:
        return self._open is None and bool(self._done) and self._done[-1].fence_s is None

    def _arrived_s(self) -> float:
        """When the byte taken last came."""
        return self._arrivals[0][1] if self._arrivals else 0.0
