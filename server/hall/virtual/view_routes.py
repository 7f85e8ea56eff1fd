"""Routes that show the hall: the page, its updates, pictures and sound."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from config.twins import SimulatedDeskSettings
from config.words import LANGUAGES, Words
from server.hall.virtual import texts
from server.hall.virtual.context import PageContext, current_page
from server.hall.virtual.hall_routes import SPEEDS
from server.hall.virtual.requests import HttpError, reader_words, require_one_of
from server.hall.virtual.view import page_view

MAX_WAIT_S = 25.0
SAMPLE_DOSSIER = "H29.001.02-260126-120001"  # a dossier's code for the scanner's field
DEFAULT_PAD_LEVELS = 4

blueprint = Blueprint("view", __name__)


@blueprint.get("/")
def page() -> str:
    """Return the page itself; everything that changes on it comes from :func:`updates`."""
    context, w = current_page(), reader_words()
    settings = context.settings
    desks = settings.simulated.desks if settings.simulated is not None else ()
    return render_template(
        "virtual.html",
        words=w,
        languages=LANGUAGES,
        counters=[(desk.counter, context.label(desk.counter)) for desk in desks],
        keys=[(key, name(w)) for key, name in texts.KEYPAD_KEYS],
        keys_with_digits=[(key, name(w)) for key, name in texts.KEYS_WITH_DIGITS],
        devices_by_counter={desk.counter: _counter_devices(context, desk, w) for desk in desks},
        sample_dossier=SAMPLE_DOSSIER,
        speeds=SPEEDS,
        kiosk=settings.kiosk,
        tv=settings.display,
        staff_url=settings.link.server,
        visitors_url=f"http://{settings.server.visitors}" if settings.server is not None else None,
    )


@blueprint.get("/news")
def updates() -> Response:
    """Return everything that changes, once newer than version ``after`` or when ``wait_s`` has passed."""
    context = current_page()
    after = request.args.get("after", 0, type=int)
    wait_s = min(max(request.args.get("wait_s", 0.0, type=float), 0.0), MAX_WAIT_S)
    version, parts = context.state.wait(after, wait_s)
    view = page_view(parts, context.state.log_entries(), context.counters, reader_words(), context.zone)
    return jsonify(view | {"version": version, "wall_ms": context.now().wall_ms, "zone": context.zone.key})


@blueprint.get("/screens/<any(kiosk, tv):name>.png")
def screen(name: str) -> Response:
    """Return a kept picture of a screen; ``v`` is its version."""
    png = current_page().state.frame(name, request.args.get("v", ""))
    if png is None:
        raise HttpError(404, "this picture is not shown any more")
    return _media(png, cache="private, max-age=3600, immutable")


@blueprint.get("/signs/<counter>.png")
def sign(counter: str) -> Response:
    """Return the picture of a counter's sign."""
    context = current_page()
    require_one_of(counter, context.counters)
    return _media(context.devices().get(f"/signs/{counter}.png").body)


@blueprint.get("/slips/<int:n>.png")
def slip(n: int) -> Response:
    """Return the picture of a printed slip."""
    return _media(current_page().devices().get(f"/printer/slips/{n}.png").body)


@blueprint.get("/speech/<call>.wav")
def sound(call: str) -> Response:
    """Return the sound of the newest announcement."""
    context = current_page()
    require_one_of(call, [str((context.state.get("speech") or {}).get("id"))])
    return _media(context.tv().get(f"/speech/{call}.wav").body, "audio/wav")


def _media(body: bytes, mimetype: str = "image/png", cache: str = "no-store") -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Cache-Control"] = cache
    return response


def _counter_devices(context: PageContext, desk: SimulatedDeskSettings, w: Words) -> dict[str, Any]:
    """Return which devices a counter has besides its sign. ``pad`` holds the texts of its keys."""
    station = context.settings.counter
    levels_by_counter = {wired.counter: wired.pad.levels for wired in station.desks} if station is not None else {}
    levels = texts.RATING_KEYS[levels_by_counter.get(desk.counter, DEFAULT_PAD_LEVELS)]
    return {
        "keypad": desk.keypad is not None,
        "pad": [level(w) for level in levels] if desk.pad is not None else [],
        "scanner": desk.scanner is not None,
    }
