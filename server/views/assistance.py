"""Alarms, dispatches and messages for the pages of staff."""

from collections.abc import Sequence

from server.store import Snapshot
from server.store.queries import MessageRow, StripRows, newest_messages, strip_rows

MAX_LISTED_MESSAGES = 100
"""The most messages that a page lists."""


def strip(snapshot: Snapshot) -> StripRows:
    """Return the open alarms and dispatches, and the unread messages, by one statement."""
    return strip_rows(snapshot.connection, snapshot.head.day)


def messages_with(snapshot: Snapshot, counter: str | None) -> Sequence[MessageRow]:
    """Return the newest messages between a counter and the managers, newest first. None: of all counters."""
    messages = newest_messages(snapshot.connection, MAX_LISTED_MESSAGES)
    return [message for message in messages if counter in (None, message.from_counter, message.to_counter)]
