"""Which picture counts as the newest, although anybody on the broker may publish one.

Every station that can ask the server uses these functions for ``board`` and ``office``. Within one epoch a greater
``rev`` replaces a smaller one. A picture is checked against the server's HTTP answer before it counts when its epoch is
unknown or its ``rev`` jumps. The server's answer to a question wins over every picture that was received before the
question was asked: a server cannot publish what it does not know. So no message can stay the newest for ever.
"""

import logging
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from config.clock import Now

log = logging.getLogger(__name__)

JUMP = 100  # facts between two pictures; a busy hall records a few in a second
ASK_AGAIN_S = 0.5  # between two questions because of doubts, whatever is published


class Numbered(Protocol):
    """A picture of one server start (``epoch``), numbered by ``rev``."""

    @property
    def epoch(self) -> str: ...

    @property
    def rev(self) -> int: ...


Picture = TypeVar("Picture", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Trust(Generic[Picture]):
    """How far the known picture of one topic is trusted. Moments are monotonic seconds.

    ``checked``: it is the server's own answer; otherwise it was received from the broker at ``received_s``.
    ``doubted``: a picture, received at ``doubted_s``, that does not count before the server has answered.
    ``disputed``: the broker sent two pictures of which only one can be the server's.
    ``forged``: the picture that the last answer proved to be another publisher's.
    """

    checked: bool = False
    received_s: float = 0.0
    doubted: Picture | None = None
    doubted_s: float = 0.0
    disputed: bool = False
    forged: Picture | None = None

    @property
    def asks(self) -> bool:
        """Whether the server must be asked."""
        return self.disputed or self.doubted is not None


def received(
    known: Picture | None, trust: Trust[Picture], picture: Picture, now_s: float, *, hasty: bool = False
) -> tuple[Picture | None, Trust[Picture]]:
    """Return the picture that counts after ``picture`` was received over MQTT, and its trust.

    ``hasty``: the first picture of all counts at once, until the server has answered.
    """
    if known is None and hasty:
        return picture, replace(trust, checked=False, received_s=now_s, disputed=True)
    if known is None or known.epoch != picture.epoch or picture.rev > known.rev + JUMP:
        return known, replace(trust, doubted=picture, doubted_s=now_s)
    if picture.rev > known.rev:
        return picture, replace(trust, checked=False, received_s=now_s)
    if trust.checked or picture == known:
        return known, trust  # the server's answer overtook it, or it was published again
    # One publisher's messages arrive in order, so a second publisher sent one of the two.
    return known, replace(trust, disputed=True)


def answered(
    known: Picture | None, trust: Trust[Picture], answer: Picture, asked_s: float
) -> tuple[Picture, Trust[Picture]]:
    """Return the picture that counts after the server's ``answer`` to a question of ``asked_s``, and its trust."""
    forged: Picture | None = None
    counts: Picture = answer
    settled: Trust[Picture] = Trust(checked=True)
    if known is not None and _is_newer(known, answer):
        if trust.checked or trust.received_s > asked_s:
            counts, settled = known, replace(trust, disputed=False, doubted=None, forged=None)
        else:
            forged = known
    doubted = trust.doubted
    if doubted is not None and _is_newer(doubted, counts):
        if trust.doubted_s <= asked_s:
            forged = doubted
        elif doubted.rev <= counts.rev + JUMP:
            counts, settled = doubted, Trust(received_s=trust.doubted_s)
        else:
            settled = replace(settled, doubted=doubted, doubted_s=trust.doubted_s)
    return counts, replace(settled, forged=forged)


def newest_of(
    known: Picture | None, trust: Trust[Picture], picture: Picture, asked_s: float | None, now: Now
) -> tuple[Picture | None, Trust[Picture]]:
    """Return ``answered`` for an answer to a question of ``asked_s``; for None, hastily, ``received``."""
    if asked_s is not None:
        return answered(known, trust, picture, asked_s)
    return received(known, trust, picture, now.mono_s, hasty=True)


def unanswered(known: Picture | None, trust: Trust[Picture]) -> tuple[Picture | None, Trust[Picture]]:
    """Return what counts when the server did not answer: a picture that is not checked rather than none."""
    if known is None and trust.doubted is not None:
        return trust.doubted, replace(trust, checked=False, received_s=trust.doubted_s, doubted=None, disputed=True)
    return known, trust


def _is_newer(picture: Numbered, than: Numbered) -> bool:
    return picture.epoch == than.epoch and picture.rev > than.rev


class PublisherLog:
    """Reports once that another program publishes in the server's name, and again after an hour."""

    AGAIN_S = 3600.0

    def __init__(self) -> None:
        self._logged_s: float | None = None

    def report(self, forged: Numbered | None, now_s: float) -> None:
        """Log ``forged``, the picture that the server does not know, unless one was logged lately."""
        if forged is None or (self._logged_s is not None and now_s - self._logged_s < self.AGAIN_S):
            return
        self._logged_s = now_s
        log.error(
            "another program publishes pictures in the server's name: %s with rev %d is unknown to the server; "
            "find out who may publish on the broker",
            type(forged).__name__,
            forged.rev,
        )
