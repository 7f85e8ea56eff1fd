"""The page of waiting and enrolled devices, and a page for each.

An auditor reads them; an administrator changes, after a fresh proof of the password.
"""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from config import device_words
from server.access.device import Device, DeviceDetails, DeviceRefused
from server.access.enrolment import Enrolment
from server.access.pending import EnrolmentRefused, PendingDevice, UnknownEnrolment
from server.web.shared.callers import current_caller
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin import device_texts
from server.web.staff.admin.layout import NOTES, admin_values, required_access

pages = Blueprint("devices", __name__, url_prefix="/admin/devices")

TAB = "devices"
REFRESH_S = 5
"""The list of waiting devices is read again so often: a code lives a quarter of an hour."""


@pages.get("")
def page() -> str:
    """List the waiting devices and the enrolled ones."""
    words, enrolment = request_translations(), _enrolment()
    devices, reason = required_access().devices.all(), enrolment.why_no_stations()
    return render_template(
        "staff/admin/devices.html",
        **admin_values(TAB),
        waiting=[
            (pending, device_texts.kind_name(words, pending.request.kind), _station_name(pending))
            for pending in _waiting(enrolment)
        ],
        devices=[(device, device_texts.kind_name(words, device.kind)) for device in devices],
        labels=_counter_labels(),
        refresh_url=url_for("devices.page"),
        refresh_every_s=REFRESH_S,
        refresh_s=15,
        no_broker=None if reason is None else device_texts.no_broker_text(words, reason),
    )


@pages.get("/waiting/<pending_id>")
def waiting_page(pending_id: str) -> Response:
    """Show the form for the code of a waiting device."""
    return _waiting_page(_pending(pending_id))


@pages.post("/waiting/<pending_id>")
def enrol(pending_id: str) -> Response:
    """Enrol the waiting device if the code is right."""
    pending, words, form = _pending(pending_id), request_translations(), request.form
    if (asked := ask_for_proof(TAB, url_for("devices.waiting_page", pending_id=pending_id))) is not None:
        return asked
    details, replaces = _details(), form.get("replaces") or None
    try:
        _enrolment().confirm(current_caller().id, pending_id, form.get("code", ""), details, replaces=replaces)
    except UnknownEnrolment:
        raise NotFound from None
    except (EnrolmentRefused, DeviceRefused) as refused:
        return _waiting_page(pending, device_texts.refusal_text(words, refused))
    store_note(NOTES, words("devices", "Mã đúng. Thiết bị nhận thông tin và bắt đầu làm việc sau vài giây."))
    return redirect(url_for("devices.page"), HTTPStatus.SEE_OTHER)


@pages.get("/<device_id>")
def device_page(device_id: str) -> Response:
    """Show one enrolled device."""
    return _device_page(_device(device_id))


@pages.post("/<device_id>")
def change(device_id: str) -> Response:
    """Change name, place and counters, which decide what the device may do."""
    device, words = _device(device_id), request_translations()
    if (asked := ask_for_proof(TAB, url_for("devices.device_page", device_id=device.id))) is not None:
        return asked
    try:
        required_access().devices.change(current_caller().id, device.id, _details())
    except DeviceRefused as refused:
        return _device_page(device, device_texts.refusal_text(words, refused))
    store_note(NOTES, words("devices", "Đã lưu. Thiết bị nhận thay đổi sau vài giây."))
    return redirect(url_for("devices.device_page", device_id=device.id), HTTPStatus.SEE_OTHER)


@pages.post("/<device_id>/remove")
def remove(device_id: str) -> Response:
    """Remove the device: its token and its broker user end."""
    device, words = _device(device_id), request_translations()
    if (asked := ask_for_proof(TAB, url_for("devices.device_page", device_id=device.id))) is not None:
        return asked
    required_access().devices.remove(current_caller().id, device.id)
    store_note(NOTES, words("devices", "Đã gỡ {name}. Thiết bị này không làm việc được nữa.", name=device.name))
    return redirect(url_for("devices.page"), HTTPStatus.SEE_OTHER)


def _waiting(enrolment: Enrolment) -> list[PendingDevice]:
    return [pending for pending in enrolment.pending.waiting() if pending.approval is None]


def _station_name(pending: PendingDevice) -> str:
    """Return the everyday name of the waiting station.

    Empty for a browser, which has none.
    """
    station = pending.request.station
    return device_words.station_name(request_translations(), station, labels=_counter_labels()) if station else ""


def _waiting_page(pending: PendingDevice, refusal: str | None = None) -> Response:
    words, kind = request_translations(), pending.request.kind
    values = admin_values(TAB)
    chosen = request.form.getlist("counter") or list(pending.request.counters)
    page = render_template(
        "staff/admin/waiting_device.html",
        **values if refusal is None else {**values, "refusal": refusal},
        pending=pending,
        kind=device_texts.kind_name(words, kind),
        typed=request.form,
        chosen=chosen,
        counters=_counter_labels() if device_texts.serves_counters(kind) else {},
        replaceable=[device for device in required_access().devices.all() if device.kind is kind],
    )
    return _answer(page, refusal)


def _device_page(device: Device, refusal: str | None = None) -> Response:
    words, values = request_translations(), admin_values(TAB)
    page = render_template(
        "staff/admin/device.html",
        **values if refusal is None else {**values, "refusal": refusal},
        device=device,
        kind=device_texts.kind_name(words, device.kind),
        chosen=request.form.getlist("counter") or list(device.counters),
        counters=_counter_labels() if device_texts.serves_counters(device.kind) else {},
    )
    return _answer(page, refusal)


def _answer(page: str, refusal: str | None) -> Response:
    status = HTTPStatus.OK if refusal is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return Response(page, status, mimetype="text/html")


def _details() -> DeviceDetails:
    form, known = request.form, _counter_labels()
    counters = tuple(counter for counter in form.getlist("counter") if counter in known)
    return DeviceDetails(form.get("name", ""), form.get("place", ""), counters)


def _counter_labels() -> dict[str, str]:
    """Return the labels of the office's counters by id."""
    return {counter.id: counter.label for counter in current_context().pictures.office.counters}


def _enrolment() -> Enrolment:
    """Return the enrolment. Raises 404 in a demonstration, which has none."""
    enrolment = current_context().enrolment
    if enrolment is None:
        raise NotFound
    return enrolment


def _pending(pending_id: str) -> PendingDevice:
    try:
        return _enrolment().pending.get(pending_id)
    except UnknownEnrolment:
        raise NotFound from None


def _device(device_id: str) -> Device:
    device = required_access().devices.get(device_id)
    if device is None:
        raise NotFound
    return device
