"""The devices that wait for enrolment: few, briefly, and few from one address.

Nothing here is stored: a server that starts anew has an empty list, and its stations simply begin again.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.address import address_group
from server.access.device import DeviceDetails
from server.access.tokens import new_digits, new_token
from server.wire.enrolment import (
    CODE_DIGITS,
    EnrolmentFailed,
    EnrolmentKeys,
    EnrolmentTranscript,
    RandomBytes,
    SharedKeys,
    check_commitment,
    is_code,
    new_keys,
    shared_keys,
)
from server.wire.messages import DeviceKind

MAX_PENDING = 20
MAX_PER_ADDRESS = 3
LIFETIME_S = 900.0
SILENT_AFTER_S = 60.0
"""A station that has not asked for so long has gone, or has begun again; it asks every two seconds."""
MAX_WRONG_CODES = 5
BEGINNINGS_PERIOD_S = 60.0
MAX_BEGINNINGS = 30  # in a period; each is one guess at the code of another station (decision 0049)
MAX_BEGINNINGS_PER_ADDRESS = 6
FEWER_FOR_EACH_EARLIER = 4
"""So many fewer of all beginnings of a minute are open to an address for each one it made in the last quarter hour."""
MOST_EARLIER_COUNTED = 5


class EnrolmentRefused(Exception):
    """Base: the request for enrolment, or the code, is refused."""


class UnknownEnrolment(EnrolmentRefused):
    """Nobody waits with this id any more."""


class WrongCode(EnrolmentRefused):
    """The code is another one. ``left``: tries until the request is dropped; 0: it is dropped."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class TooManyBeginnings(EnrolmentRefused):
    """Too many requests for enrolment, from this address or from all. ``wait_s``: until one may be sent."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """A device that asks. ``station`` and ``counters`` are its own suggestions.

    ``host``: the server's name or address as the device wrote it.
    """

    kind: DeviceKind
    address: str
    host: str = ""
    station: str = ""
    counters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """An administrator typed the code. ``actor``: who; ``replaces``: the id of the device that this one replaces.

    ``device`` and ``token``: id and token of the device, which is not in the registry before it has stored them.
    """

    actor: str
    details: DeviceDetails
    replaces: str | None
    device: str
    token: str
    broker_hash: str | None
    sealed: bytes | None


@dataclass(slots=True)
class PendingDevice:
    """A device that waits. ``code`` is None until a station has revealed its key."""

    id: str
    request: EnrolmentRequest
    since_ms: int
    began_s: float
    asked_s: float
    commitment: bytes = b""
    certificate_hash: bytes = b""
    own: EnrolmentKeys | None = field(default=None, repr=False)
    revealed: tuple[bytes, bytes] | None = field(default=None, repr=False)
    keys: SharedKeys | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    wrong_codes: int = 0
    approval: Approval | None = field(default=None, repr=False)
    is_finished: bool = False


class PendingDevices:
    """The list of waiting devices; threads may share it. ``mono_s`` and ``wall_ms`` are the clocks."""

    def __init__(self, mono_s: Callable[[], float], wall_ms: Callable[[], int], random_bytes: RandomBytes) -> None:
        self._mono_s, self._wall_ms, self._random_bytes = mono_s, wall_ms, random_bytes
        self._lock = threading.RLock()
        self._pending: dict[str, PendingDevice] = {}
        self._beginnings: deque[tuple[float, str]] = deque()

    def begin_station(
        self, request: EnrolmentRequest, committed: bytes, certificate_hash: bytes
    ) -> tuple[PendingDevice, EnrolmentKeys]:
        """Add a station with its commitment; return it and the server's own keys.

        Raises ``TooManyBeginnings``.
        """
        own = new_keys(self._random_bytes)
        pending = self._add(request)
        pending.own, pending.commitment, pending.certificate_hash = own, committed, certificate_hash
        return pending, own

    def begin_browser(self, request: EnrolmentRequest) -> PendingDevice:
        """Add a browser, whose code the server chooses. Raises ``TooManyBeginnings``."""
        pending = self._add(request)
        pending.code = new_digits(CODE_DIGITS)
        return pending

    def reveal(self, pending_id: str, key: bytes, random: bytes) -> None:
        """Compute the code from the revealed key. A repeated request changes nothing.

        Raises ``UnknownEnrolment``; ``EnrolmentFailed``, which drops the request, for another key than the committed.
        """
        with self._lock:
            pending = self.asked(pending_id)
            if pending.revealed == (key, random):
                return
            try:
                if pending.own is None or pending.revealed is not None:
                    raise EnrolmentFailed("there is no key to reveal")
                check_commitment(pending.commitment, key, random)
                transcript = _transcript(pending, pending.own, key, random)
                pending.keys = shared_keys(pending.own, key, transcript)
            except EnrolmentFailed:
                self.drop(pending_id)
                raise
            pending.revealed, pending.code = (key, random), transcript.code()

    def asked(self, pending_id: str) -> PendingDevice:
        """Return a device that has just asked for its state. Raises ``UnknownEnrolment``."""
        with self._lock:
            pending = self.get(pending_id)
            pending.asked_s = self._mono_s()
            return pending

    def get(self, pending_id: str) -> PendingDevice:
        """Return a waiting device. Raises ``UnknownEnrolment``."""
        with self._lock:
            self._expire()
            if pending_id not in self._pending:
                raise UnknownEnrolment
            return self._pending[pending_id]

    def waiting(self) -> Sequence[PendingDevice]:
        """Return the devices that show a code, the longest waiting first."""
        with self._lock:
            self._expire()
            return [pending for pending in self._pending.values() if pending.code and not pending.is_finished]

    def with_code(self, pending_id: str, typed: str) -> PendingDevice:
        """Return the device if ``typed`` is its code. Raises ``UnknownEnrolment`` and ``WrongCode``."""
        with self._lock:
            pending = self.get(pending_id)
            if pending.code is None or pending.is_finished:
                raise UnknownEnrolment
            if is_code(pending.code, typed):
                return pending
            if pending.approval is None:  # a wrong code must not undo what a right one did
                pending.wrong_codes += 1
            left = MAX_WRONG_CODES - pending.wrong_codes
            if left <= 0:
                self.drop(pending_id)
            raise WrongCode(max(0, left))

    def drop(self, pending_id: str) -> None:
        """Remove a device from the list; it sees that and may begin again."""
        with self._lock:
            self._pending.pop(pending_id, None)

    def _add(self, request: EnrolmentRequest) -> PendingDevice:
        group = address_group(request.address)
        with self._lock:
            now_s = self._mono_s()
            self._count_beginning(group, now_s)
            self._expire()
            self._make_room(group)
            pending = PendingDevice(new_token(), request, self._wall_ms(), now_s, now_s)
            self._pending[pending.id] = pending
            return pending

    def _count_beginning(self, group: str, now_s: float) -> None:
        """Raise ``TooManyBeginnings``, or store one more beginning of ``group``.

        A few addresses must not take all beginnings of each minute: those that have begun before have fewer.
        """
        while self._beginnings and self._beginnings[0][0] <= now_s - LIFETIME_S:
            self._beginnings.popleft()
        earlier = sum(other == group for _, other in self._beginnings)
        recent = [(at_s, other) for at_s, other in self._beginnings if at_s > now_s - BEGINNINGS_PERIOD_S]
        own = [at_s for at_s, other in recent if other == group]
        if len(own) >= MAX_BEGINNINGS_PER_ADDRESS:
            raise TooManyBeginnings(own[0] + BEGINNINGS_PERIOD_S - now_s)
        most = MAX_BEGINNINGS - FEWER_FOR_EACH_EARLIER * min(earlier, MOST_EARLIER_COUNTED)
        if len(recent) >= most:
            raise TooManyBeginnings(recent[len(recent) - most][0] + BEGINNINGS_PERIOD_S - now_s)
        self._beginnings.append((now_s, group))

    def _make_room(self, group: str) -> None:
        """Drop the oldest of ``group``, then the oldest of the address with the most."""
        groups = Counter(address_group(pending.request.address) for pending in self._pending.values())
        if groups[group] >= MAX_PER_ADDRESS:
            self._drop_oldest(group)
        elif len(self._pending) >= MAX_PENDING:
            self._drop_oldest(max(groups, key=lambda name: groups[name]))

    def _drop_oldest(self, group: str) -> None:
        members = [pending for pending in self._pending.values() if address_group(pending.request.address) == group]
        oldest = min(members, key=lambda pending: (pending.approval is not None, pending.began_s))
        self.drop(oldest.id)

    def _expire(self) -> None:
        now_s = self._mono_s()
        for pending in list(self._pending.values()):
            is_silent = pending.asked_s <= now_s - SILENT_AFTER_S
            if pending.began_s <= now_s - LIFETIME_S or (is_silent and pending.approval is None):
                self.drop(pending.id)


def _transcript(pending: PendingDevice, own: EnrolmentKeys, key: bytes, random: bytes) -> EnrolmentTranscript:
    return EnrolmentTranscript(
        pending.certificate_hash,
        pending.request.kind.value,
        pending.request.station,
        key,
        random,
        own.public,
        own.random,
    )
