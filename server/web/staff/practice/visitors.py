"""Invented visitors of a private practice: when the next one comes, and for what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from server.domain.office import OfficeDefinition
from server.wire.messages import IssueTicket

Choice = TypeVar("Choice")

KIOSK = "practice-kiosk"
"""The invented kiosk at which all of them take their numbers."""
FIRST_VISITORS = 5
"""How many wait when the practice begins."""
MAX_WAITING = 8
"""Nobody comes while so many wait."""
_LEAST_GAP_S, _GAP_SPREAD_S = 40, 60
_SHARE_OF_COUNTER, _SHARE_OF_PRIORITY = 0.75, 0.2


@dataclass(frozen=True, slots=True)
class InventedVisitors:
    """Makes visitors for the services of ``counter`` and, some, of others.

    ``chance`` returns numbers from 0 up to 1, ``new_id`` the id of a request.
    """

    office: OfficeDefinition
    counter: str
    chance: Callable[[], float]
    new_id: Callable[[], str]

    def gap_s(self) -> float:
        """Return the seconds until the next visitor comes."""
        return _LEAST_GAP_S + _GAP_SPREAD_S * self.chance()

    def request(self) -> IssueTicket | None:
        """Return a visitor's request for a number; None when no counter serves anything."""
        services = [service for service in self.office.services_offered if self.office.counters_of(service)]
        own = [service for service in self.office.counters[self.counter].services if service in services]
        if not services:
            return None
        service = self._one_of(own if own and self.chance() < _SHARE_OF_COUNTER else services)
        procedures = [
            procedure.code
            for procedure in self.office.procedures.values()
            if procedure.service == service and not procedure.closed
        ]
        return IssueTicket.model_validate(
            {
                "request_id": self.new_id(),
                "service": service,
                "class": "priority" if self.chance() < _SHARE_OF_PRIORITY else "ordinary",
                "station": KIOSK,
                "procedure": self._one_of(procedures) if procedures else None,
            }
        )

    def _one_of(self, choices: Sequence[Choice]) -> Choice:
        return choices[int(self.chance() * len(choices))]
