"""Sign-ins under way at the provider, in memory for ten minutes.

Each belongs to the browser that began it: a cookie has a secret whose hash is kept here. A restart of the server ends
them, and the person begins again.
"""

import hmac
import threading
from dataclasses import dataclass
from enum import StrEnum

from server.access.tokens import new_token, token_hash

MAX_AGE_MS = 600_000
MAX_PENDING = 200
"""The most sign-ins under way; beyond, the oldest is forgotten."""
MAX_OF_ADDRESS = 20
"""The most of one address, so that one machine cannot push out all others."""


class SignInPurpose(StrEnum):
    """The use of the provider's answer."""

    SIGN_IN = "sign_in"  # a new session; the browser's earlier one ends
    LINK = "link"  # the session's person links the own account to the provider
    PROOF = "proof"  # the session's person authenticates once more, before a sensitive change


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in that a browser began.

    ``session_token``: of the browser's session, None without one. ``purpose``: what the answer is for.
    ``redirect_uri``: the address to which the provider sends the browser back. ``browser``: the browser's id as a
    station; ``next_path``: the page to show afterwards. The browser sends no cookie with them when it comes back.
    """

    nonce: str
    verifier: str
    redirect_uri: str
    session_token: str | None
    purpose: "SignInPurpose"
    address: str
    browser: str
    next_path: str
    browser_hash: bytes
    began_ms: int


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """The secrets of a new sign-in: ``state`` for the provider, ``browser_secret`` for the browser's cookie."""

    state: str
    browser_secret: str
    pending: PendingSignIn


class PendingSignIns:
    """The sign-ins under way; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_state: dict[bytes, PendingSignIn] = {}

    def begin(
        self,
        redirect_uri: str,
        session_token: str | None,
        address: str,
        now_ms: int,
        *,
        purpose: SignInPurpose = SignInPurpose.SIGN_IN,
        browser: str = "",
        next_path: str = "/",
    ) -> BegunSignIn:
        """Store a new sign-in, and forget the oldest beyond the limits."""
        state, browser_secret = new_token(), new_token()
        pending = PendingSignIn(
            nonce=new_token(),
            verifier=new_token(),
            redirect_uri=redirect_uri,
            session_token=session_token,
            purpose=purpose,
            address=address,
            browser=browser,
            next_path=next_path,
            browser_hash=token_hash(browser_secret),
            began_ms=now_ms,
        )
        with self._lock:
            of_address = [key for key, other in self._by_state.items() if other.address == address]
            if len(of_address) >= MAX_OF_ADDRESS:
                del self._by_state[of_address[0]]
            if len(self._by_state) >= MAX_PENDING:
                del self._by_state[next(iter(self._by_state))]
            self._by_state[token_hash(state)] = pending
        return BegunSignIn(state, browser_secret, pending)

    def unfinished_since(self, address: str, since_ms: int) -> int:
        """Return how many sign-ins this address has begun since then and not finished."""
        with self._lock:
            return sum(
                pending.address == address and pending.began_ms >= since_ms for pending in self._by_state.values()
            )

    def finish(self, state: str, browser_secret: str, now_ms: int) -> PendingSignIn | None:
        """Return the sign-in of ``state`` once. None: unknown, too old, or of another browser."""
        with self._lock:
            pending = self._by_state.get(token_hash(state))
            if pending is None or not hmac.compare_digest(pending.browser_hash, token_hash(browser_secret)):
                return None
            del self._by_state[token_hash(state)]
        return pending if 0 <= now_ms - pending.began_ms < MAX_AGE_MS else None
