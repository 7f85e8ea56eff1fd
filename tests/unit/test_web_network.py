"""The administrator's page of the network."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from access_bench import cheap_hashes
from account_web import HOST, AccountWeb
from flask.testing import FlaskClient
from test_web_hosts import hall_network

from config.words import LANGUAGES, words
from server.domain.permissions import Role
from server.network.findings import FindingKind, NetworkFinding
from server.network.own_certificate import OwnCertificate
from server.network.problems import NetworkFault
from server.web.shared.formatting import Formatter
from server.web.shared.network_texts import finding_text
from server.web.shared.qr_picture import qr_picture
from server.web.staff.app import create_app
from support.certificates import credential, write


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountWeb]:
    cheap_hashes(monkeypatch)
    web = AccountWeb(tmp_path)
    yield web
    web.close()


def browser(web: AccountWeb, role: Role, folder: Path | None = None, own: OwnCertificate | None = None) -> FlaskClient:
    """Return a person's browser; with a folder the hall is beyond loopback."""
    if folder is not None:
        network = hall_network(folder, own)
        context = replace(web.app.extensions["luot"], network=network, visitor_url=lambda: network.visitor_url)
        web.app = create_app(context, b"k" * 32)
    return web.browser(web.bench.person("Nguyễn Văn Quản", role))


def page(client: FlaskClient) -> str:
    return client.get("/admin/network?lang=en", base_url=HOST).get_data(as_text=True)


def test_the_page_shows_addresses_certificate_and_the_visitors_code(web: AccountWeb, tmp_path: Path) -> None:
    text = page(browser(web, Role.ADMINISTRATOR, tmp_path))
    for address in ("https://hall.local:8470/", "https://192.168.1.10:8470/", "https://[fd00::5]:8470/"):
        assert address in text
    state = web.app.extensions["luot"].network.certificates
    assert state.authority_fingerprint[:23].replace(":", " ") in text
    assert "http://192.168.1.10:8471" in text
    assert qr_picture("http://192.168.1.10:8471") in text
    assert "This server itself" in text and 'href="/trust"' in text


def test_the_health_page_shows_the_visitors_code_where_phones_can_open_their_pages(
    web: AccountWeb, tmp_path: Path
) -> None:
    manager = browser(web, Role.MANAGER, tmp_path)
    text = manager.get("/staff/health", base_url=HOST).get_data(as_text=True)
    assert qr_picture("http://192.168.1.10:8471") in text
    assert 'href="http://192.168.1.10:8471"' in text
    context = web.app.extensions["luot"]
    web.app = create_app(replace(context, visitor_url=lambda: ""), b"k" * 32)
    closed = web.browser(web.bench.person("Lê Thị Hoa", Role.MANAGER))
    assert "h-visitors" not in closed.get("/staff/health", base_url=HOST).get_data(as_text=True)


def test_an_organisations_certificate_has_no_fingerprint_to_compare(web: AccountWeb, tmp_path: Path) -> None:
    issuer = credential("Root CA")
    own = OwnCertificate(*write(tmp_path, credential("motcua.phuong.vn", issuer), issuer))
    text = page(browser(web, Role.ADMINISTRATOR, tmp_path, own))
    assert "The organisation" in text and "Fingerprint" not in text and 'href="/trust"' not in text


def test_a_hall_on_loopback_shows_what_to_set(web: AccountWeb) -> None:
    text = page(browser(web, Role.ADMINISTRATOR))
    assert "[server] listen = &#34;0.0.0.0:8470&#34;" in text or '[server] listen = "0.0.0.0:8470"' in text


def test_each_kind_of_finding_has_a_sentence_in_each_language() -> None:
    for kind in FindingKind:
        finding = NetworkFinding("log", kind, **dict.fromkeys(("file", "certificate", "key", "names", "address"), "/x"))
        finding.values = {**finding.values, "day": "2027-01-31", "today": "2026-11-30"}
        vietnamese, english = (finding_text(finding, Formatter(words(lang), "Asia/Ho_Chi_Minh")) for lang in LANGUAGES)
        assert vietnamese != english
        assert "{" not in vietnamese + english


def test_problems_are_shown_in_the_readers_language_with_what_to_do(web: AccountWeb, tmp_path: Path) -> None:
    issuer = credential("Root CA")
    certificate, key = write(tmp_path, credential("motcua.phuong.vn", issuer), issuer)
    key.write_text(credential("other", issuer).pem().partition("-----BEGIN CERTIFICATE-----")[0])
    administrator = browser(web, Role.ADMINISTRATOR, tmp_path, OwnCertificate(certificate, key))
    problems = web.app.extensions["luot"].network.problems
    closed = NetworkFinding("8883 is taken", FindingKind.ADDRESS_CLOSED, address="0.0.0.0:8883")
    problems.report("broker", NetworkFault.CLOSED, closed)
    problems.report("announcement", NetworkFault.NOT_ANNOUNCED, "no multicast")
    english = page(administrator)
    vietnamese = administrator.get("/admin/network?lang=vi", base_url=HOST).get_data(as_text=True)
    assert f"Chứng thư {certificate} và khóa {key} không khớp nhau." in vietnamese
    assert f"The certificate {certificate} and the key {key} do not belong together." in english
    assert "Máy khác chưa kết nối được đến 0.0.0.0:8883." in vietnamese
    assert "Ghi địa chỉ máy chủ vào mục [link] của thiết bị mới." in vietnamese
    for text in ("8883 is taken", "no multicast"):
        assert f"Chi tiết kỹ thuật: {text}" in vietnamese and text in english


def test_an_auditor_reads_it_and_a_clerk_does_not(web: AccountWeb) -> None:
    auditor = browser(web, Role.AUDITOR)
    assert auditor.get("/admin/network", base_url=HOST).status_code == 200
    clerk = web.browser(web.bench.person("Lê Thị Hoa", Role.CLERK))
    assert clerk.get("/admin/network", base_url=HOST).status_code == 403
