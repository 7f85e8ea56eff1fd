"""Devices as the manager reads them: what it is, where, and its state in words; faulty ones first."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from config.words import Words
from server.store.office import Office
from server.web.figures import Figures
from server.wire.messages import DeviceState, DeviceStatus, StationHealth, from_time


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. ``kind`` and ``icon`` go with ``text``: colour, icon and word."""

    label: str
    kind: str
    icon: str
    text: str
    wrong: bool


LOOKS: Mapping[DeviceState, tuple[str, str]] = {
    DeviceState.READY: ("plain", "check"),
    DeviceState.WARNING: ("warning", "warning"),
    DeviceState.FAULT: ("fault", "warning"),
    DeviceState.OFFLINE: ("fault", "broken"),
    DeviceState.UNKNOWN: ("warning", "why"),
}
ORDER: Sequence[DeviceState] = (
    DeviceState.OFFLINE,
    DeviceState.FAULT,
    DeviceState.WARNING,
    DeviceState.UNKNOWN,
    DeviceState.READY,
)
NAMES: Mapping[str, Callable[[Words, str], str]] = {
    "printer": lambda words, counter: words("device", "Máy in phiếu"),
    "screen": lambda words, counter: words("device", "Màn hình"),
    "touch": lambda words, counter: words("device", "Màn hình ki-ốt"),
    "speaker": lambda words, counter: words("device", "Loa"),
    "scanner": lambda words, counter: words("device", "Máy quét mã"),
    "sign": lambda words, counter: words("device", "Bảng số quầy {counter}", counter=counter),
    "keypad": lambda words, counter: words("device", "Bàn phím quầy {counter}", counter=counter),
    "pad": lambda words, counter: words("device", "Bàn phím đánh giá quầy {counter}", counter=counter),
}
CODES: Mapping[str, Callable[[Words], str]] = {
    "paper_near_end": lambda words: words("device", "Sắp hết giấy"),
    "paper_low": lambda words: words("device", "Sắp hết giấy"),
    "paper_out": lambda words: words("device", "Hết giấy"),
    "cover": lambda words: words("device", "Nắp máy in đang mở"),
    "cover_open": lambda words: words("device", "Nắp máy in đang mở"),
    "cutter": lambda words: words("device", "Dao cắt giấy bị kẹt"),
    "hot": lambda words: words("device", "Đầu in quá nóng, đang chờ nguội"),
    "silent": lambda words: words("device", "Không phản hồi"),
    "stuck": lambda words: words("device", "Phím bị kẹt"),
    "key_stuck": lambda words: words("device", "Phím bị kẹt"),
    "no_audio": lambda words: words("device", "Không có âm thanh"),
}
STATES: Mapping[DeviceState, Callable[[Words], str]] = {
    DeviceState.READY: lambda words: words("device", "Hoạt động bình thường"),
    DeviceState.WARNING: lambda words: words("device", "Cần chú ý"),
    DeviceState.FAULT: lambda words: words("device", "Gặp sự cố"),
    DeviceState.OFFLINE: lambda words: words("device", "Mất kết nối thiết bị"),
    DeviceState.UNKNOWN: lambda words: words("device", "Chưa rõ tình trạng"),
}
_OF_COUNTER = re.compile(r"^(?P<kind>[a-z]+)-(?P<counter>[a-z0-9-]+)$")


def rows(stations: Sequence[StationHealth], office: Office, fig: Figures) -> list[Row]:
    """One row for each station (its screen or program) and each of its devices."""
    found: list[tuple[DeviceState, Row]] = []
    for station in stations:
        state = DeviceState.READY if station.online else DeviceState.OFFLINE
        found.append((state, _row(state, _station(station, fig.words), _offline(station, fig))))
        found += [
            (one.state, _row(one.state, _label(station, one, office, fig.words), _said(one, fig)))
            for one in station.devices
        ]
    return [row for _, row in sorted(found, key=lambda pair: ORDER.index(pair[0]))]


def _row(state: DeviceState, label: str, text: str) -> Row:
    kind, icon = LOOKS[state]
    return Row(label, kind, icon, text, wrong=state is not DeviceState.READY)


def _station(station: StationHealth, words: Words) -> str:
    names: Mapping[str | None, str] = {
        "kiosk": words("manager", "Ki-ốt {station}", station=station.station),
        "display": words("manager", "Màn hình sảnh {station}", station=station.station),
        "counter": words("manager", "Máy quầy {station}", station=station.station),
    }
    return names.get(station.kind, station.station)


def _offline(station: StationHealth, fig: Figures) -> str:
    if station.online or station.at is None:
        return STATES[DeviceState.READY if station.online else DeviceState.OFFLINE](fig.words)
    return fig.words("device", "Mất kết nối từ {time}", time=fig.time(from_time(station.at)))


def _label(station: StationHealth, one: DeviceStatus, office: Office, words: Words) -> str:
    matched = _OF_COUNTER.match(one.device)
    kind, counter = (matched["kind"], matched["counter"]) if matched else (one.device, "")
    if kind not in NAMES:
        return f"{_station(station, words)} · {one.device}"
    label = office.counters[counter].label if counter in office.counters else counter
    name = NAMES[kind](words, label)
    return name if counter else f"{_station(station, words)} · {name}"


def _said(one: DeviceStatus, fig: Figures) -> str:
    """The most exact words there are for its state."""
    words = fig.words
    if one.code == "paper_near_end" and one.left_slips is not None:
        return words("device", "Sắp hết giấy: còn khoảng {n} phiếu", n=fig.number(one.left_slips))
    if one.state is DeviceState.OFFLINE:
        return words("device", "Mất kết nối từ {time}", time=fig.time(from_time(one.since)))
    if one.code is not None and one.code in CODES and one.state is not DeviceState.READY:
        return CODES[one.code](words)
    return STATES[one.state](words)
