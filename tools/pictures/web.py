"""Pictures of every web page in Vietnamese and English, from a real server that lived through a scripted morning.

Run ``python -m tools.pictures.web FOLDER``. Needs Debian's chromium-headless-shell.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import tomli_w
import urllib3
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from config.clock import write_pace
from server.wire.feed import Feed
from server.wire.topics import Topics

ROOT = Path(__file__).parent.parent.parent
HALF_PAST_SEVEN_MS = 1_795_393_800_000  # 2026-11-23T00:30:00Z, a Monday
MINUTE_MS = 60_000
SEED = 20261123
COUNTERS = ("c1", "c2", "c3", "c4", "c5", "c6")
SERVICES = ("CT", "CT", "CT", "HT", "HT", "DD", "DD", "DD", "TK", "CU", "KD", "XD", "CC")
LENGTH_MIN = {"c1": (3, 6), "c2": (8, 16), "c3": (5, 9), "c4": (4, 9), "c5": (14, 24), "c6": (8, 14)}
PROCEDURES = json.loads((ROOT / "config" / "demo" / "procedures.json").read_text(encoding="utf-8"))
# Loads every face that the page names, and waits until it was drawn with them.
FONTS = """async () => {
    await Promise.all([...document.fonts].map((face) => face.load()));
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""
# A part that is painted anew looks as if all were, on each processor; no colour profile of a screen.
STEADY_RASTER = ("--disable-partial-raster", "--disable-skia-runtime-opts", "--force-color-profile=srgb")
REDRAWN_MS, REFRESH_MS = 3_500, 16_000  # the pages of staff are drawn again every 3 s, those of visitors every 15 s
OWN_PARTS = {"broker", "database", "disk"}
DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}


@dataclass
class Hall:
    """A server of its own with a clock that we turn."""

    api: str
    visitors: str
    broker: int
    pace: Path
    pool: urllib3.PoolManager
    wall_ms: int = HALF_PAST_SEVEN_MS
    links: dict[str, str] = field(default_factory=dict)

    def turn(self, minutes: float) -> None:
        """Let time pass."""
        self.wall_ms += round(minutes * MINUTE_MS)
        set_clock(self.pace, self.wall_ms)

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """POST (or GET without a body) to the API; a refusal ends the script."""
        if body is None:
            answer = self.pool.request("GET", f"{self.api}/api/v1{path}")
        else:
            headers = {"Content-Type": "application/json"}
            answer = self.pool.request("POST", f"{self.api}/api/v1{path}", body=json.dumps(body), headers=headers)
        if answer.status >= 400:
            raise SystemExit(f"{path}: {answer.status} {answer.data.decode()}")
        return json.loads(answer.data) if answer.data else None

    def move(self, ticket: str, move: str, counter: str, **more: Any) -> Any:
        """A move of a ticket, from a counter's station."""
        return self.ask(f"/tickets/{ticket}/moves", new() | {"move": move, "counter": counter} | more)

    def issue(self, service: str, procedure: str | None = None, kind: str = "ordinary") -> Any:
        """A ticket from the kiosk."""
        body = new() | {"service": service, "procedure": procedure, "class": kind, "station": "kiosk-1"}
        ticket = self.ask("/tickets", body)
        self.links[ticket["number"]] = ticket["link"]
        return ticket


def new() -> dict[str, Any]:
    return {"request_id": str(uuid.uuid4()), "station": "counters-1"}


def set_clock(pace: Path, wall_ms: int) -> None:
    """Let the hall's clocks show ``wall_ms`` and stand still."""
    boot_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    write_pace(pace, wall_ms=wall_ms, ran_ms=wall_ms - HALF_PAST_SEVEN_MS + 1_000_000, boot_ms=boot_ms, speed=0.0)


