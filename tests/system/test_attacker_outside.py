"""Try everything without a session, token or link, and with wrong ones."""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import MagicMock
from urllib.parse import urlsplit

import pytest

from server.web.shared.view_permissions import VIEW_PERMISSIONS, OpenTo
from server.web.staff.app import create_app
from server.web.visitors.app import create_visitor_app
from support.certificates import credential, write
from support.guarded_hall import BROKER_PORT, HOSTS, PEOPLE, STAFF_PORT, Client, GuardedHall, guarded_hall, tls_context
from support.server_process import request_id

IDS = {"counter": "c1", "date": "2040-01-16", "day": "2040-01-16", "person": "nv-c1", "device": "kiosk-2"}
PUBLIC: Mapping[str, str] = {
    "static": "styles, scripts and letters of the sign-in page",
    "clerk.sign_in_page": "the sign-in itself",
    "account.sign_in": "its form; throttled",
    "openid.begin": "leads to the organisation's provider; bounded; 404 without one",
    "openid.back": "its answer, which counts once, for the browser that began",
    "openid.failed": "the sentence of a refusal",
    "setup.page": "404 for ever once the set-up is finished, as all of it; before, only with the set-up code",
    "setup.enter_code": "the same",
    "setup.create_administrator": "the same",
    "setup.continue_after_a_break": "the same",
    "setup.choose_office": "the same",
    "setup.test_device": "the same",
    "setup.finish": "the same",
    "this_browser.page": "a browser that waits to be enrolled shows its code; nothing is stored by looking",
    "this_browser.ask": "the same; bounded as all enrolments",
    "logo.picture": "the office's logo, which every slip has",
    "trust.page": "how a browser comes to trust the hall",
    "trust.certificate": "the certificate of the hall's authority",
    "api.post_enrolments": "a device that is not enrolled yet; bounded",
    "api.post_enrolments_id_reveal": "the same",
    "api.get_enrolments_id": "the same; the answer is sealed",
    "api.post_enrolments_id_finish": "the same; needs the sealed secret",
}
"""The views that everybody may use, each with the reason; a new one must be thought about here."""
REFUSED = {401, 403, 404, 405}
REDIRECTS = {302, 303, 307}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedHall]:
    with guarded_hall(tmp_path_factory.mktemp("outside")) as hall:
        kiosk = hall.device("kiosk-2", "kiosk")
        for _ in range(3):
            ticket = kiosk.call("/tickets", {"request_id": request_id(), "service": "ct", "station": "kiosk-2"})
            assert ticket.status == 201, ticket.body
        IDS["id"] = IDS["ticket"] = ticket.json["id"]
        yield hall


def routes(app_name: str = "staff") -> list[tuple[str, str, str]]:
    """Return method, path (with plausible ids) and view of every route of an application."""
    app = (
        create_app(MagicMock(), b"k" * 32) if app_name == "staff" else create_visitor_app(MagicMock(), requests_per_s=1)
    )
    all_routes: set[tuple[str, str, str]] = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: IDS.get(name[1], "c1"), rule.rule)
        methods = set(rule.methods or ()) - {"HEAD", "OPTIONS"}
        all_routes |= {(method, path, rule.endpoint) for method in methods}
    return sorted(all_routes)


