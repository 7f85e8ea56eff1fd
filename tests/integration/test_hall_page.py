"""The virtual hall's page in a real browser, with small doubles of the control ports behind it."""

import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from cheroot.wsgi import Server as WebServer
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from config.clock import Now
from config.settings import Settings
from server.hall.doors import doors
from server.hall.page import House, make_page
from server.hall.scene import Line, Scene
from server.hall.watch import watch
from waiting import PATIENCE_S

WALL_MS = 1_795_398_130_000  # 2026-11-23 08:42:10 in the hall
PANEL = {"width_px": 540, "height_px": 960, "width_mm": 299.0}
TV_PANEL = {"width_px": 960, "height_px": 540, "width_mm": 941.0}
TARGETS = [
    {"id": "take", "label": "Lấy số thứ tự", "x": 40, "y": 300, "w": 460, "h": 120, "enabled": True},
    {"id": "back", "label": "Quay lại", "x": 40, "y": 800, "w": 200, "h": 80, "enabled": False},
]


def png(width: int, height: int, colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


@dataclass
class Double:
    """A control port: fixed answers, and a record of what was asked."""

    answers: dict[str, tuple[str, bytes]]
    posts: list[tuple[str, Any]] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def json(self, path: str, value: object) -> None:
        with self.changed:
            self.answers[path] = ("application/json", json.dumps(value).encode())

    def wait_for(self, post: tuple[str, Any]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: post in self.posts, PATIENCE_S), (post, self.posts)


@contextmanager
def control_port(double: Double) -> Iterator[str]:
    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            after = re.search(r"after=(\d+)", query)
            with double.changed:
                if after is not None and int(after[1]) >= 1:
                    double.changed.wait(0.2)
                    self.send_response(304)
                    self.end_headers()
                    return
                kind, body = double.answers.get(path, ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("X-Frame", "1")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with double.changed:
                double.posts.append((self.path, body))
                double.changed.notify_all()
            self.send_response(double.refuse.get(self.path, 204))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    class Port(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Port(("127.0.0.1", 0), Request)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Stage:
    """What the page asked of the hall."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.done: list[tuple[object, ...]] = []
        self.changed = threading.Condition()

    def _note(self, *what: object) -> None:
        with self.changed:
            self.done.append(what)
            self.changed.notify_all()

    def set_speed(self, speed: float) -> None:
        self.scene.put("speed", speed)
        self._note("speed", speed)

    def add_visitor(self) -> None:
        self._note("visitor")

    def play_morning(self, *, on: bool) -> None:
        self.scene.put("morning", {"done": 3, "all": 70} if on else None)
        self._note("morning", on)

    def power(self, name: str, *, on: bool) -> None:
        if name not in ("server", "broker"):
            raise KeyError(name)
        self.scene.put("power", dict(self.scene.get("power")) | {name: not on})
        self._note("power", name, on)

    def wait_for(self, *what: object) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: what in self.done, PATIENCE_S), (what, self.done)


@dataclass
class Hall:
    url: str
    kiosk: Double
    tv: Double
    devices: Double
    scene: Scene
    stage: Stage


def devices_told(faults: Mapping[str, bool] | None = None) -> list[dict[str, Any]]:
    return [
        {"id": "printer", "kind": "printer", "faults": dict(faults or {"paper_out": False, "unplugged": False})},
        {"id": "sign-c1", "kind": "sign", "faults": {"unpowered": False}, "text": "A015", "blinking": False},
        {"id": "keypad-c1", "kind": "keypad", "faults": {"stuck": False}},
        {"id": "sign-c2", "kind": "sign", "faults": {"unpowered": False}, "text": "", "blinking": False},
        {"id": "keypad-c2", "kind": "keypad", "faults": {"stuck": False}},
    ]


def board(state: str, ticket: str | None) -> dict[str, Any]:
    held = None if ticket is None else {"id": "t-1", "number": "A015", "state": ticket, "class": "ordinary"}
    first = {"id": "c1", "label": "1", "state": state, "ready": False, "reason": None, "ticket": held}
    second = {"id": "c2", "label": "2", "state": "paused", "ready": False, "reason": "Nghỉ", "ticket": None}
    return {"counters": [first, second], "calls": [], "epoch": "e1"}


def doubles() -> tuple[Double, Double, Double]:
    kiosk = Double({"/frame.png": ("image/png", png(540, 960, "#F6F4EF"))})
    kiosk.json("/state", {"screen": "home"})
    kiosk.json("/targets", TARGETS)
    tv = Double({"/frame.png": ("image/png", png(960, 540, "#0B1430")), "/speech/k-1.wav": ("audio/wav", b"RIFF")})
    tv.json("/state", {"screen": "board"})
    tv.json("/targets", [])
    tv.json("/speech", {"id": "k-1", "caption": "Mời số A015, quầy số một", "times": 1, "of": 2, "playing": True})
    paper = png(288, 500, "white")
    devices = Double({f"/printer/slips/{n}.png": ("image/png", paper) for n in (1, 2)})
    devices.json("/devices", devices_told())
    slip = {"n": 2, "rows": 1120, "cut": True, "taken": False}
    devices.json("/printer", {"left_mm": 79_860, "paper": True, "printing": False, "slips": [slip], "version": 3})
    for counter in ("c1", "c2"):
        devices.answers[f"/signs/{counter}.png"] = ("image/png", png(240, 80, "black"))
    return kiosk, tv, devices


@pytest.fixture
def hall() -> Iterator[Hall]:
    kiosk, tv, devices = doubles()
    with ExitStack() as held:
        desk = {"sign": "sign", "keypad": "keypad"}
        settings = Settings.model_validate(
            {
                "server": {"visitors": "127.0.0.1:8571"},
                "kiosk": {"control": held.enter_context(control_port(kiosk)), "screen": PANEL},
                "display": {"control": held.enter_context(control_port(tv)), "screen": TV_PANEL},
                "simulated": {
                    "control": held.enter_context(control_port(devices)),
                    "desks": [{"counter": "c1", **desk, "pad": "pad", "scanner": "eye"}, {"counter": "c2", **desk}],
                },
                "counter": {"desks": [{"counter": "c1", "pad": {"levels": 3}}]},
            }
        )
        scene = Scene(time.monotonic)
        stage = Stage(scene)
        scene.put("board", board("open", "called"))
        scene.put("fresh", True)
        scene.put("speed", 1)
        scene.put("power", {"server": False, "broker": False})
        scene.put("office", {"counters": [{"id": "c1", "label": "1"}, {"id": "c2", "label": "2"}]})
        scene.happened(Line(WALL_MS, "call", {"number": "A015", "counter": "1"}))
        ways = doors(settings)
        watch(settings, ways, scene, held)
        now = Now(WALL_MS, 0, 0.0)
        house = House(settings, scene, ways, stage, lambda: now, ZoneInfo("Asia/Ho_Chi_Minh"))
        web = WebServer(("127.0.0.1", 0), make_page(house), numthreads=12, shutdown_timeout=1)
        web.prepare()
        thread = threading.Thread(target=web.serve)
        thread.start()
        held.callback(thread.join)
        held.callback(web.stop)
        held.callback(scene.close)
        yield Hall(f"http://127.0.0.1:{web.bind_addr[1]}", kiosk, tv, devices, scene, stage)


@pytest.fixture
def page(browser: Browser, hall: Hall) -> Iterator[Page]:
    one = browser.new_page(viewport={"width": 1600, "height": 1000})
    wrong: list[str] = []
    one.on("pageerror", lambda error: wrong.append(str(error)))
    one.goto(hall.url)
    expect(one.locator("#kiosk-picture")).to_be_visible()
    yield one
    one.close()
    assert not wrong


def test_a_tap_on_the_picture_arrives_at_the_same_place_of_the_panel(page: Page, hall: Hall) -> None:
    shown = page.locator("#kiosk-picture").bounding_box()
    assert shown is not None
    for x, y in ((270, 480), (12, 30), (520, 940)):
        page.mouse.click(shown["x"] + shown["width"] * x / 540, shown["y"] + shown["height"] * y / 960)
        with hall.kiosk.changed:
            assert hall.kiosk.changed.wait_for(lambda: hall.kiosk.posts, PATIENCE_S)
        [(path, body)] = hall.kiosk.posts
        assert path == "/tap"
        # The picture is drawn smaller than the panel and a click falls on whole points of it: within two pixels.
        assert abs(body["x"] - x) <= 2
        assert abs(body["y"] - y) <= 2
        hall.kiosk.posts.clear()


def test_a_key_of_the_kiosk_is_reached_by_keyboard_and_a_disabled_one_is_not(page: Page, hall: Hall) -> None:
    page.get_by_role("button", name="Lấy số thứ tự").focus()
    page.keyboard.press("Enter")
    hall.kiosk.wait_for(("/tap", {"target": "take"}))
    assert page.locator('[data-target="back"]').count() == 0


def test_the_pictures_shown_are_the_stations_own_frames(page: Page, hall: Hall) -> None:
    for name, double in (("kiosk", hall.kiosk), ("tv", hall.tv)):
        expect(page.locator(f"#{name}-picture")).to_be_visible()
        source = page.locator(f"#{name}-picture").get_attribute("src")
        assert httpx.get(f"{hall.url}{source}").content == double.answers["/frame.png"][1]


KEYS_OF_A_PAD = {
    "Gọi": "next",
    "Gọi lại": "recall",
    "Bắt đầu": "start",
    "Xong": "finish",
    "Vắng": "no_show",
    "Tạm gác": "hold",
    "Tạm dừng": "pause",
}


def test_each_key_of_a_pad_is_pressed_at_its_own_counter(page: Page, hall: Hall) -> None:
    pad = page.locator('[data-counter="c2"]')
    for word, key in KEYS_OF_A_PAD.items():
        pad.get_by_role("button", name=word, exact=True).click()
        hall.devices.wait_for(("/keypads/c2", {"key": key}))
    assert [body["key"] for _, body in hall.devices.posts] == list(KEYS_OF_A_PAD.values())


def test_keys_that_want_digits_take_them_along(page: Page, hall: Hall) -> None:
    pad = page.locator('[data-counter="c2"]')
    pad.get_by_label("Số hoặc quầy").fill("A 015")
    pad.get_by_role("button", name="Gọi số", exact=True).click()
    hall.devices.wait_for(("/keypads/c2", {"key": "call", "digits": "015"}))
    expect(pad.get_by_label("Số hoặc quầy")).to_have_value("")
    pad.get_by_label("Số hoặc quầy").fill("4")
    pad.get_by_role("button", name="Chuyển", exact=True).click()
    hall.devices.wait_for(("/keypads/c2", {"key": "transfer", "digits": "4"}))


def test_a_rating_pad_has_the_keys_its_settings_say(page: Page, hall: Hall) -> None:
    pad = page.get_by_role("group", name="Bàn phím đánh giá quầy 1")
    expect(pad.get_by_role("button")).to_have_count(3)
    for level, word in enumerate(("Rất hài lòng", "Hài lòng", "Không hài lòng"), 1):
        pad.get_by_role("button", name=word, exact=True).click()
        hall.devices.wait_for(("/pads/c1", {"level": level}))
    assert page.get_by_role("group", name="Bàn phím đánh giá quầy 2").count() == 0


def test_a_scanner_reads_what_is_written_and_the_newest_slip_that_has_a_code(page: Page, hall: Hall) -> None:
    eye = page.get_by_role("group", name="Máy quét quầy 1")
    eye.get_by_label("Mã để quét").fill("H29.001.02-260126-120002")
    eye.get_by_role("button", name="Quét", exact=True).click()
    hall.devices.wait_for(("/scanners/c1", {"text": "H29.001.02-260126-120002"}))
    eye.get_by_role("button", name="Quét phiếu mới nhất").click()
    expect(page.locator("#alarm")).to_have_text("Chưa làm được: không có phiếu nào có mã QR")
    slips = [{"n": n, "rows": 900, "cut": True, "taken": n == 1} for n in (1, 2)]
    hall.devices.json("/printer", {"left_mm": 79_000, "paper": True, "printing": False, "slips": slips, "version": 6})
    hall.devices.json("/printer/slips/1/code", {"text": "http://127.0.0.1/t/one"})
    eye.get_by_role("button", name="Quét phiếu mới nhất").click()
    hall.devices.wait_for(("/scanners/c1", {"text": "http://127.0.0.1/t/one"}))
    expect(page.locator("#log li").first).to_contain_text("Quầy 1: quét mã")


def test_a_pads_lamp_and_a_signs_make_are_shown(page: Page, hall: Hall) -> None:
    card = page.locator('[data-counter="c1"]')
    expect(card.get_by_role("img", name="Đèn báo")).to_be_hidden()
    told = devices_told()
    told[1]["model"], told[2]["lamp"] = "modbus", True
    hall.devices.json("/devices", told)
    expect(card.get_by_role("img", name="Đèn báo")).to_be_visible()
    expect(card.locator(".model")).to_have_text("MODBUS")


def test_the_printers_faults_stand_in_groups_of_which_one_is_open(page: Page, hall: Hall) -> None:
    told = devices_told({"paper_out": False, "hot": False, "silent": False})
    told[0]["groups"] = {"answers": ["silent"], "mechanism": ["hot"], "paper": ["paper_out"]}
    hall.devices.json("/devices", told)
    titles = page.locator("#faults summary")
    expect(titles.nth(0)).to_have_text("Máy in: giấy")
    expect(titles.nth(2)).to_have_text("Máy in: phản hồi")
    expect(page.get_by_role("switch", name="Máy in: đầu in quá nóng")).to_be_hidden()
    titles.nth(1).click()
    page.get_by_role("switch", name="Máy in: đầu in quá nóng").click()
    hall.devices.wait_for(("/devices/printer/faults/hot", {"on": True}))
    # What is on is shown, and what a hand has closed stays closed.
    titles.nth(0).click()
    told[0]["faults"]["silent"] = True
    hall.devices.json("/devices", told)
    expect(page.get_by_role("switch", name="Máy in: không phản hồi")).to_be_visible()
    expect(page.get_by_role("switch", name="Máy in: hết giấy")).to_be_hidden()


def test_a_counter_shows_its_mark_its_sign_and_says_when_the_board_may_be_old(page: Page, hall: Hall) -> None:
    card = page.locator('[data-counter="c1"]')
    expect(card.locator(".mark-of")).to_have_text("Đang gọi")
    expect(card.get_by_role("img", name="Bảng số quầy 1: A015")).to_be_visible()
    expect(page.locator('[data-counter="c2"] .mark-of')).to_have_text("Tạm dừng phục vụ")
    hall.scene.put("fresh", False)
    expect(card.locator(".mark-of")).to_have_text("Mất kết nối với máy chủ")


def test_the_paper_can_be_looked_at_and_taken(page: Page, hall: Hall) -> None:
    expect(page.locator("#paper-left")).to_have_text("còn 80 m giấy")
    page.get_by_role("button", name="Xem phiếu").click()
    expect(page.locator("#slip-large-picture")).to_be_visible()
    assert page.evaluate("document.getElementById('slip-large').scrollTop") == 0, "its number is seen first"
    page.get_by_role("button", name="Đóng").click()
    page.get_by_role("button", name="Lấy phiếu").click()
    hall.devices.wait_for(("/printer/take", {}))
    slips = [{"n": 2, "rows": 1120, "cut": True, "taken": True}]
    hall.devices.json("/printer", {"left_mm": 79_000, "paper": True, "printing": False, "slips": slips, "version": 4})
    expect(page.get_by_role("button", name="Lấy phiếu")).to_be_disabled()
    expect(page.locator("#slip")).to_be_hidden()


def test_paper_goes_out_and_in_and_a_fresh_roll_comes(page: Page, hall: Hall) -> None:
    page.get_by_role("button", name="Lấy cuộn giấy ra").click()
    hall.devices.wait_for(("/printer/paper", {"present": False}))
    hall.devices.json("/printer", {"left_mm": 79_000, "paper": False, "printing": False, "slips": [], "version": 5})
    page.get_by_role("button", name="Lắp lại cuộn giấy").click()
    hall.devices.wait_for(("/printer/paper", {"present": True}))
    page.get_by_role("button", name="Lắp cuộn giấy mới").click()
    hall.devices.wait_for(("/printer/roll", {}))


def test_a_fault_is_switched_on_and_all_are_switched_off(page: Page, hall: Hall) -> None:
    switch = page.get_by_role("switch", name="Máy in: hết giấy")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    hall.devices.wait_for(("/devices/printer/faults/paper_out", {"on": True}))
    hall.devices.json("/devices", devices_told({"paper_out": True, "unplugged": False}))
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(switch).to_contain_text("Bật")
    page.get_by_role("button", name="Tắt hết").click()
    hall.devices.wait_for(("/faults/clear", {}))
    hall.stage.wait_for("power", "server", True)
    hall.stage.wait_for("power", "broker", True)


def test_a_fault_without_words_of_its_own_is_shown_in_the_devices_word(page: Page, hall: Hall) -> None:
    hall.devices.json("/devices", devices_told({"melted": False}))
    expect(page.get_by_role("switch", name="Máy in: melted")).to_be_visible()


def test_the_server_is_switched_off_and_on_and_the_page_outlives_it(page: Page, hall: Hall) -> None:
    page.get_by_text("Máy chủ, kênh truyền tin", exact=True).click()
    switch = page.get_by_role("switch", name="Máy chủ: mất điện")
    switch.click()
    hall.stage.wait_for("power", "server", False)
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.click()
    hall.stage.wait_for("power", "server", True)
    expect(switch).to_have_attribute("aria-checked", "false")


def test_the_speed_the_visitor_and_the_morning_are_asked_of_the_hall(page: Page, hall: Hall) -> None:
    page.get_by_role("button", name="Tốc độ 10×").click()
    hall.stage.wait_for("speed", 10)
    expect(page.get_by_role("button", name="Tốc độ 10×")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Thêm một người lấy số").click()
    hall.stage.wait_for("visitor")
    page.get_by_role("button", name="Chạy một buổi sáng mẫu").click()
    hall.stage.wait_for("morning", True)
    expect(page.locator("#progress")).to_have_text("Buổi sáng mẫu: 3/70 người đã đến")
    page.get_by_role("button", name="Dừng buổi sáng mẫu").click()
    hall.stage.wait_for("morning", False)


def test_the_caption_is_shown_and_the_announcers_own_sound_can_be_heard(page: Page, hall: Hall) -> None:
    expect(page.locator("#caption")).to_have_text("Mời số A015, quầy số một")
    expect(page.locator("#times")).to_have_text("lần 1/2")
    with page.expect_request("**/speech/k-1.wav"):
        page.get_by_role("button", name="Nghe", exact=True).click()
    expect(page.get_by_role("button", name="Nghe", exact=True)).to_have_attribute("aria-pressed", "true")
    hall.tv.answers["/speech/k-2.wav"] = ("audio/wav", b"RIFF")
    with page.expect_request("**/speech/k-2.wav"):
        hall.tv.json("/speech", {"id": "k-2", "caption": "Mời số A016", "times": 1, "of": 2, "playing": True})


def test_the_log_says_what_happened_in_the_readers_language(page: Page, hall: Hall) -> None:
    expect(page.locator("#log li").first).to_have_text("08:42:10Quầy 1: gọi số A015")
    page.get_by_role("link", name="English").click()
    expect(page.locator("#log li").first).to_have_text("08:42:10Counter 1: calls A015")
    expect(page.get_by_role("heading", level=1)).to_have_text("Virtual hall")


def test_the_pages_of_the_hall_are_one_link_away(page: Page) -> None:
    for name, address in (
        ("Trang cán bộ", "http://127.0.0.1:8470/"),
        ("Trang quản lý", "http://127.0.0.1:8470/manager"),
        ("Tình trạng thiết bị", "http://127.0.0.1:8470/staff/health"),
        ("Trang người dân", "http://127.0.0.1:8571/?lang=vi"),
    ):
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("href", address)


def test_a_device_that_does_not_answer_is_said_and_a_finger_beside_the_keys_is_not(page: Page, hall: Hall) -> None:
    hall.kiosk.refuse["/tap"] = 409
    page.locator("#kiosk-picture").click(position={"x": 3, "y": 3})
    hall.kiosk.wait_for(hall.kiosk.posts[0] if hall.kiosk.posts else ("/tap", {"x": 4, "y": 4}))
    expect(page.locator("#alarm")).to_be_hidden()
    hall.devices.refuse["/keypads/c1"] = 503
    page.locator('[data-counter="c1"] [data-key="next"]').click()
    expect(page.locator("#alarm")).to_have_text("Chưa làm được: thiết bị không trả lời")


@pytest.mark.parametrize("width", [1600, 900, 360])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_element_fails_axe_and_nothing_is_wider_than_the_window(
    page: Page, hall: Hall, width: int, language: str
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{hall.url}/?lang={language}")
    expect(page.locator("#kiosk-picture")).to_be_visible()
    expect(page.locator("#faults .switch").first).to_be_visible()
    found = Axe().run(page)
    assert found.response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# --- who may ask --------------------------------------------------------------------------------------


def asked(hall: Hall, change: Callable[[dict[str, str]], None], path: str = "/visitor") -> int:
    headers = {"Content-Type": "application/json"}
    change(headers)
    return httpx.post(hall.url + path, headers=headers, content=b"{}").status_code


def test_another_sites_page_cannot_make_the_hall_do_anything(hall: Hall) -> None:
    assert asked(hall, lambda h: None) == 204
    assert asked(hall, lambda h: h.update({"Origin": hall.url, "Sec-Fetch-Site": "same-origin"})) == 204
    assert asked(hall, lambda h: h.update({"Origin": "http://example.org"})) == 403
    assert asked(hall, lambda h: h.update({"Sec-Fetch-Site": "cross-site"})) == 403
    assert asked(hall, lambda h: h.update({"Content-Type": "text/plain"})) == 415
    assert asked(hall, lambda h: h.update({"Host": "hall.example.org"})) == 403
    assert httpx.get(hall.url, headers={"Host": "hall.example.org:80"}).status_code == 403
    assert hall.stage.done == [("visitor",), ("visitor",)]


NOT_FIXED_CALLS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("/keypads/c9", {"key": "next"}, 404),
    ("/keypads/c1", {"key": "self_destruct"}, 404),
    ("/keypads/c1", {}, 400),
    ("/keypads/c1", {"key": "next", "digits": "1"}, 404),
    ("/keypads/c1", {"key": "call"}, 404),
    ("/keypads/c1", {"key": "call", "digits": "1b"}, 400),
    ("/pads/c1", {"level": "1"}, 400),
    ("/pads/c9", {"level": 1}, 404),
    ("/scanners/c1", {"text": 7}, 400),
    ("/scanners/c9/slip", {}, 404),
    ("/faults/printer/nothing", {"on": True}, 404),
    ("/faults/..%2fprinter/paper_out", {"on": True}, 404),
    ("/power/kiosk", {"on": True}, 404),
    ("/speed", {"speed": 7}, 400),
    ("/kiosk/tap", {"x": "1", "y": 2}, 400),
    ("/kiosk/tap", {"target": 5}, 400),
    ("/printer/paper", {"present": 1}, 400),
    ("/nothing", {}, 404),
)


def test_what_is_not_one_of_the_fixed_calls_is_refused_and_passed_to_nobody(hall: Hall) -> None:
    answers = [httpx.post(hall.url + path, json=body).status_code for path, body, _ in NOT_FIXED_CALLS]
    assert answers == [status for _, _, status in NOT_FIXED_CALLS]
    assert hall.devices.posts == hall.kiosk.posts == hall.stage.done == []


def test_a_picture_or_sound_that_is_not_there_is_not_invented(hall: Hall) -> None:
    for path in ("/slips/7.png", "/signs/c9.png", "/speech/k-9.wav", "/screens/door.png?v=1"):
        assert httpx.get(hall.url + path).status_code == 404, path
