"""Routes that forward a fixed list of calls to the control ports."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from server.hall.virtual import texts
from server.hall.virtual.context import PageContext, current_page
from server.hall.virtual.control_clients import ControlError
from server.hall.virtual.requests import HttpError, body_has, done, json_body, reader_words, require_one_of

DIGITS = frozenset("0123456789")

blueprint = Blueprint("devices", __name__)


@blueprint.post("/kiosk/tap")
def tap() -> tuple[str, int]:
    """Touch the kiosk's screen: a named target, or a point in pixels."""
    kiosk = current_page().kiosk()
    if body_has("target"):
        kiosk.post("/tap", json_body(target=str))
        return done()
    point = json_body(x=(int, float), y=(int, float))
    try:
        kiosk.post("/tap", {"x": round(point["x"]), "y": round(point["y"])})
    except ControlError as error:
        if error.status != 409:  # a touch beside all targets has no effect, as on the real screen
            raise
    return done()


@blueprint.post("/keypads/<counter>")
def press_key(counter: str) -> tuple[str, int]:
    """Press a key of a counter's keypad, after the digits in the body, if any."""
    context = current_page()
    require_one_of(counter, context.counters)
    has_digits = body_has("digits")
    body = json_body(key=str, digits=str) if has_digits else json_body(key=str)
    require_one_of(body["key"], [key for key, _ in (texts.KEYS_WITH_DIGITS if has_digits else texts.KEYPAD_KEYS)])
    if not set(body.get("digits", "")) <= DIGITS:
        raise HttpError(400, "digits are 0 to 9")
    context.devices().post(f"/keypads/{counter}", body)
    return done()


@blueprint.post("/pads/<counter>")
def rate(counter: str) -> tuple[str, int]:
    """Press a key of a counter's rating pad."""
    context = current_page()
    require_one_of(counter, context.counters)
    context.devices().post(f"/pads/{counter}", json_body(level=int))
    context.log("rating_pressed", counter=context.label(counter))
    return done()


@blueprint.post("/scanners/<counter>")
def scan_text(counter: str) -> tuple[str, int]:
    """Hold a code with the given text under a counter's scanner."""
    context = current_page()
    require_one_of(counter, context.counters)
    return _scan(context, counter, json_body(text=str)["text"])


@blueprint.post("/scanners/<counter>/slip")
def scan_newest_slip(counter: str) -> tuple[str, int]:
    """Hold the newest slip that has a code under a counter's scanner."""
    context = current_page()
    require_one_of(counter, context.counters)
    json_body()
    devices = context.devices()
    for slip in reversed(devices.get("/printer").json()["slips"]):
        try:
            text = devices.get(f"/printer/slips/{slip['n']}/code").json()["text"]
        except ControlError as error:
            if error.status != 404:
                raise
            continue
        return _scan(context, counter, text)
    raise HttpError(409, reader_words()("virtual", "không có phiếu nào có mã QR"))


@blueprint.post("/printer/take")
def take_slips() -> tuple[str, int]:
    """Take the printed slips out of the printer."""
    context = current_page()
    json_body()
    context.devices().post("/printer/take")
    context.log("slip_taken")
    return done()


@blueprint.post("/printer/paper")
def insert_or_remove_paper() -> tuple[str, int]:
    """Take the paper roll out, or put it back."""
    context = current_page()
    body = json_body(present=bool)
    context.devices().post("/printer/paper", body)
    context.log("roll_put_back" if body["present"] else "roll_removed")
    return done()


@blueprint.post("/printer/roll")
def insert_new_roll() -> tuple[str, int]:
    """Put in a new paper roll."""
    context = current_page()
    json_body()
    context.devices().post("/printer/roll")
    context.log("roll_replaced")
    return done()


@blueprint.post("/faults/<device>/<name>")
def switch_fault(device: str, name: str) -> tuple[str, int]:
    """Switch a fault of a simulated device on or off."""
    context = current_page()
    body = json_body(on=bool)
    devices = {entry["id"]: entry for entry in context.state.get("devices") or ()}
    require_one_of(device, devices)
    require_one_of(name, devices[device]["faults"])
    context.devices().post(f"/devices/{device}/faults/{name}", body)
    context.log("fault_began" if body["on"] else "fault_ended", **_fault_values(context, devices[device], name))
    return done()


def _scan(context: PageContext, counter: str, text: str) -> tuple[str, int]:
    context.devices().post(f"/scanners/{counter}", {"text": text})
    context.log("code_scanned", counter=context.label(counter))
    return done()


def _fault_values(context: PageContext, device: Mapping[str, Any], fault: str) -> dict[str, str]:
    """Return the values of a log entry about a fault, as ``texts.fault_text`` needs them."""
    label = context.label(device["id"].partition("-")[2])
    return {"kind": device["kind"], "fault": fault, "counter": label, "device": device["id"]}
