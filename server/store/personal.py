"""Stores and erases personal data.

They are outside the journal so that they can be erased: the tokens of visitors' pages, codes of dossiers and names of
clerks.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert

from server.store import schema as t
from server.store.statement import Statement


def store_visitor_token(connection: Connection, visitor_token: str, ticket: str, day: str) -> None:
    """Store the token that opens the visitor's page of a ticket.

    It is erased when the day is closed.
    """
    _STORE_TOKEN.execute(connection, link=visitor_token, ticket=ticket, day=day)


_STORE_TOKEN = Statement(insert(t.visitor_link).inline())


def store_dossier_code(connection: Connection, ticket: str, code: str | None) -> None:
    """Store the code of a ticket's dossier, or with None remove it."""
    _REMOVE_CODE.execute(connection, of_ticket=ticket)
    if code is not None:
        _STORE_CODE.execute(connection, ticket=ticket, code=code)


_REMOVE_CODE = Statement(delete(t.dossier).where(t.dossier.c.ticket == bindparam("of_ticket")))
_STORE_CODE = Statement(insert(t.dossier).inline())


def erase_visitor_data(connection: Connection) -> None:
    """Erase all visitors' tokens and all codes of their dossiers."""
    _ERASE_TOKENS.execute(connection)
    _ERASE_CODES.execute(connection)


_ERASE_TOKENS = Statement(delete(t.visitor_link))
_ERASE_CODES = Statement(delete(t.dossier))


def store_clerk_names(connection: Connection, names: Mapping[str, str]) -> None:
    """Store the names of clerks by their ids."""
    if names:
        _STORE_NAME.execute_many(connection, [{"clerk": clerk, "name": name} for clerk, name in names.items()])


def replace_clerk_name(connection: Connection, clerk: str, name: str) -> None:
    """Store the name of a clerk in place of an earlier one."""
    _REMOVE_NAME.execute(connection, of_clerk=clerk)
    store_clerk_names(connection, {clerk: name})


def erase_clerk_name(connection: Connection, clerk: str) -> None:
    """Erase the name of a clerk, who is called by the id from now on."""
    _REMOVE_NAME.execute(connection, of_clerk=clerk)


_REMOVE_NAME = Statement(delete(t.clerk_name).where(t.clerk_name.c.clerk == bindparam("of_clerk")))
_STORE_NAME = Statement(insert(t.clerk_name).inline())
