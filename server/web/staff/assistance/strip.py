"""The strip under the head of all staff pages.

It has the open alarms, the places where this person is sent, and the unread messages. A person sees the alarm of the
own counter in plain words only: a visitor may see the screen.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from flask import g, request, url_for

from server import views
from server.domain.permissions import Action
from server.store import Snapshot
from server.views import AlarmRow, DispatchRow, MessageRow, StripRows
from server.web.shared.formatting import Formatter
from server.web.shared.guard import SAFE_METHODS
from server.web.shared.identity import BrowserSignIns, browser_sign_ins, request_translations
from server.web.shared.session_cookie import current_session
from server.web.staff.assistance.texts import counter_name, person_name, place_name, sender_name

SHOWN_ITEMS = 3
"""The most items of the strip; further ones are counted."""


@dataclass(frozen=True, slots=True)
class StripButton:
    """A button: a form that is sent to ``url`` with ``fields``."""

    url: str
    text: str
    fields: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class StripItem:
    """One item of the strip. ``style``: alarm, quiet, sent or message; ``icon``: an id of ``icons.svg``."""

    style: str
    icon: str
    text: str
    note: str
    buttons: Sequence[StripButton]
    link: str | None = None


@dataclass(frozen=True, slots=True)
class StaffStrip:
    """The strip of one page.

    ``more``: the number of items that are not shown. ``alarms``: the ids of the open alarms of others, for the sound.
    ``back``: the page to which its forms return; ``at``: its counter, or None. ``unread``: the number of
    unread messages.
    """

    items: Sequence[StripItem]
    more: int
    alarms: Sequence[str]
    back: str
    at: str | None
    unread: int


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a page.

    ``counters``: the own ones; on the page of a counter only that one. ``person``: the id, None without one. ``may``:
    whether the page's people may do an action.
    """

    counters: Collection[str]
    own_counters: Collection[str]
    person: str | None
    may: Callable[[Action], bool]

    def reads(self, message: MessageRow) -> bool:
        """Return whether the message is to this reader."""
        if message.to_counter is not None:
            return message.to_counter in self.counters and self.may(Action.SEND_MESSAGE)
        return self.may(Action.MESSAGE_COUNTERS) and message.sent_by != self.person


def page_reader(counter: str | None) -> Reader | None:
    """Return the reader of the page.

    ``counter``: of a clerk's page; None without a sign-in.
    """
    sign_ins = browser_sign_ins()
    if sign_ins.latest is None:
        return None
    sign_in = None if counter is None else sign_ins.at(counter)
    session = current_session()
    own = sign_ins.latest if sign_in is None else sign_in
    person = own.clerk if session is None else session.person.id
    counters = sign_ins.counters if sign_in is None or counter is None else [counter]
    return Reader(list(counters), list(sign_ins.counters), person, _permission_check(sign_ins, counter))


def _permission_check(sign_ins: BrowserSignIns, counter: str | None) -> Callable[[Action], bool]:
    """Return whether the page's people may do an action.

    In a demonstration only the role of this page counts.
    """
    sign_in = None if counter is None else sign_ins.at(counter)
    if sign_in is None or sign_ins.person_roles is not None:
        return sign_ins.may
    return sign_in.may


def page_counter() -> str | None:
    """Return the counter whose page this request is about, None for any other page."""
    return (request.view_args or {}).get("counter") if request.blueprint == "clerk" else request.args.get("at")


def rows_of(snapshot: Snapshot) -> StripRows:
    """Return the rows of this request's strip, which are read once."""
    if "strip_rows" not in g:
        g.strip_rows = views.strip(snapshot)
    rows: StripRows = g.strip_rows
    return rows


