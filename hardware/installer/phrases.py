"""A device's health as an installer reads it: as the health page says it, but for what only somebody at the device can
do."""

from collections.abc import Callable, Mapping

from config import device_words
from config.device_words import CODES, STATES, Say
from config.words import Words
from hardware.installer.findings import Finding, Level
from hardware.ports import Health, State

__all__ = ["CODES", "NAMES", "TODO", "name", "of_health"]

LEVELS: Mapping[State, Level] = {
    State.READY: Level.FINE,
    State.WARNING: Level.WARNING,
    State.UNKNOWN: Level.WARNING,
    State.FAULT: Level.FAULT,
    State.OFFLINE: Level.FAULT,
}
_LOOK = device_words.TODO_OF_STATE["warning"]
TODO: Mapping[str, Say] = {
    **device_words.TODO,
    "paper_out": lambda words: words("installer", "Lắp cuộn giấy mới."),
    "silent": lambda words: words("installer", "Kiểm tra nguồn, tốc độ, địa chỉ và dây (A và B có thể bị đảo)."),
    "not_confirmed": _LOOK,
}
_TODO_OF_STATE: Mapping[str, Say] = {**device_words.TODO_OF_STATE, "unknown": _LOOK}
NAMES: Mapping[str, Callable[[Words, str], str]] = {
    **device_words.NAMES,
    "scanner": lambda words, counter: words("installer", "Máy quét mã quầy {counter}", counter=counter),
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
