"""A visitor who takes a number by touching the kiosk's screens.

The visitor touches targets through the kiosk's control port, and knows only what the screen shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from server.hall.demo.scenario import VisitorPlan
from server.hall.virtual.control_clients import ControlError, ControlResponse

MAX_ROUNDS = 25  # in a round the visitor looks at the screen and touches one target, or waits
MAX_ROUNDS_WITHOUT_TARGET = 2
SCREEN_CHANGE_TIMEOUT_S = 3.0
POLL_EVERY_S = 0.03

# Services of the sample office with a target of their own on the home screen: handing out results, guidance.
HOME_TARGETS = {"TK": "return", "HD": "unsure"}
TRANSIENT_SCREENS = frozenset({"working", "result"})  # they change without a touch

ScreenState = Mapping[str, Any]
"""The JSON of the control port's ``/state``: screen, number, trouble and others."""

Pause = Callable[[float], bool]
"""Waits so many seconds; returns True at once when the hall stops."""


class KioskPort(Protocol):
    """The kiosk's control port, such as :class:`server.hall.virtual.control_clients.ControlClient`."""

    def get(self, path: str, *, wait_s: float = 0.0) -> ControlResponse: ...

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> ControlResponse: ...


class VisitorGaveUp(Exception):
    """The visitor left without a number; the message is the reason."""


@dataclass(frozen=True, slots=True)
class KioskScreen:
    """The kiosk's screen as a visitor sees it. ``pause``: see ``Pause``."""

    port: KioskPort
    pause: Pause
    mono_s: Callable[[], float]

    def state(self) -> dict[str, Any]:
        """Return the state that the screen reports."""
        return dict(self.port.get("/state").json())

    def targets(self) -> list[str]:
        """Return the targets that can be touched now."""
        return [target["id"] for target in self.port.get("/targets").json() if target["enabled"]]

    def touch(self, target: str) -> None:
        """Touch a target; a screen that changed meanwhile ignores it. Raises ``ControlError``."""
        try:
            self.port.post("/tap", {"target": target})
        except ControlError as error:
            if error.status != 409:
                raise

    def await_change(self, before: ScreenState) -> None:
        """Wait until the screen differs from ``before``, at most ``SCREEN_CHANGE_TIMEOUT_S``."""
        end_s = self.mono_s() + SCREEN_CHANGE_TIMEOUT_S
        while self.state() == before and self.mono_s() < end_s:
            if self.pause(POLL_EVERY_S):
                raise VisitorGaveUp("the hall stops")


def take_number(screen: KioskScreen, visitor: VisitorPlan) -> str:
    """Take a number, then go back to the home screen. Raises :class:`VisitorGaveUp` and ``ControlError``."""
    try:
        return _touch_until_number(screen, visitor)
    finally:
        _go_home(screen)


def _touch_until_number(screen: KioskScreen, visitor: VisitorPlan) -> str:
    chose_priority, rounds_without_target = False, 0
    for _ in range(MAX_ROUNDS):
        state = screen.state()
        name = str(state.get("screen"))
        if state.get("number"):
            return str(state["number"])
        if name == "notice":
            raise VisitorGaveUp(str(state.get("trouble") or name))
        target = _next_target(state, screen.targets(), visitor, chose_priority=chose_priority)
        if target is not None:
            chose_priority, rounds_without_target = chose_priority or name == "priority", 0
            screen.touch(target)
        elif name not in TRANSIENT_SCREENS:
            rounds_without_target += 1
        if rounds_without_target >= MAX_ROUNDS_WITHOUT_TARGET:
            raise VisitorGaveUp(f"nothing to touch on the screen {name!r}")
        screen.await_change(state)
    raise VisitorGaveUp("no number after many touches")


def _next_target(
    state: ScreenState, targets: Sequence[str], visitor: VisitorPlan, *, chose_priority: bool
) -> str | None:
    """Return the first wanted target that can be touched on this screen; None to wait."""
    wanted_by_screen: Mapping[str, tuple[str, ...]] = {
        "home": (HOME_TARGETS.get(visitor.service, "take"), "take"),
        "services": (f"service-{visitor.service}", "page-next"),
        "procedures": (f"procedure-{visitor.procedure}", "page-next"),
        "confirm": ("priority-yes", "take") if visitor.priority and not chose_priority else ("take",),
        "priority": ("priority-elder", "priority-no"),
        "no_paper": ("nopaper-yes", "take"),
    }
    return next((target for target in wanted_by_screen.get(str(state.get("screen")), ()) if target in targets), None)


def _go_home(screen: KioskScreen) -> None:
    try:
        if "home" in screen.targets():
            screen.touch("home")
    except ControlError:
        return  # the kiosk has stopped; it will start with its home screen
