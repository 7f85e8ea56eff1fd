"""The content of a sign at a given time: blinking, dashes, word of a refusal.

The rules are the same for every model. Pure: takes a face and the time it was requested; returns the content and the
time of its next change.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from hardware.ports import SignFace

BLINKS = 3
"""How many times a called number blinks."""
HALF_BLINK_S = 0.5
"""How long the number is shown, and then dark, in each blink."""
REFUSED_DASHES = 2
"""How many times dashes flash after a refused key."""
HALF_DASHES_S = 0.25
"""How long the dashes are shown, and then dark, in each flash."""
MAX_REFUSED_S = 2.0
"""Longest time that a refusal hides a called number."""


class DisplayMode(StrEnum):
    """How a sign displays its content.

    STEADY: the number. BLINK: the number, by the sign's own blinking. REFUSED: the sign's own way to show a refused
    key.
    """

    STEADY = "steady"
    BLINK = "blink"
    DARK = "dark"
    DASHES = "dashes"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SignContent:
    """The content of a sign at one moment. ``text``: the number in STEADY and BLINK, the word in REFUSED.

    ``below``: the reason in REFUSED, else the clerk's text; only signs with a second line show it.
    """

    mode: DisplayMode
    text: str = ""
    below: str = ""


DARK = SignContent(DisplayMode.DARK)
DASHES = SignContent(DisplayMode.DASHES)


def render(
    face: SignFace, requested_at_s: float, now_s: float, *, blinks: bool, shows_refusals: bool
) -> tuple[SignContent, float | None]:
    """Return the content of a face at ``now_s``, and the time of its next change.

    The time is None where the content does not change any more. ``requested_at_s``: when the face was requested. Times
    are monotonic seconds. ``blinks``: the sign blinks by itself; else the number is switched on and off, three times at
    1 Hz, and then stays. ``shows_refusals``: the sign has its own way to show a refused key; else dashes flash twice.
    """
    number, change_at_s = _render_number(face, requested_at_s, now_s, blinks=blinks)
    if face.word is None:
        return replace(number, below=face.below), change_at_s
    if shows_refusals:
        end_s = requested_at_s + MAX_REFUSED_S
        if now_s < end_s:
            return SignContent(DisplayMode.REFUSED, face.word, face.below), end_s
        return number, change_at_s
    half_flashes = int((now_s - requested_at_s) / HALF_DASHES_S)
    if half_flashes >= 2 * REFUSED_DASHES:
        return number, change_at_s
    return DARK if half_flashes % 2 else DASHES, requested_at_s + (half_flashes + 1) * HALF_DASHES_S


def _render_number(
    face: SignFace, requested_at_s: float, now_s: float, *, blinks: bool
) -> tuple[SignContent, float | None]:
    """Return the content without the word of a refusal."""
    if face.paused:
        return DASHES, None
    if face.number is None:
        return DARK, None
    half_blinks = int((now_s - requested_at_s) / HALF_BLINK_S)
    if not face.blink or half_blinks >= 2 * BLINKS:
        return SignContent(DisplayMode.STEADY, face.number), None
    if blinks:
        return SignContent(DisplayMode.BLINK, face.number), requested_at_s + 2 * BLINKS * HALF_BLINK_S
    content = SignContent(DisplayMode.STEADY, face.number) if half_blinks % 2 == 0 else DARK
    return content, requested_at_s + (half_blinks + 1) * HALF_BLINK_S
