"""The code of a visitor's dossier, kept with the ticket that is open at a counter until the day is closed."""

import re
import unicodedata

from sqlalchemy import delete, insert

from config.clock import Now
from server.commands.asking import Answer, once, the_counter, the_day
from server.domain.errors import Refusal, Refused
from server.domain.ticket import Role
from server.store import tables as t
from server.store.facts import Actor, Kind
from server.store.journal import Tx
from server.store.queries import TicketRow, dossier_of, open_ticket
from server.wire.messages import Ask

LONGEST = 40
CARD_FIELDS = 6
"""A citizen's card says seven fields parted by bars; some readers lose the last, some cards add more."""


def is_card(text: str) -> bool:
    """Whether this is what a chip card's QR says: somebody's number, name and address."""
    return text.count("|") >= CARD_FIELDS - 1


def dossier_code(text: str, patterns: list[str]) -> str | None:
    """The code in its one spelling, or None where the text is none by the office's ``patterns``."""
    code = unicodedata.normalize("NFC", text).strip().upper()
    if len(code) > LONGEST or not code.isascii():
        return None
    return code if any(re.fullmatch(pattern, code) for pattern in patterns) else None


def note_dossier(tx: Tx, actor: Actor, now: Now, ask: Ask, counter: str, text: str | None) -> Answer:
    """Note what was typed at a counter with its open ticket; a later code replaces it, None takes it away.

    ``ask`` has the request id and nothing else: its hash is kept, and a code could be guessed from its hash.
    Raises ``bad_request`` for what is no code, ``not_allowed`` when no ticket is open there.
    """
    the_counter(tx, counter)

    def run() -> Answer:
        code = None if text is None else dossier_code(text, tx.office.rules.dossier_codes)
        if text is not None and code is None:
            need = "card" if is_card(text) else "dossier"
            raise Refused(Refusal.BAD_REQUEST, values={"detail": need, "need": need})
        row = note_code(tx, actor, now, counter, code, answer=True)
        return Answer(row.id, counter)

    return once(tx, actor, now, ask, counter, run)


def note_code(tx: Tx, actor: Actor, now: Now, counter: str, code: str | None, *, answer: bool = False) -> TicketRow:
    """Keep a code that is one; the journal says only that it was noted. Raises ``not_allowed``, ``day_closed``."""
    the_day(tx)
    if actor.role not in (Role.STATION, Role.CLERK, Role.MANAGER):
        raise Refused(Refusal.FORBIDDEN)
    row = open_ticket(tx.connection, counter)
    if row is None:
        label = tx.office.counters[counter].label
        raise Refused(Refusal.NOT_ALLOWED, values={"need": "no_open", "counter": label, "moves": ""})
    if code != dossier_of(tx.connection, row.id):
        data = {"number": row.number, "noted": code is not None}
        tx.record(Kind.DOSSIER_NOTED, actor, now, ticket=row.id, counter=counter, data=data, answer=answer)
        tx.connection.execute(delete(t.dossier).where(t.dossier.c.ticket == row.id))
        if code is not None:
            tx.connection.execute(insert(t.dossier), {"ticket": row.id, "code": code})
    return row
