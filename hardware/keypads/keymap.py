"""Key maps: the codes that a pad sends for its keys. Each make of pad has its own table."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from hardware.keypads.codes import code_bytes
from hardware.keypads.kernel_keys import KEY_CODES, LED_NUMBERS
from hardware.ports import Key

DIGITS = "0123456789"
CLEAR = "clear"
"""The key that drops the digits pressed so far."""
KEYS: tuple[str, ...] = (*Key, CLEAR, *DIGITS)
"""All keys that a counter's pad may have."""

# Code -> key. Common desk keypads send one character per key; Enter calls the next visitor.
DEFAULT_SERIAL_KEYS: Mapping[str, str] = {
    "\\r": Key.NEXT,
    "R": Key.RECALL,
    "S": Key.START,
    "F": Key.FINISH,
    "A": Key.NO_SHOW,
    "H": Key.HOLD,
    "P": Key.PAUSE,
    "#": Key.CALL,
    "T": Key.TRANSFER,
    "C": CLEAR,
    **{digit: digit for digit in DIGITS},
}
# Kernel's name of a key -> key, for a USB numeric keypad. The kernel's key names do not depend on NumLock.
DEFAULT_EVDEV_KEYS: Mapping[str, str] = {
    "KEY_KPENTER": Key.NEXT,
    "KEY_ENTER": Key.NEXT,
    "KEY_KPASTERISK": Key.RECALL,
    "KEY_KPPLUS": Key.START,
    "KEY_KPMINUS": Key.FINISH,
    "KEY_KPSLASH": Key.NO_SHOW,
    "KEY_ESC": Key.HOLD,
    "KEY_NUMLOCK": Key.PAUSE,
    "KEY_KPDOT": Key.CALL,
    "KEY_TAB": Key.TRANSFER,
    "KEY_BACKSPACE": CLEAR,
    **{f"KEY_KP{digit}": digit for digit in DIGITS},
    **{f"KEY_{digit}": digit for digit in DIGITS},
}
LEVELS = "1234"
"""The keys of a rating pad: levels of satisfaction, 1 is best. A pad with fewer keys has the first of them."""
DEFAULT_SERIAL_LEVELS: Mapping[str, str] = {level: level for level in LEVELS}
DEFAULT_EVDEV_LEVELS: Mapping[str, str] = {f"KEY_{row}{level}": level for row in ("", "KP") for level in LEVELS}

Code = TypeVar("Code")


def serial_keys(keys: Mapping[str, str], address: str = "") -> dict[bytes, str]:
    """Return bytes → key of a counter's pad; the default codes without ``keys``. Raises ``ValueError``."""
    return _serial(keys or DEFAULT_SERIAL_KEYS, address, KEYS)


def evdev_keys(keys: Mapping[str, str]) -> dict[int, str]:
    """Return the keys of a counter's pad by kernel key code.

    Without ``keys`` the codes are those of a numeric keypad. Raises ``ValueError``.
    """
    return _evdev(keys or DEFAULT_EVDEV_KEYS, KEYS)


def serial_levels(keys: Mapping[str, int], levels: int, address: str = "") -> dict[bytes, str]:
    """Return bytes → level ("1" is best) of a rating pad with ``levels`` keys. Raises ``ValueError``."""
    return _serial(*_levels(keys, DEFAULT_SERIAL_LEVELS, levels, address))


def evdev_levels(keys: Mapping[str, int], levels: int) -> dict[int, str]:
    """Return kernel key code → level of a rating pad with ``levels`` keys. Raises ``ValueError``."""
    codes, _, allowed = _levels(keys, DEFAULT_EVDEV_LEVELS, levels, "")
    return _evdev(codes, allowed)


def led_number(name: str) -> int | None:
    """Return the kernel's number of an LED; None for an empty name. Raises ``ValueError``."""
    return None if not name else _look_up("LED", name, LED_NUMBERS)


def _levels(
    keys: Mapping[str, int], default: Mapping[str, str], levels: int, address: str
) -> tuple[Mapping[str, str], str, Iterable[str]]:
    """Return the key map of a rating pad, its address, and the allowed levels."""
    allowed = LEVELS[:levels]
    configured = {code: str(level) for code, level in keys.items()}
    return configured or {code: level for code, level in default.items() if level in allowed}, address, allowed


def _serial(keys: Mapping[str, str], address: str, allowed: Iterable[str]) -> dict[bytes, str]:
    prefix = code_bytes(address)
    return _key_map(keys, lambda code: prefix + _non_empty(code), allowed)


def _non_empty(code: str) -> bytes:
    if not code:
        raise ValueError("a code is empty; name the bytes that the key sends")
    return code_bytes(code)


def _evdev(keys: Mapping[str, str], allowed: Iterable[str]) -> dict[int, str]:
    return _key_map(keys, lambda name: _look_up("kernel key", name, KEY_CODES), allowed)


def _key_map(keys: Mapping[str, str], parse_code: Callable[[str], Code], allowed: Iterable[str]) -> dict[Code, str]:
    keys_by_code: dict[Code, str] = {}
    for text, key in keys.items():
        code = parse_code(text)
        if code in keys_by_code:
            raise ValueError(f"the code {text!r} is there twice")
        keys_by_code[code] = _look_up("key", key, {name: name for name in allowed})
    return keys_by_code


Value = TypeVar("Value")


def _look_up(kind: str, name: str, table: Mapping[str, Value]) -> Value:
    """Return ``table[name]``. Raises ``ValueError`` with a similar name; ``kind`` is the word for names in it."""
    if name in table:
        return table[name]
    close = difflib.get_close_matches(name, table, n=1, cutoff=0.5)
    hint = f"did you mean {str(close[0])!r}?" if close else f"known: {', '.join(table)}"
    raise ValueError(f"unknown {kind} {name!r}; {hint}")
