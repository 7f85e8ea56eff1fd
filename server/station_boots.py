"""Which starts of a station are on the broker: two at once are two stations with one name."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.wire.messages import StationStatus

SILENT = 3  # a start that is not repeated while another one is so many times has ended without its will
MOST_BOOTS = 4


@dataclass(slots=True)
class _Boot:
    status: StationStatus
    silent: int = 0


class Boots:
    """The starts of one station that said "online" and not yet "offline", the last received one last.

    Stations repeat their status every few seconds. A start that is received again after another one still runs, so
    there are two stations; a station that was started again is never received under its old start.
    """

    def __init__(self) -> None:
        self._boots: dict[str, _Boot] = {}
        self._twice = False

    def receive(self, status: StationStatus) -> StationStatus:
        """Take in what one start said; return the status that counts for the station."""
        was_last = next(reversed(self._boots), None) == status.boot
        known = self._boots.pop(status.boot, None)
        if status.online:
            self._twice = self._twice or (known is not None and not was_last)
            for boot in self._boots.values():
                boot.silent += 1
            self._boots[status.boot] = _Boot(status)
            kept = [(name, boot) for name, boot in self._boots.items() if boot.silent <= SILENT]
            self._boots = dict(kept[-MOST_BOOTS:])
        self._twice = self._twice and len(self._boots) > 1
        return next(reversed(self._boots.values())).status if self._boots else status

    @property
    def twins(self) -> Sequence[StationStatus]:
        """The statuses of those that run under one name; empty when there is only one."""
        return [boot.status for boot in self._boots.values()] if self._twice else []
