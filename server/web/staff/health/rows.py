"""The list of devices for staff: name, state in words, remedy; worst first."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from config import device_words
from config.device_words import INSTRUCTIONS_BY_STATE, STATES, Phrase
from config.words import Words
from server.domain.office import OfficeDefinition
from server.web.shared import network_texts
from server.web.shared.formatting import DASH, Formatter
from server.web.shared.health_now import WORST_FIRST
from server.web.staff.health.repairs import Repair, repairs_of
from server.wire.messages import DeviceState, DeviceStatus, StationHealth, from_time


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device of the list.

    ``style`` (a CSS class, the colour) and ``icon`` go with ``state_text``. ``faulty``: its state is not ready (of a
    station: it is offline). ``since``, ``last_fault``, ``remedy`` and ``detail`` are sentences, empty where they do not
    apply. ``printer``: the station of a slip printer, which staff can send jobs to; None for other devices.
    ``station`` and ``device``: the ids in reports; a station has no ``device``, a part of the server neither.
    ``repairs``: what mends a faulty one; ``is_online``: its station is connected.
    """

    label: str
    style: str
    icon: str
    state_text: str
    faulty: bool
    since: str = ""
    last_fault: str = ""
    remedy: str = ""
    detail: str = ""
    printer: str | None = None
    station: str = ""
    device: str = ""
    repairs: Sequence[Repair] = ()
    is_online: bool = False

    @property
    def anchor(self) -> str:
        """The id of its card on the page."""
        return f"at-{self.station}-{self.device}"


STYLES: Mapping[DeviceState, tuple[str, str]] = {
    DeviceState.READY: ("plain", "check"),
    DeviceState.WARNING: ("warning", "warning"),
    DeviceState.FAULT: ("fault", "warning"),
    DeviceState.OFFLINE: ("fault", "broken"),
    DeviceState.UNKNOWN: ("warning", "why"),
}
"""The CSS class and the icon of each state."""

SERVER_PARTS: Mapping[str, Phrase] = {
    "broker": lambda words: words("device", "Kênh truyền tin (MQTT)"),
    "database": lambda words: words("device", "Cơ sở dữ liệu"),
    "disk": lambda words: words("device", "Ổ đĩa"),
    "clock": lambda words: words("device", "Đồng hồ máy chủ"),
    "copies": lambda words: words("device", "Bản sao lưu"),
    "network": lambda words: words("device", "Mạng của sảnh"),
}
"""Names of the server's own parts, by id."""

CODES: Mapping[str, Phrase] = {
    **device_words.CODES,
    "storage": lambda words: words("device", "Không ghi được dữ liệu"),
    "damaged": lambda words: words("device", "Cơ sở dữ liệu bị hỏng"),
    "broker_users": lambda words: words("device", "Chưa cập nhật được danh sách thiết bị"),
    "checking": lambda words: words("device", "Đang kiểm tra sau lần tắt máy đột ngột"),
    "disk_low": lambda words: words("device", "Ổ đĩa sắp đầy"),
    "disk_full": lambda words: words("device", "Ổ đĩa đã đầy"),
    "clock": lambda words: words("device", "Chưa đồng bộ với giờ chuẩn"),
    "clock_unknown": lambda words: words("device", "Chưa rõ hôm nay là ngày nào"),
    "no_copy": lambda words: words("device", "Chưa có bản sao lưu"),
    "old_copy": lambda words: words("device", "Bản sao lưu đã cũ"),
    **network_texts.FAULTS,
}
"""The text of each fault code of devices and of the server's parts."""

