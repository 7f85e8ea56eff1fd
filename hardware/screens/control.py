"""The control port of a screen, for the virtual hall and tests: its own frame, its targets, and taps.

Loopback only. A tap goes the way of a finger: down and up, through the station's inbox. What cannot be
tapped is answered with 409 and the reason.
"""

import math
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus

from hardware.control_port import DONE, Answer, Body, ControlPort, Refused, Route, as_json, as_png
from hardware.screens.frames import Frames
from hardware.screens.touch import CONTROL, DEBOUNCE_S, SETTLE_S, Finger, Verdict

LONGEST_WAIT_S = 30.0
TAP_ANSWER_S = 5.0
TRIES = 4


class NotHere(Exception):
    """A further page of the port has nothing under this path."""


Page = Callable[[str], tuple[str, bytes]]
"""Answers GET of a path with (content type, body); raises ``NotHere``."""


class Control:
    """The port itself. ``send`` puts a finger into the station's inbox; ``pages`` adds first path words
    (``{"speech": page}`` answers ``/speech`` and ``/speech/…``); ``again_s`` is how long the screen may take no touch
    after another; ``token`` is what every request must carry. Raises ``OSError`` when the port is taken."""

    def __init__(
        self,
        host: str,
        port: int,
        frames: Frames,
        send: Callable[[Finger], None],
        pages: Mapping[str, Page] | None = None,
        *,
        again_s: float = max(DEBOUNCE_S, SETTLE_S),
        token: str = "",
    ) -> None:
        self._frames, self._send, self._again_s = frames, send, again_s
        self._port = ControlPort(
            host,
            port,
            (
                Route("GET", r"/frame\.png", self._frame),
                Route("GET", "/targets", self._targets),
                Route("GET", "/state", self._state),
                Route("POST", "/tap", self._tap),
                *(_further(word, page) for word, page in (pages or {}).items()),
            ),
            token,
        )

    @property
    def port(self) -> int:
        return self._port.address[1]

    def close(self) -> None:
        """Stop listening. May be called twice."""
        self._port.close()

    def _frame(self, _groups: Sequence[str], query: Body) -> Answer:
        try:
            after, wait_s = int(query.get("after", "0")), float(query.get("wait_s", "0"))
        except ValueError as error:
            detail = "after is a whole number, wait_s a number of seconds"
            raise Refused(HTTPStatus.BAD_REQUEST, detail) from error
        frame = self._frames.after(after, min(wait_s, LONGEST_WAIT_S) if wait_s > 0 else 0.0)
        if frame is None:
            return Answer(HTTPStatus.NOT_MODIFIED)
        return as_png(self._frames.png(frame), {"X-Frame": str(frame.n)})

    def _targets(self, _groups: Sequence[str], _query: Body) -> Answer:
        frame = self._frames.newest()
        return as_json([asdict(place) for place in frame.places] if frame else [])

    def _state(self, _groups: Sequence[str], _query: Body) -> Answer:
        frame = self._frames.newest()
        return as_json(dict(frame.state) if frame else {})

    def _tap(self, _groups: Sequence[str], body: Body) -> Answer:
        place = _place(body)
        verdict = self._touch(*place)
        tries = TRIES if place[2] is not None else 1
        while verdict is Verdict.TOO_SOON and (tries := tries - 1):
            threading.Event().wait(self._again_s)
            verdict = self._touch(*place)
        if verdict is not Verdict.TAPPED:
            raise Refused(HTTPStatus.CONFLICT, str(verdict) if verdict else "no answer")
        return DONE

    def _touch(self, x: int, y: int, target: str | None) -> Verdict | None:
        """Down and up; what the station made of it, or None if it did not answer in time."""
        done, verdicts = threading.Event(), list[Verdict]()

        def answer(verdict: Verdict) -> None:
            verdicts.append(verdict)
            done.set()

        self._send(Finger(down=True, x=x, y=y, finger=CONTROL, target=target))
        self._send(Finger(down=False, x=x, y=y, finger=CONTROL, target=target, answer=answer))
        done.wait(TAP_ANSWER_S)
        return verdicts[0] if verdicts else None


def _further(word: str, page: Page) -> Route:
    """A further page of the port, with everything below it."""

    def call(groups: Sequence[str], _query: Body) -> Answer:
        try:
            kind, body = page(groups[0])
        except NotHere as error:
            raise Refused(HTTPStatus.NOT_FOUND, "not found") from error
        return Answer(HTTPStatus.OK, kind, body)

    return Route("GET", f"/{re.escape(word)}(?:/(.*))?", call)


def _place(body: Body) -> tuple[int, int, str | None]:
    """(x, y, target) of a tap. Raises :class:`Refused`."""
    match body:
        case {"target": str(target)}:
            return 0, 0, target
        case {"x": int(x) | float(x), "y": int(y) | float(y)} if math.isfinite(x) and math.isfinite(y):
            return int(x), int(y), None
    raise Refused(HTTPStatus.BAD_REQUEST, 'say {"x": …, "y": …} in panel pixels, or {"target": "…"}')
