"""A whole hall of real programs and simulated devices, used through its page."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from config.box_token import stations_token
from config.load import load_settings
from config.settings import Settings
from hardware.control_port import TOKEN_HEADER
from support.live_hall import write_live_hall
from support.server_process import Api, journal
from support.waiting import PATIENCE_S, until

ROOT = Path(__file__).parents[2]
TOUCH_AGAIN_S = 2.0
MARK = "LUOT_TEST_HALL"


@dataclass
class Hall:
    process: subprocess.Popen[str]
    url: str
    settings: Settings
    mark: str
    printed: list[str]
    logged: str  # standard error when the address was printed

    def news(self) -> dict[str, Any]:
        return dict(httpx.get(f"{self.url}/news", timeout=PATIENCE_S).json())

    def post(self, path: str, body: dict[str, Any] | None = None) -> None:
        answer = httpx.post(f"{self.url}{path}", json=body or {}, timeout=PATIENCE_S)
        assert answer.status_code == 204, answer.text

    def counter(self, counter: str) -> dict[str, Any]:
        return next(card for card in self.news()["counters"] if card["id"] == counter)

    def child(self, word: str) -> int:
        """Return the process of a child by a word of its command line."""
        return next(pid for pid, line in running(self.mark).items() if word in line)


def running(mark: str) -> dict[int, str]:
    """Return the command lines of the processes that inherited a hall's mark."""
    command_lines = {}
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                command_lines[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return command_lines


def addresses(settings: Settings) -> set[str]:
    return set(re.findall(r"127\.0\.0\.1:\d+", settings.model_dump_json()))


def listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def start(state: Path, *more: str, config: Path = ROOT / "config/demo/hall.toml") -> Hall:
    mark = uuid.uuid4().hex
    command = [sys.executable, "-m", "server.hall.app", "--config", str(config)]
    with (state / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [*command, "--ports", "auto", "--state", str(state), *more],
            cwd=state,
            env={**os.environ, MARK: mark},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    lines: list[str] = []
    ready = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if "http://" in line:
                ready.set()
        ready.set()

    threading.Thread(target=read, daemon=True).start()
    assert ready.wait(PATIENCE_S) and lines, (state / "log.txt").read_text()[-4000:]
    logged = (state / "log.txt").read_text(encoding="utf-8")
    address = re.search(r"http://[^\s]+", "".join(lines))
    assert address is not None, lines
    return Hall(process, address[0].rstrip("/"), load_settings(state / "hall.toml"), mark, lines, logged)


def stop(hall: Hall) -> None:
    if hall.process.poll() is None:
        hall.process.send_signal(signal.SIGINT)
    code = hall.process.wait(PATIENCE_S)
    assert hall.process.stdout is not None
    hall.process.stdout.close()
    assert code == 0
    assert running(hall.mark) == {}
    assert [address for address in addresses(hall.settings) if listens(address)] == []


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    hall = start(tmp_path_factory.mktemp("hall"))
    yield hall
    stop(hall)


@pytest.fixture
def page(browser: Browser, hall: Hall) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.goto(hall.url)
    expect(page.locator("#kiosk-picture")).to_be_visible(timeout=PATIENCE_S * 1000)
    yield page
    page.close()


# What a visitor touches, screen by screen: the first target that begins so.
TOUCHES = {"home": "take", "services": "service-", "procedures": "procedure-", "confirm": "take"}


def click_through_to_a_number(page: Page, hall: Hall) -> str:
    """Click on the kiosk's picture, as a person does; return the number that it shows."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        kiosk = hall.news()["kiosk"]
        if kiosk is None:
            continue
        if kiosk["state"]["number"]:
            return str(kiosk["state"]["number"])
        prefix = TOUCHES.get(kiosk["state"]["screen"])
        targets = [key for key in kiosk["targets"] if key["enabled"] and prefix and key["id"].startswith(prefix)]
        shown = page.locator("#kiosk-picture").bounding_box()
        if not targets or shown is None:
            continue
        scale = shown["width"] / kiosk["width"]
        target = targets[0]
        page.mouse.click(
            shown["x"] + (target["x"] + target["w"] / 2) * scale,
            shown["y"] + (target["y"] + target["h"] / 2) * scale,
        )
        state = kiosk["state"]
        # Two touches within 0.3 s are one to the kiosk; if nothing changed, the loop touches again.
        with suppress(AssertionError):
            until(lambda state=state: _state(hall) not in (None, state), within_s=TOUCH_AGAIN_S)
    raise AssertionError(f"no number; the kiosk shows {hall.news()['kiosk']}")


def _state(hall: Hall) -> dict[str, Any] | None:
    kiosk = hall.news()["kiosk"]
    return None if kiosk is None else dict(kiosk["state"])


def go_home(hall: Hall) -> None:
    def at_home() -> bool:
        kiosk = hall.news()["kiosk"]
        if kiosk["state"]["screen"] == "home":
            return True
        httpx.post(f"{hall.url}/kiosk/tap", json={"target": "home"}, timeout=PATIENCE_S)
        return False

    until(at_home, "the kiosk's home screen")


def test_the_start_is_quiet_and_ends_with_the_address_while_the_log_is_in_the_state_folder(hall: Hall) -> None:
    until(lambda: hall.printed[-1].startswith("└"))
    assert hall.logged == ""
    assert [line[0] for line in hall.printed] == ["Đ", "┌", *"│" * (len(hall.printed) - 3), "└"]
    assert "".join(hall.printed).count(hall.url) == 1
    log = hall.settings.machine.state / "hall.log"
    for program in ("simulated", "server", "kiosk", "counter", "display", "hall"):
        until(lambda: f"{program:>9} | " in log.read_text(encoding="utf-8"))  # noqa: B023


def test_a_tap_in_the_browser_ends_in_paper_whose_code_leads_to_that_ticket(
    page: Page, hall: Hall, tmp_path: Path
) -> None:
    number = click_through_to_a_number(page, hall)
    take = page.get_by_role("button", name="Lấy phiếu")
    expect(take).to_be_enabled(timeout=PATIENCE_S * 1000)
    page.get_by_role("button", name="Xem phiếu").click()
    picture = page.locator("#slip-large-picture")
    expect(picture).to_be_visible()
    paper = tmp_path / "slip.png"
    paper.write_bytes(httpx.get(hall.url + str(picture.get_attribute("src"))).content)
    read = subprocess.run(["zbarimg", "--quiet", "--raw", str(paper)], capture_output=True, text=True, check=True)
    link = read.stdout.strip()
    assert hall.settings.server is not None
    assert link.startswith(hall.settings.server.visitor_url)
    visitor = httpx.get(link, follow_redirects=True)
    assert visitor.status_code == 200
    assert number in visitor.text
    page.get_by_role("button", name="Đóng").click()
    take.click()
    expect(take).to_be_disabled()
    go_home(hall)


def test_the_pictures_shown_are_the_stations_own_frames(page: Page, hall: Hall) -> None:
    assert hall.settings.kiosk is not None and hall.settings.display is not None
    for name, control in (("kiosk", hall.settings.kiosk.control), ("tv", hall.settings.display.control)):

        def same(name: str = name, control: str | None = control) -> bool:
            headers = {TOKEN_HEADER: hall.settings.machine.control_token}
            own = httpx.get(f"http://{control}/frame.png?after=0&wait_s=1", timeout=PATIENCE_S, headers=headers).content
            source = page.locator(f"#{name}-picture").get_attribute("src")
            return own.startswith(b"\x89PNG") and httpx.get(f"{hall.url}{source}").content == own

        until(same, f"{name}: its own frame")


@pytest.mark.parametrize("width", [1600, 360])
def test_no_element_of_a_real_halls_page_fails_axe(page: Page, hall: Hall, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    expect(page.locator("#kiosk-targets button").first).to_be_attached()
    expect(page.locator("#faults .switch").first).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_pad_calls_and_sign_board_and_voice_follow(page: Page, hall: Hall) -> None:
    before = hall.news()["speech"]
    number = click_through_to_a_number(page, hall)
    service = hall.news()["kiosk"]["state"]["service"]
    go_home(hall)
    counters = httpx.get(f"{hall.settings.link.server}/api/v1/office", timeout=PATIENCE_S).json()
    desk = next(entry["counters"][0] for entry in counters["services"] if entry["id"] == service)
    card = page.locator(f'[data-counter="{desk}"]')

    def called() -> bool:
        """Finish earlier visitors first."""
        card_view = hall.counter(desk)
        if card_view["mark"] == "called" and number in card_view["sign"]:
            return True
        if card_view["mark"] == "called" and card_view["lit"]:
            card.get_by_role("button", name="Bắt đầu", exact=True).click()
            until(lambda: hall.counter(desk)["mark"] == "serving", "serving")
        elif card_view["mark"] == "serving":
            card.get_by_role("button", name="Xong", exact=True).click()
            until(lambda: hall.counter(desk)["mark"] != "serving", "finished")
        elif card_view["mark"] in ("closed", "open"):
            card.get_by_role("button", name="Gọi", exact=True).click()
            until(lambda: hall.counter(desk)["mark"] not in ("closed", "open"), "called")
        return False

    until(called, f"{number} is called to {desk}")
    until(lambda: hall.news()["speech"] not in (None, before), "an announcement")
    speech = hall.news()["speech"]
    sound = httpx.get(f"{hall.url}/speech/{speech['id']}.wav", timeout=PATIENCE_S)
    assert sound.content.startswith(b"RIFF") and len(sound.content) > 20_000
    expect(page.locator("#caption")).to_have_text(speech["caption"])


def test_a_killed_server_comes_back_and_the_page_outlives_it(page: Page, hall: Hall) -> None:
    waiting = httpx.get(f"{hall.settings.link.server}/api/v1/board", timeout=PATIENCE_S).json()["services"]
    before = hall.child("server.app")
    os.kill(before, signal.SIGKILL)
    until(
        lambda: [pid for pid, line in running(hall.mark).items() if "server.app" in line and pid != before], "another"
    )
    until(hall.news, "restarted")

    def again() -> bool:
        try:
            board = httpx.get(f"{hall.settings.link.server}/api/v1/board", timeout=PATIENCE_S).json()
        except httpx.HTTPError:
            return False
        return [entry["waiting"] for entry in board["services"]] == [entry["waiting"] for entry in waiting]

    until(again, "the same tickets wait")
    expect(page.locator("#log")).to_contain_text("dừng đột ngột (signal SIGKILL)")


@pytest.mark.parametrize("program", ["server", "broker"])
def test_power_off_shows_that_the_board_may_be_old_and_power_on_ends_that(hall: Hall, program: str) -> None:
    until(lambda: hall.counter("c1")["mark"] not in (None, "stale"), "a fresh board")
    hall.post(f"/power/{program}", {"on": False})
    until(lambda: hall.counter("c1")["mark"] == "stale", "stale")
    hall.post(f"/power/{program}", {"on": True})
    until(lambda: hall.counter("c1")["mark"] not in (None, "stale"), "fresh again")


def test_kill_9_of_the_hall_leaves_no_process_and_no_port(tmp_path: Path) -> None:
    hall = start(tmp_path)
    assert len(running(hall.mark)) > 5
    hall.process.kill()
    hall.process.wait(PATIENCE_S)
    assert hall.process.stdout is not None
    hall.process.stdout.close()
    until(lambda: running(hall.mark) == {}, "every process is gone")
    # A process that ends loses its memory, by which this test knows it, a moment before its sockets.
    until(lambda: not any(listens(address) for address in addresses(hall.settings)), "every port is free")


def test_a_morning_is_played_with_keypads_and_pages(tmp_path: Path) -> None:
    hall = start(tmp_path, "--morning", "--speed", "60")
    try:
        until(lambda: hall.news()["morning"]["on"], "the morning")

        def journal() -> list[dict[str, Any]]:
            answer = httpx.get(f"{hall.settings.link.server}/api/v1/journal?after=0&limit=500", timeout=PATIENCE_S)
            return list(answer.json()["items"])

        wanted = {"ticket.issued", "ticket.called", "ticket.started", "ticket.finished"}
        until(lambda: wanted <= {fact["kind"] for fact in journal()}, f"the facts {wanted}")

        def started_at() -> set[str]:
            """Return the kinds of stations that started a service: pads, browsers."""
            return {fact["actor_station"].partition("-")[0] for fact in journal() if fact["kind"] == "ticket.started"}

        until(lambda: started_at() == {"counters", "web"}, "numbers served by pad and by page")
    finally:
        stop(hall)


def test_a_live_hall_gets_ready_and_its_morning_is_played_with_keypads_alone(tmp_path: Path) -> None:
    config, _ = write_live_hall(tmp_path, tmp_path)
    hall = start(tmp_path, "--morning", "--speed", "60", config=config)
    try:
        assert httpx.get(f"{hall.settings.link.server}/api/v1/office", timeout=PATIENCE_S).status_code == 401
        until(lambda: hall.news()["morning"]["on"], "the morning")
        with closing(Api(hall.settings.link.server, stations_token(hall.settings))) as api:
            wanted = {"ticket.issued", "ticket.called", "ticket.started", "ticket.finished"}
            until(lambda: wanted <= {fact["kind"] for fact in journal(api)}, f"the facts {wanted}")
            started = [fact for fact in journal(api) if fact["kind"] == "ticket.started"]
        assert {fact["actor_station"] for fact in started} == {"counters-1"}
    finally:
        stop(hall)
