"""What a visitor's press on a satisfaction pad becomes: one rating of the service just given.

Pressing again changes nothing, and nothing that goes wrong is shown: the visitor did their part. A rating goes to
the ticket finished last at the counter, so one that could not be told soon is given up before it meets another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from config.clock import Now
from counter.events import Effect, Light, Note, Rated, TellRating
from server.wire.messages import Rate, RatingLevel

QUIET_S = 10.0  # presses within so long after one that counts are of the same visitor
REFUSED_S = 1.0  # whoever pressed too early may press again in time
RETRY_S = (0.5, 1.0, 2.0, 4.0)
UNANSWERED_S = 30.0  # no answer and no failure for so long: it was lost in this program

LEVELS: Mapping[int, Sequence[RatingLevel]] = {
    3: (RatingLevel.VERY_SATISFIED, RatingLevel.SATISFIED, RatingLevel.DISSATISFIED),
    4: (RatingLevel.VERY_SATISFIED, RatingLevel.SATISFIED, RatingLevel.NEUTRAL, RatingLevel.DISSATISFIED),
}
"""The meanings of a pad's keys, best first, by their number."""


@dataclass(frozen=True, slots=True)
class Pad:
    """The pad of one counter. ``telling`` is the rating under way; it goes out again at ``retry_at``, or counts as
    lost at ``lost_at``. ``noted``: the refusal that is in the log already."""

    counter: str
    levels: int
    telling: Rate | None = None
    tries: int = 0
    retry_at: float | None = None
    lost_at: float | None = None
    quiet_until: float = float("-inf")
    noted: str | None = None


def rated(pad: Pad, what: Rated, station: str, now: Now) -> Pad:
    """The pad after a press."""
    if pad.telling is not None or now.mono_s < pad.quiet_until:
        return pad
    level = LEVELS[pad.levels][what.level - 1]
    body = Rate(request_id=what.request_id, station=station, counter=pad.counter, level=level)
    return replace(pad, telling=body, tries=0, retry_at=now.mono_s)


def answered(pad: Pad, code: str | None, now: Now) -> tuple[Pad, tuple[Effect, ...]]:
    """The server took it, or said why not; a refusal is for the log only, once however often somebody presses."""
    quiet_s, known = QUIET_S if code is None else REFUSED_S, pad.noted
    pad = replace(_done(pad), quiet_until=now.mono_s + quiet_s, noted=code)
    if code is None:
        return pad, (Light(f"pad-{pad.counter}"),)
    if code == known:
        return pad, ()
    return pad, (Note(f"counter {pad.counter}: a rating was refused ({code})", well=True),)


def lost(pad: Pad, now: Now) -> tuple[Pad, tuple[Effect, ...]]:
    """No answer: again with the same request, a few times."""
    if pad.telling is None:
        return pad, ()
    pad = replace(pad, lost_at=None)
    if pad.tries <= len(RETRY_S):
        return replace(pad, retry_at=now.mono_s + RETRY_S[pad.tries - 1]), ()
    return _done(pad), (Note(f"counter {pad.counter}: a rating could not be told to the server", well=False),)


def work(pad: Pad, now: Now) -> tuple[Pad, tuple[Effect, ...]]:
    """What is to be told at this moment."""
    notes: tuple[Effect, ...] = ()
    if pad.lost_at is not None and now.mono_s >= pad.lost_at:
        pad, notes = lost(pad, now)
    if pad.telling is None or pad.retry_at is None or now.mono_s < pad.retry_at:
        return pad, notes
    sent = replace(pad, tries=pad.tries + 1, retry_at=None, lost_at=now.mono_s + UNANSWERED_S)
    return sent, (*notes, TellRating(pad.counter, pad.telling))


def _done(pad: Pad) -> Pad:
    return replace(pad, telling=None, tries=0, retry_at=None, lost_at=None)
