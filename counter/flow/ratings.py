"""Turn a press on a rating pad into one rating of the service just given.

Further presses are ignored, and a failure is not shown to the visitor. The server attaches a rating to the ticket
finished last at the counter. So a rating that cannot be sent soon is dropped, before the next ticket is finished.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from config.clock import Now
from counter.flow.effects import Effects, FlashLamp, LogMessage, PostRating
from counter.flow.events import Rated
from server.wire.messages import Rate, RatingLevel

QUIET_AFTER_RATING_S = 10.0  # presses within this time are ignored: they are the same visitor's
QUIET_AFTER_REFUSAL_S = 1.0  # a visitor who pressed too early may press again in time
RETRY_DELAYS_S = (0.5, 1.0, 2.0, 4.0)
ANSWER_TIMEOUT_S = 30.0  # a call without an answer event after this time was lost in this program

LEVELS_BY_KEY_COUNT: Mapping[int, Sequence[RatingLevel]] = {
    3: (RatingLevel.VERY_SATISFIED, RatingLevel.SATISFIED, RatingLevel.DISSATISFIED),
    4: (RatingLevel.VERY_SATISFIED, RatingLevel.SATISFIED, RatingLevel.NEUTRAL, RatingLevel.DISSATISFIED),
}
"""The levels of a pad's keys, best first, by the number of its keys."""


@dataclass(frozen=True, slots=True)
class RatingPadState:
    """The rating pad of one counter. Moments are monotonic seconds.

    ``key_count``: one key per level. ``pending``: the rating that is being sent; it is sent (again) at ``send_at_s``,
    and its call is treated as lost at ``lost_at_s``. ``tries``: how often it was sent. Presses before ``quiet_until_s``
    are ignored. ``last_logged_refusal``: the code of the refusal that was logged last.
    """

    counter: str
    key_count: int
    pending: Rate | None = None
    tries: int = 0
    send_at_s: float | None = None
    lost_at_s: float | None = None
    quiet_until_s: float = float("-inf")
    last_logged_refusal: str | None = None


def pressed(pad: RatingPadState, event: Rated, station: str, now: Now) -> RatingPadState:
    """Return the pad after a press, whose rating is sent next."""
    if pad.pending is not None or now.mono_s < pad.quiet_until_s:
        return pad
    level = LEVELS_BY_KEY_COUNT[pad.key_count][event.level - 1]
    body = Rate(request_id=event.request_id, station=station, counter=pad.counter, level=level)
    return replace(pad, pending=body, tries=0, send_at_s=now.mono_s)


def answered(pad: RatingPadState, code: str | None, now: Now) -> tuple[RatingPadState, Effects]:
    """Return the pad after the server stored the rating (no ``code``) or refused it.

    The same refusal in a row is logged once.
    """
    quiet_s, previous_refusal = QUIET_AFTER_RATING_S if code is None else QUIET_AFTER_REFUSAL_S, pad.last_logged_refusal
    pad = replace(_idle(pad), quiet_until_s=now.mono_s + quiet_s, last_logged_refusal=code)
    if code is None:
        return pad, (FlashLamp(f"pad-{pad.counter}"),)
    if code == previous_refusal:
        return pad, ()
    return pad, (LogMessage(f"counter {pad.counter}: a rating was refused ({code})", warning=False),)


def lost(pad: RatingPadState, now: Now) -> tuple[RatingPadState, Effects]:
    """Schedule the same request again, a few times, after a call without an answer."""
    if pad.pending is None:
        return pad, ()
    pad = replace(pad, lost_at_s=None)
    if pad.tries <= len(RETRY_DELAYS_S):
        return replace(pad, send_at_s=now.mono_s + RETRY_DELAYS_S[pad.tries - 1]), ()
    return _idle(pad), (LogMessage(f"counter {pad.counter}: a rating could not be sent to the server", warning=True),)


def due_effects(pad: RatingPadState, now: Now) -> tuple[RatingPadState, Effects]:
    """Return the effects that are due now."""
    effects: Effects = ()
    if pad.lost_at_s is not None and now.mono_s >= pad.lost_at_s:
        pad, effects = lost(pad, now)
    if pad.pending is None or pad.send_at_s is None or now.mono_s < pad.send_at_s:
        return pad, effects
    sent = replace(pad, tries=pad.tries + 1, send_at_s=None, lost_at_s=now.mono_s + ANSWER_TIMEOUT_S)
    return sent, (*effects, PostRating(pad.counter, pad.pending))


def _idle(pad: RatingPadState) -> RatingPadState:
    return replace(pad, pending=None, tries=0, send_at_s=None, lost_at_s=None)