def wrong_credentials(hall: GuardedHall) -> dict[str, dict[str, str]]:
    right = hall.sessions["quan-tri"]
    forged = f"{right[:-1]}{'A' if right[-1] != 'A' else 'B'}"
    return {
        "none": {},
        "a wrong token": {"Authorization": f"Bearer {'x' * 43}"},
        "a session as a token": {"Authorization": f"Bearer {right}"},
        "a device's token as a session": {"Cookie": f"__Host-luot_session={hall.tokens['kiosk-2']}"},
        "a forged session": {"Cookie": f"__Host-luot_session={forged}; luot_session={forged}"},
        "a session that is two": {"Cookie": f"__Host-luot_session={forged}; __Host-luot_session="},
        "basic": {"Authorization": "Basic cXVhbi10cmk6eA=="},
        "a forwarded address": {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"},
        "an empty token": {"Authorization": "Bearer "},
    }


def is_refused(client: Client, method: str, path: str) -> bool:
    """Return whether a route shows nothing: an error, or the way to the sign-in."""
    reply = client.ask(method, path, body={} if method != "GET" else None)
    if reply.status in REDIRECTS:
        return urlsplit(reply.headers.get("Location", "")).path in ("/", "/sign-in", "/account/sign-in")
    return reply.status in REFUSED and not any(name.encode() in reply.body for name, _ in PEOPLE.values())


def test_no_route_opens_without_a_right_credential(hall: GuardedHall) -> None:
    """Read or change anything without a session, token or visitor's link."""
    before = hall.dump()
    assert len(before["journal"]) >= 3 and len(before["person"]) == len(PEOPLE)
    opened: list[tuple[str, str, str]] = []
    for kind, headers in wrong_credentials(hall).items():
        client = hall.client()
        client.headers.update(headers)
        opened += [
            (kind, method, path)
            for method, path, view in routes()
            if view not in PUBLIC and not is_refused(client, method, path)
        ]
    assert opened == []
    assert hall.dump() == before


def test_every_public_view_was_thought_about_and_shows_no_person_and_no_number(hall: GuardedHall) -> None:
    """Read anything without a session: the views that are open to everybody."""
    assert {view for view, rule in VIEW_PERMISSIONS.items() if rule is OpenTo.EVERYONE} == set(PUBLIC)
    for method, path, view in routes():
        if view in PUBLIC and method == "GET":
            body = hall.client().get(path).body.decode(errors="replace")
            assert not any(name in body for name, _ in PEOPLE.values()), path
            assert "A001" not in body and "nv-c1" not in body, path


def test_the_right_credentials_do_open(hall: GuardedHall) -> None:
    """The walk above would notice an open route."""
    assert hall.device("kiosk-2").call("/board").status == 200
    assert not is_refused(hall.person("quan-tri"), "GET", "/staff/health")


@pytest.mark.parametrize("host", ["desk", "attacker"])
def test_the_sign_in_looks_alike_with_and_without_an_account(hall: GuardedHall, host: str) -> None:
    """Learn whether an account exists: status, headers and body of each wrong try."""
    names = {"nguyen-van-an": "with an account", "nguyen-van-em": "without one", "nguyen-thi-mo": "without one either"}
    seen: dict[str, list[object]] = {}
    for name in names:
        rows = seen[name] = []
        for _ in range(7):
            reply = hall.password_sign_in(name, "wrong", host)
            body = re.sub(rb'value="[0-9a-f-]{36}"|\d\d:\d\d', b"", reply.body.replace(name.encode(), b"NAME"))
            headers = {key: value for key, value in reply.headers.items() if key not in ("Date", "Set-Cookie")}
            rows.append((reply.status, headers, body, sorted(reply.cookies)))
        hall.advance(24 * 3_600_000 + 1)  # all wrong tries are forgotten
    assert seen["nguyen-van-an"] == seen["nguyen-van-em"] == seen["nguyen-thi-mo"]
    assert [row[0] for row in seen["nguyen-van-an"]].count(429) >= 1  # type: ignore[index]


def test_the_visitors_port_has_the_visitors_pages_only(hall: GuardedHall) -> None:
    """Find pages of the staff, or a cookie, on the visitors' port."""
    visitors = Client(hall.host("attacker"), hall.visitors)
    own = {path for _, path, _ in routes("visitors")}
    for method, path, view in routes():
        if path in own or view == "static":
            continue
        reply = visitors.ask(method, path, body={} if method != "GET" else None)
        assert reply.status in (404, 405, 429), (method, path, reply.status)
    for _, path, _ in routes("visitors"):
        assert "Set-Cookie" not in visitors.get(path).headers, path


def test_a_wrong_link_an_old_link_and_no_link_look_alike(hall: GuardedHall) -> None:
    """Guess a link: 128 bits, and each wrong one is answered alike and counted."""
    visitors = Client(hall.host("attacker"), hall.visitors)
    replies = [visitors.get(f"/v/{link}") for link in ("A" * 22, "B" * 22, "short", "%00", "..%2f")]
    assert len({(reply.status, reply.body) for reply in replies}) == 1
    statuses = [visitors.get(f"/v/{number:022d}").status for number in range(100)]
    assert 429 in statuses and set(statuses) <= {404, 429}
    assert statuses.count(404) < 60, "of 2 to the 128th"


def test_another_sites_name_is_not_this_hall(hall: GuardedHall) -> None:
    """DNS rebinding: a name of the attacker that leads to the hall's address."""
    for host in (
        "evil.example",
        "evil.example:8470",
        "10.77.0.66",
        "luot.local.evil.example",
        "",
        "10.77.0.10@evil.example",
    ):
        for path in ("/", "/api/v1/board", "/sign-in"):
            reply = hall.client(Host=host).get(path)
            assert reply.status in (400, 403, 421), (host, path, reply.status)


def test_a_request_of_another_sites_page_changes_nothing(hall: GuardedHall) -> None:
    before = hall.dump()
    client = hall.person("nv-c1")
    for origin in (
        "https://evil.example",
        "null",
        "http://10.77.0.10:8470",
        "http://10.77.0.10:8471",
        "https://10.77.0.10",
    ):
        client.headers["Origin"] = origin
        for method, path, _ in routes():
            if method == "POST":
                assert client.ask(method, path, form={}).status in (401, 403, 404, 405), (origin, path)
    assert hall.dump() == before


def speaks_with_a_careless_server(version: ssl.TLSVersion) -> bool:
    """Return whether the attacker's context makes a connection where the other side lets it."""
    made = credential("careless")
    with TemporaryDirectory() as folder:
        certificate, key = write(Path(folder), made)
        server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_context.load_cert_chain(certificate, key)
    server_context.set_ciphers("ALL:@SECLEVEL=0")
    server_context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = tls_context(version).wrap_bio(to_client, to_server)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server, client):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return client.version() == version.name.replace("_", ".")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.parametrize("port", [STAFF_PORT, BROKER_PORT])
