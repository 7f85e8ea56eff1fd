"""What a node shows: pure, so that staleness is tested without waiting for it.

A sign has no room to say that its number is old, so an old number is not shown: dashes stand for "I do not know".
A node cannot ask the server, so it trusts the order of the messages: the picture received last counts, whatever its
``rev``, because the messages of one publisher arrive in order. The heartbeats tell the server's own ``rev``: a picture
that is far ahead of it waits for the next heartbeat, and one that two heartbeats in a row do not know is dropped.
"""

from dataclasses import dataclass, field, replace

from hardware.ports import SignFace
from server.wire.messages import CounterPicture, CounterStateName, ServerBeat
from server.wire.newest import JUMP
from server.wire.pace import Pulse

DARK = SignFace(None)
DASHES = SignFace(None, paused=True)


@dataclass(frozen=True, slots=True)
class Node:
    """What has been received: the picture, and the server's heartbeats.

    ``told_rev``: the server's rev in its last heartbeat, None: it told none. ``doubted``: a picture far ahead of it.
    ``doubted_by``, ``unknown_to``: how many heartbeats in a row did not know ``doubted`` and ``picture``. ``dropped``:
    whether a picture was. ``forged``: the one that the last message proved to be another publisher's.
    """

    picture: CounterPicture | None = None
    pulse: Pulse = field(default_factory=Pulse)
    told_rev: int | None = None
    doubted: CounterPicture | None = None
    doubted_by: int = 0
    unknown_to: int = 0
    dropped: bool = False
    forged: CounterPicture | None = None


def heard(node: Node, what: CounterPicture | ServerBeat, now_s: float, *, kept: bool = False) -> Node:
    """Return the node after ``what`` was received; ``kept``: the broker had it from before we were connected."""
    if isinstance(what, ServerBeat):
        node = replace(node, pulse=node.pulse.after(what, now_s, kept=kept), forged=None)
        return _checked(node, what) if what.online and what.rev is not None else node
    same_server = what.epoch == node.pulse.pace.epoch
    if same_server and node.told_rev is not None and what.rev > node.told_rev + JUMP:
        return replace(node, doubted=what, doubted_by=0, forged=None)
    return replace(node, picture=what, unknown_to=0, doubted=None, forged=None)


def _checked(node: Node, beat: ServerBeat) -> Node:
    """Compare the pictures with the rev that the server has reached according to ``beat``."""
    assert beat.rev is not None
    node, doubted, picture = replace(node, told_rev=beat.rev), node.doubted, node.picture
    if doubted is not None and doubted.epoch == beat.epoch and doubted.rev <= beat.rev:
        return replace(node, picture=doubted, unknown_to=0, doubted=None)
    # Two heartbeats: a broker may hand on a picture before a heartbeat that was published first.
    if doubted is not None:
        node = replace(node, doubted_by=node.doubted_by + 1)
        if node.doubted_by == 2:
            node = replace(node, doubted=None, forged=doubted)
    if picture is None or picture.epoch != beat.epoch or picture.rev <= beat.rev:
        return replace(node, unknown_to=0)
    if node.unknown_to == 0:
        return replace(node, unknown_to=1)
    return replace(node, picture=None, unknown_to=0, dropped=True, forged=picture)


def face(node: Node, now_s: float) -> SignFace:
    """Dark before anything is known; dashes when the server is not heard, or what is known is not its picture."""
    if node.picture is None:
        return DASHES if node.dropped else DARK
    if not node.pulse.alive(now_s) or node.pulse.pace.epoch != node.picture.epoch:
        return DASHES
    picture = node.picture
    if picture.state is CounterStateName.CLOSED:
        return DARK
    if picture.number is not None:
        return SignFace(picture.number, blink=picture.ticket == "called")
    return DASHES if picture.state is CounterStateName.PAUSED else DARK


def due(node: Node) -> float | None:
    """When the face changes though nothing is heard."""
    return node.pulse.ends_s
