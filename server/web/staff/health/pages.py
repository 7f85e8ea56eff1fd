"""The health page: all devices, unconfirmed slips, and jobs for printers.

For clerks and managers, with and without scripts.
"""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from config.clock import Now
from config.words import LANGUAGES, Words
from server import commands, views
from server.commands import Actor
from server.domain.actor import require_permission
from server.domain.permissions import Action
from server.store import Snapshot, Tx
from server.views import StationJob
from server.web.api.endpoint import error_text_context
from server.web.shared.context import AppContext, current_context, printing_stations
from server.web.shared.device_names import enrolled_name, name_of_station
from server.web.shared.errors import HANDLED_ERRORS, Rejected, problem
from server.web.shared.formatting import Formatter
from server.web.shared.health_now import server_parts
from server.web.shared.identity import (
    MANAGER,
    SignedIn,
    browser_sign_ins,
    pop_note,
    request_translations,
    store_language,
    store_note,
)
from server.web.shared.qr_picture import address_for_phones, qr_picture
from server.web.staff.health import rows as health_rows
from server.web.staff.health.untried import untried_count
from server.web.staff.layout import (
    ButtonPress,
    actor_of_form,
    layout_values,
    online_kiosks,
    permitted_sign_in,
    refresh_values,
    sign_in_values,
)
from server.wire.messages import ProblemCode

log = logging.getLogger(__name__)
pages = Blueprint("health", __name__, url_prefix="/staff/health")

Command = Callable[[Tx, Actor, Now], object]
JobName = Callable[[Words, str], str]
"""Makes the name of a job from the texts of a language and the number of the job's ticket."""
SLIP_STATES: Mapping[str, Callable[[Words], str]] = {
    "held": lambda words: words("health", "Máy in đang giữ, sẽ in khi có giấy"),
    "failed": lambda words: words("health", "Không in được"),
}
"""Texts of slip states; in all other states it is unknown whether the slip is printed."""

UNSUCCESSFUL_STATES: Mapping[str, Callable[[Words], str]] = {
    "held": lambda words: words("health", "Máy in đang giữ, sẽ in khi có giấy"),
    "failed": lambda words: words("health", "Chưa thực hiện được. Xem máy in tại chỗ rồi thử lại."),
    "unknown": lambda words: words("health", "Chưa rõ đã thực hiện hay chưa. Xem máy in tại chỗ rồi thử lại."),
}
"""Texts of the states of a job that was not done."""

JOB_NAMES: Mapping[str, JobName] = {
    "slip": lambda words, number: words("health", "In phiếu số {number}", number=number),
    "reprint": lambda words, number: words("health", "In lại phiếu số {number}", number=number),
    "seen": lambda words, number: words("health", "Báo đã xử lý phiếu số {number}", number=number),
    "test": lambda words, number: words("staff", "In phiếu thử"),
    "roll": lambda words, number: words("staff", "Đã thay giấy"),
    "clear": lambda words, number: words("health", "Bỏ phiếu máy in còn giữ"),
}


@pages.get("")
def page() -> str | Response:
    """Show all devices and parts, faulty ones first, the unconfirmed slips and the open jobs."""
    if request.args.get("lang") in LANGUAGES:
        store_language(request.args["lang"])
    if permitted_sign_in(Action.SEE_HEALTH) is None:
        return redirect(url_for("clerk.sign_in_page", choose=1))
    return _page()


@pages.post("/printer/<station>/<kind>")
def send_to_printer(station: str, kind: str) -> Response:
    """Send a job to a printer: ``roll``, ``test`` or ``clear``.

    ``roll``: the paper roll was changed; ``test``: print a test slip; ``clear``: delete the printer's
    buffer.
    """
    press = _button_press()

    def message() -> str:
        words = request_translations()
        job_name = JOB_NAMES[kind](words, "") if kind in JOB_NAMES else kind
        return words(
            "health", "Đã gửi lệnh “{work}” đến {kiosk}.", work=job_name, kiosk=name_of_station(station, "kiosk")
        )

    printers = printing_stations(current_context())
    command: Command = lambda tx, actor, now: commands.request_printer_job(
        tx, actor, now, press, station, kind, printers
    )
    return _run_command(command, message)


@pages.post("/restart/<station>")
def restart_station(station: str) -> Response:
    """Let the program of a station start again; it is dark for some seconds."""
    _button_press()
    online = [reports.station for reports in current_context().reports.stations() if reports.online]
    if station not in online:
        raise NotFound
    words = request_translations()
    message = lambda: words("health", "Đã gửi lệnh. Máy trạm khởi động lại trong vài giây.")
    return _run_repair(lambda: current_context().restart_station(station), message)


@pages.post("/copy")
def copy_now() -> Response:
    """Let a copy of the database be made now."""
    _button_press()
    words = request_translations()
    message = lambda: words("health", "Đã yêu cầu sao lưu. Kết quả hiện ở mục “Bản sao lưu” trong vài phút.")
    return _run_repair(current_context().want_copy, message)


@pages.post("/slip/<ticket>/seen")
def dismiss_slip(ticket: str) -> Response:
    """Dismiss the warning about a slip: the visitor has it, or knows the number."""
    press = _button_press()
    message = lambda: request_translations()(
        "health", "Đã ghi nhận: phiếu số {number} đã được xử lý.", number=_number(ticket)
    )
    command: Command = lambda tx, actor, now: commands.dismiss_slip(tx, actor, now, press, ticket)
    return _run_command(command, message)


