"""What a pad sends for each key: data, so that another make is another table."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from hardware.keypads.codes import code_bytes
from hardware.keypads.kernel_keys import CODES, LEDS
from hardware.ports import Key

DIGITS = "0123456789"
CLEAR = "clear"
STROKES: tuple[str, ...] = (*Key, CLEAR, *DIGITS)
"""Every key that a counter's pad may have."""

# Desk keypads of the usual kind send one character per key; Enter calls the next visitor.
SERIAL: Mapping[str, str] = {
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
# A USB numeric keypad, whatever its NumLock shows: the kernel's names do not depend on it.
EVDEV: Mapping[str, str] = {
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
RATING_SERIAL: Mapping[str, str] = {level: level for level in LEVELS}
RATING_EVDEV: Mapping[str, str] = {f"KEY_{row}{level}": level for row in ("", "KP") for level in LEVELS}

Code = TypeVar("Code")


def serial_keys(keys: Mapping[str, str], address: str = "") -> dict[bytes, str]:
    """Bytes → key of a counter's pad; without ``keys`` of its own the usual ones. Raises ``ValueError``."""
    return _serial(keys or SERIAL, address, STROKES)


def evdev_keys(keys: Mapping[str, str]) -> dict[int, str]:
    """The kernel's key codes → key of a counter's pad; without ``keys`` of its own those of a numeric keypad. Raises
    ``ValueError``."""
    return _evdev(keys or EVDEV, STROKES)


def serial_levels(keys: Mapping[str, int], levels: int, address: str = "") -> dict[bytes, str]:
    """Bytes → level of a rating pad with ``levels`` keys. Raises ``ValueError``."""
    return _serial(*_levels(keys, RATING_SERIAL, levels, address))


def evdev_levels(keys: Mapping[str, int], levels: int) -> dict[int, str]:
    """The kernel's key codes → level of a rating pad with ``levels`` keys. Raises ``ValueError``."""
    codes, _, known = _levels(keys, RATING_EVDEV, levels, "")
    return _evdev(codes, known)


def led(name: str) -> int | None:
    """The kernel's number of an LED; None for no name. Raises ``ValueError``."""
    return None if not name else _known("LED", name, LEDS)


def _levels(
    keys: Mapping[str, int], usual: Mapping[str, str], levels: int, address: str
) -> tuple[Mapping[str, str], str, Iterable[str]]:
    known = LEVELS[:levels]
    own = {code: str(level) for code, level in keys.items()}
    return own or {code: level for code, level in usual.items() if level in known}, address, known


def _serial(keys: Mapping[str, str], address: str, known: Iterable[str]) -> dict[bytes, str]:
    before = code_bytes(address)
    return _table(keys, lambda code: before + _some(code), known)


def _some(code: str) -> bytes:
    if not code:
        raise ValueError("a code is empty; name the bytes that the key sends")
    return code_bytes(code)


def _evdev(keys: Mapping[str, str], known: Iterable[str]) -> dict[int, str]:
    return _table(keys, lambda name: _known("kernel key", name, CODES), known)


def _table(keys: Mapping[str, str], read: Callable[[str], Code], known: Iterable[str]) -> dict[Code, str]:
    table: dict[Code, str] = {}
    for text, stroke in keys.items():
        code = read(text)
        if code in table:
            raise ValueError(f"the code {text!r} is there twice")
        table[code] = _known("key", stroke, {one: one for one in known})
    return table


Found = TypeVar("Found")


def _known(kind: str, name: str, table: Mapping[str, Found]) -> Found:
    if name in table:
        return table[name]
    close = difflib.get_close_matches(name, table, n=1, cutoff=0.5)
    hint = f"did you mean {str(close[0])!r}?" if close else f"known: {', '.join(table)}"
    raise ValueError(f"unknown {kind} {name!r}; {hint}")
