"""The virtual hall's page: a loopback web application that shows the devices' own output and passes on taps.

It forwards a fixed list of calls to the control ports and nothing else, and answers only to a browser or a
program on this machine: the ``Host`` must be a loopback name, and a request that changes something must be JSON
and must not come from another site's page.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from config.clock import Now
from config.settings import Settings
from config.twins import SimulatedDesk
from config.words import LANGUAGES, Words, words
from server.hall import says
from server.hall.doors import Door, DoorError, Doors
from server.hall.news import labels, news
from server.hall.scene import Line, Scene

log = logging.getLogger("hall")

LONGEST_WAIT_S = 25.0
SPEEDS = (1, 10, 60)
SAMPLE_DOSSIER = "H29.001.02-260126-120001"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


class Stage(Protocol):
    """What the page may ask of the hall itself."""

    def set_speed(self, speed: float) -> None: ...

    def add_visitor(self) -> None: ...

    def play_morning(self, *, on: bool) -> None: ...

    def power(self, name: str, *, on: bool) -> None:
        """Switch the server or the broker. Raises ``KeyError`` for anything else."""


@dataclass(frozen=True, slots=True)
class House:
    """What the page is made of."""

    settings: Settings
    scene: Scene
    doors: Doors
    stage: Stage
    now: Callable[[], Now]
    zone: ZoneInfo


class Refused(Exception):
    """The request cannot be done; ``reason`` is a sentence for a person."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def make_page(house: House) -> Flask:
    """The application; one hall each."""
    app = Flask("server.hall", template_folder="templates", static_folder="static")
    app.before_request(_guard)
    app.after_request(_headers)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(DoorError, _door_error)
    _show(app, house)
    _pass_on(app, house)
    _direct(app, house)
    return app


# --- who may ask --------------------------------------------------------------------------------------


def _guard() -> None:
    host, _, _ = request.host.rpartition(":") if request.host.rpartition(":")[2].isdigit() else (request.host, "", "")
    if host not in LOOPBACK:
        raise Refused(403, f"Host {request.host!r} is not this machine")
    if request.method in ("GET", "HEAD"):
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in ("same-origin", "none") or origin not in (None, f"http://{request.host}"):
        raise Refused(403, "another site's page may not do this")
    if not request.is_json:
        raise Refused(415, "the body must be JSON")


def _headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _language() -> Words:
    asked = request.args.get("lang", "vi")
    return words(asked if asked in LANGUAGES else "vi")


def _refused(error: Refused) -> tuple[Response, int]:
    reason = _language()("virtual", "Chưa làm được: {reason}", reason=error.reason)
    return jsonify({"detail": reason}), error.status


def _door_error(error: DoorError) -> tuple[Response, int]:
    log.log(logging.DEBUG if error.status == 409 else logging.INFO, "%s", error)
    w = _language()
    reason = w("virtual", "Chưa làm được: {reason}", reason=w("virtual", "thiết bị không trả lời"))
    return jsonify({"detail": reason}), 502 if error.status is None else error.status


def _done() -> tuple[str, int]:
    return "", 204


def _body(**wanted: type | tuple[type, ...]) -> dict[str, Any]:
    """The JSON body with exactly the ``wanted`` names and types. Raises :class:`Refused`."""
    try:
        body = request.get_json()
    except HTTPException as error:
        raise Refused(400, "the body is not JSON") from error
    if not isinstance(body, dict) or set(body) != set(wanted):
        raise Refused(400, f"the body must have: {', '.join(wanted) or 'nothing'}")
    for name, kind in wanted.items():
        if not isinstance(body[name], kind) or (isinstance(body[name], bool) and kind is not bool):
            raise Refused(400, f"{name} = {body[name]!r} is of the wrong kind")
    return body


def _known(door: Door | None) -> Door:
    if door is None:
        raise Refused(404, "this hall has no such device")
    return door


# --- showing ------------------------------------------------------------------------------------------


