"""The code of a visitor's dossier, kept with the ticket until the day is closed."""

import re
import unicodedata
from collections.abc import Sequence

from config.clock import Now
from server.commands.common import CommandResult, bad_request, idempotent, require_counter, require_open_day
from server.commands.own_counter import require_own_counter
from server.domain.actor import Actor, require_permission
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import TicketDossierNoted
from server.domain.permissions import Action
from server.store import Tx
from server.store.personal import store_dossier_code
from server.store.queries import TicketRow, dossier_code_of, open_ticket
from server.wire.messages import Ask

MAX_CODE_LENGTH = 40
"""As long as the column ``dossier.code``."""
MIN_CARD_FIELDS = 6
"""A citizen's card holds seven fields, separated by bars; some readers lose the last, some cards have more."""


def is_card(text: str) -> bool:
    """Return whether ``text`` is a chip card's QR text: a number, name and address."""
    return text.count("|") >= MIN_CARD_FIELDS - 1


def dossier_code(text: str, patterns: Sequence[str]) -> str | None:
    """Return the dossier's code in capitals and NFC; None for any other text.

    ``text`` was typed or scanned. ``patterns``: regular expressions; the whole code must match one of them (setting
    ``dossier_codes``).
    """
    code = unicodedata.normalize("NFC", text).strip().upper()
    if len(code) > MAX_CODE_LENGTH or not code.isascii():
        return None
    return code if any(re.fullmatch(pattern, code) for pattern in patterns) else None


def note_dossier(tx: Tx, actor: Actor, now: Now, request: Ask, counter: str, text: str | None) -> CommandResult:
    """Store a typed dossier code with the open ticket of a counter.

    A later code replaces it, None removes it. ``request`` must hold the request id and nothing else: its hash is
    stored, and the code could be guessed from a hash. Raises ``bad_request`` for a text that is no code,
    ``not_allowed`` when no ticket is open at the counter.
    """
    require_counter(tx, counter)

    def run() -> CommandResult:
        code_patterns = tx.office.rules.dossier_codes  # regular expressions
        code = None if text is None else dossier_code(text, code_patterns)
        if text is not None and code is None:
            raise bad_request(Need.CARD if is_card(text) else Need.DOSSIER)
        row = store_code(tx, actor, now, counter, code, is_command_result=True)
        return CommandResult(row.id, counter)

    return idempotent(tx, actor, now, request, counter, run)


def store_code(
    tx: Tx, actor: Actor, now: Now, counter: str, code: str | None, *, is_command_result: bool = False
) -> TicketRow:
    """Store a valid code with the counter's open ticket, and return the ticket.

    The journal records only that there is a code. ``is_command_result`` as in ``Tx.record``; False for a scan, which
    has no request id. Raises ``not_allowed``, ``day_closed``.
    """
    require_open_day(tx)
    actor = require_permission(actor, Action.NOTE_DOSSIER)
    require_own_counter(tx, actor, counter)
    row = open_ticket(tx.connection, counter)
    if row is None:
        label = tx.office.counters[counter].label
        raise Refused(Refusal.NOT_ALLOWED, need=Need.NO_OPEN, values={"counter": label, "moves": ""})
    if code != dossier_code_of(tx.connection, row.id):
        noted = TicketDossierNoted(ticket=row.id, counter=counter, number=row.number, noted=code is not None)
        tx.record(noted, actor, now, is_command_result=is_command_result)
        store_dossier_code(tx.connection, row.id, code)
    return row
