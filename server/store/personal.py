"""Stores and erases personal data.

They are outside the journal so that they can be erased: the tokens of visitors' pages, codes of dossiers, clerks' notes
about tickets, names of clerks, and messages between counters and managers.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from server.store import schema as t
from server.store.statement import Statement


class NoteKind(StrEnum):
    """The kinds of clerks' notes about a ticket.

    ``NOTE``: with the ticket until the day's close; ``HANDOVER``: for the colleague who gets it next.
    """

    NOTE = "note"
    HANDOVER = "handover"


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


def store_note(connection: Connection, ticket: str, kind: NoteKind, text: str | None) -> None:
    """Store a clerk's note about a ticket.

    It replaces the earlier one of that kind; None removes it.
    """
    _REMOVE_NOTE.execute(connection, of_ticket=ticket, of_kind=kind.value)
    if text is not None:
        _STORE_NOTE.execute(connection, ticket=ticket, kind=kind.value, text=text)


_REMOVE_NOTE = Statement(
    delete(t.ticket_note).where(
        t.ticket_note.c.ticket == bindparam("of_ticket"), t.ticket_note.c.kind == bindparam("of_kind")
    )
)
_STORE_NOTE = Statement(insert(t.ticket_note).inline())


def erase_visitor_data(connection: Connection) -> None:
    """Erase all visitors' tokens, all codes of their dossiers and all notes about them."""
    _ERASE_TOKENS.execute(connection)
    _ERASE_CODES.execute(connection)
    _ERASE_NOTES.execute(connection)


_ERASE_TOKENS = Statement(delete(t.visitor_link))
_ERASE_CODES = Statement(delete(t.dossier))
_ERASE_NOTES = Statement(delete(t.ticket_note))


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


def store_messages(connection: Connection, messages: Sequence[Mapping[str, object]]) -> None:
    """Store messages; each has the columns ``batch`` to ``text`` of the table.

    They are erased when the day is closed.
    """
    if messages:
        _STORE_MESSAGE.execute_many(connection, messages)


def has_messages(connection: Connection, batch: str) -> bool:
    """Return whether messages of this request are stored."""
    return _OF_BATCH.value(connection, batch=batch) is not None


def mark_message_seen(connection: Connection, message: int, to_counter: str | None, at_ms: int, by: str) -> None:
    """Store who has seen a message to ``to_counter``, None: to the managers, and when.

    A message that was seen keeps what it has.
    """
    _MARK_SEEN.execute(connection, of_message=message, addressee=to_counter, at_ms=at_ms, by=by)


def erase_messages(connection: Connection) -> None:
    """Erase all messages."""
    _ERASE_MESSAGES.execute(connection)


def erase_messages_by(connection: Connection, person: str) -> None:
    """Erase the messages that a person has sent."""
    _ERASE_SENT.execute(connection, person=person)


_MESSAGE_COLUMNS = ("batch", "from_counter", "to_counter", "sent_at_ms", "sent_by", "text")
_STORE_MESSAGE = Statement(insert(t.message).values({name: bindparam(name) for name in _MESSAGE_COLUMNS}).inline())
_OF_BATCH = Statement(select(t.message.c.id).where(t.message.c.batch == bindparam("batch")).limit(1))
_MARK_SEEN = Statement(
    update(t.message)
    .where(
        t.message.c.id == bindparam("of_message"),
        t.message.c.to_counter.is_not_distinct_from(bindparam("addressee")),
        t.message.c.seen_at_ms.is_(None),
    )
    .values(seen_at_ms=bindparam("at_ms"), seen_by=bindparam("by"))
)
_ERASE_MESSAGES = Statement(delete(t.message))
_ERASE_SENT = Statement(delete(t.message).where(t.message.c.sent_by == bindparam("person")))
