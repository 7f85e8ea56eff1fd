"""Devices as staff read them: what it is, where, its state in words, and what to do; faulty ones first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from config import device_words
from config.device_words import STATES, TODO_OF_STATE, Say
from config.words import Words
from server.store.office import Office
from server.web.figures import NOTHING, Figures
from server.web.health_now import WORST_FIRST
from server.wire.messages import DeviceState, DeviceStatus, StationHealth, from_time


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. ``kind`` and ``icon`` go with ``text``: colour, icon and word. ``since``, ``last``,
    ``todo`` and ``detail`` are sentences, empty where there is nothing to say. ``printer``: of this station."""

    label: str
    kind: str
    icon: str
    text: str
    wrong: bool
    since: str = ""
    last: str = ""
    todo: str = ""
    detail: str = ""
    printer: str | None = None


LOOKS: Mapping[DeviceState, tuple[str, str]] = {
    DeviceState.READY: ("plain", "check"),
    DeviceState.WARNING: ("warning", "warning"),
    DeviceState.FAULT: ("fault", "warning"),
    DeviceState.OFFLINE: ("fault", "broken"),
    DeviceState.UNKNOWN: ("warning", "why"),
}
OWN: Mapping[str, Say] = {
    "broker": lambda words: words("device", "Kênh truyền tin (MQTT)"),
    "database": lambda words: words("device", "Cơ sở dữ liệu"),
    "disk": lambda words: words("device", "Ổ đĩa"),
    "clock": lambda words: words("device", "Đồng hồ máy chủ"),
    "copies": lambda words: words("device", "Bản sao lưu"),
}
"""The server's own parts."""

CODES: Mapping[str, Say] = {
    **device_words.CODES,
    "storage": lambda words: words("device", "Không ghi được dữ liệu"),
    "disk_low": lambda words: words("device", "Ổ đĩa sắp đầy"),
    "disk_full": lambda words: words("device", "Ổ đĩa đã đầy"),
    "clock": lambda words: words("device", "Chưa đồng bộ với giờ chuẩn"),
    "clock_unknown": lambda words: words("device", "Chưa rõ hôm nay là ngày nào"),
    "no_copy": lambda words: words("device", "Chưa có bản sao lưu"),
    "old_copy": lambda words: words("device", "Bản sao lưu đã cũ"),
}
_DISK: Say = lambda words: words("health", "Báo người quản trị: giải phóng ổ đĩa máy chủ.")
_COPY: Say = lambda words: words("health", "Báo người quản trị: kiểm tra việc sao lưu hằng đêm và ổ lưu.")
TODO: Mapping[str, Say] = {
    **device_words.TODO,
    "storage": lambda words: words(
        "health", "Báo người quản trị ngay: kiểm tra dung lượng và quyền ghi của ổ đĩa máy chủ."
    ),
    "disk_low": _DISK,
    "disk_full": _DISK,
    "clock": lambda words: words("health", "Báo người quản trị: kiểm tra mạng và dịch vụ đồng bộ giờ của máy chủ."),
    "clock_unknown": lambda words: words(
        "health",
        "Các số vẫn được cấp theo thứ tự, ghi “chưa rõ ngày”. Mời người quản lý cho biết hôm nay là ngày nào ở trang"
        " “Hiện tại”; báo người quản trị chỉnh đồng hồ máy chủ hoặc thay pin đồng hồ.",
    ),
    "no_copy": _COPY,
    "old_copy": _COPY,
}
"""What to do about a code word."""

_OF_COUNTER = re.compile(r"^(?P<kind>[a-z]+)-(?P<counter>[a-z0-9-]+)$")
BROKEN = frozenset({DeviceState.FAULT, DeviceState.OFFLINE})
AT_STATION = frozenset({"printer", "screen", "speaker", "scanner"})
"""Kinds whose name says no counter: their machine or counter is named before it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom the rows are for, where, and when."""

    fig: Figures
    office: Office
    now_ms: int

    @property
    def words(self) -> Words:
        return self.fig.words

    def when(self, at: str) -> str:
        """ "07:30" of today; of another day with its date."""
        if not at:
            return NOTHING
        return self.fig.moment(from_time(at), self.now_ms)


def rows(stations: Sequence[StationHealth], reader: Reader) -> list[Row]:
    """One row for each station (its screen or program) and each of its devices."""
    found: list[tuple[DeviceState, Row]] = []
    for station in stations:
        state = DeviceState.READY if station.online else DeviceState.OFFLINE
        found.append((state, _station_row(station, state, reader)))
        found += [(one.state, _device_row(station, one, reader)) for one in station.devices]
    return _sorted(found)


