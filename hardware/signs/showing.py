"""What a sign is lit with at a moment: blinking, dashes and the word of a refusal, the same for every make.

Pure: a face and since when it is wanted go in, what is lit and when that changes next come out.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from hardware.ports import SignFace

BLINKS = 3
HALF_BLINK_S = 0.5
REFUSED_DASHES = 2
HALF_DASHES_S = 0.25
# However long a refusal is wanted, it never hides a called number for longer.
REFUSED_S = 2.0


class Look(StrEnum):
    """BLINK: the sign blinks by itself. REFUSED: its own way to say that a key was turned down."""

    STEADY = "steady"
    BLINK = "blink"
    DARK = "dark"
    DASHES = "dashes"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Shown:
    """``text`` is the number of STEADY and BLINK, the word of REFUSED; ``below`` the reason under the word, else the
    clerk's line, which only signs with a second line have room for."""

    look: Look
    text: str = ""
    below: str = ""


DARK = Shown(Look.DARK)
DASHES = Shown(Look.DASHES)


def shown(face: SignFace, since: float, now: float, *, blinks: bool, refuses: bool) -> tuple[Shown, float | None]:
    """What is lit at ``now`` for a face wanted ``since``, and when that changes.

    ``blinks``: the sign blinks by itself; else the number goes on and off, 3 × at 1 Hz, then it stays.
    ``refuses``: the sign has its own way to say so; else dashes flash twice.
    """
    under, change_at = _under_the_word(face, since, now, blinks=blinks)
    if face.word is None:
        return replace(under, below=face.below), change_at
    if refuses:
        end = since + REFUSED_S
        return (Shown(Look.REFUSED, face.word, face.below), end) if now < end else (under, change_at)
    flash = int((now - since) / HALF_DASHES_S)
    if flash >= 2 * REFUSED_DASHES:
        return under, change_at
    return DARK if flash % 2 else DASHES, since + (flash + 1) * HALF_DASHES_S


def _under_the_word(face: SignFace, since: float, now: float, *, blinks: bool) -> tuple[Shown, float | None]:
    if face.paused:
        return DASHES, None
    if face.number is None:
        return DARK, None
    half = int((now - since) / HALF_BLINK_S)
    if not face.blink or half >= 2 * BLINKS:
        return Shown(Look.STEADY, face.number), None
    if blinks:
        return Shown(Look.BLINK, face.number), since + 2 * BLINKS * HALF_BLINK_S
    lit = Shown(Look.STEADY, face.number) if half % 2 == 0 else DARK
    return lit, since + (half + 1) * HALF_BLINK_S
