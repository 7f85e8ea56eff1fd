"""How a visitor walks the kiosk's screens: looks at what can be touched, touches one thing, waits for the answer.

It goes through the control port, as a finger does, and knows of the kiosk only what its screen says of itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from server.hall.doors import Answer, DoorError
from server.hall.morning import Visitor

STEPS = 25
ANSWER_S = 3.0
LOOK_EVERY_S = 0.03

# Services with a key of their own on the home screen.
OWN_KEYS = {"TK": "return", "HD": "unsure"}
WAITING = frozenset({"working", "result"})  # screens that change by themselves
STUCK = 2

State = Mapping[str, Any]
Pause = Callable[[float], bool]


class Screen(Protocol):
    """The kiosk's control port, as :class:`server.hall.doors.Door` is one."""

    def get(self, path: str, *, wait_s: float = 0.0) -> Answer: ...

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Answer: ...


class GaveUp(Exception):
    """The visitor left without a number, and why."""


@dataclass(frozen=True, slots=True)
class Kiosk:
    """The kiosk as a visitor finds it. ``pause(seconds)`` waits and says whether to stop altogether."""

    door: Screen
    pause: Pause
    mono_s: Callable[[], float]

    def state(self) -> dict[str, Any]:
        """What the screen says of itself."""
        return dict(self.door.get("/state").json())

    def targets(self) -> list[str]:
        """What can be touched now."""
        return [one["id"] for one in self.door.get("/targets").json() if one["enabled"]]

    def changed(self, before: State) -> dict[str, Any]:
        """The screen when it is another one than ``before``, or as it is after a while."""
        until_s = self.mono_s() + ANSWER_S
        while True:
            now = self.state()
            if now != before or self.mono_s() >= until_s:
                return now
            if self.pause(LOOK_EVERY_S):
                raise GaveUp("the hall stops")


def take_number(kiosk: Kiosk, visitor: Visitor) -> str:
    """Walk to a number and leave the screen for the next one. Raises :class:`GaveUp` and ``DoorError``."""
    try:
        return _walk(kiosk, visitor)
    finally:
        _leave(kiosk)


def _walk(kiosk: Kiosk, visitor: Visitor) -> str:
    prioritised, stuck = False, 0
    for _ in range(STEPS):
        state = kiosk.state()
        screen = str(state.get("screen"))
        if state.get("number"):
            return str(state["number"])
        if screen == "notice":
            raise GaveUp(str(state.get("trouble") or screen))
        target = _wish(state, kiosk.targets(), visitor, prioritised=prioritised)
        if target is not None:
            prioritised, stuck = prioritised or screen == "priority", 0
            _touch(kiosk, target)
        elif screen not in WAITING:
            stuck += 1
        if stuck >= STUCK:
            raise GaveUp(f"nothing to touch on the screen {screen!r}")
        kiosk.changed(state)
    raise GaveUp("no number after many touches")


def _wish(state: State, targets: Sequence[str], visitor: Visitor, *, prioritised: bool) -> str | None:
    """What to touch on this screen: the first wish that can be touched; None waits."""
    wishes: Mapping[str, tuple[str, ...]] = {
        "home": (OWN_KEYS.get(visitor.service, "take"), "take"),
        "services": (f"service-{visitor.service}", "page-next"),
        "procedures": (f"procedure-{visitor.procedure}", "page-next"),
        "confirm": ("priority-yes", "take") if visitor.priority and not prioritised else ("take",),
        "priority": ("priority-elder", "priority-no"),
        "no_paper": ("nopaper-yes", "take"),
    }
    return next((one for one in wishes.get(str(state.get("screen")), ()) if one in targets), None)


def _touch(kiosk: Kiosk, target: str) -> None:
    try:
        kiosk.door.post("/tap", {"target": target})
    except DoorError as error:
        if error.status != 409:  # the screen changed under the finger: look again
            raise


def _leave(kiosk: Kiosk) -> None:
    try:
        if "home" in kiosk.targets():
            _touch(kiosk, "home")
    except DoorError:
        return  # a kiosk that is gone needs no tidying
