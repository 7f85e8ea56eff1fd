"""The visitors' pages: one's own number by the link on the slip, and the hall today. No cookies, no names.

An application of its own on a port of its own, because phones distrust a local certificate and must not get near
the staff's. A wrong link and one that has expired look alike, and guessing is slowed down.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response as Answer

from config.clock import Now
from config.words import LANGUAGES, Words, words
from server import commands, views
from server.commands import Actor, Role
from server.domain.errors import Refused
from server.store.journal import Tx
from server.store.queries import TicketRow, find_ticket, last_call, ticket_of_link
from server.store.store import Reading
from server.web.errors import KNOWN, Reader, Rejected, problem
from server.web.factory import guard
from server.web.figures import Figures
from server.web.identity import preferred
from server.web.limits import Limit
from server.web.parts import Parts, parts
from server.web.visitor_page import LIVING, STEPS, Step, hall_today, own_ticket
from server.wire.messages import MoveTicket, ProblemCode

REFRESH_S = 15
REST_MS = 600
"""A question must have stood for so long before its answer counts."""

pages = Blueprint("visitor", __name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """A hall's phones may share one address, so asking is generous; only wrong links are few."""

    all: Limit
    wrong: Limit


def create_visitors(here: Parts) -> Flask:
    """The visitors' application."""
    app = Flask(__name__, static_folder=str(Path(__file__).parent / "static" / "visitor"))
    app.config.update(MAX_CONTENT_LENGTH=4096)
    app.extensions["luot"] = here
    app.extensions["limits"] = Limits(
        all=Limit(burst=400, per_s=40, mono_s=here.mono_s), wrong=Limit(burst=20, per_s=1 / 3, mono_s=here.mono_s)
    )
    guard(app)
    app.before_request(_slow_down)
    app.register_blueprint(pages)
    for kind in KNOWN:
        app.register_error_handler(kind, _refused)
    return app


@pages.get("/v/<code>")
def ticket(code: str) -> str:
    """The visitor's number as it is now."""
    with parts().store.read() as reading:
        row = _find(reading, code)
        shown = views.ticket(reading, row)
        call = last_call(reading.connection, row.id)
        return _page(
            "ticket.html",
            refresh=row.state.value in LIVING,
            **own_ticket(reading, row, shown, call, _words(), lambda step: _link(f"/v/{code}/{step}")),
        )


@pages.get("/v/<code>/<step>")
def ask(code: str, step: str) -> str:
    """The question before something is done."""
    with parts().store.read() as reading:
        row = _find(reading, code)
        known, w = _step(step), _words()
        return _page(
            "confirm.html",
            number=row.number,
            question=known.question(w, row, reading),
            yes=known.yes(w),
            no=known.no(w),
            back=_link(f"/v/{code}"),
            request_id=parts().new_id(),
            drawn=commands.ticket_mark(row),
            at_ms=_mono_ms(),
        )


@pages.post("/v/<code>/<step>")
def do(code: str, step: str) -> Answer:
    """Do it; a second press does nothing more. Refused when the ticket is not as the question showed it.

    A press that comes sooner than a person can have read the question is the second tap of the one before: the
    question stays.
    """
    with parts().store.read() as reading:
        row = _find(reading, code)
    known, request_id, drawn = _step(step), request.form.get("request_id", ""), request.form.get("drawn")
    if _mono_ms() - _drawn_at_ms() < REST_MS:
        return redirect(_link(f"/v/{code}/{step}"), 303)
    body = MoveTicket(request_id=request_id, move=known.move)
    actor = Actor(Role.VISITOR, row.id)

    def move(tx: Tx, now: Now) -> None:
        if drawn is not None:
            commands.check_ticket(tx, actor, request_id, row.id, drawn)
        commands.move_ticket(tx, actor, now, row.id, body)

    parts().writer.ask(move)
    return redirect(_link(f"/v/{code}"), 303)


def _mono_ms() -> int:
    return round(parts().mono_s() * 1000)


def _drawn_at_ms() -> int:
    """When the question was drawn, by this server's steady clock; long ago for a form that does not say so."""
    text = request.form.get("at_ms", "")
    return int(text) if text.isascii() and text.isdecimal() else -REST_MS


@pages.get("/")
def hall() -> str:
    """The hall today: how many wait where, and who was called last."""
    here = parts()
    return _page("public.html", refresh=True, **hall_today(here.pictures.office, here.pictures.board, _words()))


def _find(reading: Reading, code: str) -> TicketRow:
    """The ticket of a link. Raises ``not_found`` for a wrong one as for an expired one."""
    found = ticket_of_link(reading.connection, code)
    row = find_ticket(reading.connection, found) if found is not None else None
    if row is None:
        # Only wrong links are slowed down: all phones of a hall may come from one address.
        if wait_s := _limits().wrong.take(request.remote_addr or ""):
            raise _too_many(wait_s)
        raise NotFound
    return row


def _step(name: str) -> Step:
    if name not in STEPS:
        raise NotFound
    return STEPS[name]


def _slow_down() -> None:
    if wait_s := _limits().all.take(request.remote_addr or ""):
        raise _too_many(wait_s)


def _too_many(wait_s: float) -> Rejected:
    return Rejected(ProblemCode.TOO_MANY, values={"seconds": max(1, round(wait_s + 0.5))})


def _limits() -> Limits:
    limits: Limits = current_app.extensions["limits"]
    return limits


def _words() -> Words:
    wanted = request.args.get("lang")
    return words(wanted if wanted in LANGUAGES else preferred())


def _link(path: str) -> str:
    """The path in the language of this page, where it was chosen."""
    wanted = request.args.get("lang")
    return f"{path}?{urlencode({'lang': wanted})}" if wanted in LANGUAGES else path


def _page(template: str, *, refresh: bool = False, **values: Any) -> str:
    here, w = parts(), _words()
    office = here.pictures.office
    return render_template(
        f"visitor/{template}",
        words=w,
        languages=LANGUAGES,
        office_name=w.pick(office.name),
        demo=office.mode == "demo",
        refresh_s=REFRESH_S if refresh else None,
        time=Figures(w, office.zone).time(here.now().wall_ms),
        **values,
    )


def _refused(error: Exception) -> Response:
    """A page that says what is wrong, in words."""
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return Response(error.get_body(), error.code, error.get_headers())
    w = _words()
    found = problem(error, Reader(w, parts().pictures.office, parts().now().wall_ms))
    text = found.detail
    if found.code is ProblemCode.NOT_FOUND:
        text = w("visitor", "Đường dẫn không đúng hoặc đã hết hiệu lực.")
    back = _link(request.path.rpartition("/")[0]) if isinstance(error, Refused | ValidationError) else ""
    response = Response(_page("message.html", text=text, back=back), found.status, mimetype="text/html")
    if found.code is ProblemCode.TOO_MANY:
        response.headers["Retry-After"] = "5"
    return response
