"""Sign-in with an OpenID provider: only its own, fresh and signed answer opens a session."""

import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from server.access import schema as t
from server.access.access import Access
from server.access.database import AccessEvent
from server.access.openid.errors import OpenIdFailed, OpenIdProblem
from server.access.openid.pending import MAX_AGE_MS, MAX_OF_ADDRESS, PendingSignIns, SignInPurpose
from server.access.openid.provider import OpenIdClient, OpenIdProvider, is_safe_url
from server.access.openid.sign_in import FinishedSignIn, OpenIdSignIn
from server.access.sessions import Session
from server.domain.permissions import Role
from support.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    SUBJECT,
    Claims,
    OpenIdTestProvider,
    ec_key,
    rsa_key,
)
from support.waiting import until

BACK = "https://hall.example/sign-in/openid/back"
NOW_MS = 1_795_395_600_000


class Office:
    """The people of an office with one person who is linked to the provider."""

    def __init__(self, folder: Path, resources: ExitStack) -> None:
        self.wall_ms, self.mono_s = NOW_MS, 1000.0
        self.provider = OpenIdTestProvider(lambda: self.wall_ms // 1000)
        resources.callback(self.provider.close)
        self.access = Access.open(folder, lambda: self.wall_ms)
        resources.callback(self.access.close)
        self.open_id = self.signing_in(self.provider.issuer)
        self.person = self.access.people.create("root", "Trần Thị Hoa", "vi", [Role.MANAGER])
        self.open_id.link("root", self.person.id, SUBJECT)

    def signing_in(self, issuer: str) -> OpenIdSignIn:
        client = OpenIdClient(issuer, CLIENT_ID, CLIENT_SECRET)
        provider = OpenIdProvider(client, lambda: self.mono_s, lambda: self.wall_ms)
        access = self.access
        return OpenIdSignIn(access.database, access.people, access.sessions, provider, "Cổng")

    def go(self, ms: int) -> None:
        self.wall_ms += ms
        self.mono_s += ms / 1000

    def sign_in(
        self, session_token: str | None = None, purpose: SignInPurpose = SignInPurpose.SIGN_IN, **changes: str
    ) -> FinishedSignIn:
        """Sign in; ``changes`` are other values of the provider's answer."""
        url, browser_secret = self.open_id.begin(
            BACK, "192.0.2.7", session_token, purpose=purpose, browser="web-1", next_path="/hall"
        )
        answer = self.provider.authorise(url) | changes
        return self.finish(answer, browser_secret)

    def finish(self, answer: dict[str, str], browser_secret: str) -> FinishedSignIn:
        """Come back from the provider with this answer and cookie."""
        return self.open_id.finish(answer, browser_secret, "192.0.2.7")

    def problem(self, work: Callable[[], object]) -> OpenIdProblem:
        with pytest.raises(OpenIdFailed) as failed:
            work()
        return failed.value.problem

    def problem_of_claims(self, change: Callable[[Claims], object]) -> OpenIdProblem:
        self.provider.change_claims = change
        return self.problem(self.sign_in)

    def sessions(self) -> int:
        return len(self.access.sessions.all())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with ExitStack() as resources:
        yield Office(tmp_path, resources)


def test_a_linked_person_signs_in_with_the_roles_of_here(office: Office) -> None:
    finished = office.sign_in()
    assert finished.token is not None
    session = office.access.sessions.find(finished.token)
    assert session is not None
    assert (session.person.id, session.method, session.browser) == (office.person.id, "oidc", "web-1")
    assert session.person.roles == frozenset({Role.MANAGER})


def test_a_sign_in_with_the_providers_own_session_is_no_fresh_proof(office: Office) -> None:
    def opened(change: Callable[[Claims], object]) -> Session:
        office.provider.change_claims = change
        session = office.access.sessions.find(office.sign_in().token or "")
        assert session is not None
        return session

    now_s = office.wall_ms // 1000
    assert not opened(lambda claims: None).is_fresh(office.wall_ms)
    assert not opened(lambda claims: claims.update(auth_time=now_s - 3600)).is_fresh(office.wall_ms)
    assert not opened(lambda claims: claims.update(auth_time=now_s + 3600)).is_fresh(office.wall_ms)
    assert not opened(lambda claims: claims.update(auth_time=True)).is_fresh(office.wall_ms)
    assert opened(lambda claims: claims.update(auth_time=now_s)).is_fresh(office.wall_ms)


def test_a_new_sign_in_ends_the_earlier_session_of_the_browser(office: Office) -> None:
    earlier = office.sign_in().token
    assert earlier is not None
    later = office.sign_in(earlier).token
    assert later is not None
    assert office.access.sessions.find(earlier) is None
    assert office.access.sessions.find(later) is not None


def test_a_new_authentication_at_the_provider_is_a_fresh_proof(office: Office) -> None:
    token = office.sign_in().token
    assert token is not None
    url, _ = office.open_id.begin(BACK, "192.0.2.7", token, purpose=SignInPurpose.PROOF)
    assert {"prompt=login", "max_age=0"} <= set(url.partition("?")[2].split("&"))
    renewed = office.sign_in(token, SignInPurpose.PROOF).token
    session = office.access.sessions.find(renewed or "")
    assert session is not None
    assert (session.is_fresh(office.wall_ms), session.method) == (True, "oidc")
    assert office.access.sessions.find(token) is None, "the token is renewed"
    assert office.sessions() == 1


def test_what_is_no_new_authentication_of_the_same_person_proves_nothing(office: Office) -> None:
    token = office.sign_in().token
    assert token is not None

    def proof_with(change: Callable[[Claims], object]) -> OpenIdProblem:
        office.provider.change_claims = change
        return office.problem(lambda: office.sign_in(token, SignInPurpose.PROOF))

    now_s = office.wall_ms // 1000
    assert proof_with(lambda claims: claims.pop("auth_time")) is OpenIdProblem.NOT_PROVED
    assert proof_with(lambda claims: claims.update(auth_time=now_s - 600)) is OpenIdProblem.NOT_PROVED
    assert proof_with(lambda claims: claims.update(sub="somebody else")) is OpenIdProblem.OTHER_PERSON
    session = office.access.sessions.find(token)
    assert session is not None
    assert not session.is_fresh(office.wall_ms)
    office.access.sessions.end(token)
    assert proof_with(lambda claims: None) is OpenIdProblem.EXPIRED


def test_both_kinds_of_keys_are_accepted(office: Office) -> None:
    office.provider.key = rsa_key("k-rsa")
    assert office.sign_in().token is not None


def test_another_state_or_browser_is_refused_and_a_state_counts_once(office: Office) -> None:
    url, browser_secret = office.open_id.begin(BACK, "192.0.2.7")
    answer = office.provider.authorise(url)
    finish = office.finish
    assert office.problem(lambda: finish(answer | {"state": "x"}, browser_secret)) is OpenIdProblem.EXPIRED
    assert office.problem(lambda: finish(answer, "another browser")) is OpenIdProblem.EXPIRED
    assert office.problem(lambda: finish(answer, "")) is OpenIdProblem.EXPIRED
    assert finish(answer, browser_secret).token is not None
    assert office.problem(lambda: finish(answer, browser_secret)) is OpenIdProblem.EXPIRED
    assert office.sessions() == 1


def test_a_sign_in_ends_after_ten_minutes(office: Office) -> None:
    url, browser_secret = office.open_id.begin(BACK, "192.0.2.7")
    answer = office.provider.authorise(url)
    office.go(MAX_AGE_MS)
    finish = lambda: office.open_id.finish(answer, browser_secret, "192.0.2.7")
    assert office.problem(finish) is OpenIdProblem.EXPIRED


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda claims: claims.update(nonce="x"), id="another nonce"),
        pytest.param(lambda claims: claims.pop("nonce"), id="no nonce"),
        pytest.param(lambda claims: claims.update(aud="another"), id="another audience"),
        pytest.param(lambda claims: claims.update(aud=["another"]), id="other audiences"),
        pytest.param(lambda claims: claims.update(aud=[CLIENT_ID, "another"]), id="two audiences, no party"),
        pytest.param(lambda claims: claims.update(azp="another"), id="another party"),
        pytest.param(lambda claims: claims.update(iss="https://example.org"), id="another issuer"),
        pytest.param(lambda claims: claims.update(exp=claims["iat"] - 61), id="ended"),
        pytest.param(lambda claims: claims.pop("exp"), id="no end"),
        pytest.param(lambda claims: claims.update(iat=claims["iat"] + 3600), id="of the future"),
        pytest.param(lambda claims: claims.pop("sub"), id="no subject"),
        pytest.param(lambda claims: claims.update(sub=""), id="empty subject"),
        pytest.param(lambda claims: claims.update(sub=17), id="a number as subject"),
    ],
)
def test_a_token_for_another_sign_in_is_refused(office: Office, change: Callable[[Claims], object]) -> None:
    assert office.problem_of_claims(change) is OpenIdProblem.NOT_PROVED
    assert office.sessions() == 0


