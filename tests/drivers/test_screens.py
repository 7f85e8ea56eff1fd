"""The toolkit of kiosk and TV: fingers, window, frames, control port, fonts."""

import io
import json
import threading
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any

import pygame
import pytest
from PIL import Image

from hardware.screens import fonts
from hardware.screens.control import Control, NotHere
from hardware.screens.frames import Frames
from hardware.screens.icons import FILLS, STROKES, icon
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Code, Icon, Label, Number, Scene, Shade, Target, cell_em, targets
from hardware.screens.theme import DAY, Token
from hardware.screens.touch import DEBOUNCE_S, Finger, Tapped, Touch, Verdict
from hardware.screens.window import Closed, Inbox, Window, prepare
from waiting import PATIENCE_S

PANEL = Panel(300, 600, 150.0, canvas_mm=(150, 300))
A = Target("a", Box(10, 10, 40, 40), "A")
B = Target("b", Box(60, 10, 40, 40), "B")
KEY = Target("key-x", Box(10, 60, 40, 40), "X", quick=True)
OFF = Target("off", Box(60, 60, 40, 40), "Off", enabled=False)
SCENE: Scene = (A, B, KEY, OFF, Label(A.box, "A", 10))
IN_A, IN_B, IN_KEY, IN_OFF, OUTSIDE = (40, 40), (160, 40), (40, 160), (160, 160), (290, 590)


class Hand:
    """Fingers on a panel, with a clock that the test turns."""

    def __init__(self) -> None:
        self.touch, self.now_s = Touch(PANEL), 100.0

    def down(self, at: tuple[int, int], finger: int = 0) -> Tapped | None:
        return self.touch.feel(Finger(down=True, x=at[0], y=at[1], finger=finger), SCENE, self.now_s)

    def up(self, at: tuple[int, int], finger: int = 0) -> Tapped | None:
        return self.touch.feel(Finger(down=False, x=at[0], y=at[1], finger=finger), SCENE, self.now_s)

    def tap(self, at: tuple[int, int]) -> Tapped | None:
        self.down(at)
        return self.up(at)


@pytest.fixture
def hand() -> Hand:
    return Hand()


def test_a_tap_is_a_finger_that_goes_up_inside_the_target_it_went_down_on(hand: Hand) -> None:
    assert hand.down(IN_A) is None
    assert hand.touch.pressed == "a"
    assert hand.up((90, 90)) == Tapped("a")
    assert hand.touch.pressed is None


def test_a_finger_that_leaves_its_target_taps_nothing(hand: Hand) -> None:
    hand.down(IN_A)
    assert hand.up(IN_B) is None
    hand.down(OUTSIDE)
    assert hand.up(IN_A) is None


def test_a_second_finger_is_ignored(hand: Hand) -> None:
    hand.down(IN_A, finger=1)
    assert hand.down(IN_B, finger=2) is None
    assert hand.up(IN_B, finger=2) is None
    assert hand.touch.pressed == "a"
    assert hand.up(IN_A, finger=1) == Tapped("a")


def test_a_tap_at_once_after_another_is_the_same_wish(hand: Hand) -> None:
    assert hand.tap(IN_A) == Tapped("a")
    hand.now_s += DEBOUNCE_S - 0.01
    assert hand.tap(IN_A) is None
    assert hand.tap(IN_B) is None
    hand.now_s += 0.02
    assert hand.tap(IN_A) == Tapped("a")


def test_how_soon_a_tap_is_the_same_wish_may_be_said(hand: Hand) -> None:
    hand.touch = Touch(PANEL, 1.0)
    assert hand.tap(IN_A) == Tapped("a")
    hand.now_s += 0.99
    assert hand.tap(IN_A) is None
    hand.touch = Touch(PANEL, 0.0)
    assert [hand.tap(IN_A), hand.tap(IN_A)] == [Tapped("a")] * 2


def test_keys_of_a_keyboard_may_follow_each_other_quickly(hand: Hand) -> None:
    assert [hand.tap(IN_KEY) for _ in range(3)] == [Tapped("key-x")] * 3
    assert hand.tap(IN_A) is None


def test_a_disabled_target_is_not_tapped(hand: Hand) -> None:
    assert hand.tap(IN_OFF) is None


