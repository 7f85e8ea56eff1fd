"""What a scanned code means at a station."""

from dataclasses import dataclass
from enum import StrEnum

from config.clock import Now
from server.commands.asking import the_counter, the_ticket
from server.commands.calling import settle
from server.commands.dossiers import dossier_code, is_card, note_code
from server.domain.choice import key_at
from server.domain.errors import Refusal, Refused
from server.domain.ticket import MOVES, Move, State
from server.store.facts import Actor, Kind
from server.store.journal import Tx
from server.store.queries import TicketRow, ticket_of_link
from server.wire.messages import Scan


class Meaning(StrEnum):
    TICKET = "ticket"
    DOSSIER = "dossier"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code was, and the ticket it is about."""

    meaning: Meaning
    ticket: str | None = None


def scan(tx: Tx, actor: Actor, now: Now, ask: Scan) -> Scanned:
    """A slip's link (a web address ending in the code, or the bare code) is its ticket; at a counter, one that did
    not come is back in the line by it. A dossier's code goes with the counter's open ticket.

    A wrong and an expired link are unknown alike. Raises ``bad_request`` for a citizen's card, of which nothing is
    kept, ``not_found`` for a counter that is none, ``not_allowed`` for a dossier where no ticket is open.
    """
    if ask.counter is not None:
        the_counter(tx, ask.counter)
    if is_card(ask.text):
        raise Refused(Refusal.BAD_REQUEST, values={"detail": "card", "need": "card"})
    ticket = ticket_of_link(tx.connection, ask.text.strip().rstrip("/").rsplit("/", 1)[-1])
    if ticket is not None:
        return _slip(tx, actor, now, the_ticket(tx, ticket), ask.counter)
    code = dossier_code(ask.text, tx.office.rules.dossier_codes)
    if code is not None and ask.counter is not None:
        return Scanned(Meaning.DOSSIER, note_code(tx, actor, now, ask.counter, code).id)
    return Scanned(Meaning.UNKNOWN)


def _slip(tx: Tx, actor: Actor, now: Now, row: TicketRow, counter: str | None) -> Scanned:
    back = row.state is State.NO_SHOW and counter is not None  # no link outlives its day
    if back and actor.role in MOVES[Move.RETURN].who:
        data = {"number": row.number, "key": key_at(tx.queue_ms(now), row.head_start_ms)}
        tx.record(Kind.RETURNED, actor, now, ticket=row.id, counter=row.counter, service=row.service, data=data)
        settle(tx, now)
    return Scanned(Meaning.TICKET, row.id)
