"""The states and troubles of devices in words, and what to do about them."""

from collections.abc import Callable, Mapping

from config.words import Words
from hardware.installer.findings import Finding, Level
from hardware.ports import Health, State

Say = Callable[[Words], str]

LEVELS: Mapping[State, Level] = {
    State.READY: Level.FINE,
    State.WARNING: Level.WARNING,
    State.UNKNOWN: Level.WARNING,
    State.FAULT: Level.FAULT,
    State.OFFLINE: Level.FAULT,
}
STATES: Mapping[State, Say] = {
    State.READY: lambda words: words("device", "Hoạt động bình thường"),
    State.WARNING: lambda words: words("device", "Cần chú ý"),
    State.FAULT: lambda words: words("device", "Gặp sự cố"),
    State.OFFLINE: lambda words: words("device", "Mất kết nối thiết bị"),
    State.UNKNOWN: lambda words: words("device", "Chưa rõ tình trạng"),
}
CODES: Mapping[str, Say] = {
    "paper_near_end": lambda words: words("device", "Sắp hết giấy"),
    "paper_out": lambda words: words("device", "Hết giấy"),
    "cover": lambda words: words("device", "Nắp máy in đang mở"),
    "cutter": lambda words: words("device", "Dao cắt giấy bị kẹt"),
    "hot": lambda words: words("device", "Đầu in quá nóng, đang chờ nguội"),
    "fault": lambda words: words("device", "Gặp sự cố"),
    "off": lambda words: words("device", "Mất kết nối với cổng thiết bị"),
    "silent": lambda words: words("device", "Không phản hồi"),
    "wrong": lambda words: words("device", "Cắm nhầm thiết bị"),
    "key_stuck": lambda words: words("device", "Phím bị kẹt"),
    "no_audio": lambda words: words("device", "Không có âm thanh"),
    "not_confirmed": lambda words: words("device", "Chưa rõ phiếu đã in"),
    "clips": lambda words: words("device", "Gói giọng đọc thiếu từ"),
}
_POWER: Say = lambda words: words("health", "Tắt thiết bị, chờ 10 giây rồi bật lại.")
_CABLE: Say = lambda words: words("health", "Kiểm tra nguồn điện và dây cắm.")
TODO: Mapping[str, Say] = {
    "paper_near_end": lambda words: words("health", "Chuẩn bị cuộn giấy mới."),
    "paper_out": lambda words: words("installer", "Lắp cuộn giấy mới."),
    "cover": lambda words: words("health", "Đóng nắp máy in."),
    "cutter": lambda words: words("health", "Mở nắp, gỡ giấy kẹt rồi đóng nắp."),
    "hot": lambda words: words("health", "Chờ vài phút cho máy in nguội."),
    "fault": _POWER,
    "off": _CABLE,
    "silent": _POWER,
    "wrong": lambda words: words("health", "Cắm đúng thiết bị vào cổng này."),
    "key_stuck": lambda words: words("health", "Nhấc phím bị kẹt lên; nếu vẫn kẹt, thay bàn phím."),
    "no_audio": lambda words: words("health", "Kiểm tra dây loa, nguồn loa và âm lượng."),
}
_TODO_OF_STATE: Mapping[State, Say] = {
    State.WARNING: lambda words: words("health", "Xem thiết bị tại chỗ."),
    State.FAULT: _POWER,
    State.OFFLINE: _CABLE,
    State.UNKNOWN: lambda words: words("health", "Xem thiết bị tại chỗ."),
}
NAMES: Mapping[str, Callable[[Words, str], str]] = {
    "printer": lambda words, _: words("device", "Máy in phiếu"),
    "screen": lambda words, _: words("device", "Màn hình"),
    "speaker": lambda words, _: words("device", "Loa"),
    "scanner": lambda words, counter: words("installer", "Máy quét mã quầy {counter}", counter=counter),
    "sign": lambda words, counter: words("device", "Bảng số quầy {counter}", counter=counter),
    "keypad": lambda words, counter: words("device", "Bàn phím quầy {counter}", counter=counter),
    "pad": lambda words, counter: words("device", "Bàn phím đánh giá quầy {counter}", counter=counter),
}


def name(device: str, words: Words) -> str:
    """ "sign-c1" as people call it."""
    kind, _, counter = device.partition("-")
    return NAMES[kind](words, counter) if kind in NAMES else device


def of_health(device: str, health: Health, words: Words) -> Finding:
    """A device's health as a line of a report."""
    level = LEVELS[health.state]
    said = STATES[health.state](words)
    if level is not Level.FINE and health.code is not None and health.code in CODES:
        said = CODES[health.code](words)
    if level is not Level.FINE and health.detail:
        said += f" ({health.detail})"
    if health.left_slips is not None and health.state in (State.READY, State.WARNING):
        said += " · " + words("installer", "còn khoảng {n} phiếu", n=health.left_slips)
    todo = (TODO.get(health.code or "") or _TODO_OF_STATE.get(health.state) or (lambda _: ""))(words)
    return Finding(level, device, name(device, words), said, todo if level is not Level.FINE else "")