def unsigned(claims: Claims) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def test_an_unsigned_token_is_refused(office: Office) -> None:
    office.provider.make_token = unsigned
    assert office.problem(office.sign_in) is OpenIdProblem.NOT_PROVED


def test_a_token_signed_with_the_clients_secret_is_refused(office: Office) -> None:
    from joserfc import jwt
    from joserfc.jwk import OctKey

    key = OctKey.import_key(CLIENT_SECRET * 2)
    office.provider.make_token = lambda claims: jwt.encode({"alg": "HS256"}, claims, key)
    assert office.problem(office.sign_in) is OpenIdProblem.NOT_PROVED


def test_a_token_of_another_key_with_the_known_name_is_refused(office: Office) -> None:
    office.sign_in()
    known, office.provider.key = office.provider.key, ec_key("k1")
    forged = office.provider.signed
    office.provider.make_token = forged
    assert office.problem(office.sign_in) is OpenIdProblem.NOT_PROVED
    office.provider.key = known
    assert office.sign_in().token is not None


def test_new_keys_of_the_provider_are_fetched_but_not_at_each_request(office: Office) -> None:
    office.sign_in()
    office.provider.key = ec_key("k2")
    assert office.problem(office.sign_in) is OpenIdProblem.NOT_PROVED
    assert office.provider.requests.count("/keys") == 1
    office.go(30_000)
    assert office.sign_in().token is not None
    assert office.provider.requests.count("/keys") == 2
    office.sign_in()
    assert office.provider.requests.count("/keys") == 2


