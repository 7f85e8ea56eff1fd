"""Pictures of every screen of the hall TV, from pictures of the demo office as the server would send them."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from config.clock import Now
from config.office import OfficeFile, load_office
from config.words import words
from display.announcer import Announcer, Settings
from display.board import Display, step
from display.events import Beaten, Fetched, Pictured, SpeakerChanged, Tick
from display.places import LYING, STANDING, Places
from display.screen import scene
from display.view import look
from hardware.ports import Health, State
from hardware.screens.frames import encode
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.scene import Scene
from hardware.screens.theme import DAY
from server.wire.messages import Board, Office, ServerBeat, to_time

DEMO = Path(__file__).parent.parent.parent / "config" / "demo" / "office.toml"
START_MS = 1_795_398_120_000  # Monday, 23/11/2026, 08:42 in Việt Nam
LANGUAGES = ("vi", "en")
LONG = {
    "vi": "Thành lập và hoạt động của hộ kinh doanh, hợp tác xã",
    "en": "Founding and running of household businesses",
}
COUNTS = (6, 4, 9, 3, 2, 5, 1, 0, 0, 2, 0, 1, 0, 0, 7)
Called = tuple[str, str, str, bool]
# number, counter, the service's id, priority; oldest first
USUAL: tuple[Called, ...] = (
    ("G005", "6", "CU", False),
    ("B021", "2", "CT", False),
    ("M004", "1", "GN", False),
    ("C008", "5", "DD", True),
    ("B022", "3", "CT", False),
    ("A015", "2", "HT", False),
)
LARGE: tuple[Called, ...] = (
    ("M1005", "105", "GN", True),
    ("A1021", "12", "HT", True),
    ("H1000", "P201", "CC", True),
    ("B1022", "3", "CT", False),
    ("M1006", "111", "GN", True),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One screen: its name, where it stands, and what is on it."""

    name: str
    language: str
    panel: Panel
    at: Places
    scene: Scene


def make(folder: Path) -> list[Path]:
    """A PNG of every screen in every language."""
    pygame.display.init()
    made = []
    for one in screens():
        surface = pygame.Surface((one.panel.width_px, one.panel.height_px))
        paint(surface, one.scene, one.panel, DAY)
        path = folder / f"display-{one.name}-{one.language}.png"
        path.write_bytes(encode(surface))
        made.append(path)
    return made


def screens() -> Iterator[Shown]:
    """Every screen of the TV, lying and standing."""
    for at, width, height, shape in ((LYING, 1920, 1080, ""), (STANDING, 1080, 1920, "-portrait")):
        panel = Panel(width, height, at.canvas[0], canvas_mm=at.canvas)
        for language in LANGUAGES:
            for name, state, now in states():
                view = look(state, words(language), now, a_page=at.a_page)
                yield Shown(name + shape, language, panel, at, scene(view, at, panel, words(language)))


def states() -> Iterator[tuple[str, Display, Now]]:
    """Every state worth a picture, reached the way the station reaches it."""
    demo = load_office(DEMO)
    # One service's letter is the widest, so that no picture hides what it does to the others.
    wide = next(one for one in demo.services if one.prefix == "M")
    few = demo.model_copy(update={"services": [*(demo.services[:5] + demo.services[6:7]), wide]})
    now = Now(START_MS, 0, 1000.0)
    later = _later(now, 13.0)
    yield "board", *_hall(few, USUAL, now, later)
    yield "board-demo", *_hall(demo, USUAL, now, later, mode="demo")
    yield "board-long", *_hall(_long(demo), LARGE, now, later, mode="demo")
    yield "board-missed", *_hall(few, USUAL, now, _later(now, 42.0), missed=("A011", "B018", "M1004"))
    yield "board-paused", *_hall(few, USUAL, now, _later(now, 28.0), paused="4")
    yield "board-quiet", *_hall(few, (), now, later)
    yield "call", *_hall(few, USUAL, now, now, old=5)
    yield "call-blink", *_hall(few, USUAL, now, _later(now, 0.6), old=5, mode="demo")
    yield "call-recall", *_hall(few, (*USUAL, ("C009", "5", "DD", True)), now, now, old=6, times=2)
    yield "call-long", *_hall(_long(demo), LARGE, now, now, old=4, mode="demo", times=3)
    yield "stale", *_hall(few, USUAL, now, _later(now, 300.0), silent=True)
    yield "stale-long", *_hall(_long(demo), LARGE, now, _later(now, 300.0), silent=True, mode="practice")
    yield "closed", *_hall(few, (), now, later, day="closed", next_open=START_MS + 47 * 3_600_000, waiting=False)
    yield "hours-end", *_hall(few, USUAL, now, _later(now, 28.0), day="closed")
    yield "starting", Display("tv-1", Announcer(Settings(None), ()), 1000.0), now
    yield "no-data", Display("tv-1", Announcer(Settings(None), ()), 1000.0), later