@contextmanager
def hall() -> Iterator[Hall]:
    """A server in a folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="luot-pictures-") as name:
        folder = Path(name)
        for one in ("office.toml", "procedures.json"):
            shutil.copyfile(ROOT / "config" / "demo" / one, folder / one)
        api, visitors, broker = free_ports(3)
        pace = folder / "pace.json"
        set_clock(pace, HALF_PAST_SEVEN_MS)
        settings = {
            "machine": {"state": str(folder / "state"), "pace": str(pace), "log": "warning"},
            "server": {
                "listen": f"127.0.0.1:{api}",
                "visitors": f"127.0.0.1:{visitors}",
                "visitor_url": f"http://127.0.0.1:{visitors}",
                "mode": "demo",
                "threads": 24,
            },
            "broker": {"listen": f"127.0.0.1:{broker}"},
        }
        (folder / "hall.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
        program = [sys.executable, "-m", "server.app", "--config", str(folder / "hall.toml")]
        process = subprocess.Popen(program, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
        try:
            pool = urllib3.PoolManager(retries=urllib3.Retry(connect=10, backoff_factor=0.1), timeout=20.0)
            found = Hall(f"http://127.0.0.1:{api}", f"http://127.0.0.1:{visitors}", broker, pace, pool)
            while not OWN_PARTS.issubset(_seen_parts(found)):
                time.sleep(0.05)  # it dates its own parts by the hall's clock
            yield found
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _seen_parts(at: Hall) -> set[str]:
    """Return the server's own parts that it has looked at."""
    return {part["device"] for part in at.ask("/health")["server"] if part["state"] != "unknown"}


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def morning(at: Hall, minutes: int) -> None:
    """Visitors come, counters serve them; the same every time."""
    chance = random.Random(SEED)
    due: dict[str, int] = {}
    for counter in COUNTERS:
        at.ask(f"/counters/{counter}/state", new() | {"state": "open"})
    for minute in range(minutes):
        for _ in range(2 if minute < 25 else chance.choice((0, 1, 1, 2))):
            service = chance.choice(SERVICES)
            known = [one["code"] for one in PROCEDURES if one.get("service") == service]
            kind = "priority" if chance.random() < 0.1 else "ordinary"
            at.issue(service, chance.choice(known) if known else None, kind)
        for counter in COUNTERS:
            serve(at, counter, minute, due, chance)
        at.turn(1)


def serve(at: Hall, counter: str, minute: int, due: dict[str, int], chance: random.Random) -> None:
    """One minute of one counter."""
    shown = next(one for one in at.ask("/board")["counters"] if one["id"] == counter)
    ticket = shown["ticket"]
    if ticket is None:
        if not shown["ready"]:
            at.ask(f"/counters/{counter}/next", new())
        return
    at.ask(f"/counters/{counter}/here", {"station": "counters-1", "key": True})
    if ticket["state"] == "called":
        if chance.random() < 0.05:
            at.move(ticket["id"], "no_show", counter, reason="Không có mặt")
        else:
            at.move(ticket["id"], "start", counter)
            due[counter] = minute + chance.randint(*LENGTH_MIN[counter])
    elif minute >= due[counter]:
        outcome = chance.choice(("received", "received", "received", "more_papers", "returned", "advice"))
        at.move(ticket["id"], "finish", counter, outcome=outcome)
        visitor = random.Random(ticket["number"])
        if visitor.random() < 0.6:
            level = visitor.choice(("very_satisfied",) * 5 + ("satisfied",) * 3 + ("neutral", "dissatisfied"))
            at.ask("/ratings", new() | {"counter": counter, "level": level})


def now_serving(at: Hall) -> None:
    """What the pictures want: counter 2 is serving and somebody waits for it, counter 4 has a break."""
    counters = {one["id"]: one for one in at.ask("/board")["counters"]}
    if counters["c4"]["ticket"]:
        finish(at, counters["c4"])
    at.ask(f"/counters/{'c4'}/state", new() | {"state": "paused", "reason": "Nghỉ giải lao"})
    if counters["c2"]["ticket"]:
        finish(at, counters["c2"])
    at.issue("HT", "1.000656", "priority")
    at.turn(0.2)


DEVICES = (
    ("kiosk-1", "kiosk", "printer", "warning", "paper_near_end"),
    ("kiosk-1", "kiosk", "screen", "ready", None),
    ("tv-1", "display", "speaker", "ready", None),
    *(("counters-1", "counter", f"sign-{one}", "offline" if one == "c4" else "ready", None) for one in COUNTERS),
    *(("counters-1", "counter", f"keypad-{one}", "ready", None) for one in COUNTERS),
)


