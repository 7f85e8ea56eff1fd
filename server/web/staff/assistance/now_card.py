"""The card of the page "Now" with the colleagues who were sent, and messages."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.words import Words
from server.domain.permissions import Action
from server.store import Snapshot
from server.views import ManagerNow
from server.web.shared.formatting import Formatter
from server.web.shared.identity import browser_sign_ins
from server.web.staff.assistance.strip import rows_of
from server.web.staff.assistance.texts import counter_name, kiosk_name, person_name, place_name, sender_name
from server.wire.messages import CounterStateName


@dataclass(frozen=True, slots=True)
class SentColleague:
    """A colleague who was sent. ``is_going``: the colleague has answered."""

    id: str
    place: str
    colleague: str
    time: str
    is_going: bool


@dataclass(frozen=True, slots=True)
class UnreadMessage:
    """A message that its addressee has not read."""

    sender: str
    addressee: str
    text: str
    time: str


@dataclass(frozen=True, slots=True)
class NowCard:
    """The card. Visitors' calls for help are alerts of the page, and here only places to send somebody to.

    ``places`` and ``colleagues``: the choices of the form that sends somebody, each as (value, text); empty for a
    reader who may not send.
    """

    sent: Sequence[SentColleague]
    unread: Sequence[UnreadMessage]
    places: Sequence[tuple[str, str]]
    colleagues: Sequence[tuple[str, str]]


def now_card(snapshot: Snapshot, hall: ManagerNow, formatter: Formatter) -> NowCard:
    """Return the card, from the rows that the strip has read."""
    words, may_send = formatter.words, browser_sign_ins().may(Action.SEND_COLLEAGUE)
    calls = [(call, kiosk_name(call.station, words)) for call in hall.help_calls]
    return NowCard(
        _sent(snapshot, formatter),
        _unread(snapshot, formatter) if browser_sign_ins().may(Action.MESSAGE_COUNTERS) else [],
        [(f"call:{call.id}", kiosk) for call, kiosk in calls] + _counters(snapshot, words) if may_send else [],
        _colleagues(hall, words) if may_send else [],
    )


def _counters(snapshot: Snapshot, words: Words) -> list[tuple[str, str]]:
    office = snapshot.office
    return [(f"counter:{counter}", counter_name(counter, office, words)) for counter in office.counters_in_use]


def _colleagues(hall: ManagerNow, words: Words) -> list[tuple[str, str]]:
    """Return the counters at which somebody works, each with the clerk's name."""
    choices = []
    for row in hall.counters:
        if row.clerk_name or row.counter.state is not CounterStateName.CLOSED:
            name = words("term", "Quầy {label}", label=row.counter.label)
            choices.append((row.counter.id, name if row.clerk_name is None else f"{name} · {row.clerk_name}"))
    return choices


def _sent(snapshot: Snapshot, formatter: Formatter) -> list[SentColleague]:
    words, office = formatter.words, snapshot.office
    return [
        SentColleague(
            row.id,
            place_name(row, office, words),
            person_name(row.going_by or row.clerk or row.to_counter, office, words),
            formatter.time(row.sent_at_ms),
            row.going_by is not None,
        )
        for row in rows_of(snapshot).dispatches
    ]


def _unread(snapshot: Snapshot, formatter: Formatter) -> list[UnreadMessage]:
    words, office = formatter.words, snapshot.office
    managers = words("assistance", "Quản lý")
    return [
        UnreadMessage(
            sender_name(row, office, words),
            managers if row.to_counter is None else counter_name(row.to_counter, office, words),
            row.text,
            formatter.time(row.sent_at_ms),
        )
        for row in rows_of(snapshot).messages
    ]
