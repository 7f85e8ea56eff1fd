"""Choose the picture to accept, although any program may publish one.

A "picture" is a whole state (such as the board) that the server publishes as a retained message.

Every station that can send requests to the server uses these functions for ``board`` and ``office``. Within one epoch a
greater ``rev`` replaces a smaller one. A picture whose epoch is unknown, whose ``rev`` jumps, or that has another
address of the visitors' pages although its ``rev`` is the same, is checked against the server's HTTP answer before it
is accepted. An answer replaces every picture that was received before its request was sent: a server cannot publish a
state that it does not know. So no forged message can stay the newest for ever.
A sign node cannot send requests to the server; ``counter.node`` has its own rule.
"""

import logging
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from config.clock import Now

log = logging.getLogger(__name__)

MAX_REV_STEP = 100  # of one picture; a fact raises ``rev`` by one, a busy hall has a few a second (decision 0027)
MIN_CHECK_INTERVAL_S = 0.5  # between two checks of doubted pictures, however many are published


class Versioned(Protocol):
    """A picture of one server start (``epoch``), with its version number ``rev``."""

    @property
    def epoch(self) -> str: ...

    @property
    def rev(self) -> int: ...


Picture = TypeVar("Picture", bound=Versioned)
"""The model of one topic's pictures."""


@dataclass(frozen=True, slots=True)
class Trust(Generic[Picture]):
    """How far the current picture of one topic is trusted. Moments are monotonic seconds.

    ``checked``: it is the server's own answer; otherwise it was received from the broker at ``received_at_s``.
    ``doubted``: a picture, received at ``doubted_at_s``, that is not accepted before the server has answered.
    ``disputed``: the broker sent two pictures of which only one can be the server's.
    ``forged``: the picture that the last answer proved to be another publisher's.
    """

    checked: bool = False
    received_at_s: float = 0.0
    doubted: Picture | None = None
    doubted_at_s: float = 0.0
    disputed: bool = False
    forged: Picture | None = None

    @property
    def needs_check(self) -> bool:
        """Return whether the picture must be checked with the server."""
        return self.disputed or self.doubted is not None


def after_received(
    current: Picture | None, trust: Trust[Picture], picture: Picture, now_s: float, *, accept_first: bool = False
) -> tuple[Picture | None, Trust[Picture]]:
    """Return the accepted picture after ``picture`` was received, and its trust.

    ``current``: the picture accepted so far, and ``trust`` its trust. ``accept_first``: the very first picture is
    accepted at once, until the server has answered.
    """
    if current is None and accept_first:
        return picture, replace(trust, checked=False, received_at_s=now_s, disputed=True)
    if current is None or current.epoch != picture.epoch or is_jump(picture, current.rev):
        return current, replace(trust, doubted=picture, doubted_at_s=now_s)
    if picture.rev > current.rev:
        return picture, replace(trust, checked=False, received_at_s=now_s)
    if picture == current or (trust.checked and not _has_other_address(picture, current)):
        return current, trust  # the server's answer was newer, or it was published again
    # One publisher's messages arrive in order, so a second publisher sent one of the two; or the server published a
    # change that is no fact, the address of the visitors' pages. Its answer decides.
    return current, replace(trust, disputed=True)


def after_answer(
    current: Picture | None, trust: Trust[Picture], answer: Picture, requested_at_s: float
) -> tuple[Picture, Trust[Picture]]:
    """Return the accepted picture after the server's answer, and its trust.

    ``requested_at_s``: when the request was sent.
    """
    forged: Picture | None = None
    accepted: Picture = answer
    new_trust: Trust[Picture] = Trust(checked=True)
    if current is not None and _is_newer(current, answer):
        if trust.checked or trust.received_at_s > requested_at_s:
            accepted, new_trust = current, replace(trust, disputed=False, doubted=None, forged=None)
        else:
            forged = current
    doubted = trust.doubted
    if doubted is not None and _is_newer(doubted, accepted):
        if trust.doubted_at_s <= requested_at_s:
            forged = doubted
        elif not is_jump(doubted, accepted.rev):
            accepted, new_trust = doubted, Trust(received_at_s=trust.doubted_at_s)
        else:
            new_trust = replace(new_trust, doubted=doubted, doubted_at_s=trust.doubted_at_s)
    return accepted, replace(new_trust, forged=forged)


def after_picture(
    current: Picture | None, trust: Trust[Picture], picture: Picture, requested_at_s: float | None, now: Now
) -> tuple[Picture | None, Trust[Picture]]:
    """Return the accepted picture and its trust after an answer or a received picture.

    ``requested_at_s``: when the answer was requested; None: the picture was received over MQTT.
    """
    if requested_at_s is not None:
        return after_answer(current, trust, picture, requested_at_s)
    return after_received(current, trust, picture, now.mono_s, accept_first=True)


def after_no_answer(current: Picture | None, trust: Trust[Picture]) -> tuple[Picture | None, Trust[Picture]]:
    """Return the accepted picture and its trust while the server does not answer.

    An unchecked picture is accepted rather than none.
    """
    if current is None and trust.doubted is not None:
        return trust.doubted, replace(
            trust, checked=False, received_at_s=trust.doubted_at_s, doubted=None, disputed=True
        )
    return current, trust


def is_jump(picture: Versioned, rev: int) -> bool:
    """Return whether ``picture`` is too far ahead of ``rev`` to be accepted without a check."""
    return picture.rev > rev + MAX_REV_STEP


def _has_other_address(picture: Versioned, current: Versioned) -> bool:
    """Return whether a picture of the same ``rev`` has another address of the visitors' pages."""
    return picture.rev == current.rev and (
        getattr(picture, "visitor_url", None) != getattr(current, "visitor_url", None)
    )


def _is_newer(picture: Versioned, other: Versioned) -> bool:
    return picture.epoch == other.epoch and picture.rev > other.rev


class PublisherLog:
    """Logs once that another program publishes in the server's name, and again after an hour."""

    LOG_INTERVAL_S = 3600.0

    def __init__(self) -> None:
        self._logged_at_s: float | None = None

    def report(self, forged: Versioned | None, now_s: float) -> None:
        """Log ``forged``, a picture unknown to the server, at most once an hour."""
        if forged is None or (self._logged_at_s is not None and now_s - self._logged_at_s < self.LOG_INTERVAL_S):
            return
        self._logged_at_s = now_s
        log.error(
            "another program publishes pictures in the server's name: %s with rev %d is unknown to the server; "
            "find out who may publish on the broker",
            type(forged).__name__,
            forged.rev,
        )