@contextmanager
def reporting(at: Hall) -> Iterator[None]:
    """Stations and devices that say how they are, as their programs would."""
    topics, moment = Topics("mau"), "2026-11-23T01:31:00.000Z"
    with ExitStack() as stack:
        for station, kind in sorted({(one[0], one[1]) for one in DEVICES}):
            linked = Event()
            said = {"station": station, "kind": kind, "online": True, "boot": "b1", "at": moment}
            link = Feed(
                "127.0.0.1",
                at.broker,
                station,
                topics=[],
                on_message=lambda topic, payload: None,
                on_link=lambda up, linked=linked: linked.set() if up else None,  # type: ignore[misc]
            )
            stack.callback(link.close)
            if not linked.wait(10):
                raise SystemExit("the broker does not answer")
            link.publish(topics.status(station), json.dumps(said).encode(), retain=True)
            for _, _, device, state, code in (one for one in DEVICES if one[0] == station):
                status = {"station": station, "device": device, "state": state, "code": code}
                more = {"since": moment, "at": moment, "left_slips": 120 if code == "paper_near_end" else None}
                link.publish(topics.device(station, device), json.dumps(status | more).encode(), retain=True)
        while len(at.ask("/health")["stations"]) < len({one[0] for one in DEVICES}):
            time.sleep(0.05)
        yield


def finish(at: Hall, counter: Mapping[str, Any]) -> None:
    ticket = counter["ticket"]
    at.ask(f"/counters/{counter['id']}/here", {"station": "counters-1", "key": True})
    if ticket["state"] == "called":
        at.move(ticket["id"], "start", counter["id"])
    at.move(ticket["id"], "finish", counter["id"], outcome="received")


def steady_chromium(playwright: Playwright) -> Browser:
    """Start a Chromium that draws the same page with the same dots on every machine."""
    program = shutil.which("chromium-headless-shell")
    if program is None:
        raise SystemExit("Chromium is missing; run: apt-get install chromium-headless-shell")
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *STEADY_RASTER])


