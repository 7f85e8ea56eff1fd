"""Visitors' tokens, dossier codes and notes, stored until the day is closed.

A visitor's token is the secret at the end of the address that the slip's QR code holds.
"""

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, select

from server.store import schema as t
from server.store.statement import Statement


def visitor_token_of(connection: Connection, ticket: str) -> str | None:
    """Return the visitor's token of a ticket; None after its day was closed."""
    token: str | None = _TOKEN.value(connection, ticket=ticket)
    return token


_TOKEN = Statement(select(t.visitor_link.c.link).where(t.visitor_link.c.ticket == bindparam("ticket")))


def ticket_of_visitor_token(connection: Connection, visitor_token: str) -> str | None:
    """Return the id of the ticket whose page a visitor's token opens."""
    ticket: str | None = _TICKET.value(connection, token=visitor_token)
    return ticket


_TICKET = Statement(select(t.visitor_link.c.ticket).where(t.visitor_link.c.link == bindparam("token")))


def dossier_code_of(connection: Connection, ticket: str) -> str | None:
    """Return the code of the visitor's dossier.

    None without one, and after the day was closed.
    """
    code: str | None = _DOSSIER.value(connection, ticket=ticket)
    return code


_DOSSIER = Statement(select(t.dossier.c.code).where(t.dossier.c.ticket == bindparam("ticket")))


def dossier_codes_of(connection: Connection, tickets: Collection[str]) -> dict[str, str]:
    """Return the codes of the dossiers of some tickets, by ticket."""
    return dict(_DOSSIERS.all(connection, tickets=tickets))


_DOSSIERS = Statement(
    select(t.dossier.c.ticket, t.dossier.c.code).where(t.dossier.c.ticket.in_(bindparam("tickets", expanding=True)))
)


def notes_of(connection: Connection, ticket: str) -> dict[str, str]:
    """Return clerks' notes about a ticket by their kind."""
    return dict(_NOTES.all(connection, ticket=ticket))


_NOTES = Statement(
    select(t.ticket_note.c.kind, t.ticket_note.c.text).where(t.ticket_note.c.ticket == bindparam("ticket"))
)
