"""The page of everything's health, and what staff do at printers: for clerks and managers, with and without scripts."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.clock import Now
from config.words import LANGUAGES, Words
from server import commands, views
from server.commands import Actor
from server.store.journal import Tx
from server.store.queries import find_ticket
from server.store.store import Reading
from server.views import Work
from server.web import devices
from server.web.endpoint import reader
from server.web.errors import KNOWN, Rejected, problem
from server.web.figures import Figures
from server.web.health_now import own_parts
from server.web.identity import MANAGER, SignedIn, keep_language, said, say_next, staff, words_here
from server.web.parts import Parts, parts, printing_stations
from server.web.staff_pages import acting, actor_of_form, around, kiosks, pace_of_page
from server.wire.messages import Ask, ProblemCode, RequestId

pages = Blueprint("health", __name__, url_prefix="/staff/health")

Command = Callable[[Tx, Actor, Now], object]
Say = Callable[[Words, str], str]
SLIP_STATES: Mapping[str, Callable[[Words], str]] = {
    "held": lambda words: words("health", "Máy in đang giữ, sẽ in khi có giấy"),
    "failed": lambda words: words("health", "Không in được"),
}
"""What is known of a slip; of every other state it is not known whether it came out."""

UNDONE: Mapping[str, Callable[[Words], str]] = {
    "held": lambda words: words("health", "Máy in đang giữ, sẽ in khi có giấy"),
    "failed": lambda words: words("health", "Chưa thực hiện được. Xem máy in tại chỗ rồi thử lại."),
    "unknown": lambda words: words("health", "Chưa rõ đã thực hiện hay chưa. Xem máy in tại chỗ rồi thử lại."),
}
"""How work at a printer went that was not done."""

WORK: Mapping[str, Say] = {
    "slip": lambda words, number: words("health", "In phiếu số {number}", number=number),
    "reprint": lambda words, number: words("health", "In lại phiếu số {number}", number=number),
    "seen": lambda words, number: words("health", "Báo đã xử lý phiếu số {number}", number=number),
    "test": lambda words, number: words("staff", "In phiếu thử"),
    "roll": lambda words, number: words("staff", "Đã thay giấy"),
    "clear": lambda words, number: words("health", "Bỏ phiếu máy in còn giữ"),
}


class Press(Ask):
    """One press of a button of the page."""

    request_id: RequestId


@pages.get("")
def page() -> str | Response:
    """Every device and part, faulty ones first; slips that want somebody; work that waits."""
    if request.args.get("lang") in LANGUAGES:
        keep_language(request.args["lang"])
    if staff().latest is None:
        return redirect(url_for("clerk.enter", choose=1))
    return _page()


@pages.post("/printer/<station>/<kind>")
def at_printer(station: str, kind: str) -> Response:
    """``roll``: a new one is in; ``test``: a test slip; ``clear``: drop what the printer still holds."""
    ask = _press()

    def told() -> str:
        words = words_here()
        work = WORK[kind](words, "") if kind in WORK else kind
        return words("health", "Đã gửi lệnh “{work}” đến {kiosk}.", work=work, kiosk=station)

    known = printing_stations(parts())
    command: Command = lambda tx, actor, at: commands.station_job(tx, actor, at, ask, station, kind, known)
    return _do(command, told)


@pages.post("/slip/<ticket>/seen")
def seen(ticket: str) -> Response:
    """Staff looked after a slip: the visitor has it, or was told the number."""
    ask = _press()
    told = lambda: words_here()("health", "Đã ghi nhận: phiếu số {number} đã được xử lý.", number=_number(ticket))
    command: Command = lambda tx, actor, at: commands.slip_seen(tx, actor, at, ask, ticket)
    return _do(command, told)


@pages.post("/slip/<ticket>/reprint")
def reprint(ticket: str) -> Response:
    """The slip again, marked, at the kiosk of the form."""
    ask, station = _press(), request.form.get("station", "")
    told = lambda: words_here()(
        "clerk", "Đã gửi lệnh in lại số {number} đến {kiosk}.", number=_number(ticket), kiosk=station
    )
    known = printing_stations(parts())
    command: Command = lambda tx, actor, at: commands.reprint(tx, actor, at, ask, ticket, station, known)
    return _do(command, told)


def _press() -> Press:
    return Press.model_validate({"request_id": request.form.get("request_id")})


def _shown_as() -> SignedIn | None:
    """The person of the page: by ``?at=`` (a counter, or ``manager``), else by its form, else the last sign-in."""
    here, at = staff(), request.args.get("at", "")
    named = here.as_manager if at == MANAGER else here.at(at)
    return named or here.marked(request.form.get("as", "")) or here.latest


def _do(command: Command, told: Callable[[], str]) -> Response:
    """Do it and show the page again, or the page with what is refused and why."""
    if staff().latest is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    try:
        actor = actor_of_form()
        parts().writer.ask(lambda tx, at: command(tx, actor, at))
    except KNOWN as error:
        found = problem(error, reader(words_here()))
        return Response(_page(found.detail), found.status, mimetype="text/html")
    counter, shown_as = request.form.get("counter"), _shown_as()
    say_next(counter or _place(shown_as), told())
    back = (
        url_for("health.page", at=_place(shown_as)) if counter is None else url_for("clerk.desk_page", counter=counter)
    )
    return redirect(back, HTTPStatus.SEE_OTHER)


def _number(ticket: str) -> str:
    with parts().store.read() as reading:
        row = find_ticket(reading.connection, ticket)
        return "" if row is None else row.number


def _place(shown_as: SignedIn | None) -> str:
    return MANAGER if shown_as is None or shown_as.counter is None else shown_as.counter


def _page(refusal: str | None = None) -> str:
    here, shown_as = parts(), _shown_as()
    with here.store.read() as reading:
        shown_to = devices.Reader(Figures(words_here(), reading.office.zone.key), reading.office, reading.now.wall_ms)
        reported = devices.rows(here.reports.stations(), shown_to)
        own = devices.own_rows(own_parts(here), shown_to)
        return render_template(
            "staff/health.html",
            **around(reading.office, now_ms=reading.now.wall_ms),
            **acting(reading.office, shown_as),
            **pace_of_page(here),
            tab="health",
            follow=url_for("health.page", at=_place(shown_as)),
            refresh_s=15,
            refusal=refusal,
            note=said(_place(shown_as)),
            counter=None if shown_as is None else shown_as.counter,
            devices=reported,
            own=own,
            faulty=sum(one.wrong for one in [*reported, *own]),
            slips=views.unclear_slips(reading),
            slip_states=SLIP_STATES,
            kiosks=kiosks(here),
            work=_work(reading, here),
            undone=_undone(reading),
        )


def _undone(reading: Reading) -> list[tuple[str, str, Work]]:
    """What was not done: in words, why, and the job."""
    words = words_here()
    return [(WORK[one.kind](words, ""), UNDONE[one.state](words), one) for one in views.undone_work(reading)]


def _work(reading: Reading, here: Parts) -> list[tuple[str, Work, bool]]:
    """What waits: in words, the job, and whether its station is away."""
    online = {one.station for one in here.reports.stations() if one.online} if here.reports.linked else set()
    words = words_here()
    return [
        (WORK[one.kind](words, one.number or ""), one, one.station not in online) for one in views.open_work(reading)
    ]
