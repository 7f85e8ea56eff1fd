"""Pictures of a counter's sign: what the real driver sends, drawn by the simulated sign."""

from pathlib import Path

from hardware.ports import SignFace
from hardware.signs.cd5220 import frame, lines
from hardware.signs.showing import HALF_BLINK_S, shown
from hardware.simulated.signs.glass import Glass
from hardware.simulated.signs.segments import draw

FACES = {
    "calling": SignFace("A015", blink=True),
    "serving": SignFace("A015"),
    "letters": SignFace("KM107"),
    "four-digits": SignFace("X1000"),
    "paused": SignFace(None, paused=True),
    "free": SignFace(None),
    "refused": SignFace("A015", word="Err", below="OPEN TICKET"),
    "no-server": SignFace(None, word="Err", below="NO SERVER"),
}


def make(folder: Path) -> list[Path]:
    """One PNG for each face, and the dark half of a call's blinking. A sign has no language."""
    made = []
    for name, face in (*FACES.items(), ("calling-dark", SignFace("A015", blink=True))):
        glass = Glass()
        now_s = HALF_BLINK_S if name.endswith("-dark") else 0.0
        what, _ = shown(face, 0.0, now_s, blinks=False, refuses=True)
        glass.feed(frame(*lines(what)))
        path = folder / f"sign-{name}.png"
        path.write_bytes(draw(glass.upper, glass.lower))
        made.append(path)
    return made