def test_tls_below_1_2_is_refused(hall: GuardedHall, port: int, version: ssl.TLSVersion) -> None:
    """Downgrade TLS below 1.2."""
    assert speaks_with_a_careless_server(version), "this machine's OpenSSL cannot try it"
    plain = hall.host("attacker").connect(HOSTS["box"], port, 10.0)
    with plain, pytest.raises((ssl.SSLError, OSError)):
        tls_context(version).wrap_socket(plain).close()
    plain = hall.host("attacker").connect(HOSTS["box"], port, 10.0)
    with plain, tls_context(ssl.TLSVersion.TLSv1_2).wrap_socket(plain) as encrypted:
        assert encrypted.version() == "TLSv1.2"


def test_plain_http_on_the_staff_port_shows_the_way_and_nothing_else(hall: GuardedHall) -> None:
    with hall.host("attacker").connect(HOSTS["box"], STAFF_PORT, 10.0) as plain:
        plain.sendall(b"GET /api/v1/board HTTP/1.1\r\nHost: 10.77.0.10:8470\r\n\r\n")
        reply = b"".join(iter(lambda: plain.recv(65_536), b""))
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 301", b"HTTP/1.1 307", b"HTTP/1.1 308", b"HTTP/1.1 400", b"HTTP/1.1 403")), head
    assert b"Set-Cookie" not in head and b"counters" not in body


def test_addresses_of_loopback_are_reached_from_the_box_only(hall: GuardedHall) -> None:
    """The box's token and the broker without TLS are for programs of the box."""
    token = (hall.state / "box.token").read_text().strip()
    assert (hall.state / "box.token").stat().st_mode & 0o077 == 0
    stolen = hall.client(Authorization=f"Bearer {token}", X_Forwarded_For="127.0.0.1")
    assert stolen.call("/board").status == 401
    for port in (8469, 1883):
        with pytest.raises(OSError):
            hall.host("attacker").connect(HOSTS["box"], port, 5.0)
    with hall.host("attacker").inside(), socket.socket() as other:
        other.settimeout(5.0)
        with pytest.raises(OSError):  # the address of the box's loopback is nobody else's
            other.connect(("127.0.0.1", 8469))


def test_no_secret_is_in_the_log_or_readable_by_others(hall: GuardedHall) -> None:
    secrets = [*hall.tokens.values(), *hall.broker_passwords.values(), *hall.sessions.values(), hall.program]
    assert not [secret for secret in secrets if secret in hall.log]
    open_files = [path for path in hall.state.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    assert [path.name for path in open_files if _is_secret(path.name)] == []


def _is_secret(name: str) -> bool:
    return any(word in name for word in ("key", "token", "secret", "password", "access.db", ".pem", "passwd"))