def _show(app: Flask, house: House) -> None:
    scene, settings = house.scene, house.settings
    twins = settings.simulated.desks if settings.simulated is not None else ()
    desks = [desk.counter for desk in twins]

    def picture(body: bytes, kind: str = "image/png", cache: str = "no-store") -> Response:
        response = Response(body, mimetype=kind)
        response.headers["Cache-Control"] = cache
        return response

    @app.get("/")
    def page() -> str:
        w = _language()
        return render_template(
            "virtual.html",
            words=w,
            languages=LANGUAGES,
            desks=[(desk, labels({"office": scene.get("office")}).get(desk, desk)) for desk in desks],
            keys=[(key, word(w)) for key, word in says.KEYS],
            keyed=[(key, word(w)) for key, word in says.KEYED],
            has={desk.counter: _levels(house, desk, w) for desk in twins},
            sample=SAMPLE_DOSSIER,
            speeds=SPEEDS,
            kiosk=settings.kiosk,
            tv=settings.display,
            server=settings.link.server,
            visitors=f"http://{settings.server.visitors}" if settings.server is not None else None,
        )

    @app.get("/news")
    def whats_new() -> Response:
        after = request.args.get("after", 0, type=int)
        wait_s = min(max(request.args.get("wait_s", 0.0, type=float), 0.0), LONGEST_WAIT_S)
        version, parts = scene.wait(after, wait_s)
        told = news(parts, scene.lines(), desks, _language(), house.zone)
        return jsonify(told | {"version": version, "wall_ms": house.now().wall_ms, "zone": house.zone.key})

    @app.get("/screens/<any(kiosk, tv):name>.png")
    def screen(name: str) -> Response:
        png = scene.frame(name, request.args.get("v", ""))
        if png is None:
            raise Refused(404, "this picture is not shown any more")
        return picture(png, cache="private, max-age=3600, immutable")

    @app.get("/signs/<counter>.png")
    def sign(counter: str) -> Response:
        _one_of(counter, desks)
        return picture(_known(house.doors.devices).get(f"/signs/{counter}.png").body)

    @app.get("/slips/<int:n>.png")
    def slip(n: int) -> Response:
        return picture(_known(house.doors.devices).get(f"/printer/slips/{n}.png").body)

    @app.get("/speech/<call>.wav")
    def sound(call: str) -> Response:
        _one_of(call, [str((scene.get("speech") or {}).get("id"))])
        return picture(_known(house.doors.tv).get(f"/speech/{call}.wav").body, "audio/wav")


def _one_of(value: str, known: list[str]) -> None:
    if value not in known:
        raise Refused(404, f"{value!r} is not known here")


# --- passing on: the fixed calls of the control ports --------------------------------------------------