def test_under_a_shade_nothing_can_be_touched() -> None:
    shaded: Scene = (A, Shade(Box(0, 0, 150, 300)), B)
    assert [one.id for one in targets(shaded)] == ["b"]


# --- window --------------------------------------------------------------------------------------------


def test_sdl_is_set_up_for_a_kiosk_without_a_graphics_card() -> None:
    environ: dict[str, str] = {"DISPLAY": ":0"}
    assert not prepare(environ, has_gpu=False)
    assert environ["SDL_TOUCH_MOUSE_EVENTS"] == "0"
    assert environ["SDL_FRAMEBUFFER_ACCELERATION"] == "0"
    assert "SDL_VIDEODRIVER" not in environ


def test_without_a_screen_drawing_is_offscreen_and_what_the_operator_set_stays() -> None:
    environ: dict[str, str] = {}
    assert prepare(environ, has_gpu=True)
    assert environ["SDL_VIDEODRIVER"] == "offscreen"
    assert "SDL_FRAMEBUFFER_ACCELERATION" not in environ
    chosen = {"SDL_VIDEODRIVER": "kmsdrm"}
    assert not prepare(chosen, has_gpu=True)
    assert chosen["SDL_VIDEODRIVER"] == "kmsdrm"


def test_an_inbox_keeps_the_order_and_waits_for_the_first() -> None:
    inbox: Inbox[int | Closed] = Inbox()
    assert inbox.take(0) == []
    thread = threading.Thread(target=lambda: list(map(inbox.put, range(3))))
    thread.start()
    thread.join()
    assert inbox.take(5) == [0, 1, 2]


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    """A window that can be touched: SDL's dummy driver has everything but glass."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    opened = Window(PANEL, title="test", fullscreen=False)
    yield opened
    opened.close()
    opened.close()


def post(kind: int, **values: object) -> None:
    pygame.event.post(pygame.event.Event(kind, values))


def test_fingers_are_read_once_and_their_shadow_mice_are_not(window: Window) -> None:
    inbox: Inbox[Finger | Closed] = Inbox()
    post(pygame.FINGERDOWN, x=0.5, y=0.25, finger_id=7, touch_id=1)
    post(pygame.MOUSEBUTTONDOWN, pos=(150, 150), button=1, touch=True)
    post(pygame.FINGERUP, x=0.5, y=0.25, finger_id=7, touch_id=1)
    assert not window.offscreen
    assert window.wait(inbox, 5) == [
        Finger(down=True, x=150, y=150, finger=7),
        Finger(down=False, x=150, y=150, finger=7),
    ]


def test_a_real_mouse_is_a_finger_too_and_closing_the_window_is_said(window: Window) -> None:
    inbox: Inbox[Finger | Closed] = Inbox()
    post(pygame.MOUSEBUTTONDOWN, pos=(10, 20), button=1, touch=False)
    post(pygame.MOUSEBUTTONDOWN, pos=(10, 20), button=3, touch=False)
    post(pygame.QUIT)
    finger, closed = window.wait(inbox, 5)
    assert finger == Finger(down=True, x=10, y=20, finger=-1)
    assert isinstance(closed, Closed)


def test_what_another_thread_puts_in_wakes_the_window(window: Window) -> None:
    inbox: Inbox[object] = Inbox()
    found: list[object] = []
    thread = threading.Thread(target=lambda: inbox.put("news"))
    inbox.wake_sdl(on=True)
    thread.start()
    while not found:
        found += window.wait(inbox, 30)
    thread.join()
    assert found == ["news"]


# --- drawing -------------------------------------------------------------------------------------------


def test_it_is_pygame_ce() -> None:
    assert pygame.IS_CE


def test_texts_are_drawn_by_arguments_that_pygame_takes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """pygame 2.6.1 has the same ``Font.render``, but takes no keywords."""
    font = fonts.face(33, bold=False)

    class ByPosition:
        def render(self, text: str, antialias: bool, colour: tuple[int, int, int], /) -> pygame.Surface:
            return font.render(text, antialias, colour)

        def get_ascent(self) -> int:
            return font.get_ascent()

    monkeypatch.setattr(fonts, "face", lambda _px, bold: ByPosition())
    monkeypatch.setattr(fonts, "width_px", lambda text, _px, bold: font.size(text)[0])
    blank, drawn = pygame.Surface((300, 600)), pygame.Surface((300, 600))
    paint(blank, (), PANEL, DAY)
    paint(drawn, (Label(Box(10, 10, 130, 40), "Đường dây nóng", 9.5),), PANEL, DAY)
    assert pygame.image.tobytes(drawn, "RGB") != pygame.image.tobytes(blank, "RGB")


@pytest.mark.parametrize("bold", [False, True])
def test_the_fonts_have_every_letter_of_vietnams_languages(bold: bool) -> None:
    letters = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYaăâbcdđeêghiklmnoôơpqrstuưvxyẤẦẨẪẬắằẳẵặếềểễệốồổỗộớờởỡợứừửữựỳỵỷỹ"
    highland = "čñƀɃĕĭŏŭ0123456789–…“”‘’·•₫×"
    metrics = fonts.face(40, bold=bold).metrics(letters + highland)
    assert [sign for sign, one in zip(letters + highland, metrics, strict=True) if one is None] == []


def test_decomposed_text_is_drawn_as_composed() -> None:
    assert fonts.tidy("a\u0302\u0301  b") == "ấ b"


def test_text_wraps_at_spaces_and_a_dash_stays_with_the_word_before() -> None:
    px = 20
    room = fonts.width_px("Xây dựng -", px, bold=False)
    lines = fonts.wrap("Xây dựng - Hạ tầng", px, room, bold=False)
    assert [line.replace("\u00a0", " ") for line in lines] == ["Xây dựng -", "Hạ tầng"]


def test_where_a_text_does_not_fit_its_short_form_is_shown_whole() -> None:
    px = 20
    room = fonts.width_px("Ngắn", px, bold=False)
    assert fonts.choose_lines("Một tên rất là dài", "Ngắn", 1, px, room, bold=False) == (("Ngắn",), True)
    assert fonts.choose_lines("Một tên rất là dài", None, 1, px, room, bold=False)[1] is False


@pytest.mark.parametrize("room", [1, 60, 117])
@pytest.mark.parametrize("word", ["Nghỉ" * 30, "https://dichvucong.gov.vn/p/home/dvc-trang-chu.html", "x̣̃ỵ̂́" * 20])
def test_a_word_that_is_too_wide_is_broken_but_not_between_a_letter_and_its_mark(word: str, room: int) -> None:
    px = 20
    lines = fonts.wrap(f"Lý do: {word} ạ", px, room, bold=False)
    assert "".join(lines).replace(" ", "") == fonts.tidy(f"Lýdo:{word}ạ")
    assert not any(unicodedata.combining(line[0]) for line in lines)
    assert all(fonts.width_px(line, px, bold=False) <= room or len(fonts.clusters(line)) == 1 for line in lines)


def test_a_sign_of_several_joined_ones_is_one_cluster() -> None:
    assert fonts.clusters("a👩\u200d🔧ẍ") == ["a", "👩\u200d🔧", "ẍ"]


def test_a_text_with_a_broken_word_does_not_fit_and_its_short_form_is_shown() -> None:
    px, word = 20, "Nghỉ" * 30
    room = fonts.width_px(word, px, bold=False) // 2
    lines, fit = fonts.choose_lines(word, None, 5, px, room, bold=False)
    assert 2 <= len(lines) <= 5 and not fit
    assert fonts.choose_lines(word, "Ngắn", 5, px, room, bold=False) == (("Ngắn",), True)


def test_a_mark_stays_under_its_letters_where_a_word_is_broken() -> None:
    word, tail = "o" * 40, "uuu"

    def underlined(text: str) -> list[tuple[int, int]]:
        surface = pygame.Surface((300, 600))
        at = text.index(tail)
        label = Label(Box(0, 0, 150, 300), text, 12, Token.INK, lines=9, mark=(at, at + len(tail)))
        paint(surface, (label,), PANEL, DAY)
        accent = DAY.rgb(Token.ACCENT)
        return [(x, y) for x in range(300) for y in range(600) if surface.get_at((x, y))[:3] == accent]

    px, room = PANEL.em_px(12), PANEL.px(150)
    *_, last = fonts.wrap(f"{word} {tail}", px, room, bold=False)
    marks = underlined(f"{word} {tail}")
    start = fonts.width_px(last.removesuffix(tail), px, bold=False)
    assert (min(x for x, _ in marks), max(x for x, _ in marks) + 1) == (start, fonts.width_px(last, px, bold=False))


def test_capitals_stand_in_the_middle_of_their_line() -> None:
    surface = pygame.Surface((300, 600))
    paint(surface, (Label(Box(0, 0, 150, 100), "H", 60, Token.INK),), PANEL, DAY)
    dark = [y for y in range(600) if any(surface.get_at((x, y))[:3] == DAY.rgb(Token.INK) for x in range(100))]
    assert abs((dark[0] + dark[-1]) / 2 - 100) <= 2


def test_every_digit_of_a_number_has_the_same_cell() -> None:
    surface = pygame.Surface((300, 600))
    box = Box(0, 0, 150, 60)
    paint(surface, (Number(box, "111", 40, Token.INK),), PANEL, DAY)
    columns = {x for x in range(300) if any(surface.get_at((x, y))[:3] == DAY.rgb(Token.INK) for y in range(120))}
    starts = sorted(x for x in columns if x - 1 not in columns)
    assert len(starts) == 3
    assert abs((starts[1] - starts[0]) - (starts[2] - starts[1])) <= 1
    assert [cell_em(sign) for sign in "AM0"] == [0.71, 0.96, 0.59]


@pytest.mark.parametrize("name", sorted({*STROKES, *FILLS}))
def test_every_icon_is_drawn_inside_its_grid(name: str) -> None:
    drawn = icon(name, 48, (0, 0, 0), 2.0)
    inked = drawn.get_bounding_rect(min_alpha=60)
    assert inked.width > 3
    assert inked.height > 3
    assert drawn.get_rect().contains(inked)


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(KeyError):
        icon("nonsense", 24, (0, 0, 0), 2.0)


# --- frames and the control port -----------------------------------------------------------------------


class Station:
    """A screen with a control port: every finger goes through an inbox, as in a real station."""

    def __init__(self) -> None:
        self.surface, self.frames, self.inbox = pygame.Surface((300, 600)), Frames(), Inbox[Finger | None]()
        self.touch, self.tapped = Touch(PANEL), list[str]()
        self.clock_s = 100.0
        self.scene: Scene = (*SCENE, Code(Box(10, 110, 60, 60), "http://a"), Icon(Box(80, 110, 20, 20), "home"))
        self.show("first")
        pages = {"speech": self.page}
        self.control = Control("127.0.0.1", 0, self.frames, self.inbox.put, pages)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def page(self, rest: str) -> tuple[str, bytes]:
        if rest not in ("", "1.wav"):
            raise NotHere
        return "text/plain", f"said {rest}".encode()

    def show(self, screen: str) -> None:
        paint(self.surface, self.scene, PANEL, DAY)
        self.frames.publish(self.surface, self.scene, PANEL, {"screen": screen})

    def run(self) -> None:
        while True:
            for finger in self.inbox.take(30):
                if finger is None:
                    return
                felt = self.touch.feel(finger, self.scene, self.clock_s)
                self.clock_s += 0 if finger.down else 0.2
                if felt is not None:
                    self.tapped.append(felt.target)

    def ask(self, path: str, body: Any = None) -> tuple[int, bytes, dict[str, str]]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.control.port}{path}", data=data)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), dict(error.headers)

    def close(self) -> None:
        self.control.close()
        self.inbox.put(None)
        self.thread.join()


@pytest.fixture
def station() -> Iterator[Station]:
    made = Station()
    yield made
    made.close()


def test_the_frame_of_the_port_is_the_stations_own_surface(station: Station) -> None:
    status, body, headers = station.ask("/frame.png")
    assert (status, headers["X-Frame"]) == (200, "1")
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.tobytes() == pygame.image.tobytes(station.surface, "RGB")


def test_a_frame_is_waited_for_and_an_old_one_is_not_sent_again(station: Station) -> None:
    assert station.ask("/frame.png?after=1")[0] == 304
    later = threading.Thread(target=lambda: station.show("second"))
    found: list[tuple[int, bytes, dict[str, str]]] = []
    waiting = threading.Thread(target=lambda: found.append(station.ask("/frame.png?after=1&wait_s=20")))
    waiting.start()
    later.start()
    later.join()
    waiting.join()
    assert (found[0][0], found[0][2]["X-Frame"]) == (200, "2")
    assert json.loads(station.ask("/state")[1]) == {"screen": "second"}


def test_a_frame_is_a_copy_that_later_drawing_does_not_change(station: Station) -> None:
    before = pygame.image.tobytes(station.surface, "RGB")
    station.surface.fill((1, 2, 3))
    _, body, _ = station.ask("/frame.png")
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.tobytes() == before


def test_targets_are_listed_in_panel_pixels(station: Station) -> None:
    listed = {one["id"]: one for one in json.loads(station.ask("/targets")[1])}
    assert listed["a"] == {"id": "a", "label": "A", "x": 20, "y": 20, "w": 80, "h": 80, "enabled": True}
    assert listed["off"]["enabled"] is False


def test_a_tap_goes_the_way_of_a_finger(station: Station) -> None:
    assert station.ask("/tap", {"x": 40, "y": 40})[0] == 204
    assert station.tapped == ["a"]


def test_a_double_click_is_one_tap_but_a_named_target_waits_its_turn(station: Station) -> None:
    assert station.ask("/tap", {"x": 40, "y": 40})[0] == 204
    assert station.ask("/tap", {"x": 40, "y": 40})[0] == 409
    assert station.tapped == ["a"]
    assert station.ask("/tap", {"target": "b"})[0] == 204
    assert station.ask("/tap", {"target": "b"})[0] == 204
    assert station.tapped == ["a", "b", "b"]


@pytest.mark.parametrize(
    ("tap", "status"),
    [
        ({"x": 290, "y": 590}, 409),
        ({"target": "off"}, 409),
        ({"target": "nonsense"}, 409),
        ({"x": "1", "y": 2}, 400),
        ({}, 400),
        ([1, 2], 400),
    ],
)
def test_what_cannot_be_tapped_is_refused_in_words(station: Station, tap: Any, status: int) -> None:
    code, body, _ = station.ask("/tap", tap)
    assert code == status
    assert json.loads(body)["detail"]
    assert station.tapped == []


@pytest.mark.parametrize(
    ("body", "length", "status"),
    [
        (b'{"x": 1e400, "y": 1}', None, 400),
        (b'{"x": NaN, "y": 1}', None, 400),
        (b"[" * 4000, None, 400),
        (b"\xff", None, 400),
        (b"{}", "many", 413),
        (b"{}", "-5", 413),
        (b"{}", "70000", 413),
    ],
)
def test_a_body_that_is_none_is_refused_in_words_too(
    station: Station, body: bytes, length: str | None, status: int
) -> None:
    connection = HTTPConnection("127.0.0.1", station.control.port, timeout=PATIENCE_S)
    with closing(connection):
        connection.request("POST", "/tap", body, {} if length is None else {"Content-Length": length})
        answer = connection.getresponse()
        assert (answer.status, bool(json.loads(answer.read())["detail"])) == (status, True)
    assert station.tapped == []


@pytest.mark.parametrize("wait", ["nan", "-4", "0"])
def test_a_wait_that_is_no_length_of_time_is_none(station: Station, wait: str) -> None:
    assert station.ask(f"/frame.png?after=1&wait_s={wait}")[0] == 304


def test_further_pages_are_served_and_unknown_paths_are_not(station: Station) -> None:
    assert station.ask("/speech")[:2] == (200, b"said ")
    assert station.ask("/speech/1.wav")[:2] == (200, b"said 1.wav")
    assert station.ask("/speech/2.wav")[0] == 404
    assert station.ask("/nothing")[0] == 404
    assert station.ask("/nothing", {})[0] == 404


def test_a_closed_port_may_be_closed_again(station: Station) -> None:
    station.control.close()
    station.control.close()


def test_the_verdict_is_told_to_whoever_asked() -> None:
    heard: list[Verdict] = []
    touch = Touch(PANEL)
    up = Finger(down=False, x=0, y=0, target="a", answer=heard.append)
    touch.feel(replace(up, down=True, answer=None), SCENE, 1.0)
    assert touch.feel(up, SCENE, 1.0) == Tapped("a")
    assert heard == [Verdict.TAPPED]
