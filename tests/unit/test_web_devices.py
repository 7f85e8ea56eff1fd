"""Every code word of a driver has a sentence and a remedy in both languages."""

import re
from pathlib import Path

import pytest

from config.device_words import INSTRUCTIONS_BY_STATE, STATES
from config.words import words
from hardware.printers.answers.status import StatusFlag
from server.web.shared.formatting import Formatter
from server.web.staff.health.rows import (
    CODES,
    REMEDIES,
    SERVER_PARTS,
    DeviceTextContext,
    broken_at_counter,
    rows,
    server_part_rows,
)
from server.wire.messages import DeviceState, DeviceStatus, StationHealth

ROOT = Path(__file__).parent.parent.parent
AT, BEFORE = "2026-11-23T01:00:00.000Z", "2026-11-22T09:10:00.000Z"
NOW_MS = 1_795_399_200_000  # 2026-11-23 09:00 in the hall
WRITTEN = re.compile(r'Health\(\s*HealthState\.[A-Z]+,\s*(?:code=)?"([a-z_]+)"')
SOURCES = [path for folder in ("hardware", "display", "server/monitoring") for path in ROOT.glob(f"{folder}/**/*.py")]


def code_words() -> set[str]:
    """Return the code words that the drivers' sources have."""
    written = {word for path in SOURCES for word in WRITTEN.findall(path.read_text(encoding="utf-8"))}
    assert written
    return written | {flag.value for flag in StatusFlag} | {"silent", "off", "no_audio", "clips", "not_confirmed"}


def reader(language: str = "vi") -> DeviceTextContext:
    return DeviceTextContext(Formatter(words(language), "Asia/Ho_Chi_Minh"), Office(), NOW_MS)  # type: ignore[arg-type]


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
    for table in (CODES, REMEDIES):
        texts = {language: table[code](words(language)) for language in ("vi", "en")}
        assert texts["vi"] != texts["en"], code
        assert not re.search(r"[{}]", texts["vi"] + texts["en"])


@pytest.mark.parametrize("state", list(DeviceState))
def test_every_state_has_its_words_and_every_bad_one_a_remedy(state: DeviceState) -> None:
    assert STATES[state](words("vi")) != STATES[state](words("en"))
    assert (state in INSTRUCTIONS_BY_STATE) is (state is not DeviceState.READY)


def test_the_faulty_devices_of_a_counter_are_its_own() -> None:
    broken = [device(f"{kind}-c3", DeviceState.FAULT, code="key_stuck") for kind in ("keypad", "pad")]
    others = [device("keypad-c33", DeviceState.OFFLINE), device("printer", DeviceState.FAULT)]
    fine = [device("sign-c3"), device("scanner-c3", DeviceState.WARNING)]
    faulty = broken_at_counter([station(*others, *fine, *broken)], "c3", reader())
    assert [(device.label, device.state_text) for device in faulty] == [
        ("Bàn phím quầy Ba", "Phím bị kẹt"),
        ("Bàn phím đánh giá quầy Ba", "Phím bị kẹt"),
    ]
    assert all(device.remedy for device in faulty)


def test_a_counter_whose_machine_is_gone_has_one_row() -> None:
    devices = [device(f"{kind}-c3", DeviceState.UNKNOWN) for kind in ("keypad", "pad", "sign")]
    gone = broken_at_counter([station(*devices, online=False, since=AT)], "c3", reader())
    assert [(device.label, device.state_text) for device in gone] == [("Ki-ốt 1", "Mất kết nối từ 08:00")]
    assert broken_at_counter([station(device("sign-c4"), online=False)], "c3", reader()) == []


def test_a_sign_on_the_network_has_the_label_of_its_counter_and_no_id() -> None:
    nodes = [
        StationHealth(station=f"sign-{counter}", kind="sign", online=False, version="1", at=AT, devices=[], since=AT)
        for counter in ("c3", "x9")
    ]
    assert [row.label for row in rows(nodes, reader())] == ["Bảng số quầy Ba", "Bảng số x9"]


def test_the_worst_comes_first() -> None:
    drawn = rows(
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
    assert [row.state_text for row in drawn] == [
        "Hết giấy",
        "Không có âm thanh",
        "Chưa rõ tình trạng",
        "Hoạt động bình thường",
        "Hoạt động bình thường",
    ]
    assert [row.faulty for row in drawn] == [True, True, True, False, False]


def test_a_row_has_its_time_the_last_trouble_and_the_remedy() -> None:
    (row,) = rows(
        [
            station(
                device("printer", DeviceState.FAULT, code="cover", last_code="paper_out", last_at=BEFORE, detail="x")
            )
        ],
        reader(),
    )[:1]
    assert (row.label, row.state_text, row.since) == ("Ki-ốt 1 · Máy in phiếu", "Nắp máy in đang mở", "Từ 08:00")
    assert (row.remedy, row.last_fault) == ("Đóng nắp máy in.", "Lỗi gần nhất: Hết giấy lúc 16:10 22/11")
    assert (row.detail, row.printer) == ("Chi tiết kỹ thuật: x", "kiosk-1")


def test_the_present_trouble_is_not_the_last_one_too() -> None:
    (row,) = rows([station(device(state=DeviceState.FAULT, code="cover", last_code="cover", last_at=AT))], reader())[:1]
    assert row.last_fault == ""


def test_what_is_known_of_an_absent_stations_device_is_that_it_is_not_known() -> None:
    gone = station(device("printer", DeviceState.UNKNOWN), online=False, since=AT)
    away, printer = rows([gone], reader())
    assert (away.state_text, away.remedy != "") == ("Mất kết nối từ 08:00", True)
    assert (printer.state_text, printer.since, printer.remedy) == (
        "Chưa rõ tình trạng",
        "Máy này mất kết nối từ 08:00",
        "",
    )


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("sign-c3", "Bảng số quầy Ba"),
        ("keypad-c9", "Bàn phím quầy c9"),
        ("pad-c3", "Bàn phím đánh giá quầy Ba"),
        ("scanner-c3", "Quầy Ba · Máy quét mã"),
        ("teapot", "Ki-ốt 1 · teapot"),
    ],
)
def test_devices_are_called_as_people_know_them(name: str, label: str) -> None:
    assert label in [row.label for row in rows([station(device(name))], reader())]


def test_the_servers_own_parts_have_names() -> None:
    drawn = server_part_rows([device(name, DeviceState.READY, station="server") for name in SERVER_PARTS], reader("en"))
    assert [row.label for row in drawn] == [say(words("en")) for say in SERVER_PARTS.values()]
