"""What a node shows: pure, so that staleness is tested without waiting for it.

A sign has no room to say that its number is old, so an old number is not shown: dashes stand for "I do not know".
"""

from dataclasses import dataclass, field, replace

from hardware.ports import SignFace
from server.wire.messages import CounterPicture, CounterStateName, ServerBeat
from server.wire.pace import Pulse

DARK = SignFace(None)
DASHES = SignFace(None, paused=True)


@dataclass(frozen=True, slots=True)
class Node:
    """What has been heard: the picture, and the server's heartbeats."""

    picture: CounterPicture | None = None
    pulse: Pulse = field(default_factory=Pulse)


def heard(node: Node, what: CounterPicture | ServerBeat, now_s: float, *, kept: bool = False) -> Node:
    """A newer picture replaces the one before; an older one of the same epoch was overtaken on its way.

    ``kept``: the broker had it from before we were connected.
    """
    if isinstance(what, ServerBeat):
        return replace(node, pulse=node.pulse.after(what, now_s, kept=kept))
    old = node.picture
    if old is not None and old.epoch == what.epoch and what.rev < old.rev:
        return node
    return replace(node, picture=what)


def face(node: Node, now_s: float) -> SignFace:
    """Dark before anything is known; dashes when the server is not heard, or what is known is from before its start."""
    if node.picture is None:
        return DARK
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
