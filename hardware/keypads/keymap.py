"""What a serial keypad sends for each key: data, so that another make is another table."""

from collections.abc import Mapping
from dataclasses import dataclass

from hardware.ports import Key

# Desk keypads of the usual kind send one character per key; Enter calls the next visitor.
KEYS: Mapping[bytes, Key] = {
    b"\r": Key.NEXT,
    b"R": Key.RECALL,
    b"S": Key.START,
    b"F": Key.FINISH,
    b"A": Key.NO_SHOW,
    b"H": Key.HOLD,
    b"P": Key.PAUSE,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What some bytes meant. ``rest`` may be the beginning of a key; ``garbage`` counts bytes of no key."""

    keys: tuple[Key, ...]
    rest: bytes
    garbage: int


def read_keys(data: bytes, keymap: Mapping[bytes, Key] = KEYS) -> Heard:
    """The keys in ``data``; of codes that begin alike the longer one counts."""
    codes = sorted(keymap, key=len, reverse=True)
    keys: list[Key] = []
    garbage = 0
    while data:
        code = next((code for code in codes if data.startswith(code)), None)
        if code is None and any(code.startswith(data) for code in codes):
            break
        if code is None:
            garbage += 1
        else:
            keys.append(keymap[code])
        data = data[len(code or b"?") :]
    return Heard(tuple(keys), data, garbage)
