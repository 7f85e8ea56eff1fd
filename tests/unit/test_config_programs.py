"""The settings of the OpenID provider, and the file of the client's secret."""

from contextlib import closing
from pathlib import Path

import pytest

from config.load import ConfigError, load_settings
from config.settings import OidcSettings
from server.access.access import Access
from server.startup.checks import check_files
from server.startup.programs import client_secret, with_open_id
from support.certificates import machine_ms


def settings_with(folder: Path, *lines: str) -> OidcSettings:
    path = folder / "luot.toml"
    path.write_text("\n".join(["[server]", "[server.oidc]", *lines]), encoding="utf-8")
    server = load_settings(path).server
    assert server is not None
    assert server.oidc is not None
    return server.oidc


def test_the_secrets_file_is_beside_the_settings(tmp_path: Path) -> None:
    lines = ('issuer = "https://id.example.vn/realms/phuong"', 'client_id = "luot"', 'client_secret_file = "id.secret"')
    name = 'name = "Cổng đăng nhập của tỉnh"'
    oidc = settings_with(tmp_path, *lines, name)
    assert oidc.client_secret_file == tmp_path / "id.secret"
    assert settings_with(tmp_path, *lines[:2], name).client_secret_file is None


@pytest.mark.parametrize(
    "issuer",
    ["http://id.example.vn", "https://a:b@id.example.vn", "https://id.example.vn/?a=1", "id.example.vn", "https://"],
)
def test_an_issuer_that_is_no_https_address_stops_the_start(tmp_path: Path, issuer: str) -> None:
    with pytest.raises(ConfigError, match="issuer"):
        settings_with(tmp_path, f'issuer = "{issuer}"', 'client_id = "luot"', 'name = "Cổng"')


def test_a_secret_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "id.secret"
    with pytest.raises(ConfigError, match="cannot be read"):
        client_secret(path)
    path.write_text("bí mật\n", encoding="utf-8")
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        client_secret(path)
    path.chmod(0o600)
    assert client_secret(path) == "bí mật"
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="one line"):
        client_secret(path)
    assert client_secret(None) == ""


def test_without_the_clients_secret_only_the_sign_in_by_the_provider_is_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = (
        'issuer = "https://id.example.vn"',
        'client_id = "luot"',
        'name = "Cổng"',
        'client_secret_file = "id.secret"',
    )
    oidc = settings_with(tmp_path, *lines)
    server = load_settings(tmp_path / "luot.toml").server
    assert server is not None
    with closing(Access.open(tmp_path, machine_ms)) as access:
        without = with_open_id(access, oidc, lambda: 0.0)
        assert without.open_id is None
        assert "id.secret" in without.open_id_problem and without.open_id_problem in caplog.text
        with pytest.raises(ConfigError, match=r"id\.secret"):
            check_files(server)
        (tmp_path / "id.secret").write_text("bí mật", encoding="utf-8")
        (tmp_path / "id.secret").chmod(0o600)
        check_files(server)
        right = with_open_id(access, oidc, lambda: 0.0)
        assert right.open_id is not None and right.open_id_problem == ""
