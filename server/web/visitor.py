"""The visitors' pages: one's own number by the link on the slip, and the hall today. No cookies, no names.

An application of its own on a port of its own, because phones distrust a local certificate and must not get near
the staff's. A wrong link and one that has expired look alike, and guessing is slowed down.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response as Answer

from config.words import LANGUAGES, Words, words
from server import commands, views
from server.commands import Actor, Role
from server.domain.errors import Refused
from server.store.queries import TicketRow, find_ticket, last_call, ticket_of_link, waiting
from server.store.store import Reading
from server.web import phrases
from server.web.errors import KNOWN, Reader, Rejected, problem
from server.web.factory import guard
from server.web.figures import Figures
from server.web.identity import preferred
from server.web.limits import Limit
from server.web.parts import Parts, parts
from server.wire.messages import MoveTicket, Office, ProblemCode, Ticket

REFRESH_S = 15
NEAR = 2
LINES = 6
CALLS = 3

pages = Blueprint("visitor", __name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """A hall's phones may share one address, so asking is generous; only wrong links are few."""

    all: Limit
    wrong: Limit


@dataclass(frozen=True, slots=True)
class Step:
    """Something the visitor can do, asked once more before it is done."""

    move: str
    label: Callable[[Words], str]
    question: Callable[[Words, TicketRow, Reading], str]
    yes: Callable[[Words], str]
    no: Callable[[Words], str]


STEPS: Mapping[str, Step] = {
    "defer": Step(
        "defer",
        lambda words: words("visitor", "Lùi lượt"),
        lambda words, row, reading: words(
            "visitor",
            "Nhường {n} người phía sau lên trước? Chỉ lùi lượt được một lần.",
            n=_passing(reading, row),
        ),
        lambda words: words("visitor", "Lùi lượt"),
        lambda words: words("visitor", "Giữ nguyên"),
    ),
    "leave": Step(
        "cancel",
        lambda words: words("visitor", "Tôi không chờ nữa (hủy số)"),
        lambda words, row, reading: words(
            "visitor", "Hủy số {number}? Số đã hủy không lấy lại được.", number=row.number
        ),
        lambda words: words("visitor", "Hủy số"),
        lambda words: words("visitor", "Tiếp tục chờ"),
    ),
}

ICONS: Mapping[str, str] = {
    "waiting": "clock",
    "called": "bell",
    "serving": "person",
    "served": "done",
    "held": "pause",
}
LIVING = frozenset({"waiting", "called", "serving", "held", "no_show"})


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
        return _page("ticket.html", refresh=row.state.value in LIVING, **_ticket(reading, row, shown, call, code))


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
        )


@pages.post("/v/<code>/<step>")
def do(code: str, step: str) -> Answer:
    """Do it; a second press does nothing more."""
    with parts().store.read() as reading:
        row = _find(reading, code)
    body = MoveTicket(request_id=request.form.get("request_id", ""), move=_step(step).move)
    actor = Actor(Role.VISITOR, row.id)
    parts().writer.ask(lambda tx, now: commands.move_ticket(tx, actor, now, row.id, body))
    return redirect(_link(f"/v/{code}"), 303)


@pages.get("/")
def hall() -> str:
    """The hall today: how many wait where, and who was called last."""
    office, board = parts().pictures.office, parts().pictures.board
    w = _words()
    figures = Figures(w, office.zone)
    counts = {one.id: one for one in board.services}
    lines = [
        {
            "prefix": service.prefix,
            "name": w.pick(service.name),
            "note": _service_note(service.state, service.left, w),
            "waiting": figures.number(counts[service.id].waiting),
            "wait": phrases.wait_short(counts[service.id].wait_min, w),
        }
        for service in office.services
        if service.id in counts and service.state != "no_counter"
    ]
    now = {one.ticket.number for one in board.counters if one.ticket is not None and one.ticket.state == "called"}
    latest: dict[str, Any] = {}
    for call in board.calls:
        if call.number is not None and call.label is not None:
            latest.setdefault(call.number, {"number": call.number, "label": call.label, "now": call.number in now})
    return _page(
        "public.html",
        refresh=True,
        lines=lines,
        first=LINES,
        calls=list(latest.values())[:CALLS],
        day=_day(office, w),
        day_open=office.day.state == "open",
        hours=office.hours,
    )


