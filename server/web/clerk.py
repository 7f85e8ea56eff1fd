"""The clerk's page of one counter: every button and key is a plain form, so it works without scripts too.

The counter is part of the address, so that one browser may have pages of several counters open. Each page acts for
the sign-in at its own counter, carries the clerk's name in its forms, and is refused when that no longer holds.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from config.words import LANGUAGES
from server import commands
from server.commands import Actor, Refused, Role
from server.store.queries import counter_row, find_ticket
from server.store.store import Reading
from server.store.writer import Busy, StorageFailed
from server.web import clerk_asks, desk, phrases, scans
from server.web.clerk_asks import Asked
from server.web.devices import Reader, of_counter
from server.web.endpoint import reader
from server.web.errors import Rejected, problem
from server.web.figures import Figures
from server.web.identity import SignedIn, keep_language, said, say_next, sign_in_at, staff, words_here
from server.web.identity import sign_out as end_sign_in
from server.web.keys import (
    ACTIONS,
    CANCEL_REASONS,
    HOLD_REASONS,
    MAIN,
    MARKS,
    MORE,
    OUTCOMES,
    PAUSE_REASONS,
    Do,
    reason_shown,
)
from server.web.parts import parts
from server.web.scanned import WHY_NOT
from server.web.staff_pages import around, kiosks, pace_of_page
from server.wire.messages import ProblemCode, Scan

PROBLEMS = (Refused, Rejected, ValidationError, Busy, StorageFailed, TimeoutError)
"""What is said on the page, which stays."""

_ASKS_MORE = frozenset({Do.NO_SHOW.value})
"""One press does it, unless something is missing: then its form opens."""

pages = Blueprint("clerk", __name__)


@pages.get("/")
def enter() -> str | Response:
    """The sign-in page; who is signed in goes straight on, unless ``?choose=1``."""
    here = staff()
    if "choose" not in request.args and "lang" not in request.args:
        if here.latest is not None and here.latest.counter is not None:
            return redirect(url_for("clerk.desk_page", counter=here.latest.counter))
        if here.latest is not None:
            return redirect(url_for("manager.now"))
    return _enter_page(request.args, _who_is_there(request.args.get("left")))


def _who_is_there(counter: str | None) -> str | None:
    """Why a page of ``counter`` ended: somebody else is there, or nobody; None for an unknown counter."""
    with parts().store.read() as reading:
        if counter is None or counter not in reading.office.counters:
            return None
        label = reading.office.counters[counter].label
        person = reading.office.clerks.get(counter_row(reading.connection, counter).clerk or "")
    words = words_here()
    if person is None:
        return words("login", "Cán bộ đã rời quầy {counter}. Mời đăng nhập lại.", counter=label)
    return words(
        "login",
        "Quầy {counter} hiện do {name} phụ trách. Mời đăng nhập lại nếu Ông/Bà làm việc tại quầy này.",
        counter=label,
        name=person.name,
    )


def _enter_page(typed: Mapping[str, str], refusal: str | None = None) -> str:
    _keep_language()
    with parts().store.read() as reading:
        office = reading.office
        return render_template(
            "staff/enter.html",
            **around(office),
            counters=list(office.counters.values()),
            clerks=list(office.clerks.values()),
            services=office.services,
            typed=typed,
            refusal=refusal,
            note=None,
            follow=None,
        )


@pages.post("/sign-in")
def sign_in() -> Response:
    """Sit down at a counter; without a name it is the counter's own clerk. Opens nothing."""
    counter, clerk = request.form.get("counter", ""), request.form.get("clerk") or None
    with parts().store.read() as reading:
        if counter not in reading.office.counters:
            raise Rejected(ProblemCode.NOT_FOUND)
        clerk = clerk or reading.office.counters[counter].clerk
    actor = Actor(Role.CLERK, clerk or counter, staff().station)
    try:
        clerk_asks.sign_in(parts(), actor, counter, clerk, request.form)
    except PROBLEMS as error:
        found = problem(error, reader(words_here()))
        return Response(_enter_page(request.form, found.detail), found.status, mimetype="text/html")
    sign_in_at(counter, clerk)
    return redirect(url_for("clerk.desk_page", counter=counter), HTTPStatus.SEE_OTHER)


@pages.get("/clerk/<counter>")
def desk_page(counter: str) -> str | Response:
    """The page of one counter. ``?panel=`` opens a form on it, ``&ticket=`` says of which ticket."""
    _keep_language()
    sign_in = staff().at(counter)
    if sign_in is None:
        return redirect(url_for("clerk.enter", choose=1, counter=counter))
    if not _is_there(counter, sign_in):
        return redirect(url_for("clerk.enter", choose=1, counter=counter, clerk=sign_in.clerk, left=counter))
    _present(counter)
    return _page(counter, request.args.get("panel"), request.args)


