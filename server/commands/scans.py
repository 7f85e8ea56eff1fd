"""Scanned codes: find the meaning of each (a ticket, a dossier), and act on it."""

from dataclasses import dataclass
from enum import StrEnum

from config.clock import Now
from server.commands.calling import call_ready_counters
from server.commands.common import bad_request, require_counter, require_ticket
from server.commands.dossiers import dossier_code, is_card, store_code
from server.commands.own_counter import require_own_counter
from server.commands.sending import record_return
from server.domain.actor import Actor, require_permission
from server.domain.errors import Need
from server.domain.moves import Move
from server.domain.permissions import Action
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import TicketRow, ticket_of_visitor_token
from server.wire.messages import Scan


class ScanMeaning(StrEnum):
    """The meaning of a scanned code."""

    TICKET = "ticket"  # a slip of today
    DOSSIER = "dossier"  # the code of a dossier, scanned at a counter
    UNKNOWN = "unknown"  # neither of them


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The meaning of a scanned code.

    ``ticket``: the id of the slip's ticket, or of the open ticket with which the dossier's code was stored; None for an
    unknown code.
    """

    meaning: ScanMeaning
    ticket: str | None = None


def scan(tx: Tx, actor: Actor, now: Now, request: Scan) -> ScanResult:
    """Find the meaning of a scanned code, act on it, and return it.

    ``request.text`` is the text of the code, ``request.counter`` the counter of the scanner (None for a kiosk's). The
    code on a slip is a web address that ends in the visitor's token, or the token alone. If the visitor missed the
    call, scanning the slip at a counter puts the ticket back into the queue. A dossier's code is stored with the
    counter's open ticket. A wrong or expired token is ``UNKNOWN``. Raises ``bad_request`` for a citizen's card, of
    which nothing is stored, ``not_found`` for an unknown counter, ``not_allowed`` for a dossier's code when no ticket
    is open at the counter.
    """
    actor = require_permission(actor, Action.SCAN)
    if request.counter is not None:
        require_counter(tx, request.counter)
        require_own_counter(tx, actor, request.counter)
    if is_card(request.text):
        raise bad_request(Need.CARD)
    visitor_token = request.text.strip().rstrip("/").rsplit("/", 1)[-1]
    ticket_id = ticket_of_visitor_token(tx.connection, visitor_token)
    if ticket_id is not None:
        return _scan_slip(tx, actor, now, require_ticket(tx, ticket_id), request.counter)
    code_patterns = tx.office.rules.dossier_codes  # regular expressions
    code = dossier_code(request.text, code_patterns)
    if code is not None and request.counter is not None:
        return ScanResult(ScanMeaning.DOSSIER, store_code(tx, actor, now, request.counter, code).id)
    return ScanResult(ScanMeaning.UNKNOWN)


def _scan_slip(tx: Tx, actor: Actor, now: Now, row: TicketRow, counter: str | None) -> ScanResult:
    """Put the ticket of a scanned slip back into the queue if it was missed.

    Only at a counter. A slip of an earlier day does not get here, because its token was erased.
    """
    has_missed_call = row.state is TicketState.NO_SHOW
    if has_missed_call and counter is not None and actor.may(Move.RETURN):
        record_return(tx, actor, now, row)
        call_ready_counters(tx, now)
    return ScanResult(ScanMeaning.TICKET, row.id)