def _ticket(reading: Reading, row: TicketRow, shown: Ticket, call: Any, code: str) -> dict[str, Any]:
    w, office = _words(), reading.office
    figures = Figures(w, str(office.zone))
    labels = [office.counters[one].label for one in shown.counters]
    here = office.counters[row.counter].label if row.counter is not None else ""
    state = row.state.value
    waits = state == "waiting"
    return {
        "ticket": shown,
        "state": phrases.phrase(phrases.STATES, state, w),
        "state_icon": ICONS.get(state, "stop"),
        "counter": here,
        "counters": ", ".join(labels) if waits else "",
        "call": {"times": call.times, "time": figures.time(call.at_ms)} if state == "called" and call else None,
        "service": w.pick(office.services[row.service].name),
        "taken": figures.time(row.issued_at_ms),
        "wait": phrases.wait(shown.wait_min, w) if waits else None,
        "said": _said(row, here, figures, w),
        "note": _note(shown, w),
        "steps": [
            {"href": _link(f"/v/{code}/{name}"), "label": step.label(w)}
            for name, step in STEPS.items()
            if step.move in views.moves_of(row, Role.VISITOR)
            and not (step.move == "defer" and (row.deferred or not _passing(reading, row)))
        ],
    }


def _passing(reading: Reading, row: TicketRow) -> int:
    """How many would go first if this ticket were put back; 0 when nobody is behind it."""
    line = waiting(reading.connection, row.day, services=[row.service])
    behind = sum((one.key, one.seq) > (row.rank_key, row.issue_seq) for one in line)
    return min(behind, reading.office.rules.defer_behind)


def _said(row: TicketRow, counter: str, figures: Figures, w: Words) -> str:
    """The sentence under the number, where the state alone does not say what to do."""
    match row.state.value:
        case "serving":
            return w("visitor", "Ông/Bà đang được phục vụ tại quầy {counter}.", counter=counter)
        case "held":
            return w(
                "visitor",
                "Lượt của Ông/Bà được tạm gác. Mời quay lại quầy {counter} trước {time}.",
                counter=counter,
                time=figures.time(row.due_at_ms),
            )
        case "served":
            return w("visitor", "Ông/Bà đã được phục vụ xong. Cảm ơn Ông/Bà!")
        case "no_show":
            return w(
                "visitor",
                "Số {number} đã được gọi nhưng Ông/Bà chưa đến. Mời báo lại cán bộ tại quầy trong hôm nay.",
                number=row.number,
            )
        case "cancelled":
            return w("visitor", "Số {number} đã được hủy.", number=row.number)
        case "expired":
            return w("visitor", "Số này đã hết hiệu lực. Mời Ông/Bà lấy số mới.")
    return ""


def _note(shown: Ticket, w: Words) -> str:
    if shown.state == "waiting" and shown.ahead is not None and shown.ahead <= NEAR:
        return w("visitor", "Sắp đến lượt. Mời Ông/Bà vào khu vực chờ.")
    if shown.state in ("waiting", "called"):
        return w("ticket", "Nếu lỡ lượt, mời báo lại cán bộ tại quầy.")
    return ""


def _day(office: Office, w: Words) -> str:
    states: Mapping[str, str] = {
        "open": w("public", "Đang mở cửa"),
        "lunch": w("public", "Đang nghỉ trưa"),
        "closed": w("public", "Đã đóng cửa"),
        "none": w("public", "Đã đóng cửa"),
    }
    return states[office.day.state]


def _service_note(state: str, left: int | None, w: Words) -> str:
    if state == "full":
        return w("public", "Đã hết số")
    return w("public", "Còn {n} số", n=left) if state == "open" and left is not None else ""


def _find(reading: Reading, code: str) -> TicketRow:
    """The ticket of a link. Raises ``not_found`` for a wrong one as for an expired one."""
    address = request.remote_addr or ""
    wrong = _limits().wrong
    if wait_s := wrong.is_spent(address):
        raise _too_many(wait_s)
    found = ticket_of_link(reading.connection, code)
    row = find_ticket(reading.connection, found) if found is not None else None
    if row is None:
        wrong.take(address)
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