def page_strip(snapshot: Snapshot, back: str | None = None) -> StaffStrip | None:
    """Return the strip of the page; None for a reader without a sign-in."""
    reader = page_reader(page_counter())
    if reader is None:
        return None
    rows, words = rows_of(snapshot), request_translations()
    formatter = Formatter(words, snapshot.office.zone.key)
    unread = [message for message in rows.messages if reader.reads(message)]
    items = [_alarm_item(alarm, snapshot, reader, formatter) for alarm in rows.alarms]
    items += [_sent_item(row, snapshot, formatter) for row in rows.dispatches if _is_sent_to(row, reader)]
    items += _message_items(unread, snapshot, formatter)
    path = request.full_path.rstrip("?") if request.method in SAFE_METHODS else "/"
    return StaffStrip(
        items[:SHOWN_ITEMS],
        max(0, len(items) - SHOWN_ITEMS),
        [alarm.id for alarm in rows.alarms if alarm.counter not in reader.own_counters],
        path if back is None else back,
        page_counter(),
        len(unread),
    )


def _alarm_item(alarm: AlarmRow, snapshot: Snapshot, reader: Reader, formatter: Formatter) -> StripItem:
    words, office, time = formatter.words, snapshot.office, formatter.time(alarm.raised_at_ms)
    going = None if alarm.taken_by is None else person_name(alarm.taken_by, office, words)
    end = StripButton(url_for("assistance.end_alarm", alarm=alarm.id), words("assistance", "Kết thúc"))
    if alarm.counter in reader.own_counters:
        note = (
            words("assistance", "Chờ người đến.")
            if going is None
            else words("assistance", "{name} đang đến.", name=going)
        )
        return StripItem("quiet", "check", words("assistance", "Đã báo lúc {time}.", time=time), note, [end])
    place = counter_name(alarm.counter, office, words)
    text = words("assistance", "{place} cần hỗ trợ gấp", place=place)
    if not reader.may(Action.TAKE_ALARM):
        return StripItem("alarm", "warning", text, time if going is None else f"{time} · {going}", [])
    if going is None:
        take = StripButton(url_for("assistance.take_alarm", alarm=alarm.id), words("assistance", "Tôi đến"))
        return StripItem("alarm", "warning", text, time, [take, end])
    note = words("assistance", "{name} đang đến.", name=going)
    return StripItem("alarm", "warning", text, f"{time} · {note}", [end])


def _is_sent_to(row: DispatchRow, reader: Reader) -> bool:
    """Return whether this dispatch is to the reader: to the person, else to the counter."""
    if row.going_by is not None:
        return row.going_by in (reader.person, *reader.counters)
    return (row.clerk is not None and row.clerk == reader.person) or row.to_counter in reader.counters


def _sent_item(row: DispatchRow, snapshot: Snapshot, formatter: Formatter) -> StripItem:
    words, place = formatter.words, place_name(row, snapshot.office, formatter.words)
    time = formatter.time(row.sent_at_ms)
    end = url_for("assistance.end_dispatch", dispatch=row.id)
    if row.going_by is not None:
        text = words("assistance", "Đang đến {place}", place=place)
        return StripItem("sent", "person", text, time, [StripButton(end, words("assistance", "Đã xong"))])
    text = words("assistance", "Mời Ông/Bà đến {place}", place=place)
    go = StripButton(url_for("assistance.go", dispatch=row.id), words("assistance", "Tôi đến"))
    return StripItem("sent", "person", text, time, [go, StripButton(end, words("assistance", "Không đến được"))])


def _message_items(unread: Sequence[MessageRow], snapshot: Snapshot, formatter: Formatter) -> list[StripItem]:
    """Return the newest unread message, with the number of the others."""
    if not unread:
        return []
    words, newest = formatter.words, unread[-1]
    text = f"{sender_name(newest, snapshot.office, words)}: {newest.text}"
    others = len(unread) - 1
    note = formatter.time(newest.sent_at_ms)
    if others:
        note = f"{note} · " + words("assistance", "và {n} tin khác", n=others)
    ids = ",".join(str(message.id) for message in unread)
    seen = StripButton(url_for("assistance.see_messages"), words("assistance", "Đã xem"), [("ids", ids)])
    at = page_counter()
    return [StripItem("message", "file", text, note, [seen], url_for("assistance.messages_page", at=at))]
