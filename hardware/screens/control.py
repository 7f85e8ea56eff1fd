"""The control port of a screen: its current frame, its touch targets, and simulated taps.

The virtual hall and tests use it; it listens on loopback only. A simulated tap is two events of a finger, down and up,
in the station's inbox. A tap outside all targets is answered with 409 and the reason.
"""

import math
import re
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus

from hardware.control_port import DONE, BadRequest, Body, ControlPort, Response, Route, json_response, png_response
from hardware.screens.frames import Frames
from hardware.screens.touch import CONTROL_PORT_FINGER, DEBOUNCE_S, SETTLE_S, Finger, TapResult

MAX_WAIT_S = 30.0
"""A request may wait this long for a new frame."""
TAP_TIMEOUT_S = 5.0
"""Wait for the station's result of a tap."""
MAX_TAP_TRIES = 4
"""A tap on a target is repeated so many times while the screen takes no touch."""


class PageNotFound(Exception):
    """An additional page of the port has no content at this path."""


Page = Callable[[str], tuple[str, bytes]]
"""Takes the rest of a path, behind the page's name and a slash, or "". Returns (content type, body); raises
``PageNotFound`` for an unknown rest."""


class ScreenControl:
    """The control port of a screen.

    ``send_finger`` puts a finger event into the station's inbox. ``pages`` adds pages by the first part of their path
    (``{"speech": page}`` serves ``/speech`` and ``/speech/…``). ``touch_pause_s``: for how long the screen may ignore
    touches after a tap. Every request must carry ``token``; empty: none is required. ``target_by_name`` returns the id
    of the target with a name, None where there is none. Raises ``OSError`` when the port is taken.
    """

    def __init__(
        self,
        host: str,
        port: int,
        frames: Frames,
        send_finger: Callable[[Finger], None],
        pages: Mapping[str, Page] | None = None,
        *,
        touch_pause_s: float = max(DEBOUNCE_S, SETTLE_S),
        token: str = "",
        target_by_name: Callable[[str], Hashable | None] = str,
    ) -> None:
        self._frames, self._send_finger = frames, send_finger
        self._touch_pause_s, self._target_by_name = touch_pause_s, target_by_name
        self._port = ControlPort(
            host,
            port,
            (
                Route("GET", r"/frame\.png", self._frame),
                Route("GET", "/targets", self._targets),
                Route("GET", "/state", self._state),
                Route("POST", "/tap", self._tap),
                *(_page_route(path, page) for path, page in (pages or {}).items()),
            ),
            token,
        )

    @property
    def port(self) -> int:
        return self._port.address[1]

    def close(self) -> None:
        """Stop listening. May be called twice."""
        self._port.close()

    def _frame(self, _groups: Sequence[str], query: Body) -> Response:
        try:
            after, wait_s = int(query.get("after", "0")), float(query.get("wait_s", "0"))
        except ValueError as error:
            detail = "after is a whole number, wait_s a number of seconds"
            raise BadRequest(HTTPStatus.BAD_REQUEST, detail) from error
        newer = self._frames.png_newer_than(after, min(wait_s, MAX_WAIT_S) if wait_s > 0 else 0.0)
        if newer is None:
            return Response(HTTPStatus.NOT_MODIFIED)
        number, png = newer
        return png_response(png, {"X-Frame": str(number)})

    def _targets(self, _groups: Sequence[str], _query: Body) -> Response:
        frame = self._frames.newest()
        return json_response([asdict(area) for area in frame.areas] if frame else [])

    def _state(self, _groups: Sequence[str], _query: Body) -> Response:
        frame = self._frames.newest()
        return json_response(dict(frame.state) if frame else {})

    def _tap(self, _groups: Sequence[str], body: Body) -> Response:
        x, y, name = _position_of_tap(body)
        target = None if name is None else self._target_by_name(name)
        if name is not None and target is None:
            raise BadRequest(HTTPStatus.CONFLICT, str(TapResult.NOTHING))
        result = self._send_touch(x, y, target)
        tries = MAX_TAP_TRIES if target is not None else 1
        while result is TapResult.TOO_SOON and (tries := tries - 1):
            threading.Event().wait(self._touch_pause_s)
            result = self._send_touch(x, y, target)
        if result is not TapResult.TAPPED:
            raise BadRequest(HTTPStatus.CONFLICT, str(result) if result else "no answer")
        return DONE

    def _send_touch(self, x: int, y: int, target: Hashable | None) -> TapResult | None:
        """Send down and up; return the station's result, None without a timely reply."""
        done, results = threading.Event(), list[TapResult]()

        def on_result(result: TapResult) -> None:
            results.append(result)
            done.set()

        self._send_finger(Finger(down=True, x=x, y=y, finger_id=CONTROL_PORT_FINGER, target=target))
        self._send_finger(
            Finger(down=False, x=x, y=y, finger_id=CONTROL_PORT_FINGER, target=target, on_result=on_result)
        )
        done.wait(TAP_TIMEOUT_S)
        return results[0] if results else None


def _page_route(path: str, page: Page) -> Route:
    """Return the route of an additional page and all paths below it."""

    def call(groups: Sequence[str], _query: Body) -> Response:
        try:
            content_type, body = page(groups[0])
        except PageNotFound as error:
            raise BadRequest(HTTPStatus.NOT_FOUND, "not found") from error
        return Response(HTTPStatus.OK, content_type, body)

    return Route("GET", f"/{re.escape(path)}(?:/(.*))?", call)


def _position_of_tap(body: Body) -> tuple[int, int, str | None]:
    """Return (x, y, target) of a tap. Raises :class:`BadRequest`."""
    match body:
        case {"target": str(target)}:
            return 0, 0, target
        case {"x": int(x) | float(x), "y": int(y) | float(y)} if math.isfinite(x) and math.isfinite(y):
            return int(x), int(y), None
    raise BadRequest(HTTPStatus.BAD_REQUEST, 'send {"x": …, "y": …} in panel pixels, or {"target": "…"}')