def test_an_unknown_or_inactive_person_is_refused_and_logged(office: Office) -> None:
    office.provider.subject = "somebody"
    assert office.problem(office.sign_in) is OpenIdProblem.UNKNOWN_PERSON
    with office.access.database.transaction() as connection:
        rows = connection.execute(select(t.access_log).where(t.access_log.c.kind == AccessEvent.SIGN_IN_REFUSED)).all()
    assert [(row.address, row.detail["oidc_subject"]) for row in rows] == [
        ("192.0.2.7", f"{office.provider.issuer} somebody")
    ]
    office.provider.subject = SUBJECT
    office.access.people.deactivate("root", office.person.id)
    assert office.problem(office.sign_in) is OpenIdProblem.UNKNOWN_PERSON
    assert office.sessions() == 0


def test_the_same_subject_at_another_issuer_is_nobody(office: Office, tmp_path: Path) -> None:
    other = office.signing_in("http://127.0.0.1:1/other")
    assert other.subject_key(SUBJECT) != office.open_id.subject_key(SUBJECT)
    assert office.access.people.with_oidc_subject(SUBJECT) is None


def test_a_signed_in_person_links_the_own_account(office: Office) -> None:
    people, sessions = office.access.people, office.access.sessions
    clerk = people.create("root", "Lê Văn Ba", "vi", [Role.CLERK])
    token = sessions.open(clerk, "password", "web-2", "192.0.2.8")
    office.provider.subject = "ba-ba"
    finished = office.sign_in(token, SignInPurpose.LINK)
    assert finished.is_linked
    assert finished.person.id == clerk.id
    assert office.sessions() == 1
    assert office.sign_in().person.id == clerk.id
    office.provider.subject = SUBJECT
    assert office.problem(lambda: office.sign_in(token, SignInPurpose.LINK)) is OpenIdProblem.TAKEN
    sessions.end(token)
    assert office.problem(lambda: office.sign_in(token, SignInPurpose.LINK)) is OpenIdProblem.EXPIRED


