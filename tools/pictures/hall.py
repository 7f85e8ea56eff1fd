"""Take pictures of the virtual hall's page: a real hall in a real browser.

The visits are the same each time. The hall's wall clock stands still except in :meth:`Hall.advance`; the monotonic
clocks of the kiosk and of the TV stand still while pictures are taken. Visitors and clerks act through the page's own
routes.
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

from config.clock import write_demo_clock
from tools.pictures.hall_program import RAN_MS, START_MS
from tools.pictures.web import steady_chromium

DEMO = Path(__file__).parent.parent.parent / "config" / "demo"
VISITORS = "https://luot.phuongmau.example"  # in the QR code on the slip; an address of this hall has a chance port
MORNING_START_MS = START_MS + 30 * 60_000
WIDE = ViewportSize(width=1600, height=1000)
PHONE = ViewportSize(width=360, height=740)
TIMEOUT_S, POLL_INTERVAL_S, STILL_AFTER_S = 90.0, 0.1, 4.0
ALMOST_STOPPED_SPEED = (
    0.001  # speed of the wall clock: its seconds do not change, but each heartbeat still has its own time
)

# Every picture has come, and the kiosk's is the newest.
ALL_SHOWN = """(version) => document.getElementById("kiosk-picture").src.includes(version)
    && [...document.querySelectorAll("img")].every((image) => !image.getAttribute("src") || image.complete)
    && document.querySelectorAll(".sign img:not([hidden])").length === document.querySelectorAll(".sign").length
    && document.querySelector("#slip:not([hidden]) img[src]") !== null"""

TouchedTargets = Sequence[str]
VISITS: Sequence[TouchedTargets] = (
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
# ``mark``: the state that a counter's card on the page shows.
KEY_PRESSES = (
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
LAST_CALL = ("c2", "next", "called")


@dataclass
class Hall:
    """A running hall: the address of its page and its state folder.

    ``clock_files``: the folder of the files that stop clocks. ``wall_ms``: its wall clock, which stands still.
    """

    url: str
    state: Path
    clock_files: Path
    wall_ms: int = MORNING_START_MS

    def advance(self, seconds: int) -> None:
        """Let the hall's wall clock go on by ``seconds``."""
        self.wall_ms += seconds * 1000
        ran_ms = self.wall_ms - START_MS + RAN_MS
        boot_ms = _boot_ns() // 1_000_000
        write_demo_clock(
            self.state / "pace.json", wall_ms=self.wall_ms, ran_ms=ran_ms, boot_ms=boot_ms, speed=ALMOST_STOPPED_SPEED
        )

    def stop_clock(self, program: str) -> None:
        """Stop the monotonic clock of ``program``."""
        new_file = self.clock_files / f"{program}.new"
        new_file.write_text(str(_boot_ns()), encoding="ascii")
        new_file.rename(self.clock_files / program)

    def restart_clock(self, program: str) -> None:
        """Let the monotonic clock of ``program`` show the machine's time again."""
        (self.clock_files / program).unlink()

    def post(self, path: str, body: dict[str, object] | None = None) -> int:
        """POST to the page; return the status."""
        return urllib3.request("POST", self.url + path, json=body or {}, timeout=10.0).status

    def news(self) -> dict[str, Any]:
        """Return all that the page shows."""
        return dict(urllib3.request("GET", f"{self.url}/news", timeout=10.0).json())

    def wait(self, description: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the news once ``condition`` says so; ``description`` names it. Raises ``RuntimeError``."""
        end_s = time.monotonic() + TIMEOUT_S
        while time.monotonic() < end_s:
            news = self.news()
            if condition(news):
                return news
            time.sleep(POLL_INTERVAL_S)
        kiosk = (self.news()["kiosk"] or {}).get("state")
        raise RuntimeError(f"the virtual hall: {description}: not within {TIMEOUT_S:.0f} s; the kiosk shows {kiosk}")

    def wait_until_still(self) -> dict[str, Any]:
        """Return the news once nothing has changed for a while.

        By then signs have blinked, and a sentence was read.
        """
        last, still_since_s = self.news(), time.monotonic()

        def is_still(news: dict[str, Any]) -> bool:
            nonlocal last, still_since_s
            if _visible_content(news) != _visible_content(last):
                last, still_since_s = news, time.monotonic()
            return time.monotonic() - still_since_s >= STILL_AFTER_S

        return self.wait("comes to rest", is_still)


def make(folder: Path) -> list[Path]:
    """Take four pictures: at work in both languages, on a phone, and with faults."""
    paths: list[Path] = []
    with _hall() as hall, _page() as page:

        def shot(name: str, language: str, size: ViewportSize) -> None:
            page.set_viewport_size(size)
            paths.append(folder / f"hall-{name}-{language}.png")
            _shoot(hall, page, f"{hall.url}/?lang={language}", paths[-1])

        play_morning(hall)
        for language in ("vi", "en"):
            shot("busy", language, WIDE)
        shot("phone", "vi", PHONE)
        cause_faults(hall)
        shot("faults", "vi", WIDE)
    return paths


def play_morning(hall: Hall) -> None:
    """Let visitors take numbers and clerks call them.

    At the end a slip is in the printer and a call on the TV.
    """
    for touches in VISITS:
        if touches is not VISITS[0]:
            hall.post("/printer/take")
        hall.advance(40)
        _take_number(hall, touches)
    for press in KEY_PRESSES:
        hall.advance(20)
        _press(hall, *press)
    hall.stop_clock("kiosk")
    hall.wait("the TV has called all", lambda news: news["tv"] and news["tv"]["state"]["screen"] == "board")
    hall.wait_until_still()
    hall.stop_clock("display")
    hall.advance(15)
    _press(hall, *LAST_CALL)
    hall.wait("the TV calls", lambda news: news["tv"]["state"]["screen"] == "call" and _is_read_twice(news))


def cause_faults(hall: Hall) -> None:
    """Remove the paper and stop the server; wait until every part has noticed.

    All within a minute of the hall's clock: the screens say when they had the last news.
    """
    hall.restart_clock("kiosk")
    hall.restart_clock("display")
    hall.wait("the TV has the server's word again", lambda news: news["tv"] and not news["tv"]["state"]["stale"])
    hall.advance(2)
    hall.post("/faults/printer/paper_out", {"on": True})
    hall.wait_until_still()
    hall.advance(2)
    hall.post("/power/server", {"on": False})
    hall.wait("the TV is stale", lambda news: news["tv"] and news["tv"]["state"]["stale"])
    hall.wait("the kiosk is stale", lambda news: news["kiosk"] and news["kiosk"]["state"]["stale"])
    hall.wait("the counters are stale", lambda news: all(card["mark"] == "stale" for card in news["counters"]))
    hall.stop_clock("kiosk")
    hall.stop_clock("display")


def _take_number(hall: Hall, touches: TouchedTargets) -> None:
    """Touch the kiosk's keys in order, wait for the slip, and go home."""
    for target in touches:
        _touch_target(hall, target)
    hall.wait("a number", lambda news: news["kiosk"] and news["kiosk"]["state"].get("number"))
    hall.wait(
        "a slip", lambda news: news["printer"] and news["printer"]["slip"] and news["printer"]["slip"]["finished"]
    )
    _touch_target(hall, "home")
    hall.wait("the first screen", lambda news: news["kiosk"] and news["kiosk"]["state"]["screen"] == "home")


def _touch_target(hall: Hall, target: str) -> None:
    """Touch a key, turning pages to find it.

    A screen takes no touch before it has been shown for a while.
    """
    touched = ""
    while touched != target:
        kiosk = hall.wait(f"{target} on the kiosk", lambda news: bool(_next_key(news["kiosk"], target)))["kiosk"]
        touched = _next_key(kiosk, target)
        before = _screen(kiosk)
        while hall.post("/kiosk/tap", {"target": touched}) != HTTPStatus.NO_CONTENT:
            time.sleep(POLL_INTERVAL_S)
        hall.wait("another screen", partial(_has_left, before))


def _next_key(kiosk: Mapping[str, Any] | None, target: str) -> str:
    """Return the key to touch on the way to ``target``.

    It is the target itself, the key of the next page, or "" for nothing.
    """
    keys = [key["id"] for key in kiosk["targets"] if key["enabled"]] if kiosk else []
    return next((key for key in (target, "page-next") if key in keys), "")


def _has_left(before: tuple[str, Sequence[str]], news: Mapping[str, Any]) -> bool:
    return news["kiosk"] is not None and _screen(news["kiosk"]) != before


def _screen(kiosk: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    """Return what distinguishes two screens: not the time, which changes without a touch."""
    return kiosk["state"]["screen"], [key["id"] for key in kiosk["targets"]]


def _press(hall: Hall, counter: str, key: str, mark: str) -> None:
    """Press a key of a counter's pad and wait for what its card says then."""
    hall.post(f"/keypads/{counter}", {"key": key})
    hall.wait(f"counter {counter} is {mark}", lambda news: _card(news, counter)["mark"] == mark)


def _is_read_twice(news: Mapping[str, Any]) -> bool:
    speech = news["speech"]
    return speech is not None and "2/2" in speech["times"] and not speech["playing"]


def _card(news: Mapping[str, Any], counter: str) -> Mapping[str, Any]:
    return next(card for card in news["counters"] if card["id"] == counter)


def _visible_content(news: Mapping[str, Any]) -> str:
    """Return all that can be seen, as text."""
    return json.dumps({part: content for part, content in news.items() if part not in ("version", "wall_ms")})


def _shoot(hall: Hall, page: Page, url: str, path: Path) -> None:
    """Take the page once it is complete and at rest."""
    news = None
    while news is None or _visible_content(hall.news()) != _visible_content(news):
        page.goto(url)
        news = hall.wait_until_still()
        page.wait_for_function(ALL_SHOWN, arg=news["kiosk"]["version"])
        page.screenshot(path=path, animations="disabled")


def _boot_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


@contextmanager
def _hall() -> Iterator[Hall]:
    """A hall in a folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="luot-pictures-") as name:
        folder = Path(name)
        state, clock_files = folder / "state", folder / "moments"
        clock_files.mkdir()
        shutil.copytree(DEMO, folder / "demo")
        settings = folder / "demo" / "hall.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(re.sub(r"(?m)^visitor_url = .*$", f'visitor_url = "{VISITORS}"', text), encoding="utf-8")
        program = [sys.executable, "-m", "tools.pictures.hall_program", str(clock_files), "--config", str(settings)]
        process = subprocess.Popen(
            [*program, "--ports", "auto", "--state", str(state)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            address = next((match for line in process.stdout if (match := re.search(r"http://[^\s]+", line))), None)
            if address is None:
                raise RuntimeError("the hall did not start; see luot-hall --config config/demo/hall.toml")
            yield Hall(address[0].rstrip("/"), state, clock_files)
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