@pages.post("/slip/<ticket>/reprint")
def reprint(ticket: str) -> Response:
    """Print the slip again, marked as a reprint, at the kiosk of the form."""
    press, station = _button_press(), request.form.get("station", "")
    message = lambda: request_translations()(
        "clerk",
        "Đã gửi lệnh in lại số {number} đến {kiosk}.",
        number=_number(ticket),
        kiosk=name_of_station(station, "kiosk"),
    )
    printers = printing_stations(current_context())
    command: Command = lambda tx, actor, now: commands.reprint(tx, actor, now, press, ticket, station, printers)
    return _run_command(command, message)


def _button_press() -> ButtonPress:
    return ButtonPress.model_validate({"request_id": request.form.get("request_id")})


def _page_sign_in() -> SignedIn | None:
    """Return the sign-in that the page uses.

    It is the one of ``?at=`` (a counter, or ``manager``), else of the form, else the latest.
    """
    sign_ins, page_key = browser_sign_ins(), request.args.get("at", "")
    named = sign_ins.as_manager if page_key == MANAGER else sign_ins.at(page_key)
    return named or sign_ins.find(request.form.get("as", "")) or sign_ins.latest


def _run_repair(repair: Callable[[], None], message: Callable[[], str]) -> Response:
    """Make a repair that is no command of the hall; show the page again."""
    words = request_translations()
    try:
        require_permission(actor_of_form(), Action.MEND_DEVICES)
        repair()
    except HANDLED_ERRORS as error:
        refusal = problem(error, error_text_context(words))
        return Response(_page(refusal.detail), refusal.status, mimetype="text/html")
    except OSError as error:
        log.error("the repair failed: %s", error)
        text = words("health", "Chưa làm được: máy chủ không ghi được vào ổ đĩa.")
        return Response(_page(text), HTTPStatus.SERVICE_UNAVAILABLE, mimetype="text/html")
    page_sign_in = _page_sign_in()
    store_note(_page_key(page_sign_in), message())
    return redirect(url_for("health.page", at=_page_key(page_sign_in)), HTTPStatus.SEE_OTHER)


def _run_command(command: Command, message: Callable[[], str]) -> Response:
    """Run the command; show the page again with its message or refusal."""
    if browser_sign_ins().latest is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    try:
        actor = actor_of_form()
        current_context().writer.ask(lambda tx, now: command(tx, actor, now))
    except HANDLED_ERRORS as error:
        refusal = problem(error, error_text_context(request_translations()))
        return Response(_page(refusal.detail), refusal.status, mimetype="text/html")
    counter, page_sign_in = request.form.get("counter"), _page_sign_in()
    store_note(counter or _page_key(page_sign_in), message())
    next_url = (
        url_for("health.page", at=_page_key(page_sign_in))
        if counter is None
        else url_for("clerk.counter_page", counter=counter)
    )
    return redirect(next_url, HTTPStatus.SEE_OTHER)


def _number(ticket: str) -> str:
    with current_context().store.read() as snapshot:
        return views.ticket_number(snapshot, ticket)


def _page_key(page_sign_in: SignedIn | None) -> str:
    return MANAGER if page_sign_in is None or page_sign_in.counter is None else page_sign_in.counter


def _page(refusal: str | None = None) -> str:
    """Render the page; ``refusal`` is the sentence of a refused action."""
    context, page_sign_in = current_context(), _page_sign_in()
    visitor_url = address_for_phones(context.visitor_url())
    with context.store.read() as snapshot:
        text_context = health_rows.DeviceTextContext(
            Formatter(request_translations(), snapshot.office.zone.key),
            snapshot.office,
            snapshot.now.wall_ms,
            enrolled_name,
        )
        device_rows = health_rows.rows(context.reports.stations(), text_context)
        server_rows = health_rows.server_part_rows(server_parts(context), text_context)
        return render_template(
            "staff/health.html",
            **layout_values(snapshot.office, now_ms=snapshot.now.wall_ms, snapshot=snapshot),
            **sign_in_values(snapshot.office, page_sign_in),
            **refresh_values(context),
            tab="health",
            refresh_url=url_for("health.page", at=_page_key(page_sign_in)),
            refresh_s=15,
            refusal=refusal,
            note=pop_note(_page_key(page_sign_in)),
            counter=None if page_sign_in is None else page_sign_in.counter,
            device_rows=device_rows,
            server_rows=server_rows,
            faulty_count=sum(device.faulty for device in [*device_rows, *server_rows]),
            unconfirmed_slips=views.unconfirmed_slips(snapshot),
            slip_states=SLIP_STATES,
            kiosks=online_kiosks(context),
            open_jobs=_open_jobs(snapshot, context),
            unsuccessful_jobs=_unsuccessful_jobs(snapshot),
            untried_count=0 if context.mode == "demo" else untried_count(snapshot, context),
            visitor_url=visitor_url,
            visitor_code=qr_picture(visitor_url) if visitor_url else None,
        )


def _unsuccessful_jobs(snapshot: Snapshot) -> list[tuple[str, str, StationJob]]:
    """Return the jobs that were not done, each as (name, text of its state, job)."""
    words = request_translations()
    return [
        (JOB_NAMES[job.kind](words, ""), UNSUCCESSFUL_STATES[job.state](words), job)
        for job in views.unsuccessful_jobs(snapshot)
    ]


def _open_jobs(snapshot: Snapshot, context: AppContext) -> list[tuple[str, StationJob, bool]]:
    """Return the open jobs, each as (name, job, whether its station is offline)."""
    online = (
        {station.station for station in context.reports.stations() if station.online}
        if context.reports.connected
        else set()
    )
    words = request_translations()
    return [
        (JOB_NAMES[job.kind](words, job.number or ""), job, job.station not in online)
        for job in views.open_jobs(snapshot)
    ]
