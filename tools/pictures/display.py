"""Draw every screen of the hall TV, from pictures of the demo office."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from config.clock import Now
from config.office import OfficeSettings, load_office
from config.words import words
from display.flow.announcer import Announcer, AnnouncerSettings
from display.flow.events import SpeakerChanged
from display.flow.state import DisplayState
from display.flow.step import step
from display.screens.layout import LANDSCAPE, PORTRAIT, Layout
from display.screens.screen import scene_of
from display.screens.view import view_of
from hardware.ports import DeviceHealth, HealthState
from hardware.screens.frames import encode
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.scene import Scene
from hardware.screens.theme import DAY
from server.wire.messages import Board, Office, ServerBeat, to_time
from server.wire.station.events import HeartbeatReceived, PictureReceived, PicturesFetched, Tick

DEMO = Path(__file__).parent.parent.parent / "config" / "demo" / "office.toml"
START_MS = 1_795_398_120_000  # Monday, 23/11/2026, 08:42 in Việt Nam
LANGUAGES = ("vi", "en")
LONG_NAME = {
    "vi": "Thành lập và hoạt động của hộ kinh doanh, hợp tác xã",
    "en": "Founding and running of household businesses",
}
WAITING_COUNTS = (6, 4, 9, 3, 2, 5, 1, 0, 0, 2, 0, 1, 0, 0, 7)
CalledNumber = tuple[str, str, str, bool]
# number, counter, the service's id, priority; oldest first
USUAL_CALLS: tuple[CalledNumber, ...] = (
    ("G005", "6", "CU", False),
    ("B021", "2", "CT", False),
    ("M004", "1", "GN", False),
    ("C008", "5", "DD", True),
    ("B022", "3", "CT", False),
    ("A015", "2", "HT", False),
)
PRACTICE_CALLS: tuple[CalledNumber, ...] = (
    ("B901", "3", "CT", False),
    ("A901", "2", "HT", False),
)
LONG_CALLS: tuple[CalledNumber, ...] = (
    ("M1005", "105", "GN", True),
    ("A1021", "12", "HT", True),
    ("H1000", "P201", "CC", True),
    ("B1022", "3", "CT", False),
    ("M1006", "111", "GN", True),
)


@dataclass(frozen=True, slots=True)
class DisplayShot:
    """One screen: its name, language, panel, layout and scene."""

    name: str
    language: str
    panel: Panel
    layout: Layout
    scene: Scene


def make(folder: Path) -> list[Path]:
    """Draw a PNG of every screen in every language."""
    pygame.display.init()
    paths = []
    for shot in screens():
        surface = pygame.Surface((shot.panel.width_px, shot.panel.height_px))
        paint(surface, shot.scene, shot.panel, DAY)
        path = folder / f"display-{shot.name}-{shot.language}.png"
        path.write_bytes(encode(surface))
        paths.append(path)
    return paths


def screens() -> Iterator[DisplayShot]:
    """Yield every screen of the TV, landscape and portrait."""
    for layout, width, height, shape in ((LANDSCAPE, 1920, 1080, ""), (PORTRAIT, 1080, 1920, "-portrait")):
        panel = Panel(width, height, layout.canvas[0], canvas_mm=layout.canvas)
        for language in LANGUAGES:
            for name, state, now in states():
                view = view_of(state, words(language), now, lines_per_page=layout.lines_per_page)
                yield DisplayShot(name + shape, language, panel, layout, scene_of(view, layout, panel, words(language)))


def states() -> Iterator[tuple[str, DisplayState, Now]]:
    """Yield every state worth a picture, reached the way the station reaches it."""
    demo = load_office(DEMO)
    # One service's letter is the widest, so that no picture hides what it does to the others.
    wide = next(service for service in demo.services if service.prefix == "M")
    small_office = demo.model_copy(update={"services": [*(demo.services[:5] + demo.services[6:7]), wide]})
    now = Now(START_MS, 0, 1000.0)
    later = _later(now, 13.0)
    yield "board", *_hall(small_office, USUAL_CALLS, now, later)
    yield "board-demo", *_hall(demo, USUAL_CALLS, now, later, mode="demo")
    yield "board-practice", *_hall(small_office, PRACTICE_CALLS, now, later, mode="practice")
    yield "board-long", *_hall(_long(demo), LONG_CALLS, now, later, mode="demo")
    yield "board-missed", *_hall(small_office, USUAL_CALLS, now, _later(now, 42.0), missed=("A011", "B018", "M1004"))
    yield "board-paused", *_hall(small_office, USUAL_CALLS, now, _later(now, 28.0), paused="4")
    yield "board-quiet", *_hall(small_office, (), now, later)
    yield "call", *_hall(small_office, USUAL_CALLS, now, now, old_count=5)
    yield "call-blink", *_hall(small_office, USUAL_CALLS, now, _later(now, 0.6), old_count=5, mode="demo")
    yield "call-recall", *_hall(small_office, (*USUAL_CALLS, ("C009", "5", "DD", True)), now, now, old_count=6, times=2)
    yield "call-long", *_hall(_long(demo), LONG_CALLS, now, now, old_count=4, mode="demo", times=3)
    yield "stale", *_hall(small_office, USUAL_CALLS, now, _later(now, 300.0), silent=True)
    yield "stale-long", *_hall(_long(demo), LONG_CALLS, now, _later(now, 300.0), silent=True, mode="practice")
    yield (
        "closed",
        *_hall(small_office, (), now, later, day="closed", next_open=START_MS + 47 * 3_600_000, waiting=False),
    )
    yield "hours-end", *_hall(small_office, USUAL_CALLS, now, _later(now, 28.0), day="closed")
    yield "starting", DisplayState("tv-1", Announcer(AnnouncerSettings(None), ()), 1000.0), now
    yield "no-data", DisplayState("tv-1", Announcer(AnnouncerSettings(None), ()), 1000.0), later


def _later(now: Now, seconds: float) -> Now:
    return Now(now.wall_ms + round(seconds * 1000), 0, now.mono_s + seconds)


def _long(demo: OfficeSettings) -> OfficeSettings:
    """Return the demo office with two names as long as real ones get."""
    renamed = [
        service.model_copy(update={"name": LONG_NAME}) if service.id in ("HT", "GN") else service
        for service in demo.services
    ]
    return demo.model_copy(update={"services": renamed})


def _hall(
    demo: OfficeSettings,
    called: Sequence[CalledNumber],
    now: Now,
    later: Now,
    *,
    old_count: int | None = None,
    mode: str = "live",
    missed: Sequence[str] = (),
    paused: str | None = None,
    silent: bool = False,
    times: int = 1,
    day: str = "open",
    next_open: int | None = None,
    waiting: bool = True,
) -> tuple[DisplayState, Now]:
    """Return a display that has received ``called`` at ``now``, as it is ``later``.

    The calls behind the first ``old_count`` are new; None: all are old. ``silent``: no heartbeat of the server came.
    ``times``: how often the last number was called. ``paused``: the counter that has a break.
    """
    count = len(called) if old_count is None else old_count
    office = _office(demo, mode, day, next_open)
    state = DisplayState("tv-1", Announcer(AnnouncerSettings(None), ()), now.mono_s)
    first = _board(demo, called[:count], 1, missed, paused, 1, waiting, calling=old_count is None)
    state, _ = step(state, PicturesFetched((office, first)), now)
    state, _ = step(state, SpeakerChanged(DeviceHealth(HealthState.READY)), now)
    if count < len(called):
        board = _board(demo, called, 2, missed, paused, times, waiting)
        state, _ = step(state, PictureReceived(board), now)
    if not silent:
        state, _ = step(state, HeartbeatReceived(ServerBeat(online=True, epoch="e1", at=to_time(later.wall_ms))), later)
    state, _ = step(state, Tick(), later)
    return state, later


def _office(demo: OfficeSettings, mode: str, day: str, next_open: int | None) -> Office:
    counters = [{"id": counter.id, "label": counter.label} for counter in demo.counters]
    services = [
        {"id": service.id, "prefix": service.prefix, "name": service.name, "state": "open"}
        | {"counters": [demo.counters[0].id]}
        for service in demo.services
    ]
    opens = None if next_open is None else to_time(next_open)
    return Office.model_validate(
        {
            "office": demo.id,
            "epoch": "e1",
            "rev": 1,
            "at": to_time(START_MS),
            "name": demo.name,
            "zone": demo.zone,
            "mode": mode,
            "day": {"date": "2026-11-23", "state": day, "next_open": opens},
            "rule": {"head_start_min": demo.rules.head_start_min, "calls": demo.rules.calls},
            "services": services,
            "counters": counters,
            "catalogue": 'W/"1"',
        }
    )


def _board(
    demo: OfficeSettings,
    called: Sequence[CalledNumber],
    rev: int,
    missed: Sequence[str],
    paused: str | None,
    times: int,
    waiting: bool,
    *,
    calling: bool = True,
) -> Board:
    calls = [_call(n, call, times if n + 1 == len(called) else 1) for n, call in enumerate(called)]
    counters: list[dict[str, object]] = [
        {"id": f"c{n}", "label": str(n), "state": "paused" if str(n) == paused else "open", "ready": False}
        | {"reason": None, "ticket": None}
        for n in range(1, 7)
    ]
    for index, (number, label, _, priority) in enumerate(called):  # the last called is on the way, others are served
        state = "called" if calling and index + 1 == len(called) else "serving"
        ticket = {"id": "t-1", "number": number, "state": state, "class": "priority" if priority else "ordinary"}
        here = {"id": f"c{label.lower()}", "label": label, "state": "open", "ready": False, "reason": None}
        counters = [counter for counter in counters if counter["id"] != here["id"]] + [here | {"ticket": ticket}]
    counts = dict(zip((service.id for service in demo.services), WAITING_COUNTS, strict=False)) if waiting else {}
    return Board.model_validate(
        {
            "office": demo.id,
            "epoch": "e1",
            "rev": rev,
            "seq": rev,
            "at": to_time(START_MS),
            "day": "2026-11-23",
            "counters": counters,
            "calls": list(reversed(calls)),
            "missed": list(missed),
            "services": [{"id": service.id, "waiting": counts.get(service.id, 0)} for service in demo.services],
        }
    )


def _call(n: int, called: CalledNumber, times: int) -> dict[str, object]:
    number, label, service, priority = called
    return {
        "id": f"k-{n}",
        "kind": "call" if times == 1 else "recall",
        "times": times,
        "number": number,
        "counter": f"c{label.lower()}",
        "label": label,
        "at": to_time(START_MS - 60_000 + n),
        "class": "priority" if priority else "ordinary",
        "service": service,
    }