def test_a_refusal_of_the_provider_is_said_so(office: Office) -> None:
    assert office.problem(lambda: office.sign_in(code="", error="access_denied")) is OpenIdProblem.REFUSED
    assert office.problem(lambda: office.sign_in(code="unknown")) is OpenIdProblem.REFUSED
    assert office.problem(lambda: office.sign_in(iss="https://example.org")) is OpenIdProblem.NOT_PROVED


def test_a_provider_that_is_away_or_lies_about_itself_is_unreachable(office: Office) -> None:
    office.open_id = office.signing_in("http://127.0.0.1:1")
    assert office.problem(office.sign_in) is OpenIdProblem.UNREACHABLE
    office.open_id = office.signing_in(office.provider.issuer)
    for name, value in (
        ("issuer", "https://example.org"),
        ("token_endpoint", "http://example.org/token"),
        ("jwks_uri", "file:///etc/passwd"),
        ("authorization_endpoint", ""),
        ("jwks_uri", office.provider.issuer),
    ):
        right = office.provider.metadata[name]
        office.provider.metadata[name] = value
        assert office.problem(office.sign_in) is OpenIdProblem.UNREACHABLE
        office.provider.metadata[name] = right
    assert office.sign_in().token is not None


def test_known_metadata_and_keys_outlive_an_outage(office: Office) -> None:
    office.sign_in()
    office.go(3_600_000)
    right = office.provider.metadata["issuer"]
    office.provider.metadata["issuer"] = "https://example.org"
    assert office.sign_in().token is not None
    office.provider.metadata["issuer"] = right


def test_a_hanging_provider_keeps_one_thread_and_others_are_asked_to_try_again(office: Office) -> None:
    office.provider.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: office.open_id.begin(BACK, "192.0.2.7"))
        until(lambda: office.provider.requests)
        assert office.problem(lambda: office.open_id.begin(BACK, "192.0.2.8")) is OpenIdProblem.BUSY
        assert office.access.sessions.open(office.person, "password", "web-1", "192.0.2.9")  # no lock is held
        office.provider.gate.set()
        assert first.result()[0].startswith(office.provider.issuer)


def test_few_threads_wait_for_tokens(office: Office) -> None:
    begun = [office.open_id.begin(BACK, f"192.0.2.{number}") for number in range(5)]
    answers = [(office.provider.authorise(url), secret) for url, secret in begun]
    finish = office.finish
    office.provider.gate.clear()
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(finish, answer, secret) for answer, secret in answers[:4]]
        until(lambda: office.provider.requests.count("/token") == 4)
        assert office.problem(lambda: finish(*answers[4])) is OpenIdProblem.BUSY
        office.provider.gate.set()
        assert all(future.result().token is not None for future in waiting)


def test_one_address_pushes_out_only_its_own_sign_ins() -> None:
    pending = PendingSignIns()
    other = pending.begin(BACK, None, "192.0.2.8", 0)
    begun = [pending.begin(BACK, None, "192.0.2.7", 0) for _ in range(MAX_OF_ADDRESS + 1)]
    assert pending.finish(other.state, other.browser_secret, 1) is not None
    assert pending.finish(begun[0].state, begun[0].browser_secret, 1) is None
    assert pending.finish(begun[1].state, begun[1].browser_secret, 1) is not None


def test_which_addresses_a_provider_may_have() -> None:
    safe = ["https://id.example.org/realms/x", "http://127.0.0.1:8080/x", "http://localhost/x"]
    unsafe = ["http://id.example.org/", "https://a:b@example.org/", "ftp://example.org/", "https://", "x", "http://[x"]
    assert [is_safe_url(url) for url in safe + unsafe] == [True] * len(safe) + [False] * len(unsafe)
