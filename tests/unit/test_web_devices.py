"""Devices in words: every code word of a driver has its sentence and says what to do, in both languages."""

import re
from pathlib import Path

import pytest

from config.device_words import STATES, TODO_OF_STATE
from config.words import words
from hardware.printers.answers.status import Trouble
from server.web.devices import CODES, OWN, TODO, Reader, of_counter, own_rows, rows
from server.web.figures import Figures
from server.wire.messages import DeviceState, DeviceStatus, StationHealth

ROOT = Path(__file__).parent.parent.parent
AT, BEFORE = "2026-11-23T01:00:00.000Z", "2026-11-22T09:10:00.000Z"
NOW_MS = 1_795_399_200_000  # 2026-11-23 09:00 in the hall
WRITTEN = re.compile(r'Health\(\s*State\.[A-Z]+,\s*(?:code=)?"([a-z_]+)"')
SOURCES = [*ROOT.glob("hardware/**/*.py"), *ROOT.glob("display/*.py"), ROOT / "server" / "machine.py"]


def code_words() -> set[str]:
    """What the drivers can say, as their sources have it."""
    found = {word for one in SOURCES for word in WRITTEN.findall(one.read_text(encoding="utf-8"))}
    return found | {one.value for one in Trouble} | {"silent", "off", "no_audio", "clips", "not_confirmed"}


def reader(language: str = "vi") -> Reader:
    return Reader(Figures(words(language), "Asia/Ho_Chi_Minh"), Office(), NOW_MS)  # type: ignore[arg-type]


class Office:
    """An office whose counters have labels of their own."""

    counters = {"c3": type("Counter", (), {"label": "Ba"})}


def device(name: str = "printer", state: DeviceState = DeviceState.READY, **more: object) -> DeviceStatus:
    body = {"station": "kiosk-1", "device": name, "state": state, "since": AT, "at": AT}
    return DeviceStatus.model_validate(body | more)


def station(*devices: DeviceStatus, online: bool = True, since: str | None = None) -> StationHealth:
    return StationHealth(
        station="kiosk-1", kind="kiosk", online=online, version="1", at=AT, devices=list(devices), since=since
    )


def test_there_are_code_words_to_look_for() -> None:
    assert {"paper_out", "cover", "wrong", "key_stuck", "off", "disk_low", "no_copy", "no_screen"} <= code_words()


@pytest.mark.parametrize("code", sorted(code_words()))
def test_every_code_word_has_its_words_and_what_to_do(code: str) -> None:
    for table in (CODES, TODO):
        said = {language: table[code](words(language)) for language in ("vi", "en")}
        assert said["vi"] != said["en"], code
        assert not re.search(r"[{}]", said["vi"] + said["en"])


@pytest.mark.parametrize("state", list(DeviceState))
def test_every_state_has_its_words_and_every_bad_one_says_what_to_do(state: DeviceState) -> None:
    assert STATES[state](words("vi")) != STATES[state](words("en"))
    assert (state in TODO_OF_STATE) is (state is not DeviceState.READY)


def test_what_does_not_work_at_a_counter_is_of_that_counter_only() -> None:
    broken = [device(f"{kind}-c3", DeviceState.FAULT, code="key_stuck") for kind in ("keypad", "pad")]
    others = [device("keypad-c33", DeviceState.OFFLINE), device("printer", DeviceState.FAULT)]
    fine = [device("sign-c3"), device("scanner-c3", DeviceState.WARNING)]
    found = of_counter([station(*others, *fine, *broken)], "c3", reader())
    assert [(one.label, one.text) for one in found] == [
        ("Bàn phím quầy Ba", "Phím bị kẹt"),
        ("Bàn phím đánh giá quầy Ba", "Phím bị kẹt"),
    ]
    assert all(one.todo for one in found)


def test_when_the_machine_of_a_counter_is_gone_that_is_said_once() -> None:
    devices = [device(f"{kind}-c3", DeviceState.UNKNOWN) for kind in ("keypad", "pad", "sign")]
    gone = of_counter([station(*devices, online=False, since=AT)], "c3", reader())
    assert [(one.label, one.text) for one in gone] == [("Ki-ốt kiosk-1", "Mất kết nối từ 08:00")]
    assert of_counter([station(device("sign-c4"), online=False)], "c3", reader()) == []


def test_the_worst_comes_first() -> None:
    found = rows(
        [
            station(
                device("screen"),
                device("touch", DeviceState.UNKNOWN),
                device("printer", DeviceState.FAULT, code="paper_out"),
                device("speaker", DeviceState.WARNING, code="no_audio"),
            )
        ],
        reader(),
    )
    assert [row.text for row in found] == [
        "Hết giấy",
        "Không có âm thanh",
        "Chưa rõ tình trạng",
        "Hoạt động bình thường",
        "Hoạt động bình thường",
    ]
    assert [row.wrong for row in found] == [True, True, True, False, False]


def test_a_row_says_since_when_what_was_last_and_what_to_do() -> None:
    (row,) = rows(
        [
            station(
                device("printer", DeviceState.FAULT, code="cover", last_code="paper_out", last_at=BEFORE, detail="x")
            )
        ],
        reader(),
    )[:1]
    assert (row.label, row.text, row.since) == ("Ki-ốt kiosk-1 · Máy in phiếu", "Nắp máy in đang mở", "Từ 08:00")
    assert (row.todo, row.last) == ("Đóng nắp máy in.", "Lỗi gần nhất: Hết giấy lúc 16:10 22/11")
    assert (row.detail, row.printer) == ("Chi tiết kỹ thuật: x", "kiosk-1")


def test_the_present_trouble_is_not_told_twice() -> None:
    (row,) = rows([station(device(state=DeviceState.FAULT, code="cover", last_code="cover", last_at=AT))], reader())[:1]
    assert row.last == ""


def test_what_is_known_of_an_absent_stations_device_is_that_it_is_not_known() -> None:
    gone = station(device("printer", DeviceState.UNKNOWN), online=False, since=AT)
    away, printer = rows([gone], reader())
    assert (away.text, away.todo != "") == ("Mất kết nối từ 08:00", True)
    assert (printer.text, printer.since, printer.todo) == ("Chưa rõ tình trạng", "Máy này mất kết nối từ 08:00", "")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("sign-c3", "Bảng số quầy Ba"),
        ("keypad-c9", "Bàn phím quầy c9"),
        ("pad-c3", "Bàn phím đánh giá quầy Ba"),
        ("scanner-c3", "Quầy Ba · Máy quét mã"),
        ("teapot", "Ki-ốt kiosk-1 · teapot"),
    ],
)
def test_devices_are_called_as_people_know_them(name: str, label: str) -> None:
    assert label in [row.label for row in rows([station(device(name))], reader())]


def test_the_servers_own_parts_have_names() -> None:
    found = own_rows([device(name, DeviceState.READY, station="server") for name in OWN], reader("en"))
    assert [row.label for row in found] == [say(words("en")) for say in OWN.values()]
