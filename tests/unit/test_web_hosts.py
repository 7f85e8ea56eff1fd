"""Host, Origin and the answers to plain HTTP on a hall's network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hall import Hall
from core_web import Web

from config.settings import ServerSettings, TlsSettings
from server.network.authority import Authority
from server.network.hall_network import HallNetwork
from server.network.names import BoxNames
from server.network.own_certificate import OwnCertificate
from server.network.tls import ServerTls
from server.web.shared.plain_http import PlainHttp
from support.certificates import credential, machine_ms, write

BOX = BoxNames(("hall", "hall.local", "motcua.phuong.vn"), ("192.168.1.10", "fd00::5"), "192.168.1.10")
CALLER = "192.168.1.77"


def hall_network(folder: Path, own: OwnCertificate | None = None, visitors: str = "0.0.0.0:8471") -> HallNetwork:
    server = ServerSettings(
        listen="0.0.0.0:8470",
        visitors=visitors,
        names=("motcua.phuong.vn",),
        tls=TlsSettings(certificate=own.certificate, key=own.key) if own else TlsSettings(),
    )
    tls = ServerTls(Authority(folder / "tls", machine_ms, "mau"), own, machine_ms)
    network = HallNetwork(server, tls, read_names=lambda: BOX)
    network.refresh()
    return network


@pytest.fixture
def web(hall: Hall, tmp_path: Path) -> Iterator[Web]:
    yield Web(hall, network=hall_network(tmp_path))


def status(web: Web, host: str, *, caller: str = CALLER, scheme: str = "https") -> int:
    environ = {"REMOTE_ADDR": caller}
    return web.browser.get("/version", base_url=f"{scheme}://{host}", environ_overrides=environ).status_code


@pytest.mark.parametrize(
    "host", ["192.168.1.10:8470", "hall.local:8470", "HALL.LOCAL", "motcua.phuong.vn", "[fd00::5]:8470", "hall.local."]
)
def test_each_name_and_address_of_the_box_is_accepted(web: Web, host: str) -> None:
    assert status(web, host) == 200


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.11", "hall.local.evil.example", "127.0.0.1", "localhost"])
def test_another_host_is_refused_to_a_caller_on_the_network(web: Web, host: str) -> None:
    assert status(web, host) == 403


def test_loopback_is_the_host_of_callers_on_the_box(web: Web) -> None:
    assert status(web, "127.0.0.1:8469", caller="127.0.0.1", scheme="http") == 200
    assert status(web, "[::1]:8469", caller="::1", scheme="http") == 200


@pytest.mark.parametrize("host", ["[", "[::1", "a]b", "hall.local:x"])
def test_a_host_that_cannot_be_read_is_refused_and_no_fault(web: Web, host: str) -> None:
    answer = web.browser.get(
        "/version", base_url="https://hall.local", environ_overrides={"HTTP_HOST": host, "REMOTE_ADDR": CALLER}
    )
    assert answer.status_code in (400, 403) or host == "hall.local:x"


@pytest.mark.parametrize(
    ("origin", "is_accepted"),
    [
        ("https://hall.local:8470", True),
        ("http://hall.local:8470", False),
        ("http://hall.local:8471", False),
        ("https://192.168.1.10:8470", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
def test_a_form_must_come_from_the_page_of_the_same_scheme_host_and_port(
    web: Web, origin: str, is_accepted: bool
) -> None:
    answer = web.browser.post(
        "/sign-in",
        base_url="https://hall.local:8470",
        headers={"Origin": origin},
        environ_overrides={"REMOTE_ADDR": CALLER},
    )
    assert (answer.status_code != 403) == is_accepted


def hsts(web: Web, host: str) -> str | None:
    answer = web.browser.get("/version", base_url=f"https://{host}", environ_overrides={"REMOTE_ADDR": CALLER})
    return answer.headers.get("Strict-Transport-Security")


def test_no_browser_is_bound_to_a_certificate_of_the_halls_own_authority(web: Web) -> None:
    assert [hsts(web, host) for host in ("hall.local", "motcua.phuong.vn", "192.168.1.10")] == [None] * 3


def test_browsers_are_bound_to_an_organisations_certificate_by_name_only(hall: Hall, tmp_path: Path) -> None:
    issuer = credential("Root CA")
    own = OwnCertificate(*write(tmp_path, credential("motcua.phuong.vn", issuer), issuer))
    web = Web(hall, network=hall_network(tmp_path, own))
    assert hsts(web, "motcua.phuong.vn") == "max-age=31536000"
    assert hsts(web, "192.168.1.10") is None
    plain = web.browser.get("/version", base_url="http://127.0.0.1:8469")
    assert "Strict-Transport-Security" not in plain.headers


def plain_answer(folder: Path, head: str) -> tuple[str, bytes]:
    answer = PlainHttp(hall_network(folder)).answer(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n")
    fields, _, body = answer.partition(b"\r\n\r\n")
    return fields.decode(), body


@pytest.mark.parametrize(
    ("host", "location"),
    [
        ("hall.local:8470", "https://hall.local:8470/clerk/c1?at=x"),
        ("192.168.1.10", "https://192.168.1.10:8470/clerk/c1?at=x"),
        ("[fd00::5]:8470", "https://[fd00::5]:8470/clerk/c1?at=x"),
        ("127.0.0.1:8470", "https://127.0.0.1:8470/clerk/c1?at=x"),
    ],
)
def test_plain_http_is_redirected_to_the_same_page_by_https(tmp_path: Path, host: str, location: str) -> None:
    fields, _ = plain_answer(tmp_path, f"GET /clerk/c1?at=x HTTP/1.1\nHost: {host}")
    assert fields.startswith("HTTP/1.1 307 ")
    assert f"\r\nLocation: {location}\r\n" in fields
    assert "Set-Cookie" not in fields


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\nHost: evil.example",
        "GET / HTTP/1.1",
        "GET / HTTP/1.1\nHost: hall.local\nHost: evil.example",
        "GET //evil.example HTTP/1.1\nHost: [",
        "GET http://evil.example/ HTTP/1.1\nHost: hall.local",
        "GET /a\rSet-Cookie:x HTTP/1.1\nHost: hall.local",
        "GET /\u00e9 HTTP/1.1\nHost: hall.local",
        "GET /" + "x" * 3000 + " HTTP/1.1\nHost: hall.local",
        "POST /sign-in HTTP/1.1\nHost: hall.local",
        "BREW / HTTP/1.1\nHost: hall.local",
        "",
    ],
)
def test_other_plain_requests_are_refused(tmp_path: Path, head: str) -> None:
    fields, _ = plain_answer(tmp_path, head)
    assert fields.startswith("HTTP/1.1 403 ")
    assert "evil" not in fields


def test_the_page_about_trust_and_the_certificate_come_by_plain_http(tmp_path: Path) -> None:
    fields, page = plain_answer(tmp_path, "GET /trust HTTP/1.1\nHost: hall.local\nAccept-Language: en")
    assert fields.startswith("HTTP/1.1 200 ") and "text/html" in fields
    state = hall_network(tmp_path).certificates
    assert state is not None and state.authority_fingerprint is not None
    assert state.authority_fingerprint[:23].replace(":", " ") in page.decode()
    assert "Make browsers trust" in page.decode()
    assert "tin cậy" in plain_answer(tmp_path, "GET /trust?lang=vi HTTP/1.1\nHost: hall.local")[1].decode()
    fields, pem = plain_answer(tmp_path, "GET /trust/ca.crt HTTP/1.1\nHost: hall.local")
    assert "application/x-x509-ca-cert" in fields
    assert pem == state.authority_pem == (tmp_path / "tls/ca.crt").read_bytes()
    assert plain_answer(tmp_path, "HEAD /trust HTTP/1.1\nHost: hall.local")[1] == b""


def test_the_box_shows_the_same_fingerprint_on_loopback(web: Web) -> None:
    page = web.browser.get("/trust", base_url="http://127.0.0.1:8469").get_data(as_text=True)
    network = web.network
    assert network is not None and network.certificates is not None
    fingerprint = network.certificates.authority_fingerprint or ""
    assert all(pair in page for pair in (fingerprint[:23].replace(":", " "), fingerprint[-23:].replace(":", " ")))
    answer = web.browser.get("/trust/ca.crt", base_url="http://127.0.0.1:8469")
    assert answer.data == network.certificates.authority_pem


def test_a_hall_on_loopback_has_no_page_about_trust(hall: Hall) -> None:
    assert Web(hall).browser.get("/trust", base_url="http://127.0.0.1").status_code == 302
    assert Web(hall).browser.get("/trust/ca.crt", base_url="http://127.0.0.1").status_code == 302