def _is_there(counter: str, sign_in: SignedIn) -> bool:
    """Whether the clerk of ``sign_in`` is who the hall knows at ``counter``. Raises ``NotFound``."""
    with parts().store.read() as reading:
        if counter not in reading.office.counters:
            raise NotFound
        return counter_row(reading.connection, counter).clerk == sign_in.clerk


@pages.get("/clerk/<counter>/do/<action>")
def back(counter: str, action: str) -> Response:
    """Somebody reloads the answer to a form as an address: back to the page."""
    return redirect(url_for("clerk.desk_page", counter=counter))


@pages.post("/clerk/<counter>/do/<action>")
def do(counter: str, action: str) -> Response:
    """Do one thing; then the page again, or the same page with what is refused and why."""
    try:
        asked = _asked(counter)
        _present(counter)
        note = clerk_asks.do(action, asked)
    except PROBLEMS as error:
        panel = request.form.get("panel") or (action if action in _ASKS_MORE else None)
        return _refused(error, counter, panel)
    parts().scanned.closed(counter, request.form.get("ticket"))
    if note:
        say_next(counter, note)
    return redirect(url_for("clerk.desk_page", counter=counter), HTTPStatus.SEE_OTHER)


def _refused(error: Exception, counter: str, panel: str | None = None) -> Response:
    """The page with the reason on it; the sign-in page where the sign-in of the page no longer holds."""
    found, sign_in = problem(error, reader(words_here())), staff().at(counter)
    sentence = clerk_asks.refusal(error, words_here()) or found.detail
    if sign_in is not None and _is_there(counter, sign_in) and not _carries_another(sign_in):
        page = _page(counter, panel, request.form, sentence)
    else:
        page = _enter_page({"counter": counter}, sentence)
    return Response(page, found.status, mimetype="text/html")


@pages.post("/clerk/<counter>/scan/close")
def close_scan(counter: str) -> Response:
    """Put a scanned slip's ticket away."""
    _asked(counter)
    parts().scanned.closed(counter)
    return redirect(url_for("clerk.desk_page", counter=counter), HTTPStatus.SEE_OTHER)


@pages.post("/clerk/<counter>/scans")
def take_scan(counter: str) -> Response:
    """A scanner that types like a keyboard typed this ``text`` into the page; what came of it shows on the page."""
    asked = _asked(counter)
    body = Scan(station=asked.actor.station or counter, counter=counter, text=request.form.get("text", ""))
    with suppress(Refused):  # the page says so, as for any scanner
        scans.take(parts(), counter, lambda: asked.command(lambda tx, now: commands.scan(tx, asked.actor, now, body)))
    return Response(status=HTTPStatus.NO_CONTENT)


@pages.post("/clerk/<counter>/here")
def here(counter: str) -> Response:
    """The page is open; with ``key`` somebody is at it, which acknowledges an automatic call."""
    asked = _asked(counter)
    if not _is_there(counter, _signed(counter)):
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    _present(counter)
    if request.form.get("key"):
        clerk_asks.acknowledge(asked)
    return Response(status=HTTPStatus.NO_CONTENT)


@pages.post("/clerk/<counter>/help/<help_id>")
def take_help(counter: str, help_id: str) -> Response:
    """Somebody goes to the kiosk."""
    try:
        clerk_asks.take_help(_asked(counter), help_id)
    except PROBLEMS as error:
        return _refused(error, counter)
    return redirect(url_for("clerk.desk_page", counter=counter), HTTPStatus.SEE_OTHER)


@pages.post("/clerk/<counter>/sign-out")
def sign_out(counter: str) -> Response:
    """Leave the counter: it closes. Refused while a ticket is open. Other sign-ins of the browser stay."""
    sign_in = staff().at(counter)
    if sign_in is not None and not _carries_another(sign_in):
        try:
            if _is_there(counter, sign_in):
                clerk_asks.sign_out(_asked(counter))
        except PROBLEMS as error:
            return _refused(error, counter)
        end_sign_in(sign_in)
    return redirect(url_for("clerk.enter", choose=1), HTTPStatus.SEE_OTHER)


