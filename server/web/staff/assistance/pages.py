"""Raise, take and end staff alarms; send colleagues; send and read messages."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.clock import Now
from config.words import LANGUAGES
from server import commands, views
from server.commands import Actor
from server.domain.permissions import Action
from server.store import Tx
from server.web.shared.context import current_context
from server.web.shared.errors import Rejected
from server.web.shared.formatting import Formatter
from server.web.shared.identity import (
    MANAGER,
    SignedIn,
    browser_sign_ins,
    pop_note,
    request_translations,
    store_language,
    store_note,
)
from server.web.staff.account.sign_in import own_path
from server.web.staff.assistance import texts
from server.web.staff.assistance.message_rows import message_rows
from server.web.staff.assistance.strip import page_counter, page_strip
from server.web.staff.layout import ButtonPress, actor_of_form, layout_values, refresh_values, sign_in_values
from server.wire.messages import ProblemCode, RaiseAlarm

Result = TypeVar("Result")

pages = Blueprint("assistance", __name__)

NOTES = "messages"
"""The key of the notes of the page of messages."""
MAX_SEEN = 200
"""The most messages that are marked by one request."""


def _run(command: Callable[[Tx, Actor, Now], Result]) -> Result:
    """Run a command of the form's sender, and let all pages refresh.

    Messages leave no fact that would do that.
    """
    if browser_sign_ins().latest is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    actor = actor_of_form()
    result = current_context().writer.ask(lambda tx, now: command(tx, actor, now))
    current_context().live_version.increment()
    return result


def _back() -> Response:
    return redirect(own_path(request.form.get("back")), HTTPStatus.SEE_OTHER)


@pages.get("/staff/strip")
def strip_part() -> str:
    """Return the strip alone, for a page that does not refresh itself. ``back``: the address of that page."""
    back = own_path(request.args.get("back"))
    with current_context().store.read() as snapshot:
        strip = page_strip(snapshot, back)
        return render_template("staff/strip.html", strip=strip, words=request_translations())


@pages.post("/staff/alarms/at/<counter>")
def raise_alarm(counter: str) -> Response:
    """Raise the staff alarm of a counter."""
    station = browser_sign_ins().station
    body = RaiseAlarm.model_validate({"request_id": request.form.get("request_id"), "station": station})
    _run(lambda tx, actor, now: commands.raise_alarm(tx, actor, now, counter, body))
    return _back()


@pages.post("/staff/alarms/<alarm>/take")
def take_alarm(alarm: str) -> Response:
    """Record that this person goes to the counter of an alarm."""
    _run(lambda tx, actor, now: commands.take_alarm(tx, actor, now, alarm))
    return _back()


@pages.post("/staff/alarms/<alarm>/end")
def end_alarm(alarm: str) -> Response:
    """End an alarm."""
    _run(lambda tx, actor, now: commands.end_alarm(tx, actor, now, alarm))
    return _back()


@pages.post("/staff/dispatches")
def send_colleague() -> Response:
    """Send a colleague to a place.

    ``to``: the colleague's counter; ``place``: ``call:`` and a call for help, or ``counter:`` and an id.
    """
    press = ButtonPress.model_validate({"request_id": request.form.get("request_id")})
    kind, _, place = request.form.get("place", "").partition(":")
    to_counter = request.form.get("to", "")
    counter, call = (None, place) if kind == "call" else (place or None, None)
    _run(lambda tx, actor, now: commands.send_colleague(tx, actor, now, press, to_counter, counter=counter, call=call))
    return _back()


@pages.post("/staff/dispatches/<dispatch>/go")
def go(dispatch: str) -> Response:
    """Record that this person goes where a manager sends one."""
    _run(lambda tx, actor, now: commands.go_as_sent(tx, actor, now, dispatch))
    return _back()


@pages.post("/staff/dispatches/<dispatch>/end")
def end_dispatch(dispatch: str) -> Response:
    """End a dispatch: done, or not wanted any more."""
    _run(lambda tx, actor, now: commands.end_dispatch(tx, actor, now, dispatch))
    return _back()


def _page_sign_in() -> SignedIn | None:
    """Return the sign-in of ``?at=``, else the browser's manager, else the latest."""
    sign_ins = browser_sign_ins()
    return sign_ins.at(page_counter() or "") or sign_ins.as_manager or sign_ins.latest


