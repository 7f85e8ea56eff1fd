"""Facts that take back what happened to a ticket."""

from dataclasses import dataclass
from typing import ClassVar

from server.domain.facts.fact import Fact
from server.domain.facts.kinds import FactKind
from server.domain.facts.tickets import NumberedFact


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReopened(NumberedFact):
    """Service of a served ticket went on."""

    KIND: ClassVar = FactKind.REOPENED


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRejoined(NumberedFact):
    """A served ticket waits again for its service, at its old place."""

    KIND: ClassVar = FactKind.REJOINED


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMoveUndone(NumberedFact):
    """A ticket is as it was before its last move, which its maker took back.

    ``undone``: the move's sequence in the journal; ``move``: the kind of its fact. ``counter`` and ``service``: those
    that the ticket has again.
    """

    KIND: ClassVar = FactKind.MOVE_UNDONE

    undone: int
    move: str


FACTS: tuple[type[Fact], ...] = (TicketReopened, TicketRejoined, TicketMoveUndone)
