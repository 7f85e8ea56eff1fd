"""Pictures of the virtual hall's page: a real hall, in which the same people do the same each time, in a real browser.

The hall's wall clock stands but for :meth:`Hall.turn`; the monotonic clocks of the kiosk and of the TV stand while
pictures are taken. Visitors and clerks act through the page's own doors.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import urllib3
from playwright.sync_api import Page, ViewportSize, sync_playwright

from config.clock import write_pace
from tools.pictures.hall_program import RAN_MS, START_MS
from tools.pictures.web import steady_chromium

DEMO = Path(__file__).parent.parent.parent / "config" / "demo"
VISITORS = "https://luot.phuongmau.example"  # in the QR code on the slip; an address of this hall has a chance port
BEGIN_MS = START_MS + 30 * 60_000
WIDE = ViewportSize(width=1600, height=1000)
PHONE = ViewportSize(width=360, height=740)
PATIENCE_S, LOOK_EVERY_S, STILL_S = 90.0, 0.1, 4.0
BARELY = 0.001  # the wall clock's speed: its seconds stand, and yet no heartbeat bears the time of another

# Every picture has come, and the kiosk's is the newest.
ALL_SHOWN = """(version) => document.getElementById("kiosk-picture").src.includes(version)
    && [...document.querySelectorAll("img")].every((image) => !image.getAttribute("src") || image.complete)
    && document.querySelectorAll(".sign img:not([hidden])").length === document.querySelectorAll(".sign").length
    && document.querySelector("#slip:not([hidden]) img[src]") !== null"""

Touches = Sequence[str]
ARRIVALS: Sequence[Touches] = (
    ("take", "service-CT", "procedure-2.000815", "take"),
    ("take", "service-HT", "procedure-1.001193", "take"),
    ("take", "service-DD", "procedure-1.013978", "priority-yes", "priority-elder", "take"),
    ("take", "service-GN", "procedure-1.011607", "take"),
    ("take", "service-CU", "procedure-1.004222", "take"),
    ("take", "service-CT", "procedure-2.000884", "take"),
    ("take", "service-DD", "procedure-1.012783", "take"),
    ("take", "service-HT", "procedure-1.000894", "take"),
)
# (counter, key, the mark of its card after that); the last one is the call that the pictures show.
PRESSES = (
    ("c4", "next", "ready"),
    ("c4", "pause", "paused"),
    ("c2", "next", "called"),
    ("c2", "start", "serving"),
    ("c5", "next", "called"),
    ("c5", "start", "serving"),
    ("c6", "next", "called"),
    ("c6", "start", "serving"),
    ("c3", "next", "called"),
    ("c3", "start", "serving"),
    ("c1", "next", "called"),
    ("c1", "start", "serving"),
    ("c2", "finish", "open"),
)
CALL = ("c2", "next", "called")


@dataclass
class Hall:
    """A running hall: its page's address, its state folder, and the folder of the moments at which clocks stand."""

    url: str
    state: Path
    moments: Path
    wall_ms: int = BEGIN_MS

    def turn(self, s: int) -> None:
        """Let the hall's wall clock go on by ``s`` seconds."""
        self.wall_ms += s * 1000
        ran_ms = self.wall_ms - START_MS + RAN_MS
        boot_ms = _boot_ns() // 1_000_000
        write_pace(self.state / "pace.json", wall_ms=self.wall_ms, ran_ms=ran_ms, boot_ms=boot_ms, speed=BARELY)

    def stand(self, program: str) -> None:
        """Stop the monotonic clock of ``program``."""
        aside = self.moments / f"{program}.new"
        aside.write_text(str(_boot_ns()), encoding="ascii")
        aside.rename(self.moments / program)

    def go_on(self, program: str) -> None:
        """Let the monotonic clock of ``program`` show the machine's time again."""
        (self.moments / program).unlink()

    def ask(self, path: str, body: dict[str, object] | None = None) -> int:
        """POST to the page; return the status."""
        return urllib3.request("POST", self.url + path, json=body or {}, timeout=10.0).status

    def news(self) -> dict[str, Any]:
        """Return all that the page shows."""
        return dict(urllib3.request("GET", f"{self.url}/news", timeout=10.0).json())

    def wait(self, wanted: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the news once ``holds`` says so; ``wanted`` names it. Raises ``RuntimeError``."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            news = self.news()
            if holds(news):
                return news
            time.sleep(LOOK_EVERY_S)
        kiosk = (self.news()["kiosk"] or {}).get("state")
        raise RuntimeError(f"the virtual hall: {wanted}: not within {PATIENCE_S:.0f} s; the kiosk shows {kiosk}")

    def rest(self) -> dict[str, Any]:
        """Return the news once nothing has changed for a while: signs have blinked, a sentence was read."""
        last, since = self.news(), time.monotonic()

        def is_still(news: dict[str, Any]) -> bool:
            nonlocal last, since
            if _shown(news) != _shown(last):
                last, since = news, time.monotonic()
            return time.monotonic() - since >= STILL_S

        return self.wait("comes to rest", is_still)


def make(folder: Path) -> list[Path]:
    """Four pictures: the hall at work in both languages, on a phone, and with faults."""
    made: list[Path] = []
    with _hall() as hall, _page() as page:

        def shot(name: str, language: str, size: ViewportSize) -> None:
            page.set_viewport_size(size)
            made.append(folder / f"hall-{name}-{language}.png")
            _shoot(hall, page, f"{hall.url}/?lang={language}", made[-1])

        play(hall)
        for language in ("vi", "en"):
            shot("busy", language, WIDE)
        shot("phone", "vi", PHONE)
        break_down(hall)
        shot("faults", "vi", WIDE)
    return made


def play(hall: Hall) -> None:
    """Let visitors take numbers and clerks call them; end with a slip in the printer and a call on the TV."""
    for touches in ARRIVALS:
        if touches is not ARRIVALS[0]:
            hall.ask("/printer/take")
        hall.turn(40)
        _take_number(hall, touches)
    for press in PRESSES:
        hall.turn(20)
        _press(hall, *press)
    hall.stand("kiosk")
    hall.wait("the TV has called all", lambda news: news["tv"] and news["tv"]["state"]["screen"] == "board")
    hall.rest()
    hall.stand("display")
    hall.turn(15)
    _press(hall, *CALL)
    hall.wait("the TV calls", lambda news: news["tv"]["state"]["screen"] == "call" and _is_read_twice(news))


def break_down(hall: Hall) -> None:
    """Take the paper out and switch the server off, until every part of the hall has noticed.

    All within a minute of the hall's clock: the screens say when they had the last news.
    """
    hall.go_on("kiosk")
    hall.go_on("display")
    hall.wait("the TV has the server's word again", lambda news: news["tv"] and not news["tv"]["state"]["stale"])
    hall.turn(2)
    hall.ask("/faults/printer/paper_out", {"on": True})
    hall.rest()
    hall.turn(2)
    hall.ask("/power/server", {"on": False})
    hall.wait("the TV is stale", lambda news: news["tv"] and news["tv"]["state"]["stale"])
    hall.wait("the kiosk is stale", lambda news: news["kiosk"] and news["kiosk"]["state"]["stale"])
    hall.wait("the counters are stale", lambda news: all(card["mark"] == "stale" for card in news["counters"]))
    hall.stand("kiosk")
    hall.stand("display")


def _take_number(hall: Hall, touches: Touches) -> None:
    """Touch the kiosk's keys one after the other, wait for the slip, and go back to the first screen."""
    for target in touches:
        _touch(hall, target)
    hall.wait("a number", lambda news: news["kiosk"] and news["kiosk"]["state"].get("number"))
    hall.wait(
        "a slip", lambda news: news["printer"] and news["printer"]["slip"] and news["printer"]["slip"]["finished"]
    )
    _touch(hall, "home")
    hall.wait("the first screen", lambda news: news["kiosk"] and news["kiosk"]["state"]["screen"] == "home")


def _touch(hall: Hall, target: str) -> None:
    """Touch a key, turning pages to find it; a screen takes no touch before it has been shown for a while."""
    touched = ""
    while touched != target:
        kiosk = hall.wait(f"{target} on the kiosk", lambda news: bool(_key(news["kiosk"], target)))["kiosk"]
        touched = _key(kiosk, target)
        before = _screen(kiosk)
        while hall.ask("/kiosk/tap", {"target": touched}) != HTTPStatus.NO_CONTENT:
            time.sleep(LOOK_EVERY_S)
        hall.wait("another screen", partial(_has_left, before))


def _key(kiosk: Mapping[str, Any] | None, target: str) -> str:
    """Return what to touch to get to ``target``: itself, the key of the next page, or "" for nothing."""
    keys = [key["id"] for key in kiosk["targets"] if key["enabled"]] if kiosk else []
    return next((key for key in (target, "page-next") if key in keys), "")


def _has_left(before: tuple[str, Sequence[str]], news: Mapping[str, Any]) -> bool:
    return news["kiosk"] is not None and _screen(news["kiosk"]) != before


def _screen(kiosk: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    """Return what tells two screens apart: not the time, which goes on by itself."""
    return kiosk["state"]["screen"], [key["id"] for key in kiosk["targets"]]


def _press(hall: Hall, counter: str, key: str, mark: str) -> None:
    """Press a key of a counter's pad and wait for what its card says then."""
    hall.ask(f"/keypads/{counter}", {"key": key})
    hall.wait(f"counter {counter} is {mark}", lambda news: _card(news, counter)["mark"] == mark)


def _is_read_twice(news: Mapping[str, Any]) -> bool:
    speech = news["speech"]
    return speech is not None and "2/2" in speech["times"] and not speech["playing"]


def _card(news: Mapping[str, Any], counter: str) -> Mapping[str, Any]:
    return next(card for card in news["counters"] if card["id"] == counter)


def _shown(news: Mapping[str, Any]) -> str:
    """Return all that can be seen, as text."""
    return json.dumps({part: told for part, told in news.items() if part not in ("version", "wall_ms")})


def _shoot(hall: Hall, page: Page, url: str, path: Path) -> None:
    """Take the page once it shows all that the hall has to show, and that is at rest."""
    news = None
    while news is None or _shown(hall.news()) != _shown(news):
        page.goto(url)
        news = hall.rest()
        page.wait_for_function(ALL_SHOWN, arg=news["kiosk"]["version"])
        page.screenshot(path=path, animations="disabled")


def _boot_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


@contextmanager
def _hall() -> Iterator[Hall]:
    """A hall in a folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="luot-pictures-") as name:
        folder = Path(name)
        state, moments = folder / "state", folder / "moments"
        moments.mkdir()
        shutil.copytree(DEMO, folder / "demo")
        settings = folder / "demo" / "hall.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(re.sub(r"(?m)^visitor_url = .*$", f'visitor_url = "{VISITORS}"', text), encoding="utf-8")
        program = [sys.executable, "-m", "tools.pictures.hall_program", str(moments), "--config", str(settings)]
        process = subprocess.Popen(
            [*program, "--ports", "auto", "--state", str(state)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            found = next((at for line in process.stdout if (at := re.search(r"http://[^\s]+", line))), None)
            if found is None:
                raise RuntimeError("the hall did not start; see luot-hall --config config/demo/hall.toml")
            yield Hall(found[0].rstrip("/"), state, moments)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


@contextmanager
def _page() -> Iterator[Page]:
    """A page whose own clock stands: the hall's, which it counts on, does so too."""
    with sync_playwright() as playwright:
        chromium = steady_chromium(playwright)
        page = chromium.new_page()
        page.clock.install(time=0)
        page.clock.pause_at(1000)
        yield page
        chromium.close()