def _page(counter: str, panel: str | None, typed: Mapping[str, str], refusal: str | None = None) -> str:
    with parts().store.read() as reading:
        fig = Figures(words_here(), reading.office.zone.key)
        shown = desk.desk(reading, counter, fig, kiosks(parts()))
        if shown is None:
            raise NotFound
        able = desk.possible(shown)
        subject = desk.subject(reading, typed["ticket"]) if panel == "ticket" and typed.get("ticket") else None
        panel = asked = _panel(panel, able, subject)
        if panel is None and (scanned := _scanned(reading, counter)) is not None:
            panel, subject = "ticket", desk.subject(reading, scanned)
        return render_template(
            "staff/clerk.html",
            **around(reading.office, now_ms=reading.now.wall_ms),
            **pace_of_page(parts()),
            desk=shown,
            able=able,
            waits={action: seconds for action in able if (seconds := desk.wait_s(shown, action))},
            panel=panel,
            subject=subject,
            subject_why=desk.why_called(reading, subject.id, fig) if subject else [],
            typed=typed,
            refusal=refusal,
            note=said(counter),
            sign_in=_mark_of(staff().at(counter)),
            hint=clerk_asks.hint(shown, able, words_here()),
            scan_refused=_scan_refused(shown),
            troubles=of_counter(parts().reports.stations(), counter, Reader(fig, reading.office, reading.now.wall_ms)),
            here=url_for("clerk.here", counter=counter),
            scans=url_for("clerk.take_scan", counter=counter),
            by_scan=panel != asked,
            follow=url_for(
                "clerk.desk_page", counter=counter, panel=asked, ticket=subject.id if asked and subject else None
            ),
            refresh_s=None if asked else 10,
            actions=ACTIONS,
            main=MAIN,
            more=MORE,
            outcomes=OUTCOMES,
            phrases=phrases,
            marks=MARKS,
            reason_shown=reason_shown,
            reasons=_reasons(),
        )


def _scanned(reading: Reading, counter: str) -> str | None:
    """The ticket whose slip was scanned here just now, until something is done with it."""
    slips = parts().scanned
    ticket = slips.at(counter, parts().mono_s())
    row = None if ticket is None else find_ticket(reading.connection, ticket)
    if row is None or row.day != reading.head.day or slips.is_dealt_with(counter, row):
        return None
    return row.id


def _scan_refused(shown: desk.Desk) -> str | None:
    """Why the scan just now was not taken, in words; that nobody was there is no news once somebody is."""
    why = parts().scanned.why_not(shown.counter.id, parts().mono_s())
    if why is None or (why == "no_open" and shown.open is not None):
        return None
    return WHY_NOT[why](words_here())


def _panel(asked: str | None, able: frozenset[Do], subject: desk.Line | None) -> str | None:
    """The form to open: one that exists and can be used now."""
    if asked == "ticket":
        return asked if subject is not None else None
    panels = {action.value for action in able if ACTIONS[action].panel} | {
        action.value for action in able if action is Do.NO_SHOW
    }
    return asked if asked in panels else None


def _reasons() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Reasons to choose from: (what is written down, what is shown). The Vietnamese text is written down."""
    words, written = words_here(), clerk_asks.VIETNAMESE
    void = [("void", words("clerk", "In thử"))]
    return {
        "pause": [(say(written), say(words)) for say in PAUSE_REASONS],
        "hold": [(say(written), say(words)) for say in HOLD_REASONS],
        "cancel": [*((say(written), say(words)) for say in CANCEL_REASONS), *void],
    }


def _signed(counter: str) -> SignedIn:
    """This browser's sign-in at ``counter``.

    Raises ``unauthenticated`` where there is none, ``not_allowed`` where the form carries another clerk's name.
    """
    sign_in = staff().at(counter)
    if sign_in is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    if _carries_another(sign_in):
        raise Rejected(ProblemCode.NOT_ALLOWED, values={"need": "sign_in_changed"})
    return sign_in


def _carries_another(sign_in: SignedIn) -> bool:
    """Whether the page that sent this form shows another sign-in than the browser has at this counter now."""
    return request.form.get("as", sign_in.mark) != sign_in.mark


def _mark_of(sign_in: SignedIn | None) -> str:
    return "" if sign_in is None else sign_in.mark


def _asked(counter: str) -> Asked:
    sign_in = _signed(counter)
    actor = Actor(Role.CLERK, sign_in.clerk or counter, staff().station)
    return Asked(parts(), actor, counter, sign_in.clerk, request.form, Figures(words_here(), _zone()))


def _present(counter: str) -> None:
    parts().presence.note(counter, staff().station, parts().now())


def _zone() -> str:
    with parts().store.read() as reading:
        return reading.office.zone.key


def _keep_language() -> None:
    if request.args.get("lang") in LANGUAGES:
        keep_language(request.args["lang"])
