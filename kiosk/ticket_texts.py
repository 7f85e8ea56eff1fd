"""Texts about a ticket, shared by slips and screens."""

from collections.abc import Iterable

from config.words import Words
from server.wire.messages import Interval, Office, Ticket

VISITOR_PATH = "/v/"  # of the visitors' pages on the server


def counter_labels(office: Office | None, counters: Iterable[str]) -> str:
    """Return the labels on the counters with these ids, such as "2, 3"."""
    labels = {counter.id: counter.label for counter in (office.counters if office else [])}
    return ", ".join(labels.get(counter, counter) for counter in counters)


def visitor_link(ticket: Ticket, office: Office) -> str | None:
    """Return the content of the QR code: the URL of the visitor's own page.

    ``ticket.link`` is the secret token in that URL. Where phones cannot reach the page, it is the content itself.
    """
    if ticket.link is None:
        return None
    return f"{office.visitor_url.rstrip('/')}{VISITOR_PATH}{ticket.link}" if office.visitor_url else ticket.link


def wait_phrase(words: Words, wait: Interval | None) -> str | None:
    """Return the expected wait in words, as an interval or an upper bound.

    ``wait``: the least and the most minutes; None when the server gave none.
    """
    if wait is None:
        return None
    low, high = wait
    if low <= 0:
        return words("wait", "không quá {to} phút", to=high)
    if high > 90:
        durations = {"from": _duration_phrase(words, low), "to": _duration_phrase(words, high)}
        return words("wait", "từ {from} đến {to}", **durations)
    return words("wait", "khoảng {from}–{to} phút", **{"from": low, "to": high})


def _duration_phrase(words: Words, minutes: int) -> str:
    hours, minutes_left = divmod(minutes, 60)
    if hours == 0:
        return words("wait", "{m} phút", m=minutes_left)
    if minutes_left == 0:
        return words("wait", "{h} tiếng", h=hours)
    return words("wait", "{h} tiếng {m} phút", h=hours, m=minutes_left)
