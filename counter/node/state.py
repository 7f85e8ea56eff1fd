"""The state of a sign node, and the face (content) of its sign. Pure functions.

A sign cannot indicate that its number is out of date, so it then shows dashes, which mean "unknown". A node cannot send
requests to the server, so it accepts the picture (the counter's state, as a retained message) that it received last,
whatever its ``rev``: the messages of one publisher arrive in order. Each heartbeat contains the server's own ``rev``. A
picture far ahead of it is accepted only after a later heartbeat, and dropped if two heartbeats in a row have not
reached its ``rev``.
"""

from dataclasses import dataclass, field, replace

from hardware.ports import PRACTICE_LINE, SignFace
from server.wire.messages import CounterPicture, CounterStateName, ServerBeat
from server.wire.station.liveness import ServerLiveness
from server.wire.station.newest import is_jump

DARK = SignFace(None)
DASHES = SignFace(None, paused=True)
MAX_UNREACHED_HEARTBEATS = 2  # a broker may deliver a picture before a heartbeat that was published earlier


@dataclass(frozen=True, slots=True)
class NodeState:
    """The pictures and heartbeats that were received.

    ``picture``: the accepted one. ``server_rev``: the server's ``rev`` in its newest heartbeat that had one.
    ``doubted``: a picture far ahead of it. ``doubted_heartbeats``, ``unreached_heartbeats``: how many heartbeats in a
    row had not reached the ``rev`` of ``doubted``, of ``picture``. ``dropped``: an accepted picture was dropped, so the
    state is unknown. ``forged``: the picture that the last message proved to be another publisher's.
    """

    picture: CounterPicture | None = None
    liveness: ServerLiveness = field(default_factory=ServerLiveness)
    server_rev: int | None = None
    doubted: CounterPicture | None = None
    doubted_heartbeats: int = 0
    unreached_heartbeats: int = 0
    dropped: bool = False
    forged: CounterPicture | None = None


def picture_received(state: NodeState, picture: CounterPicture) -> NodeState:
    """Return the state after a picture of its counter was received."""
    is_current_server = picture.epoch == state.liveness.epoch
    if is_current_server and state.server_rev is not None and is_jump(picture, state.server_rev):
        return replace(state, doubted=picture, doubted_heartbeats=0, forged=None)
    return replace(state, picture=picture, unreached_heartbeats=0, doubted=None, forged=None)


def heartbeat_received(state: NodeState, heartbeat: ServerBeat, now_s: float, *, retained: bool = False) -> NodeState:
    """Return the state after a heartbeat. ``retained``: the broker had it from before we were connected."""
    state = replace(state, liveness=state.liveness.after(heartbeat, now_s, retained=retained), forged=None)
    if not heartbeat.online or heartbeat.rev is None:
        return state
    state = _check_doubted(replace(state, server_rev=heartbeat.rev), heartbeat.epoch, heartbeat.rev)
    return _check_picture(state, heartbeat.epoch, heartbeat.rev)


def _check_doubted(state: NodeState, epoch: str, server_rev: int) -> NodeState:
    """Accept the doubted picture once the server has reached its ``rev``, or drop it."""
    doubted = state.doubted
    if doubted is None:
        return state
    if doubted.epoch == epoch and doubted.rev <= server_rev:
        return replace(state, picture=doubted, unreached_heartbeats=0, doubted=None)
    state = replace(state, doubted_heartbeats=state.doubted_heartbeats + 1)
    if state.doubted_heartbeats == MAX_UNREACHED_HEARTBEATS:
        return replace(state, doubted=None, forged=doubted)
    return state


def _check_picture(state: NodeState, epoch: str, server_rev: int) -> NodeState:
    """Drop the accepted picture if two heartbeats in a row have not reached its ``rev``."""
    picture = state.picture
    if picture is None or picture.epoch != epoch or picture.rev <= server_rev:
        return replace(state, unreached_heartbeats=0)
    if state.unreached_heartbeats + 1 < MAX_UNREACHED_HEARTBEATS:
        return replace(state, unreached_heartbeats=state.unreached_heartbeats + 1)
    return replace(state, picture=None, unreached_heartbeats=0, dropped=True, forged=picture)


def face_of(state: NodeState, now_s: float) -> SignFace:
    """Return the face of the sign.

    The sign is dark before the first picture. It has dashes while the server is not alive, or the picture is of an
    earlier start of the server.
    """
    if state.picture is None:
        return DASHES if state.dropped else DARK
    if not state.liveness.is_alive(now_s) or state.liveness.epoch != state.picture.epoch:
        return DASHES
    picture = state.picture
    return replace(_face_of_picture(picture), below=PRACTICE_LINE if picture.practice else "")


def _face_of_picture(picture: CounterPicture) -> SignFace:
    if picture.state is CounterStateName.CLOSED:
        return DARK
    if picture.number is not None:
        is_called = picture.ticket == "called"  # the state of the ticket
        return SignFace(picture.number, blink=is_called)
    return DASHES if picture.state is CounterStateName.PAUSED else DARK


def next_wake_s(state: NodeState) -> float | None:
    """Return the moment at which the face changes without a message."""
    return state.liveness.expires_at_s