def of_counter(stations: Sequence[StationHealth], counter: str, reader: Reader) -> list[Row]:
    """What does not work at a counter: its devices, or the machine they are wired to."""
    found: list[tuple[DeviceState, Row]] = []
    for station in stations:
        own = [one for one in station.devices if _counter_of(one) == counter]
        if own and not station.online:
            found.append((DeviceState.OFFLINE, _station_row(station, DeviceState.OFFLINE, reader)))
            continue
        found += [(one.state, _device_row(station, one, reader)) for one in own if one.state in BROKEN]
    return _sorted(found)


def own_rows(parts: Sequence[DeviceStatus], reader: Reader) -> list[Row]:
    """One row for each of the server's own parts."""
    words = reader.words
    named = [(one, OWN[one.device](words) if one.device in OWN else one.device) for one in parts]
    return _sorted([(one.state, _row(one, name, reader)) for one, name in named])


def _counter_of(one: DeviceStatus) -> str:
    matched = _OF_COUNTER.match(one.device)
    return matched["counter"] if matched else ""


def _sorted(found: Sequence[tuple[DeviceState, Row]]) -> list[Row]:
    return [row for _, row in sorted(found, key=lambda pair: WORST_FIRST.index(pair[0]))]


def _station_row(station: StationHealth, state: DeviceState, reader: Reader) -> Row:
    words, (kind, icon) = reader.words, LOOKS[state]
    since = words("health", "Từ {time}", time=reader.when(station.since)) if station.since else ""
    todo = words("health", "Kiểm tra nguồn điện và dây mạng của máy này, rồi bật lại máy.")
    text = STATES[state](words)
    if since and not station.online:
        text, since = words("device", "Mất kết nối từ {time}", time=reader.when(station.since or "")), ""
    return Row(
        station_name(station, words), kind, icon, text, not station.online, since, todo="" if station.online else todo
    )


def _device_row(station: StationHealth, one: DeviceStatus, reader: Reader) -> Row:
    row = _row(one, _label(station, one, reader), reader)
    printer = station.station if one.device == "printer" and station.kind == "kiosk" else None
    if station.online:
        return replace(row, printer=printer)
    gone = reader.words("health", "Máy này mất kết nối từ {time}", time=reader.when(station.since or ""))
    return replace(row, printer=printer, since=gone if station.since is not None else "", todo="", detail="")


def _row(one: DeviceStatus, label: str, reader: Reader) -> Row:
    """A device's row: state in words, since when, the last trouble and what to do about the present one."""
    words, (kind, icon) = reader.words, LOOKS[one.state]
    wrong = one.state is not DeviceState.READY
    return Row(
        label=label,
        kind=kind,
        icon=icon,
        text=_said(one, reader),
        wrong=wrong,
        since=words("health", "Từ {time}", time=reader.when(one.since)) if one.since else "",
        last=_last(one, reader),
        todo=(TODO.get(one.code or "") or TODO_OF_STATE[one.state])(words) if wrong else "",
        detail=words("health", "Chi tiết kỹ thuật: {detail}", detail=one.detail) if wrong and one.detail else "",
    )


def _last(one: DeviceStatus, reader: Reader) -> str:
    """The last trouble, where it is not the present one."""
    if one.last_code is None or one.last_at is None or one.last_at == one.since:
        return ""
    words = reader.words
    say = CODES.get(one.last_code) or STATES.get(one.last_code)
    error = one.last_code if say is None else say(words)
    said = words("health", "{error} lúc {time}", error=error, time=reader.when(one.last_at))
    return words("health", "Lỗi gần nhất: {error}", error=said)


def station_name(station: StationHealth, words: Words) -> str:
    """A station as people know it."""
    names: Mapping[str | None, str] = {
        "kiosk": words("manager", "Ki-ốt {station}", station=station.station),
        "display": words("manager", "Màn hình sảnh {station}", station=station.station),
        "counter": words("manager", "Máy quầy {station}", station=station.station),
        "sign": words("manager", "Bảng số {station}", station=station.station),
    }
    return names.get(station.kind, station.station)


def _label(station: StationHealth, one: DeviceStatus, reader: Reader) -> str:
    words, counters = reader.words, reader.office.counters
    matched = _OF_COUNTER.match(one.device)
    kind, counter = (matched["kind"], matched["counter"]) if matched else (one.device, "")
    if kind not in device_words.NAMES:
        return f"{station_name(station, words)} · {one.device}"
    label = counters[counter].label if counter in counters else counter
    name = device_words.NAMES[kind](words, label)
    if counter and kind not in AT_STATION:
        return name
    place = words("term", "Quầy {label}", label=label) if counter else station_name(station, words)
    return f"{place} · {name}"


def _said(one: DeviceStatus, reader: Reader) -> str:
    """The most exact words there are for its state."""
    words = reader.words
    if one.code == "paper_near_end" and one.left_slips is not None:
        return words("device", "Sắp hết giấy: còn khoảng {n} phiếu", n=reader.fig.number(one.left_slips))
    if one.code is not None and one.code in CODES and one.state is not DeviceState.READY:
        return CODES[one.code](words)
    return STATES[one.state](words)