def make(folder: Path) -> list[Path]:
    """All pictures, in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[Path] = []
    with hall() as at, reporting(at), sync_playwright() as playwright:
        browser = steady_chromium(playwright)
        morning(at, 74)
        now_serving(at)
        page = browser.new_page(viewport=DESKTOP)  # type: ignore[arg-type]
        page.clock.install()
        clerk(at, page, folder, found)
        manager(at, page, folder, found)
        small = browser.new_page(viewport=PHONE, device_scale_factor=2)  # type: ignore[arg-type]
        small.clock.install()
        phone(at, small, folder, found)
        browser.close()
    return found


def shoot(page: Page, folder: Path, name: str, found: list[Path], *, full: bool = True, lost: bool = False) -> None:
    """The page as it is, in both languages; ``lost``: once it has noticed that the network is gone."""
    for language in ("vi", "en"):
        address = page.url.split("?")[0] + "?" + "&".join([*_query(page.url), f"lang={language}"])
        page.goto(address)
        settle(page)
        page.context.set_offline(lost)
        if lost:
            page.clock.fast_forward(REFRESH_MS)
            page.wait_for_selector("#stale:visible")
        path = folder / f"web-{name}-{language}.png"
        page.screenshot(path=str(path), full_page=full, animations="disabled")
        found.append(path)
        page.context.set_offline(False)


def settle(page: Page) -> None:
    """Wait until a page is as it stays: it has its fonts, was drawn again once, and its buttons take a press."""
    if page.locator("#live").count():
        with page.expect_response(lambda response: "hx-request" in response.request.headers) as redrawn:
            page.clock.fast_forward(REDRAWN_MS)
        redrawn.value.finished()
    page.evaluate(FONTS)
    page.wait_for_selector("[data-fresh]", state="detached")


def _query(address: str) -> list[str]:
    query = address.split("?")[1] if "?" in address else ""
    return [one for one in query.split("&") if one and not one.startswith("lang=")]


def press(page: Page, key: str) -> None:
    """Press a letter as a clerk does: once its button has been shown for long enough, and no other key after it."""
    page.clock.fast_forward(REDRAWN_MS)
    page.wait_for_selector(f"[data-key={key}]:not([data-fresh])")
    page.keyboard.press(key.lower() if len(key) == 1 else key)


def click(page: Page, selector: str) -> None:
    """Click the first of ``selector``, once it has stood at its place for long enough."""
    page.locator(f"{selector}:not([data-fresh])").first.click()


def clerk(at: Hall, page: Page, folder: Path, found: list[Path]) -> None:
    page.goto(f"{at.api}/?choose=1")
    shoot(page, folder, "enter", found)
    page.select_option("select[name=counter]", "c2")
    click(page, "form[action$=sign-in] button")
    page.wait_for_url("**/clerk/c2*")
    desk = f"{at.api}/clerk/c2"
    shoot(page, folder, "clerk-next", found)
    page.goto(desk + "?lang=vi")
    press(page, "N")
    page.wait_for_selector("#do-start")
    at.turn(0.8)
    shoot(page, folder, "clerk-called", found)
    call = at.ask("/board")["calls"][0]["id"]
    seen = {"station": "tv-1", "shown_at": "2026-11-23T01:44:00.000Z", "spoken": "yes"}
    at.ask(f"/calls/{call}/seen", seen)
    for name in ("no_show", "cancel", "reclassify"):
        page.goto(f"{desk}?panel={name}")
        shoot(page, folder, f"clerk-{name}", found)
    page.goto(desk + "?lang=vi")
    press(page, "S")
    page.wait_for_selector("#do-finish")
    at.turn(2.4)  # no wait of a ticket ends in half a minute, which a millisecond rounds up or down
    shoot(page, folder, "clerk-serving", found)
    for name in ("hold", "transfer", "finish_next", "reprint", "pause", "issue", "keys"):
        page.goto(f"{desk}?panel={name}")
        shoot(page, folder, f"clerk-{name}", found)
    page.goto(desk)
    click(page, ".queue ol li:nth-child(2) a")
    page.wait_for_selector(".panel")
    ticket = page.locator(".panel input[name=ticket]").first.get_attribute("value")
    page.goto(f"{desk}?panel=ticket&ticket={ticket}")
    shoot(page, folder, "clerk-ticket", found)
    scans(at, page, folder, found)
    page.goto(f"{desk}?panel=hold&lang=vi")
    click(page, ".panel button.filled")
    page.wait_for_selector(".alert[role=alert]")
    settle(page)
    path = folder / "web-clerk-refused-vi.png"
    page.screenshot(path=str(path), full_page=True, animations="disabled")
    found.append(path)


def scans(at: Hall, page: Page, folder: Path, found: list[Path]) -> None:
    """What counter 2 scans while it serves somebody: a dossier's code, another's slip, and a code nobody knows."""
    desk, scan = f"{at.api}/clerk/c2", {"station": "counters-1", "counter": "c2"}
    at.ask("/scans", scan | {"text": "H29.001.02-261123-120001"})
    page.goto(f"{desk}?panel=dossier")
    shoot(page, folder, "clerk-dossier", found)
    waiting = next(one for one in at.ask("/tickets?state=waiting&limit=50")["items"] if one["service"] == "HT")
    at.ask("/scans", scan | {"text": at.links[waiting["number"]]})
    page.goto(desk)
    shoot(page, folder, "clerk-scanned", found)
    press(page, "Escape")
    page.wait_for_selector(".panel", state="detached")
    at.ask("/counters/c2/unread-scan", {"station": "counters-1", "why": "garbled"})
    page.goto(desk)
    shoot(page, folder, "clerk-unread", found)


def manager(at: Hall, page: Page, folder: Path, found: list[Path]) -> None:
    page.goto(f"{at.api}/?choose=1&lang=vi")
    click(page, "form[action$='manager/sign-in'] button")
    page.wait_for_url("**/manager")
    shoot(page, folder, "manager-now", found)
    page.goto(f"{at.api}/manager/day")
    shoot(page, folder, "manager-day", found)
    for ticket, state in zip(at.ask("/tickets?state=waiting&limit=2")["items"], ("held", "unknown"), strict=False):
        at.ask(f"/tickets/{ticket['id']}/print", {"station": "kiosk-1", "state": state})
    page.goto(f"{at.api}/staff/health")
    shoot(page, folder, "health", found)


def phone(at: Hall, page: Page, folder: Path, found: list[Path]) -> None:
    at.ask("/counters/c5/next", new())
    board = at.ask("/board")
    waiting = at.ask("/tickets?state=waiting&limit=3")["items"]
    shown = {"waiting": waiting[0]["number"]}
    shown |= {one["ticket"]["state"]: one["ticket"]["number"] for one in board["counters"] if one["ticket"]}
    for state, number in shown.items():
        page.goto(f"{at.visitors}/v/{at.links[number]}")
        shoot(page, folder, f"visitor-{state}", found)
    shoot(page, folder, "visitor-stale", found, lost=True)
    page.goto(f"{at.visitors}/")
    shoot(page, folder, "public", found)
    page.goto(f"{at.api}/?choose=1")
    page.select_option("select[name=counter]", "c3")
    click(page, "form[action$=sign-in] button")
    page.wait_for_url("**/clerk/c3*")
    shoot(page, folder, "clerk-phone", found)
    page.goto(f"{at.api}/manager")
    shoot(page, folder, "manager-phone", found)


if __name__ == "__main__":
    for picture in make(Path(sys.argv[1])):
        print(picture)
