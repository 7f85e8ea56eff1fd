"""Sign-in with an OpenID provider: the provider says who, ``access.db`` says what they may do."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from server.access.database import AccessDatabase, AccessEvent, log_event
from server.access.openid.errors import OpenIdFailed, OpenIdProblem
from server.access.openid.id_token import LEEWAY_S, ProvedSubject, is_subject
from server.access.openid.pending import BegunSignIn, PendingSignIn, PendingSignIns, SignInPurpose
from server.access.openid.provider import OpenIdProvider
from server.access.people import People
from server.access.person import Person
from server.access.person_values import InvalidPerson
from server.access.sessions import Session, Sessions

log = logging.getLogger(__name__)

SUBJECT_SEPARATOR = " "
"""Between issuer and subject in ``person.oidc_subject``; no issuer has a space."""
MAX_CODE_LENGTH = 4096
MINUTE_MS = 60_000
MAX_A_MINUTE = 20
"""The most sign-ins that one address may begin in a minute without finishing them."""


@dataclass(frozen=True, slots=True)
class FinishedSignIn:
    """The end of a sign-in. ``token``: of the new or renewed session.

    None: the account was linked. ``next_path``: the page that the person wanted.
    """

    person: Person
    token: str | None
    next_path: str

    @property
    def is_linked(self) -> bool:
        """Return whether the person linked the own account, and stays signed in as before."""
        return self.token is None


class OpenIdSignIn:
    """Signs people in by the provider. ``name`` is the provider's, for the button."""

    def __init__(
        self, database: AccessDatabase, people: People, sessions: Sessions, provider: OpenIdProvider, name: str
    ) -> None:
        self._database, self._people, self._sessions = database, people, sessions
        self._provider, self.name = provider, name
        self._pending = PendingSignIns()

    def begin(
        self,
        redirect_uri: str,
        address: str,
        session_token: str | None = None,
        *,
        purpose: SignInPurpose = SignInPurpose.SIGN_IN,
        browser: str = "",
        next_path: str = "/",
    ) -> tuple[str, str]:
        """Begin a sign-in; return the provider's address and the secret of the browser's cookie.

        ``session_token``: of the browser's session. ``browser``: the browser's id; ``next_path``: the page to show
        afterwards. Raises ``OpenIdFailed``.
        """
        now_ms = self._database.wall_ms()
        if self._pending.unfinished_since(address, now_ms - MINUTE_MS) >= MAX_A_MINUTE:
            raise OpenIdFailed(OpenIdProblem.BUSY, "too many sign-ins of this address")
        begun: BegunSignIn = self._pending.begin(
            redirect_uri, session_token, address, now_ms, purpose=purpose, browser=browser, next_path=next_path
        )
        return self._provider.authorisation_url(begun), begun.browser_secret

    def finish(self, answer: Mapping[str, str], browser_secret: str, address: str) -> FinishedSignIn:
        """Finish a sign-in with the query that the provider sent. Raises ``OpenIdFailed``."""
        try:
            return self._finish(answer, browser_secret, address)
        except OpenIdFailed as error:
            log.warning("sign-in with the OpenID provider failed: %s", error)
            raise

    def _finish(self, answer: Mapping[str, str], browser_secret: str, address: str) -> FinishedSignIn:
        pending = self._pending.finish(answer.get("state", ""), browser_secret, self._database.wall_ms())
        if pending is None:
            raise OpenIdFailed(OpenIdProblem.EXPIRED)
        if answer.get("iss", self._provider.issuer) != self._provider.issuer:
            raise OpenIdFailed(OpenIdProblem.NOT_PROVED, "an answer of another issuer")
        code = answer.get("code", "")
        if not 0 < len(code) <= MAX_CODE_LENGTH:
            raise OpenIdFailed(OpenIdProblem.REFUSED, answer.get("error", "no code")[:60])
        proved = self._provider.subject(code, pending)
        subject = self.subject_key(proved.subject)
        match pending.purpose:
            case SignInPurpose.LINK:
                return self._link(pending, subject, address)
            case SignInPurpose.PROOF:
                return self._prove(pending, subject, is_new=_is_new(proved, pending))
            case SignInPurpose.SIGN_IN:
                return self._open(pending, subject, address, is_new=_is_new(proved, pending))

    def _open(self, pending: PendingSignIn, subject: str, address: str, *, is_new: bool) -> FinishedSignIn:
        person = self._people.with_oidc_subject(subject)
        if person is None or not person.active:
            self._log_unknown(subject, address)
            raise OpenIdFailed(OpenIdProblem.UNKNOWN_PERSON, subject)
        if pending.session_token is not None:
            self._sessions.end(pending.session_token, address=address)
        token = self._sessions.open(person, "oidc", pending.browser, address, is_proved=is_new)
        with self._database.transaction() as connection:
            log_event(
                connection,
                self._database.wall_ms(),
                AccessEvent.SIGNED_IN,
                actor=person.id,
                subject=person.id,
                address=address,
                method="oidc",
            )
        return FinishedSignIn(person, token, pending.next_path)

    def subject_key(self, subject: str) -> str:
        """Return the value of ``person.oidc_subject`` for a subject at this provider."""
        return f"{self._provider.issuer}{SUBJECT_SEPARATOR}{subject}"

    @property
    def issuer(self) -> str:
        """Return the provider's address, as its tokens name it."""
        return self._provider.issuer

    def subject_of(self, person: Person) -> str | None:
        """Return the subject at this provider to which a person is linked; None: to none."""
        prefix, key = self.subject_key(""), person.oidc_subject
        return None if key is None or not key.startswith(prefix) else key.removeprefix(prefix)

    def link(
        self, actor: str, person_id: str, subject: str | None, address: str = "", *, keep_token: str | None = None
    ) -> None:
        """Link a person to a subject at this provider, or with None to none.

        The person's sessions end, except that of ``keep_token``. Raises ``OpenIdFailed`` when somebody
        else has it or it is no subject, and ``UnknownPerson``.
        """
        if subject is not None and not is_subject(subject):
            raise OpenIdFailed(OpenIdProblem.NOT_PROVED, "no subject")
        key = None if subject is None else self.subject_key(subject)
        self._set(actor, person_id, key, address, keep_token=keep_token)

    def _link(self, pending: PendingSignIn, subject: str, address: str) -> FinishedSignIn:
        person = self._signed_in(pending).person
        self._set(person.id, person.id, subject, address, keep_token=pending.session_token)
        return FinishedSignIn(person, None, pending.next_path)

    def _prove(self, pending: PendingSignIn, subject: str, *, is_new: bool) -> FinishedSignIn:
        """Renew the session of the person who has just authenticated at the provider again."""
        person = self._signed_in(pending).person
        if person.oidc_subject != subject:
            raise OpenIdFailed(OpenIdProblem.OTHER_PERSON)
        if not is_new:
            raise OpenIdFailed(OpenIdProblem.NOT_PROVED, "no new authentication: auth_time is missing or old")
        token = self._sessions.renew(pending.session_token or "", proved=True)
        if token is None:
            raise OpenIdFailed(OpenIdProblem.EXPIRED)
        return FinishedSignIn(person, token, pending.next_path)

    def _signed_in(self, pending: PendingSignIn) -> Session:
        """Return the session in which the sign-in began. Raises ``OpenIdFailed``."""
        session = self._sessions.find(pending.session_token or "")
        if session is None:  # signed out meanwhile
            raise OpenIdFailed(OpenIdProblem.EXPIRED)
        return session

    def _set(self, actor: str, person_id: str, key: str | None, address: str, *, keep_token: str | None = None) -> None:
        try:
            self._people.set_oidc_subject(actor, person_id, key, keep_token=keep_token, address=address)
        except InvalidPerson as error:
            raise OpenIdFailed(OpenIdProblem.TAKEN) from error

    def _log_unknown(self, subject: str, address: str) -> None:
        with self._database.transaction(quiet=True) as connection:
            log_event(
                connection,
                self._database.wall_ms(),
                AccessEvent.SIGN_IN_REFUSED,
                actor="",
                address=address,
                method="oidc",
                oidc_subject=subject,
            )


def _is_new(proved: ProvedSubject, pending: PendingSignIn) -> bool:
    """Return whether the person authenticated at the provider for this sign-in, and not only earlier."""
    return proved.authenticated_s is not None and proved.authenticated_s >= pending.began_ms // 1000 - LEEWAY_S
