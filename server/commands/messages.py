"""Short messages between a counter and the managers.

They are personal data: outside the journal, and erased when the day is closed. A repeated request is recognised by its
id, which is kept with the messages.
"""

from collections.abc import Sequence

from config.clock import Now
from server.commands.common import require_counter, require_counter_in_use
from server.commands.own_counter import require_own_counter
from server.domain.actor import Actor, require_permission
from server.domain.permissions import Action
from server.domain.queue.counter import CounterState
from server.store import Tx
from server.store.personal import has_messages, mark_message_seen, store_messages
from server.store.queries import counter_rows

MAX_MESSAGE_LENGTH = 200
"""The most characters of a message; the rest is cut off."""


def message_managers(tx: Tx, actor: Actor, now: Now, request_id: str, counter: str, text: str) -> int:
    """Send a text from a counter to the managers.

    Return the number of messages, 0 for an empty text. Raises ``not_found``, and ``forbidden`` at the counter of
    somebody else.
    """
    actor = require_permission(actor, Action.SEND_MESSAGE)
    require_counter(tx, counter)
    require_own_counter(tx, actor, counter)
    return _send(tx, actor, now, request_id, text, from_counter=counter, to_counters=[None])


def message_counters(tx: Tx, actor: Actor, now: Now, request_id: str, counter: str | None, text: str) -> int:
    """Send a manager's text to a counter, or with None to all that work now.

    Return the number of messages: 0 for an empty text, and while no counter works. Raises ``not_found``.
    """
    actor = require_permission(actor, Action.MESSAGE_COUNTERS)
    if counter is not None:
        require_counter_in_use(tx, counter)
    counters = working_counters(tx) if counter is None else [counter]
    return _send(tx, actor, now, request_id, text, from_counter=None, to_counters=counters)


def working_counters(tx: Tx) -> Sequence[str]:
    """Return the counters that are not closed, or have a clerk."""
    return [
        row.counter
        for row in counter_rows(tx.connection).values()
        if row.clerk is not None or row.state is not CounterState.CLOSED
    ]


def _send(
    tx: Tx,
    actor: Actor,
    now: Now,
    request_id: str,
    text: str,
    *,
    from_counter: str | None,
    to_counters: Sequence[str | None],
) -> int:
    text = " ".join(text.split())[:MAX_MESSAGE_LENGTH]
    if not text:
        return 0
    if not has_messages(tx.connection, request_id):
        sent = {"batch": request_id, "from_counter": from_counter, "sent_at_ms": now.wall_ms, "sent_by": actor.id}
        store_messages(tx.connection, [{**sent, "to_counter": counter, "text": text} for counter in to_counters])
    return len(to_counters)


def see_counter_messages(tx: Tx, actor: Actor, now: Now, counter: str, messages: Sequence[int]) -> None:
    """Record that the clerk at a counter has seen messages to it. Raises ``forbidden`` at another counter."""
    actor = require_permission(actor, Action.SEND_MESSAGE)
    require_counter(tx, counter)
    require_own_counter(tx, actor, counter)
    for message in messages:
        mark_message_seen(tx.connection, message, counter, now.wall_ms, actor.id)


def see_managers_messages(tx: Tx, actor: Actor, now: Now, messages: Sequence[int]) -> None:
    """Record that a manager has seen messages to the managers."""
    actor = require_permission(actor, Action.MESSAGE_COUNTERS)
    for message in messages:
        mark_message_seen(tx.connection, message, None, now.wall_ms, actor.id)
