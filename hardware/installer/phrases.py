"""Texts about devices for installers: those of the health page, with advice for installers."""

from collections.abc import Callable, Mapping

from config import device_words
from config.device_words import CODES, STATES, Phrase
from config.words import Words
from hardware.installer.findings import Finding, Level
from hardware.installer.ports import Caution
from hardware.ports import DeviceHealth, HealthState

__all__ = ["CAUTIONS", "CODES", "DEVICE_NAMES", "TODO", "name", "of_health"]

LEVELS: Mapping[HealthState, Level] = {
    HealthState.READY: Level.FINE,
    HealthState.WARNING: Level.WARNING,
    HealthState.UNKNOWN: Level.WARNING,
    HealthState.FAULT: Level.FAULT,
    HealthState.OFFLINE: Level.FAULT,
}
_INSPECT = device_words.INSTRUCTIONS_BY_STATE["warning"]
# Code of a device's health -> advice.
TODO: Mapping[str, Phrase] = {
    **device_words.INSTRUCTIONS,
    "paper_out": lambda words: words("installer", "Lắp cuộn giấy mới."),
    "silent": lambda words: words("installer", "Kiểm tra nguồn, tốc độ, địa chỉ và dây (A và B có thể bị đảo)."),
    "not_confirmed": _INSPECT,
}
_TODO_OF_STATE: Mapping[str, Phrase] = {**device_words.INSTRUCTIONS_BY_STATE, "unknown": _INSPECT}
DEVICE_NAMES: Mapping[str, Callable[[Words, str], str]] = {
    **device_words.NAMES,
    "scanner": lambda words, counter: words("installer", "Máy quét mã quầy {counter}", counter=counter),
}


CAUTIONS: Mapping[Caution, tuple[Phrase, Phrase]] = {
    Caution.MODEM_MANAGER: (
        lambda words: words("installer", "ModemManager đang chạy và có thể chiếm cổng khi cắm"),
        lambda words: words("installer", "Gỡ gói modemmanager khỏi máy này."),
    ),
    Caution.BRLTTY: (
        lambda words: words("installer", "brltty đang chạy và chiếm bộ chuyển CH340"),
        lambda words: words("installer", "Gỡ gói brltty khỏi máy này."),
    ),
    Caution.NO_SERIAL_NUMBER: (
        lambda words: words("installer", "bộ chuyển không có số riêng: tên by-id của hai bộ giống nhau"),
        lambda words: words("installer", "Dùng tên theo vị trí cắm (by-path) và luôn cắm đúng lỗ đó."),
    ),
    Caution.NO_RIGHTS: (
        lambda words: words("installer", "không có quyền đọc và ghi"),
        lambda words: words("installer", "Thêm người dùng vào nhóm dialout, lp hoặc input."),
    ),
}
"""Text and advice for each caution about a port."""


def name(device: str, words: Words) -> str:
    """Return a device such as "sign-c1" as people call it."""
    kind, _, counter = device.partition("-")
    return DEVICE_NAMES[kind](words, counter) if kind in DEVICE_NAMES else device


def of_health(device: str, health: DeviceHealth, words: Words) -> Finding:
    """Return a device's health as a line of a report."""
    level = LEVELS[health.state]
    text = STATES[health.state](words)
    if level is not Level.FINE and health.code is not None and health.code in CODES:
        text = CODES[health.code](words)
    if level is not Level.FINE and health.detail:
        text += f" ({health.detail})"
    if health.left_slips is not None and health.state in (HealthState.READY, HealthState.WARNING):
        text += " · " + words("installer", "còn khoảng {n} phiếu", n=health.left_slips)
    todo = (TODO.get(health.code or "") or _TODO_OF_STATE.get(health.state) or (lambda _: ""))(words)
    return Finding(level, device, name(device, words), text, todo if level is not Level.FINE else "")