_DISK: Phrase = lambda words: words("health", "Báo người quản trị: giải phóng ổ đĩa máy chủ.")
_COPY: Phrase = lambda words: words("health", "Báo người quản trị: kiểm tra việc sao lưu hằng đêm và ổ lưu.")
REMEDIES: Mapping[str, Phrase] = {
    **device_words.INSTRUCTIONS,
    "storage": lambda words: words(
        "health", "Báo người quản trị ngay: kiểm tra dung lượng và quyền ghi của ổ đĩa máy chủ."
    ),
    "damaged": lambda words: words("health", "Báo người quản trị ngay: khôi phục bản sao lưu gần nhất."),
    "broker_users": lambda words: words(
        "health",
        "Báo người quản trị: xem nhật ký máy chủ. Thiết bị vừa thêm chưa kết nối được; thiết bị vừa gỡ có thể vẫn còn"
        " kết nối.",
    ),
    "checking": lambda words: words("health", "Không cần làm gì: việc cấp số và gọi số vẫn tiếp tục."),
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
    **network_texts.REMEDIES,
}
"""The remedy for each fault code."""

_COUNTER_DEVICE = re.compile(r"^(?P<kind>[a-z]+)-(?P<counter>[a-z0-9-]+)$")
BROKEN_STATES = frozenset({DeviceState.FAULT, DeviceState.OFFLINE})
KINDS_WITHOUT_COUNTER = frozenset({"printer", "screen", "speaker", "scanner"})
"""Kinds of devices whose name has no counter, so that the counter or the station is put before it."""


@dataclass(frozen=True, slots=True)
class DeviceTextContext:
    """The language, the office and the moment (UTC ms) for texts about devices."""

    formatter: Formatter
    office: OfficeDefinition
    now_ms: int
    enrolled_name: Callable[[str], str | None] = lambda station: None
    """Returns the name that an administrator gave a station."""

    @property
    def words(self) -> Words:
        return self.formatter.words

    def when(self, at: str) -> str:
        """Return a time of the wire as text, with the date unless it is today."""
        if not at:
            return DASH
        return self.formatter.moment(from_time(at), self.now_ms)


def rows(stations: Sequence[StationHealth], context: DeviceTextContext) -> list[DeviceRow]:
    """Return one row for each station and each of its devices, the worst state first."""
    rows_by_state: list[tuple[DeviceState, DeviceRow]] = []
    for station in stations:
        state = DeviceState.READY if station.online else DeviceState.OFFLINE
        rows_by_state.append((state, _station_row(station, state, context)))
        rows_by_state += [(device.state, _device_row(station, device, context)) for device in station.devices]
    return _sorted(rows_by_state)


def broken_at_counter(stations: Sequence[StationHealth], counter: str, context: DeviceTextContext) -> list[DeviceRow]:
    """Return the broken devices of a counter, and the offline stations that have them."""
    rows_by_state: list[tuple[DeviceState, DeviceRow]] = []
    for station in stations:
        counter_devices = [device for device in station.devices if _counter_of(device) == counter]
        if counter_devices and not station.online:
            rows_by_state.append((DeviceState.OFFLINE, _station_row(station, DeviceState.OFFLINE, context)))
            continue
        rows_by_state += [
            (device.state, _device_row(station, device, context))
            for device in counter_devices
            if device.state in BROKEN_STATES
        ]
    return _sorted(rows_by_state)


def server_part_rows(parts: Sequence[DeviceStatus], context: DeviceTextContext) -> list[DeviceRow]:
    """Return one row for each of the server's own parts, the worst state first."""
    words = context.words
    named_parts = [
        (device, SERVER_PARTS[device.device](words) if device.device in SERVER_PARTS else device.device)
        for device in parts
    ]
    return _sorted([(device.state, _row(device, name, context)) for device, name in named_parts])


def _counter_of(device: DeviceStatus) -> str:
    matched = _COUNTER_DEVICE.match(device.device)
    return matched["counter"] if matched else ""


def _sorted(rows_by_state: Sequence[tuple[DeviceState, DeviceRow]]) -> list[DeviceRow]:
    return [row for _, row in sorted(rows_by_state, key=lambda pair: WORST_FIRST.index(pair[0]))]


