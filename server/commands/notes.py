"""Clerks' notes about a ticket, kept outside the journal until the day is closed."""

import unicodedata

from config.clock import Now
from server.commands.common import CommandResult, bad_request, idempotent, require_open_day, require_ticket
from server.commands.own_counter import require_own_counter
from server.commands.refused_moves import not_allowed
from server.domain.actor import Actor, require_permission
from server.domain.errors import Need
from server.domain.facts import TicketNoted
from server.domain.permissions import Action
from server.store import Tx
from server.store.personal import NoteKind, store_note
from server.store.queries import notes_of
from server.wire.messages import Ask

MAX_NOTE_LENGTH = 200
"""As long as the column ``ticket_note.text``."""


def note_text(text: str | None) -> str | None:
    """Return a note on one line, in NFC; None for an empty one. Raises ``bad_request`` for a long one."""
    line = " ".join(unicodedata.normalize("NFC", text or "").split())
    if len(line) > MAX_NOTE_LENGTH:
        raise bad_request(Need.NOTE)
    return line or None


def note_ticket(
    tx: Tx, actor: Actor, now: Now, request: Ask, ticket: str, counter: str, text: str | None
) -> CommandResult:
    """Store a clerk's note with a ticket of the open day.

    An empty note removes the earlier one.
    ``counter``: the clerk's. ``request`` must hold the request id and nothing else: its hash is stored, and a short
    note could be guessed from a hash. Raises ``bad_request`` for a long text, ``not_allowed`` for a ticket of another
    day.
    """
    row = require_ticket(tx, ticket)

    def run() -> CommandResult:
        day = require_open_day(tx)
        acting = require_permission(actor, Action.NOTE_TICKET)
        require_own_counter(tx, acting, counter)
        if row.day != day:
            raise not_allowed(row, need=Need.TODAY)
        note = note_text(text)
        if note != notes_of(tx.connection, row.id).get(NoteKind.NOTE.value):
            noted = TicketNoted(ticket=row.id, counter=counter, number=row.number, noted=note is not None)
            tx.record(noted, acting, now, is_command_result=True)
            store_note(tx.connection, row.id, NoteKind.NOTE, note)
        return CommandResult(row.id, counter)

    return idempotent(tx, actor, now, request, ticket, run)
