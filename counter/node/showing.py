"""What a node shows: pure, so that staleness is tested without waiting for it.

A sign has no room to say that its number is old, so an old number is not shown: dashes stand for "I do not know".
"""

from dataclasses import dataclass, field, replace

from hardware.ports import SignFace
from server.wire.messages import CounterPicture, CounterStateName, ServerBeat
from server.wire.pace import Pace

STALE_S = 10.0
DARK = SignFace(None)
DASHES = SignFace(None, paused=True)


@dataclass(frozen=True, slots=True)
class Node:
    """What has been heard. ``beat``: when the server was last heard (monotonic seconds), and its epoch; ``pace``: how
    its heartbeats come."""

    picture: CounterPicture | None = None
    beat: tuple[float, str] | None = None
    pace: Pace = field(default_factory=Pace)


def heard(node: Node, what: CounterPicture | ServerBeat, now_s: float, *, kept: bool = False) -> Node:
    """A newer picture replaces the one before; an older one of the same epoch was overtaken on its way.

    ``kept``: the broker had it from before we were connected. Such a heartbeat may be of yesterday, from before a
    power cut: it tells who served, not that they live. Nor does one that the network held up.
    """
    if isinstance(what, ServerBeat):
        lives = what.online and (not kept or _known(node) == what.epoch)
        if not lives:
            return replace(node, beat=None)
        if kept:
            return node
        node = replace(node, pace=node.pace.after(what, now_s))
        return replace(node, beat=(now_s, what.epoch)) if node.pace.steady else node
    old = node.picture
    if old is not None and old.epoch == what.epoch and what.rev < old.rev:
        return node
    return replace(node, picture=what)


def face(node: Node, now_s: float) -> SignFace:
    """Dark before anything is known; dashes when the server is not heard, or what is known is from before its start."""
    if node.picture is None:
        return DARK
    if node.beat is None or now_s >= node.beat[0] + STALE_S or node.beat[1] != node.picture.epoch:
        return DASHES
    picture = node.picture
    if picture.state is CounterStateName.CLOSED:
        return DARK
    if picture.number is not None:
        return SignFace(picture.number, blink=picture.ticket == "called")
    return DASHES if picture.state is CounterStateName.PAUSED else DARK


def _known(node: Node) -> str | None:
    return None if node.beat is None else node.beat[1]


def due(node: Node) -> float | None:
    """When the face changes though nothing is heard."""
    return None if node.beat is None else node.beat[0] + STALE_S
