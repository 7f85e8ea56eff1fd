"""Routes that control the hall itself: power, speed, visitors and the sample morning."""

from flask import Blueprint

from server.hall.virtual.context import current_page
from server.hall.virtual.requests import HttpError, done, json_body

SPEEDS = (1, 10, 60)

blueprint = Blueprint("hall", __name__)


@blueprint.post("/power/<name>")
def switch_power(name: str) -> tuple[str, int]:
    """Switch the server or the broker on or off."""
    on = json_body(on=bool)["on"]
    try:
        current_page().actions.switch_power(name, on=on)
    except KeyError as error:
        raise HttpError(404, f"{name!r} is not known here") from error
    return done()


@blueprint.post("/faults/clear")
def clear_faults() -> tuple[str, int]:
    """End every fault of the hall and its devices."""
    context = current_page()
    json_body()
    for name in context.state.get("power") or ():
        context.actions.switch_power(name, on=True)
    if context.clients.devices is not None:
        context.clients.devices.post("/faults/clear")
    return done()


@blueprint.post("/speed")
def set_speed() -> tuple[str, int]:
    """Set how fast the hall's clock runs."""
    speed = json_body(speed=int)["speed"]
    if speed not in SPEEDS:
        raise HttpError(400, f"speed = {speed} is not one of {SPEEDS}")
    current_page().actions.set_speed(speed)
    return done()


@blueprint.post("/visitor")
def add_visitor() -> tuple[str, int]:
    """Send one more visitor to the kiosk."""
    json_body()
    current_page().actions.add_visitor()
    return done()


@blueprint.post("/morning")
def play_morning() -> tuple[str, int]:
    """Begin or end the sample morning."""
    current_page().actions.play_morning(on=json_body(on=bool)["on"])
    return done()