def _later(now: Now, s: float) -> Now:
    return Now(now.wall_ms + round(s * 1000), 0, now.mono_s + s)


def _long(demo: OfficeFile) -> OfficeFile:
    """The demo office with two names as long as real ones get."""
    renamed = [one.model_copy(update={"name": LONG}) if one.id in ("HT", "GN") else one for one in demo.services]
    return demo.model_copy(update={"services": renamed})


def _hall(
    demo: OfficeFile,
    called: Sequence[Called],
    now: Now,
    then: Now,
    *,
    old: int | None = None,
    mode: str = "live",
    missed: Sequence[str] = (),
    paused: str | None = None,
    silent: bool = False,
    times: int = 1,
    day: str = "open",
    next_open: int | None = None,
    waiting: bool = True,
) -> tuple[Display, Now]:
    """A display that has seen ``called``, the last ones (from ``old`` on) new; looked at ``then``."""
    count = len(called) if old is None else old
    office = _office(demo, mode, day, next_open)
    state = Display("tv-1", Announcer(Settings(None), ()), now.mono_s)
    first = _board(demo, called[:count], 1, missed, paused, 1, waiting, calling=old is None)
    state, _ = step(state, Fetched((first, office)), now)
    state, _ = step(state, SpeakerChanged(Health(State.READY)), now)
    if count < len(called):
        board = _board(demo, called, 2, missed, paused, times, waiting)
        state, _ = step(state, Pictured(board), now)
    if not silent:
        state, _ = step(state, Beaten(ServerBeat(online=True, epoch="e1", at=to_time(then.wall_ms))), then)
    state, _ = step(state, Tick(), then)
    return state, then


def _office(demo: OfficeFile, mode: str, day: str, next_open: int | None) -> Office:
    counters = [{"id": one.id, "label": one.label} for one in demo.counters]
    services = [
        {"id": one.id, "prefix": one.prefix, "name": one.name, "state": "open", "counters": [demo.counters[0].id]}
        for one in demo.services
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
    demo: OfficeFile,
    called: Sequence[Called],
    rev: int,
    missed: Sequence[str],
    paused: str | None,
    times: int,
    waiting: bool,
    *,
    calling: bool = True,
) -> Board:
    calls = [_call(n, one, times if n + 1 == len(called) else 1) for n, one in enumerate(called)]
    counters: list[dict[str, object]] = [
        {"id": f"c{n}", "label": str(n), "state": "paused" if str(n) == paused else "open", "ready": False}
        | {"reason": None, "ticket": None}
        for n in range(1, 7)
    ]
    for place, (number, label, _, priority) in enumerate(called):  # the last called is on the way, others are served
        state = "called" if calling and place + 1 == len(called) else "serving"
        ticket = {"id": "t-1", "number": number, "state": state, "class": "priority" if priority else "ordinary"}
        here = {"id": f"c{label.lower()}", "label": label, "state": "open", "ready": False, "reason": None}
        counters = [one for one in counters if one["id"] != here["id"]] + [here | {"ticket": ticket}]
    counts = dict(zip((one.id for one in demo.services), COUNTS, strict=False)) if waiting else {}
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
            "services": [{"id": one.id, "waiting": counts.get(one.id, 0)} for one in demo.services],
        }
    )


def _call(n: int, called: Called, times: int) -> dict[str, object]:
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
