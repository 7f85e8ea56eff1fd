"""Whether a heartbeat was said just now, or held up on its way: a network that stalls and goes on brings all at once
what was said meanwhile.

No two machines' clocks need agree: the server tells how far its own has run, and what counts is how much later than the
quickest a heartbeat comes.
"""

from dataclasses import dataclass

from server.wire.messages import ServerBeat

UNEVEN_S = 1.0  # what a sound network and a busy machine may be late
REMEMBERED = 20  # heartbeats, a minute: a server that stood still with its clock is believed again after that


@dataclass(frozen=True, slots=True)
class Pace:
    """Of the last heartbeats of ``epoch``: our clock minus the server's when each came."""

    epoch: str = ""
    lags_s: tuple[float, ...] = ()

    def after(self, beat: ServerBeat, now_s: float) -> "Pace":
        """With ``beat``, which came at ``now_s`` (monotonic seconds)."""
        if beat.up_ms is None:
            return Pace()
        known = self.lags_s if beat.epoch == self.epoch else ()
        return Pace(beat.epoch, (*known, now_s - beat.up_ms / 1000)[-REMEMBERED:])

    @property
    def steady(self) -> bool:
        """Whether the last one was said just now: not much later than the quickest, nor in the wake of one that was
        held up, since what was said together with it may still be on its way."""
        if not self.lags_s:
            return True
        before, last = (self.lags_s[0], *self.lags_s)[-2:]
        return last - min(self.lags_s) <= UNEVEN_S and before - last <= UNEVEN_S