@pages.get("/messages")
def messages_page() -> str | Response:
    """Show the messages between a counter (``?at=``) and the managers.

    Managers see those of all counters.
    """
    if request.args.get("lang") in LANGUAGES:
        store_language(request.args["lang"])
    sign_in = _page_sign_in()
    if sign_in is None:
        return redirect(url_for("clerk.sign_in_page", choose=1))
    counter, words = sign_in.counter, request_translations()
    with current_context().store.read() as snapshot:
        formatter = Formatter(words, snapshot.office.zone.key)
        may_write = sign_in.may(Action.MESSAGE_COUNTERS if counter is None else Action.SEND_MESSAGE)
        return render_template(
            "staff/assistance/messages.html",
            **layout_values(snapshot.office, now_ms=snapshot.now.wall_ms, snapshot=snapshot),
            **sign_in_values(snapshot.office, sign_in),
            **refresh_values(current_context()),
            tab="messages",
            refresh_url=url_for("assistance.messages_page", at=counter or MANAGER),
            refresh_s=15,
            refusal=None,
            note=pop_note(NOTES),
            counter=counter,
            may_write=may_write,
            counters=list(snapshot.office.counters_in_use.values()),
            ready_texts=[text(words) for text in (texts.MANAGERS_TEXTS if counter is None else texts.COUNTERS_TEXTS)],
            max_length=commands.MAX_MESSAGE_LENGTH,
            rows=message_rows(views.messages_with(snapshot, counter), counter, snapshot.office, formatter)
            if may_write
            else [],
        )


@pages.post("/messages")
def send_message() -> Response:
    """Send a text from a counter (``from``), or from a manager to a counter (``to``).

    The text is that of a key (``ready``), else ``typed``.
    """
    text = request.form.get("ready") or request.form.get("typed", "")
    press = ButtonPress.model_validate({"request_id": request.form.get("request_id")})
    from_counter, to_counter = request.form.get("from"), request.form.get("to") or None

    def send(tx: Tx, actor: Actor, now: Now) -> int:
        if from_counter:
            return commands.message_managers(tx, actor, now, press.request_id, from_counter, text)
        return commands.message_counters(tx, actor, now, press.request_id, to_counter, text)

    store_note(NOTES, _note(_run(send), text))
    return redirect(url_for("assistance.messages_page", at=from_counter or MANAGER), HTTPStatus.SEE_OTHER)


def _note(sent: int, text: str) -> str:
    words = request_translations()
    if sent:
        return words("assistance", "Đã gửi: {text}", text=text.strip()[: commands.MAX_MESSAGE_LENGTH])
    if not text.strip():
        return words("assistance", "Chưa gửi: chưa có nội dung.")
    return words("assistance", "Chưa gửi: chưa có quầy nào làm việc.")


@pages.post("/messages/seen")
def see_messages() -> Response:
    """Mark messages to this reader as read.

    ``ids``: separated by commas.
    """
    listed = request.form.get("ids", "").split(",")
    ids = [int(number) for number in listed if number.isascii() and number.isdecimal() and len(number) < 12][:MAX_SEEN]
    sign_ins = browser_sign_ins()

    def see(tx: Tx, actor: Actor, now: Now) -> None:
        if actor.may(Action.MESSAGE_COUNTERS):
            commands.see_managers_messages(tx, actor, now, ids)
        for counter in _counters_of(actor, list(sign_ins.counters)):
            commands.see_counter_messages(tx, actor, now, counter, ids)

    _run(see)
    return _back()


def _counters_of(actor: Actor, counters: Sequence[str]) -> Sequence[str]:
    """Return the counters at which the reader reads messages."""
    return counters if actor.may(Action.SEND_MESSAGE) else []
