"""Which slip was scanned at which counter: the clerk's page opens its ticket. In memory only, and not for long."""

import threading
from dataclasses import dataclass

from server.store.queries import TicketRow

SHOWN_S = 120.0
"""So long a scanned slip stays open on the page; who was there has then said what they want, or gone."""


@dataclass(frozen=True, slots=True)
class _Slip:
    ticket: str
    as_it_was: tuple[object, ...]
    until_s: float


class ScannedSlips:
    """The slip that was scanned last at each counter. Thread-safe."""

    def __init__(self) -> None:
        self._slips: dict[str, _Slip] = {}
        self._lock = threading.Lock()

    def opened(self, counter: str, row: TicketRow, mono_s: float) -> None:
        """A slip was scanned there at ``mono_s``."""
        with self._lock:
            self._slips[counter] = _Slip(row.id, _standing(row), mono_s + SHOWN_S)

    def closed(self, counter: str, ticket: str | None = None) -> None:
        """Put away: whatever is open there, or only this ticket."""
        with self._lock:
            slip = self._slips.get(counter)
            if slip is not None and ticket in (None, slip.ticket):
                del self._slips[counter]

    def at(self, counter: str, mono_s: float) -> str | None:
        """The ticket that is open there by its slip."""
        with self._lock:
            slip = self._slips.get(counter)
            return slip.ticket if slip is not None and mono_s < slip.until_s else None

    def is_dealt_with(self, counter: str, row: TicketRow) -> bool:
        """Whether something happened to the ticket since its slip was scanned."""
        with self._lock:
            slip = self._slips.get(counter)
            return slip is not None and slip.ticket == row.id and slip.as_it_was != _standing(row)


def _standing(row: TicketRow) -> tuple[object, ...]:
    """What a clerk's act changes; what a printer reports does not."""
    return (row.state, row.leg, row.counter, row.pin, row.calls, row.rank_key, row.ticket_class)
