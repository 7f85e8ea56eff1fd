"""Detects two running stations with the same name.

Each start of a station's program has an id (``boot``), which its reports hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from server.wire.messages import StationStatus

MAX_MISSED_REPORTS = 3  # a start that misses more has ended, although its MQTT will was lost
MAX_STARTS = 4


@dataclass(slots=True)
class _Start:
    """The newest status of a start. ``missed_reports``: how often other starts have reported since."""

    status: StationStatus
    missed_reports: int = 0


class StationStarts:
    """The starts of one station that are online, in the order of their last report.

    Stations repeat their status every few seconds. If a start reports again after another one has reported, both run,
    so two stations have one name. After a restart a station never reports under its old start.
    """

    def __init__(self) -> None:
        self._starts: dict[str, _Start] = {}  # by the id of the start
        self._is_shared = False  # whether two stations have this name

    def receive(self, status: StationStatus) -> StationStatus:
        """Store the status of one start; return the status of the station."""
        was_last = next(reversed(self._starts), None) == status.boot
        previous = self._starts.pop(status.boot, None)
        if status.online:
            self._is_shared = self._is_shared or (previous is not None and not was_last)
            for start in self._starts.values():
                start.missed_reports += 1
            self._starts[status.boot] = _Start(status)
            running = [
                (boot, start) for boot, start in self._starts.items() if start.missed_reports <= MAX_MISSED_REPORTS
            ]
            self._starts = dict(running[-MAX_STARTS:])
        self._is_shared = self._is_shared and len(self._starts) > 1
        return next(reversed(self._starts.values())).status if self._starts else status

    @property
    def namesakes(self) -> Sequence[StationStatus]:
        """The statuses of all stations with this name; empty when there is only one."""
        return [start.status for start in self._starts.values()] if self._is_shared else []
