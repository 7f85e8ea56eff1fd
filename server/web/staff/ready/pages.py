"""The page on which people try every device and judge it."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.device_trials import TRIALS, kind_of
from config.words import LANGUAGES
from server.domain.permissions import Action
from server.web.api.endpoint import error_text_context
from server.web.shared.context import current_context
from server.web.shared.device_trials import begin_trial, judge_trial
from server.web.shared.errors import HANDLED_ERRORS, problem
from server.web.shared.identity import (
    MANAGER,
    browser_sign_ins,
    pop_note,
    request_translations,
    store_language,
    store_note,
)
from server.web.staff.layout import (
    ButtonPress,
    actor_of_form,
    layout_values,
    permitted_sign_in,
    refresh_values,
    sign_in_values,
)
from server.web.staff.ready import rows
from server.wire.messages import JudgeDevice

pages = Blueprint("ready", __name__, url_prefix="/staff/ready")

NOTES = "ready"


@pages.get("")
def page() -> str | Response:
    """Show every device with its trial and its last result."""
    if request.args.get("lang") in LANGUAGES:
        store_language(request.args["lang"])
    if permitted_sign_in(Action.TRY_DEVICES) is None:
        return redirect(url_for("clerk.sign_in_page", choose=1))
    return _page()


@pages.post("/<station>/<device>/begin")
def begin(station: str, device: str) -> Response:
    """Let the station try the device: print, light up, speak, or report its inputs."""
    press = ButtonPress.model_validate({"request_id": request.form.get("request_id")})
    trial = TRIALS.get(kind_of(device))

    def send() -> None:
        begin_trial(current_context(), actor_of_form().acting_for(Action.TRY_DEVICES), press, station, device)

    return _run(send, "" if trial is None or trial.message is None else trial.message(request_translations()), device)


@pages.post("/<station>/<device>/judge")
def judge(station: str, device: str) -> Response:
    """Record what the person saw: the device works, or has a fault."""
    fault = request.form.get("fault") or None
    fields = {"request_id": request.form.get("request_id"), "station": station, "device": device, "fault": fault}
    judgement = JudgeDevice.model_validate(fields)

    def record() -> None:
        judge_trial(current_context(), actor_of_form(), judgement)

    words = request_translations()
    return _run(record, words("ready", "Đã ghi kết quả.") if fault is None else _advice(), device)


def _advice() -> str:
    return request_translations()("ready", "Đã ghi lỗi. Mời xem việc cần làm ở trang Thiết bị, hoặc gọi người sửa.")


def _run(work: Callable[[], None], note: str, device: str) -> Response:
    """Do the work of a form; show the page with the note or the refusal."""
    try:
        work()
    except HANDLED_ERRORS as error:
        refusal = problem(error, error_text_context(request_translations()))
        return Response(_page(refusal.detail), refusal.status, mimetype="text/html")
    store_note(NOTES, note)
    return redirect(url_for("ready.page", _anchor=f"d-{device}"), HTTPStatus.SEE_OTHER)


def _page(refusal: str | None = None) -> str:
    context = current_context()
    with context.store.read() as snapshot:
        devices = rows.tried_devices(snapshot, context)
        return render_template(
            "staff/ready.html",
            **layout_values(snapshot.office, now_ms=snapshot.now.wall_ms, snapshot=snapshot),
            **{**sign_in_values(snapshot.office, browser_sign_ins().latest), "page_key": MANAGER},
            **refresh_values(context),
            tab="ready",
            refresh_url=url_for("ready.page"),
            refresh_s=5,
            refusal=refusal,
            note=pop_note(NOTES),
            counter=None,
            devices=devices,
            progress=rows.progress(devices),
        )
