"""An organisation's own certificate: what makes it useless, what browsers will refuse, and its replacement."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from server.network.authority import Authority, Credential
from server.network.findings import FindingKind
from server.network.names import BoxNames
from server.network.own_certificate import OwnCertificate
from server.network.tls import ServerTls
from support.certificates import credential, machine_ms, write

NAME = "motcua.phuong.vn"
NAMES = (NAME,)


@pytest.fixture
def issuer() -> Credential:
    return credential("Root CA")


def own(folder: Path, made: Credential, *issuers: Credential) -> OwnCertificate:
    return OwnCertificate(*write(folder, made, *issuers))


def test_a_certificate_with_its_issuer_is_accepted(tmp_path: Path, issuer: Credential) -> None:
    files = own(tmp_path, credential(NAME, issuer), issuer)
    assert files.mistakes() == []
    assert files.warnings(NAMES, datetime.now(UTC)) == []


def test_a_key_of_another_certificate_is_a_mistake(tmp_path: Path, issuer: Credential) -> None:
    files = own(tmp_path, credential(NAME, issuer), issuer)
    other = credential(NAME, issuer)
    files.key.write_text(other.pem().partition("-----BEGIN CERTIFICATE-----")[0])
    (mistake,) = files.mistakes()
    assert "do not belong together" in mistake and "own.key" in mistake


def test_a_chain_in_the_wrong_order_is_a_mistake(tmp_path: Path, issuer: Credential) -> None:
    (mistake,) = own(tmp_path, credential(NAME, issuer), credential("Another CA"), issuer).mistakes()
    assert "is not signed by" in mistake and "server's certificate first" in mistake


def test_files_that_cannot_be_read_are_named_with_the_remedy(tmp_path: Path, issuer: Credential) -> None:
    files = own(tmp_path, credential(NAME, issuer))
    assert "cannot be read" in OwnCertificate(tmp_path / "none.crt", files.key).mistakes()[0]
    assert "cannot be read" in OwnCertificate(files.certificate, tmp_path / "none.key").mistakes()[0]
    files.certificate.write_bytes(credential(NAME).certificate.public_bytes(serialization.Encoding.DER))
    assert "openssl x509 -inform der" in files.mistakes()[0]
    assert "not a PEM key" in OwnCertificate(own(tmp_path, issuer).certificate, files.certificate).mistakes()[0]


def test_a_key_with_a_password_is_a_mistake(tmp_path: Path, issuer: Credential) -> None:
    made = credential(NAME, issuer)
    files = own(tmp_path, made)
    files.key.write_bytes(
        made.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    (mistake,) = files.mistakes()
    assert "has a password" in mistake


def test_dates_and_missing_names_are_reported_without_stopping(tmp_path: Path, issuer: Credential) -> None:
    files = own(tmp_path, credential(NAME, issuer, days=10), issuer)
    now = datetime.now(UTC)
    assert "ended on" in files.warnings(NAMES, now + timedelta(days=20))[0]
    assert "begins on" in files.warnings(NAMES, now - timedelta(days=20))[0]
    (text,) = files.warnings((NAME, "so.phuong.vn", "10.0.0.1"), now)
    assert "is not for so.phuong.vn, 10.0.0.1" in text


def test_missing_issuers_are_reported(tmp_path: Path, issuer: Credential) -> None:
    (text,) = own(tmp_path, credential(NAME, issuer)).warnings(NAMES, datetime.now(UTC))
    assert "issuers are missing" in text
    assert own(tmp_path, issuer).warnings((), datetime.now(UTC)) == []  # signs itself


def test_a_wildcard_covers_one_label(tmp_path: Path, issuer: Credential) -> None:
    files = own(tmp_path, credential("*.phuong.vn", issuer), issuer)
    assert files.warnings((NAME,), datetime.now(UTC)) == []
    assert files.warnings(("a.motcua.phuong.vn",), datetime.now(UTC))


def server_tls(folder: Path, files: OwnCertificate) -> ServerTls:
    return ServerTls(Authority(folder / "tls", machine_ms, "mau"), files, machine_ms)


def test_a_replaced_certificate_is_used_and_half_a_replacement_is_not(
    tmp_path: Path, issuer: Credential, caplog: pytest.LogCaptureFixture
) -> None:
    files = own(tmp_path, credential(NAME, issuer))
    tls = server_tls(tmp_path, files)
    assert tls.refresh(BoxNames(), NAMES)
    before, context = tls.state, tls.context()
    assert not tls.refresh(BoxNames(), NAMES)
    renewed = credential(NAME, issuer, days=200)
    files.certificate.write_bytes(renewed.certificate.public_bytes(serialization.Encoding.PEM))
    assert not tls.refresh(BoxNames(), NAMES)
    assert (tls.state, tls.context()) == (before, context)
    assert "the certificate in use stays" in caplog.text
    own(tmp_path, renewed)
    assert tls.refresh(BoxNames(), NAMES)
    assert tls.state is not None and tls.state.certificate == renewed.certificate
    assert tls.state.authority is None and tls.ca_file is None
    assert not (tmp_path / "tls").exists()


def test_an_expired_certificate_serves_on_and_is_reported_once(
    tmp_path: Path, issuer: Credential, caplog: pytest.LogCaptureFixture
) -> None:
    expired = credential(NAME, issuer, days=3, start=datetime.now(UTC) - timedelta(days=9))
    tls = server_tls(tmp_path, own(tmp_path, expired, issuer))
    for _ in range(3):
        tls.refresh(BoxNames(), NAMES)
    assert [text for text in caplog.messages if "the certificate ended on" in text] == caplog.messages
    assert len(caplog.messages) == 1


def test_an_unusable_certificate_leaves_the_hall_its_own_until_it_is_right(
    tmp_path: Path, issuer: Credential, caplog: pytest.LogCaptureFixture
) -> None:
    right, other = credential(NAME, issuer), credential(NAME, issuer)
    files = own(tmp_path, right, issuer)
    files.key.write_text(other.pem().partition("-----BEGIN CERTIFICATE-----")[0])
    tls = server_tls(tmp_path, files)
    for _ in range(3):
        tls.refresh(BoxNames(), NAMES)
    assert tls.state is not None and tls.state.authority is not None
    assert tls.files == (tmp_path / "tls/server.pem",) * 2 and tls.ca_file is not None
    assert not tls.has_own_certificate
    pair, until_then = tls.problems
    assert "do not belong together" in pair and "own authority serves" in until_then
    assert pair.kind is FindingKind.NO_PAIR and pair.values["key"] == str(files.key)
    assert caplog.text.count("do not belong together") == 1
    own(tmp_path, right, issuer)
    assert tls.refresh(BoxNames(), NAMES)
    assert tls.state.certificate == right.certificate and tls.has_own_certificate
    assert tls.files == (files.certificate, files.key)
    assert tls.problems == ()


def test_a_certificate_that_is_not_there_yet_is_used_when_it_comes(tmp_path: Path, issuer: Credential) -> None:
    tls = server_tls(tmp_path, OwnCertificate(tmp_path / "own.crt", tmp_path / "own.key"))
    assert tls.refresh(BoxNames(), NAMES)
    assert "cannot be read" in tls.problems[0]
    own(tmp_path, credential(NAME, issuer))
    assert tls.refresh(BoxNames(), NAMES)
    assert tls.has_own_certificate


def test_own_files_and_a_disk_that_fails_are_both_reported_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "tls").write_text("a file where the folder should be")
    tls = server_tls(tmp_path, OwnCertificate(tmp_path / "own.crt", tmp_path / "own.key"))
    for _ in range(3):
        with pytest.raises(OSError, match="tls"):
            tls.refresh(BoxNames(), NAMES)
    assert len(caplog.messages) == 1
