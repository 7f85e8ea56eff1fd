"""The broker's network listener: devices come and go, files that fail their trial, certificates."""

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import BrokerSettings
from server.messaging import broker, broker_trial, broker_users, mosquitto_files, network_access
from server.messaging.broker import BrokerError, running_broker
from server.messaging.broker_users import BrokerUser
from server.messaging.network_access import BrokerNetwork
from server.monitoring.server_health import broker_part
from server.wire.broker_login import BrokerLogin
from server.wire.mqtt_probe import ACCEPTED, connack_code
from support.network_brokers import (
    DEVICES,
    TOPICS,
    NetworkBroker,
    broker_user,
    network_broker,
    network_settings,
    with_password,
    without,
)
from support.stand_in_authority import stand_in_authority
from support.waiting import until


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[NetworkBroker]:
    with network_broker(tmp_path) as place:
        yield place


def test_a_device_reads_pictures_and_reports_itself_over_tls(hall: NetworkBroker) -> None:
    server = hall.listen_as_server(TOPICS.all_status)
    server.expect_connection(up=True)
    kiosk = hall.listen("kiosk-1", TOPICS.board, will=(TOPICS.status("kiosk-1"), b"offline"))
    kiosk.expect_connection(up=True)
    server.feed.publish(TOPICS.board, b"picture", retain=True)
    kiosk.wait(lambda message: message == (TOPICS.board, b"picture"))
    kiosk.feed.publish(TOPICS.status("kiosk-1"), b"online", retain=True)
    kiosk.feed.publish(TOPICS.device("kiosk-1", "printer"), b"ready", retain=True)
    server.wait(lambda message: message == (TOPICS.device("kiosk-1", "printer"), b"ready"))
    kiosk.feed.close()
    server.wait(lambda message: message == (TOPICS.status("kiosk-1"), b"offline"))


def test_stations_of_the_box_work_on_loopback_with_the_secret_of_the_state_folder(hall: NetworkBroker) -> None:
    server, station = hall.listen_as_server(TOPICS.all_status), hall.listen_on_box("tv-2", TOPICS.board)
    server.expect_connection(up=True)
    station.expect_connection(up=True)
    server.feed.publish(TOPICS.board, b"picture", retain=True)
    station.wait(lambda message: message == (TOPICS.board, b"picture"))
    station.feed.publish(TOPICS.status("tv-2"), b"online", retain=True)
    server.wait(lambda message: message == (TOPICS.status("tv-2"), b"online"))
    assert connack_code("127.0.0.1", hall.box_port) != ACCEPTED  # without the secret


def test_a_removed_device_is_cut_off_and_all_others_stay_connected(hall: NetworkBroker) -> None:
    server, kiosk, removed = hall.listen_as_server(), hall.listen("kiosk-1"), hall.listen("kiosk-2")
    for listener in (server, kiosk, removed):
        listener.expect_connection(up=True)
    cut_off: list[BrokerUser] = []
    hall.broker.when_removed(cut_off.append)
    hall.broker.set_users(without(DEVICES, "kiosk-2"))
    removed.expect_connection(up=False)
    until(lambda: cut_off)
    assert [user.name for user in cut_off] == ["kiosk-2"]
    assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-2")) not in (ACCEPTED, None)
    assert server.connections.empty()
    assert kiosk.connections.empty()


def test_a_new_device_may_connect_and_a_new_password_ends_the_old_connection(hall: NetworkBroker) -> None:
    kiosk = hall.listen("kiosk-1")
    kiosk.expect_connection(up=True)
    new = broker_user("kiosk-3", "kiosk")
    hall.broker.set_users([*with_password(DEVICES, "kiosk-1", "another"), new])
    kiosk.expect_connection(up=False)
    hall.listen("kiosk-3").expect_connection(up=True)
    again = BrokerLogin("kiosk-1", "another", hall.authority.ca_file)
    hall.listen("kiosk-1", login=again).expect_connection(up=True)