def _pass_on(app: Flask, house: House) -> None:
    settings = house.settings
    desks = [desk.counter for desk in settings.simulated.desks] if settings.simulated is not None else []

    def happened(what: str, **values: str) -> None:
        house.scene.happened(Line(house.now().wall_ms, what, values))

    @app.post("/kiosk/tap")
    def tap() -> tuple[str, int]:
        door = _known(house.doors.kiosk)
        if request.is_json and "target" in (request.get_json(silent=True) or {}):
            door.post("/tap", {"target": _body(target=str)["target"]})
        else:
            body = _body(x=(int, float), y=(int, float))
            try:
                door.post("/tap", {"x": round(body["x"]), "y": round(body["y"])})
            except DoorError as error:
                if error.status != 409:  # a finger beside every key: nothing happens, as on the real screen
                    raise
        return _done()

    @app.post("/keypads/<counter>")
    def key(counter: str) -> tuple[str, int]:
        _one_of(counter, desks)
        keyed = "digits" in (request.get_json(silent=True) or {})
        body = _body(key=str, digits=str) if keyed else _body(key=str)
        _one_of(body["key"], [name for name, _ in says.KEYED if keyed] or [name for name, _ in says.KEYS])
        if not set(body.get("digits", "")) <= set("0123456789"):
            raise Refused(400, "digits are 0 to 9")
        _known(house.doors.devices).post(f"/keypads/{counter}", body)
        return _done()

    @app.post("/pads/<counter>")
    def rate(counter: str) -> tuple[str, int]:
        _one_of(counter, desks)
        _known(house.doors.devices).post(f"/pads/{counter}", {"level": _body(level=int)["level"]})
        happened("rate", counter=labels({"office": house.scene.get("office")}).get(counter, counter))
        return _done()

    @app.post("/scanners/<counter>")
    def scan(counter: str) -> tuple[str, int]:
        _one_of(counter, desks)
        return scanned(counter, _body(text=str)["text"])

    @app.post("/scanners/<counter>/slip")
    def scan_slip(counter: str) -> tuple[str, int]:
        """As somebody would hold the slip that came out last under the scanner."""
        _one_of(counter, desks)
        _body()
        devices = _known(house.doors.devices)
        for slip in reversed(devices.get("/printer").json()["slips"]):
            try:
                text = devices.get(f"/printer/slips/{slip['n']}/code").json()["text"]
            except DoorError as error:
                if error.status != 404:
                    raise
                continue
            return scanned(counter, text)
        raise Refused(409, _language()("virtual", "không có phiếu nào có mã QR"))

    def scanned(counter: str, text: str) -> tuple[str, int]:
        _known(house.doors.devices).post(f"/scanners/{counter}", {"text": text})
        happened("scan", counter=labels({"office": house.scene.get("office")}).get(counter, counter))
        return _done()

    @app.post("/printer/take")
    def take() -> tuple[str, int]:
        _body()
        _known(house.doors.devices).post("/printer/take")
        happened("took")
        return _done()

    @app.post("/printer/paper")
    def paper() -> tuple[str, int]:
        present = _body(present=bool)["present"]
        _known(house.doors.devices).post("/printer/paper", {"present": present})
        happened("roll_in" if present else "roll_out")
        return _done()

    @app.post("/printer/roll")
    def roll() -> tuple[str, int]:
        _body()
        _known(house.doors.devices).post("/printer/roll")
        happened("roll_new")
        return _done()

    @app.post("/faults/<device>/<name>")
    def fault(device: str, name: str) -> tuple[str, int]:
        on = _body(on=bool)["on"]
        told = {one["id"]: one for one in house.scene.get("devices") or ()}
        _one_of(device, list(told))
        _one_of(name, list(told[device]["faults"]))
        _known(house.doors.devices).post(f"/devices/{device}/faults/{name}", {"on": on})
        happened("fault_on" if on else "fault_off", **_fault_values(told[device], name, house))
        return _done()


def _levels(house: House, desk: SimulatedDesk, w: Words) -> dict[str, Any]:
    """Which devices a counter has beside its sign; ``pad`` has the words of its keys."""
    counters = house.settings.counter
    own = {one.counter: one.pad.levels for one in counters.desks} if counters is not None else {}
    levels = says.LEVELS[own.get(desk.counter, 4)]
    return {
        "keypad": desk.keypad is not None,
        "pad": [word(w) for word in levels] if desk.pad is not None else [],
        "scanner": desk.scanner is not None,
    }


def _fault_values(device: Mapping[str, Any], fault: str, house: House) -> dict[str, str]:
    desk = device["id"].partition("-")[2]
    label = labels({"office": house.scene.get("office")}).get(desk, desk)
    return {"kind": device["kind"], "fault": fault, "counter": label, "device": device["id"]}


# --- directing the hall itself -------------------------------------------------------------------------


def _direct(app: Flask, house: House) -> None:
    @app.post("/power/<name>")
    def power(name: str) -> tuple[str, int]:
        on = _body(on=bool)["on"]
        try:
            house.stage.power(name, on=on)
        except KeyError as error:
            raise Refused(404, f"{name!r} is not known here") from error
        return _done()

    @app.post("/faults/clear")
    def clear() -> tuple[str, int]:
        _body()
        for name in house.scene.get("power") or ():
            house.stage.power(name, on=True)
        if house.doors.devices is not None:
            house.doors.devices.post("/faults/clear")
        return _done()

    @app.post("/speed")
    def speed() -> tuple[str, int]:
        wanted = _body(speed=int)["speed"]
        if wanted not in SPEEDS:
            raise Refused(400, f"speed = {wanted} is not one of {SPEEDS}")
        house.stage.set_speed(wanted)
        return _done()

    @app.post("/visitor")
    def visitor() -> tuple[str, int]:
        _body()
        house.stage.add_visitor()
        return _done()

    @app.post("/morning")
    def morning() -> tuple[str, int]:
        house.stage.play_morning(on=_body(on=bool)["on"])
        return _done()
