"""The rows of the page of messages.

A text to several counters is one row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from server.domain.office import OfficeDefinition
from server.views import MessageRow
from server.web.shared.formatting import Formatter
from server.web.staff.assistance.texts import counter_name, person_name, sender_name


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One text. ``unread``: the ids of the messages that this page's reader has not read, else empty.

    ``seen``: who has read it, as a sentence; ``is_own``: this side has sent it.
    """

    time: str
    sender: str
    addressee: str
    text: str
    seen: str
    is_seen: bool
    unread: Sequence[int]


def message_rows(
    messages: Sequence[MessageRow], counter: str | None, office: OfficeDefinition, formatter: Formatter
) -> Sequence[MessageLine]:
    """Return the lines of the page of ``counter``, None: of the managers, newest first."""
    batches = groupby(messages, key=lambda message: message.batch)
    return [_line(list(batch), counter, office, formatter) for _, batch in batches]


def _line(
    batch: Sequence[MessageRow], counter: str | None, office: OfficeDefinition, formatter: Formatter
) -> MessageLine:
    words, first = formatter.words, batch[0]
    if first.to_counter is None:
        addressee = words("assistance", "Quản lý")
    elif len(batch) == 1:
        addressee = counter_name(first.to_counter, office, words)
    else:
        addressee = words("assistance", "{n} quầy", n=len(batch))
    return MessageLine(
        formatter.time(first.sent_at_ms),
        sender_name(first, office, words),
        addressee,
        first.text,
        _seen_text(batch, office, formatter),
        all(message.seen_at_ms is not None for message in batch),
        [message.id for message in batch if message.to_counter == counter and message.seen_at_ms is None],
    )


def _seen_text(batch: Sequence[MessageRow], office: OfficeDefinition, formatter: Formatter) -> str:
    """Return who has read a text and when, or of several counters how many."""
    words, seen = formatter.words, [message for message in batch if message.seen_at_ms is not None]
    if not seen:
        return words("assistance", "Chưa xem")
    if len(batch) > 1:
        return words("assistance", "Đã xem: {a}/{b}", a=len(seen), b=len(batch))
    (message,) = seen
    time = formatter.time(message.seen_at_ms)
    name = person_name(message.seen_by, office, words)
    return words("assistance", "Đã xem lúc {time}: {name}", time=time, name=name)
