"""Whether a heartbeat was said just now, or held up on its way: a network that stalls and goes on brings all at once
what was said meanwhile. And whether the server lives, for as long as the last one that was said just now holds.

No two machines' clocks need agree: the server tells how far its own has run, and what counts is how much later than the
quickest a heartbeat comes.
"""

from dataclasses import dataclass, field, replace

from server.wire.messages import ServerBeat

STALE_S = 10.0  # so long a heartbeat proves that the server lives; it says one every three seconds
UNEVEN_S = 1.0  # what a sound network and a busy machine may be late
REMEMBERED = 20  # heartbeats, a minute: a server that stood still with its clock is believed again after that
AGREEING = 3  # so many even heartbeats in a row are the server's level


@dataclass(frozen=True, slots=True)
class Pace:
    """Of the last heartbeats of ``epoch``: our clock minus the server's when each came."""

    epoch: str = ""
    lags_s: tuple[float, ...] = ()

    def after(self, beat: ServerBeat, now_s: float) -> "Pace":
        """With ``beat``, which came at ``now_s`` (monotonic seconds)."""
        if beat.up_ms is None:
            return Pace(beat.epoch)
        known = self.lags_s if beat.epoch == self.epoch else ()
        return Pace(beat.epoch, _without_strangers((*known, now_s - beat.up_ms / 1000)[-REMEMBERED:]))

    @property
    def steady(self) -> bool:
        """Whether the last one was said just now: not much later than the quickest, nor in the wake of one that was
        held up, since what was said together with it may still be on its way."""
        if not self.lags_s:
            return True
        before, last = (self.lags_s[0], *self.lags_s)[-2:]
        return last - min(self.lags_s) <= UNEVEN_S and before - last <= UNEVEN_S


def _without_strangers(lags_s: tuple[float, ...]) -> tuple[float, ...]:
    """Forget quicker heartbeats between ``AGREEING`` even ones and the last, when that one agrees with those.

    They claim to be from a later clock than the server's, so another publisher sent them. They must not make every
    following heartbeat look late. Heartbeats that a stall held up come all at once: their lags fall and never agree.
    """
    *before, last = lags_s
    while before and before[-1] < last - UNEVEN_S:
        before.pop()
    level = before[-AGREEING:]
    if len(level) < AGREEING or max(*level, last) - min(*level, last) > UNEVEN_S:
        return lags_s
    return (*before, last)


@dataclass(frozen=True, slots=True)
class Pulse:
    """``at_s``: when the last heartbeat came that proves that the server lives (monotonic seconds), None: none does.
    ``proof``: whether the last of all did."""

    pace: Pace = field(default_factory=Pace)
    at_s: float | None = None
    proof: bool = False

    def after(self, beat: ServerBeat, now_s: float, *, kept: bool) -> "Pulse":
        """With ``beat``, which came at ``now_s``.

        ``kept``: the broker had it from before we were connected. It may be of yesterday, from before a power cut: it
        tells who served, not that they live.
        """
        if not beat.online or (kept and self.pace.epoch not in ("", beat.epoch)):
            return Pulse(self.pace)
        if kept:
            return replace(self, proof=False)
        pace = self.pace.after(beat, now_s)
        return Pulse(pace, now_s if pace.steady else self.at_s, pace.steady)

    @property
    def ends_s(self) -> float | None:
        """Until when the server counts as alive though no more is heard; None: it does not."""
        return None if self.at_s is None else self.at_s + STALE_S

    def alive(self, now_s: float) -> bool:
        """Whether the server was heard lately."""
        return self.ends_s is not None and now_s < self.ends_s