def test_changes_that_come_together_are_one_generation_of_files(hall: NetworkBroker) -> None:
    devices = list(DEVICES)
    for n in range(20):
        devices.append(broker_user(f"more-{n}", "display"))
        hall.broker.set_users(devices)
    until(lambda: connack_code("127.0.0.1", hall.port, hall.login("more-19")) == ACCEPTED)
    generation = int((hall.state / "mosquitto" / "current").resolve().name.removeprefix("files-"))
    assert generation <= 3  # the start, the first change, perhaps those that came during its trial


def test_a_restarted_broker_knows_the_newest_devices(hall: NetworkBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.broker.set_users([broker_user("only", "display")])
    until(lambda: connack_code("127.0.0.1", hall.port, hall.login("only")) == ACCEPTED)
    server = hall.listen_as_server()
    server.expect_connection(up=True)
    access = hall.broker._access
    assert access is not None
    assert access._process is not None
    access._process.restart()
    server.expect_connection(up=False)
    server.expect_connection(up=True)
    assert connack_code("127.0.0.1", hall.port, hall.login("only")) == ACCEPTED
    assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-1")) != ACCEPTED


def test_a_renewed_certificate_is_used_without_a_restart(hall: NetworkBroker) -> None:
    kiosk = hall.listen("kiosk-1")
    kiosk.expect_connection(up=True)
    before = ssl.get_server_certificate(("127.0.0.1", hall.port))
    renewed = hall.authority.issue("box")  # into the same files
    hall.broker.renew_certificate()
    until(lambda: ssl.get_server_certificate(("127.0.0.1", hall.port)) != before)
    assert ssl.get_server_certificate(("127.0.0.1", hall.port)).strip() == renewed.certificate.read_text().strip()
    assert kiosk.connections.empty()


TOO_MUCH = {
    "publishes a picture": ("user kiosk-1", "user kiosk-1\ntopic write luot/v1/mau/board", "may publish"),
    "publishes another's state": ("user tv-1", "user tv-1\ntopic write luot/v1/mau/status/#", "may publish"),
    "reads everything": ("user sign-1", "user sign-1\ntopic read #", "reads too much"),
    "nobody's rights": ("user luot.check", "user luot.check\ntopic read luot/v1/mau/board", "without rights"),
    "no right": ("topic write luot/v1/mau/status/kiosk-2\n", "", "may not publish"),
    "unknown": ("topic read", "topic reed", "does not accept the server"),
}


@pytest.mark.parametrize("fault", TOO_MUCH)
def test_an_access_list_that_allows_too_much_or_too_little_is_never_used(
    hall: NetworkBroker, fault: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wanted, replacement, reason = TOO_MUCH[fault]
    real = broker_users.acl_lines

    def wrong(*arguments: object) -> list[str]:
        text = "\n".join(real(*arguments))  # type: ignore[arg-type]
        assert wanted in text
        return text.replace(wanted, replacement).split("\n")

    used = (hall.state / "mosquitto" / "current").resolve()
    with monkeypatch.context() as patched:
        patched.setattr(network_access, "acl_lines", wrong)
        hall.broker.set_users([*DEVICES, broker_user("kiosk-3", "kiosk")])
        until(lambda: hall.broker.error)
        assert reason in str(hall.broker.error)
        assert (hall.state / "mosquitto" / "current").resolve() == used
        assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-1")) == ACCEPTED
        assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-3")) != ACCEPTED
    assert "the broker's files for the devices are not replaced" in caplog.text
    health = broker_part(lambda: True, lambda: hall.broker.error).health()
    assert (health.code, reason in health.detail) == ("broker_users", True)
    hall.broker.set_users([*DEVICES, broker_user("kiosk-3", "kiosk")])
    until(lambda: connack_code("127.0.0.1", hall.port, hall.login("kiosk-3")) == ACCEPTED)
    assert hall.broker.error is None


@pytest.mark.parametrize(
    ("fault", "replacement", "reason"),
    [
        ("allow_anonymous false", "allow_anonymous true", "anybody without a user is let in"),
        ("use_username_as_clientid true", "", "took over a client id"),
    ],
)
def test_a_configuration_that_lets_anybody_in_is_never_used(
    hall: NetworkBroker, fault: str, replacement: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mosquitto_files.conf_text
    monkeypatch.setattr(broker_trial, "conf_text", lambda *arguments: real(*arguments).replace(fault, replacement))
    hall.broker.renew_certificate()
    until(lambda: hall.broker.error)
    assert reason in str(hall.broker.error)


def test_a_certificate_without_its_key_leaves_the_old_one(hall: NetworkBroker) -> None:
    before = ssl.get_server_certificate(("127.0.0.1", hall.port))
    other = hall.authority.issue("other")
    (hall.authority.folder / "box.key").write_bytes(other.key.read_bytes())
    hall.broker.renew_certificate()
    until(lambda: hall.broker.error)
    assert ssl.get_server_certificate(("127.0.0.1", hall.port)) == before


def test_files_that_fail_at_the_first_start_leave_the_hall_box_working(tmp_path: Path) -> None:
    authority = stand_in_authority(tmp_path, "authority", datetime.now(UTC))
    settings, missing = network_settings(), tmp_path / "missing.pem"
    with running_broker(
        settings, tmp_path / "state", time.monotonic, BrokerNetwork("mau", missing, missing)
    ) as running:
        assert running.error is not None
        assert "missing.pem" in running.error
        host, port = settings.listen.split(":")
        assert connack_code(host, int(port), running.login) == ACCEPTED
    files = authority.issue("box")
    network = BrokerNetwork("mau", files.certificate, files.key, DEVICES)
    with running_broker(settings, tmp_path / "state", time.monotonic, network) as running:
        assert running.error is None


def test_the_network_listener_opens_as_soon_as_its_certificate_is_there(tmp_path: Path) -> None:
    authority = stand_in_authority(tmp_path, "authority", datetime.now(UTC))
    settings = network_settings()
    certificate, key = authority.folder / "box.pem", authority.folder / "box.key"
    network = BrokerNetwork("mau", certificate, key, DEVICES)
    assert settings.network is not None
    host, port = settings.network.split(":")
    login = BrokerLogin("kiosk-1", "kiosk-1", authority.ca_file)
    with running_broker(settings, tmp_path / "state", time.monotonic, network) as running:
        assert connack_code(host, int(port), login) is None
        authority.issue("box")
        running.renew_certificate()
        until(lambda: connack_code(host, int(port), login) == ACCEPTED)


def test_every_file_is_for_this_user_only(hall: NetworkBroker) -> None:
    folder = hall.state / "mosquitto"
    assert folder.stat().st_mode & 0o777 == 0o700
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"mosquitto.conf", "passwords", "acl", "certificate.pem", "key.pem"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert not (folder / "trial").exists()


def test_no_password_is_in_a_file_except_the_two_of_the_box(hall: NetworkBroker) -> None:
    secrets = [path.read_text() for path in (hall.state / "mosquitto").glob("*.password")]
    assert len(secrets) == 2
    for name in ("passwords", "acl"):
        text = (hall.state / "mosquitto" / "current" / name).read_text()
        assert not any(secret in text for secret in secrets)


def test_a_network_listener_without_certificate_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(BrokerError, match="no certificate"),
        running_broker(network_settings(), tmp_path, time.monotonic),
    ):
        pytest.fail("it started")


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        (BrokerSettings(kind="embedded"), broker.INSTALL_MOSQUITTO),
        (BrokerSettings(kind="mosquitto"), "network ="),
        (BrokerSettings(kind="mosquitto", network="0.0.0.0:8883"), None),
        (BrokerSettings(kind="external"), None),
    ],
)
def test_a_broker_for_this_machine_only_says_what_to_change(settings: BrokerSettings, word: str | None) -> None:
    reason = broker.why_no_network_broker(settings)
    assert (reason is None) if word is None else (reason is not None and word in reason)