def _station_row(station: StationHealth, state: DeviceState, context: DeviceTextContext) -> DeviceRow:
    words, (style, icon) = context.words, STYLES[state]
    since = words("health", "Từ {time}", time=context.when(station.since)) if station.since else ""
    remedy = words("health", "Kiểm tra nguồn điện và dây mạng của máy này, rồi bật lại máy.")
    state_text = STATES[state](words)
    if since and not station.online:
        state_text, since = words("device", "Mất kết nối từ {time}", time=context.when(station.since or "")), ""
    return DeviceRow(
        station_name(station, context),
        style,
        icon,
        state_text,
        not station.online,
        since,
        remedy="" if station.online else remedy,
        station=station.station,
        is_online=station.online,
    )


def _device_row(station: StationHealth, device: DeviceStatus, context: DeviceTextContext) -> DeviceRow:
    row = _row(device, _device_name(station, device, context), context)
    printer = station.station if device.device == "printer" and station.kind == "kiosk" else None
    row = replace(row, station=station.station, device=device.device, is_online=station.online)
    if station.online:
        return replace(row, printer=printer)
    offline_since = context.words("health", "Máy này mất kết nối từ {time}", time=context.when(station.since or ""))
    return replace(row, printer=printer, since=offline_since if station.since is not None else "", remedy="", detail="")


def _row(device: DeviceStatus, label: str, context: DeviceTextContext) -> DeviceRow:
    """Return the row of a device: state in words and its start, last fault, remedy."""
    words, (style, icon) = context.words, STYLES[device.state]
    faulty = device.state is not DeviceState.READY
    return DeviceRow(
        label=label,
        style=style,
        icon=icon,
        state_text=_state_text(device, context),
        faulty=faulty,
        since=words("health", "Từ {time}", time=context.when(device.since)) if device.since else "",
        last_fault=_last_fault(device, context),
        remedy=(REMEDIES.get(device.code or "") or INSTRUCTIONS_BY_STATE[device.state])(words) if faulty else "",
        repairs=repairs_of(device.code or "") if faulty else (),
        detail=words("health", "Chi tiết kỹ thuật: {detail}", detail=device.detail) if faulty and device.detail else "",
        device=device.device,
    )


def _last_fault(device: DeviceStatus, context: DeviceTextContext) -> str:
    """Return the last fault as a sentence; empty when it is the current one."""
    if device.last_code is None or device.last_at is None or device.last_at == device.since:
        return ""
    words = context.words
    phrase = CODES.get(device.last_code) or STATES.get(device.last_code)
    error = device.last_code if phrase is None else phrase(words)
    error_text = words("health", "{error} lúc {time}", error=error, time=context.when(device.last_at))
    return words("health", "Lỗi gần nhất: {error}", error=error_text)


def station_name(station: StationHealth, context: DeviceTextContext) -> str:
    """Return the name of a station: the enrolled one, else its kind and number."""
    enrolled = context.enrolled_name(station.station)
    labels = {counter_id: counter.label for counter_id, counter in context.office.counters.items()}
    return enrolled or device_words.station_name(context.words, station.station, station.kind, labels)


def _device_name(station: StationHealth, device: DeviceStatus, context: DeviceTextContext) -> str:
    words, counters = context.words, context.office.counters
    matched = _COUNTER_DEVICE.match(device.device)
    kind, counter = (matched["kind"], matched["counter"]) if matched else (device.device, "")
    if kind not in device_words.NAMES:
        return f"{station_name(station, context)} · {device.device}"
    label = counters[counter].label if counter in counters else counter
    name = device_words.NAMES[kind](words, label)
    if counter and kind not in KINDS_WITHOUT_COUNTER:
        return name
    place = words("term", "Quầy {label}", label=label) if counter else station_name(station, context)
    return f"{place} · {name}"


def _state_text(device: DeviceStatus, context: DeviceTextContext) -> str:
    """Return the most exact text of a device's state: paper left, fault code, or state."""
    words = context.words
    if device.code == "paper_near_end" and device.left_slips is not None:
        return words("device", "Sắp hết giấy: còn khoảng {n} phiếu", n=context.formatter.number(device.left_slips))
    if device.code is not None and device.code in CODES and device.state is not DeviceState.READY:
        return CODES[device.code](words)
    return STATES[device.state](words)
