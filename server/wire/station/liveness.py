"""Judge from heartbeats whether the server is alive: ``ServerLiveness``, one rule for all stations.

A heartbeat proves that the server is alive only if it was sent just now. After a stall a network delivers the delayed
messages all at once; ``HeartbeatMonitor`` detects such late heartbeats. No two machines' clocks need to agree: each
heartbeat carries the uptime of its sender (``up_ms``), and only the delay relative to the quickest one of the last
minute counts.
"""

from dataclasses import dataclass, field, replace

from server.wire.messages import ServerBeat

STALE_AFTER_S = 10.0  # heartbeats come every 3 s; the server counts as alive until this time after its last proof
MAX_JITTER_S = 1.0  # how late a heartbeat may be on a healthy network and a busy machine
MAX_REMEMBERED_DELAYS = 20  # a minute of heartbeats: after that time a server whose clock stood still is trusted again
CONSISTENT_HEARTBEATS = 3  # so many heartbeats with one delay (within MAX_JITTER_S) show that a quicker one is foreign


@dataclass(frozen=True, slots=True)
class HeartbeatMonitor:
    """The delays of the newest heartbeats of one server start.

    ``epoch``: the id of that start; empty before the first heartbeat. ``delays_s``: our clock minus the sender's uptime
    when each was received, oldest first. Only differences between them have a meaning.
    """

    epoch: str = ""
    delays_s: tuple[float, ...] = ()

    def after(self, heartbeat: ServerBeat, now_s: float) -> "HeartbeatMonitor":
        """Return the monitor after ``heartbeat`` was received at ``now_s`` (monotonic seconds).

        The server sends ``up_ms`` in every heartbeat. One of another program may have None: its delay cannot be
        measured, so it counts as on time and the measured delays are dropped.
        """
        if heartbeat.up_ms is None:
            return HeartbeatMonitor(heartbeat.epoch)
        delays_s = self.delays_s if heartbeat.epoch == self.epoch else ()
        delays_s = (*delays_s, now_s - heartbeat.up_ms / 1000)[-MAX_REMEMBERED_DELAYS:]
        return HeartbeatMonitor(heartbeat.epoch, _drop_foreign(delays_s))

    @property
    def on_time(self) -> bool:
        """Return whether the newest heartbeat was sent just before it was received.

        Its delay must not be much longer than the shortest one. Nor may it follow a late heartbeat directly, because
        more messages that were held up with that one may still arrive.
        """
        if not self.delays_s:
            return True
        previous_s, last_s = (self.delays_s[0], *self.delays_s)[-2:]
        return last_s - min(self.delays_s) <= MAX_JITTER_S and previous_s - last_s <= MAX_JITTER_S


def _drop_foreign(delays_s: tuple[float, ...]) -> tuple[float, ...]:
    """Drop delays of heartbeats that another program sent: shorter than those before and after them.

    They are dropped once the newest delay agrees with ``CONSISTENT_HEARTBEATS`` delays in a row before the shorter
    ones. A shorter delay claims a later clock than the server's, and would make every following heartbeat look late.
    Heartbeats that a stall held up are received all at once: their delays fall and never agree.
    """
    *before, last = delays_s
    while before and before[-1] < last - MAX_JITTER_S:
        before.pop()
    consistent = before[-CONSISTENT_HEARTBEATS:]
    if len(consistent) < CONSISTENT_HEARTBEATS or max(*consistent, last) - min(*consistent, last) > MAX_JITTER_S:
        return delays_s
    return (*before, last)


@dataclass(frozen=True, slots=True)
class ServerLiveness:
    """The judgement whether the server is alive, from its heartbeats.

    ``last_proof_at_s``: when the server last proved that it is alive (monotonic seconds); None: it has not yet, or it
    has ended or started anew since. ``last_heartbeat_is_proof``: whether the newest heartbeat was such a proof.
    """

    monitor: HeartbeatMonitor = field(default_factory=HeartbeatMonitor)
    last_proof_at_s: float | None = None
    last_heartbeat_is_proof: bool = False

    def after(self, heartbeat: ServerBeat, now_s: float, *, retained: bool) -> "ServerLiveness":
        """Return the state after ``heartbeat`` was received at ``now_s``.

        ``retained``: the broker had it from before we were connected. It may be days old, from before a power cut, so
        it is no proof, and its ``epoch`` is not stored. If that is another one than the stored ``epoch``, the server
        has started anew, so the earlier proof ends; so it does with the server's will.
        """
        if not heartbeat.online or (retained and self.epoch not in ("", heartbeat.epoch)):
            return ServerLiveness(self.monitor)
        if retained:
            return replace(self, last_heartbeat_is_proof=False)
        monitor = self.monitor.after(heartbeat, now_s)
        return ServerLiveness(monitor, now_s if monitor.on_time else self.last_proof_at_s, monitor.on_time)

    def after_answer(self, now_s: float) -> "ServerLiveness":
        """Return the state after the server answered over HTTP, which is a proof."""
        return replace(self, last_proof_at_s=now_s)

    @property
    def epoch(self) -> str:
        """The id of the server start whose heartbeats are judged.

        Empty before the first heartbeat that is not retained.
        """
        return self.monitor.epoch

    @property
    def expires_at_s(self) -> float | None:
        """The moment from which the server counts as not alive; None: it does already."""
        return None if self.last_proof_at_s is None else self.last_proof_at_s + STALE_AFTER_S

    def is_alive(self, now_s: float) -> bool:
        """Return whether the server has proved within ``STALE_AFTER_S`` that it is alive."""
        return self.expires_at_s is not None and now_s < self.expires_at_s
