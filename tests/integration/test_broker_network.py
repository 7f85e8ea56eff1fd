"""The broker's network listener: devices come and go, files that fail their trial, certificates."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.load import ConfigError
from config.settings import BrokerSettings
from server.access.access import Access
from server.access.broker_passwords import hash_password
from server.access.device import DeviceDetails, NewDevice
from server.access.enrolment import NoBrokerReason
from server.messaging import broker, broker_trial, broker_users, mosquitto_files, network_access
from server.messaging.broker import BrokerError, running_broker
from server.messaging.broker_users import BrokerUser
from server.messaging.enrolled_devices import follow_devices
from server.messaging.network_access import BrokerNetwork
from server.monitoring.server_health import broker_part
from server.network.authority import Authority
from server.network.names import BoxNames
from server.wire.broker_login import BrokerLogin
from server.wire.messages import DeviceKind
from server.wire.mqtt_probe import ACCEPTED, connack_code
from support.certificates import machine_ms
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
from support.waiting import PATIENCE_S, until

REFUSED = (4, 5)
"""The codes of a CONNACK that refuses user or password."""


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


def test_a_removal_waits_for_no_trial_and_the_trial_of_older_files_does_not_undo_it(
    hall: NetworkBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_go_on = threading.Semaphore(0), threading.Semaphore(0)

    def wait_and_prove(*arguments: Any) -> None:
        began.release()
        assert may_go_on.acquire(timeout=PATIENCE_S)
        broker_trial.prove(*arguments)

    removed, new = hall.listen("kiosk-2"), broker_user("kiosk-3", "kiosk")
    removed.expect_connection(up=True)
    with monkeypatch.context() as patched, ExitStack() as stack:
        stack.callback(may_go_on.release, 2)
        patched.setattr(network_access, "prove", wait_and_prove)
        hall.broker.set_users([*DEVICES, new])
        assert began.acquire(timeout=PATIENCE_S)
        hall.broker.set_users([*without(DEVICES, "kiosk-2"), new])
        removed.expect_connection(up=False)
        assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-2")) in REFUSED
        may_go_on.release()
        assert began.acquire(timeout=PATIENCE_S)  # the older files are in use now
        assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-3")) == ACCEPTED
        assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-2")) in REFUSED


def test_a_removed_device_stays_out_while_the_new_files_fail_their_trial(
    hall: NetworkBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise broker_trial.TrialFailed("a fault")

    monkeypatch.setattr(network_access, "prove", fail)
    removed = hall.listen("kiosk-2")
    removed.expect_connection(up=True)
    hall.broker.set_users(without(DEVICES, "kiosk-2"))
    removed.expect_connection(up=False)
    until(lambda: hall.broker.error)
    assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-2")) in REFUSED
    assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-1")) == ACCEPTED


def test_the_reports_of_a_removed_device_leave_the_broker_and_stay_away(hall: NetworkBroker) -> None:
    server = hall.listen_as_server(TOPICS.all_status)
    removed = hall.listen("kiosk-2", will=(TOPICS.status("kiosk-2"), b"offline"))
    for listener in (server, removed):
        listener.expect_connection(up=True)
    removed.feed.publish(TOPICS.status("kiosk-2"), b"online", retain=True)
    server.wait(lambda message: message[1] == b"online")
    hall.broker.when_removed(lambda user: server.feed.erase(TOPICS.status(user.station)))
    hall.broker.set_users(without(DEVICES, "kiosk-2"))
    server.wait(lambda message: message == (TOPICS.status("kiosk-2"), b""))
    late = hall.trial_client_of_server()
    assert late.subscribe(TOPICS.all_status)
    assert late.publish(TOPICS.status("end"), b"end")
    assert TOPICS.status("kiosk-2") not in [topic for topic, _ in late.received]


def test_a_device_that_another_machine_continues_keeps_its_reports(hall: NetworkBroker) -> None:
    removed: list[BrokerUser] = []
    hall.broker.when_removed(removed.append)
    hall.broker.set_users(with_password(without(DEVICES, "tv-1"), "kiosk-1", "another"))
    until(lambda: removed)
    assert [user.name for user in removed] == ["tv-1"]


def test_the_hall_s_own_authority_serves_the_broker_too(tmp_path: Path) -> None:
    names = BoxNames()
    authority = Authority(tmp_path / "tls", machine_ms, "mau")
    authority.renew(names)
    settings, file = network_settings(), authority.server_file
    assert settings.network is not None
    host, port = settings.network.split(":")
    with running_broker(settings, tmp_path, time.monotonic, BrokerNetwork("mau", file, file, DEVICES)) as running:
        assert running.error is None
        assert connack_code(host, int(port), BrokerLogin("tv-1", "tv-1", authority.ca_file)) == ACCEPTED


def test_enrolled_devices_are_the_broker_s_users(hall: NetworkBroker, tmp_path: Path) -> None:
    with closing(Access.open(tmp_path, machine_ms)) as access:
        follow_devices(hall.broker, access.devices)
        details = DeviceDetails("Ki-ốt cửa sau")
        device = NewDevice("kiosk-9", DeviceKind.KIOSK, details, "token", hash_password("kiosk-9"), "10.0.0.9")
        access.devices.enrol("admin", device)
        until(lambda: connack_code("127.0.0.1", hall.port, hall.login("kiosk-9")) == ACCEPTED)
        kiosk = hall.listen("kiosk-9")
        kiosk.expect_connection(up=True)
        access.devices.remove("admin", "kiosk-9")
        kiosk.expect_connection(up=False)


def test_a_new_device_may_connect_and_a_new_password_ends_the_old_connection(hall: NetworkBroker) -> None:
    kiosk = hall.listen("kiosk-1")
    kiosk.expect_connection(up=True)
    new = broker_user("kiosk-3", "kiosk")
    hall.broker.set_users([*with_password(DEVICES, "kiosk-1", "another"), new])
    kiosk.expect_connection(up=False)
    hall.listen("kiosk-3").expect_connection(up=True)
    again = BrokerLogin("kiosk-1", "another", hall.authority.ca_file)
    hall.listen("kiosk-1", login=again).expect_connection(up=True)


def test_the_network_listener_is_open_only_while_there_are_devices(tmp_path: Path) -> None:
    with network_broker(tmp_path, ()) as hall:
        server = hall.listen_as_server()
        server.expect_connection(up=True)
        kiosk = broker_user("kiosk-1", "kiosk")
        assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-1")) is None
        hall.broker.set_users([kiosk])
        until(lambda: connack_code("127.0.0.1", hall.port, hall.login("kiosk-1")) == ACCEPTED)
        server.expect_connection(up=False)  # another listener needs a restart
        server.expect_connection(up=True)
        hall.broker.set_users([kiosk, broker_user("kiosk-2", "kiosk")])
        until(lambda: connack_code("127.0.0.1", hall.port, hall.login("kiosk-2")) == ACCEPTED)
        assert server.connections.empty()
        hall.broker.set_users([])
        server.expect_connection(up=False)
        server.expect_connection(up=True)
        assert connack_code("127.0.0.1", hall.port, hall.login("kiosk-1")) is None


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
    ("settings", "reason"),
    [
        (BrokerSettings(kind="embedded"), NoBrokerReason.EMBEDDED),
        (BrokerSettings(kind="mosquitto"), NoBrokerReason.LOOPBACK),
        (BrokerSettings(kind="mosquitto", network="0.0.0.0:8883"), None),
        (BrokerSettings(kind="external"), NoBrokerReason.EXTERNAL),
    ],
)
def test_only_a_mosquitto_that_listens_for_devices_takes_stations(
    settings: BrokerSettings, reason: NoBrokerReason | None
) -> None:
    assert broker.why_no_network_broker(settings) is reason


# --- an external broker -------------------------------------------------------------------------------


@pytest.fixture
def as_if_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let loopback count as the network."""
    monkeypatch.setattr(broker, "is_loopback", lambda host: False)


def test_an_external_broker_beyond_this_machine_needs_tls(as_if_beyond: None, tmp_path: Path) -> None:
    settings = BrokerSettings(kind="external", listen="127.0.0.1:1883")
    with pytest.raises(ConfigError, match="TLS only; set ca_file"), running_broker(settings, tmp_path, time.monotonic):
        pytest.fail("it started")


def test_an_external_broker_that_lets_anybody_in_is_refused(
    as_if_beyond: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(broker, "is_loopback", lambda host: True)
        anonymous_conf = mosquitto_files._WITH_USERS.replace("allow_anonymous false", "allow_anonymous true")
        patched.setattr(mosquitto_files, "_WITH_USERS", anonymous_conf)
        network_conf = mosquitto_files._NETWORK.replace("use_username_as_clientid true", "")
        patched.setattr(mosquitto_files, "_NETWORK", network_conf)
        patched.setattr(network_access, "prove", lambda *_: None)
        place = tmp_path / "anonymous"
        place.mkdir()
        with network_broker(place) as anonymous:
            patched.setattr(broker, "is_loopback", lambda host: False)
            settings = BrokerSettings(
                kind="external", listen=f"127.0.0.1:{anonymous.port}", ca_file=anonymous.authority.ca_file
            )
            with (
                pytest.raises(BrokerError, match="lets in anybody"),
                running_broker(settings, tmp_path, time.monotonic),
            ):
                pytest.fail("it started")


def test_no_connection_is_made_to_an_external_broker_that_turns_anonymous(
    hall: NetworkBroker, as_if_beyond: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca_file = hall.authority.ca_file
    settings = BrokerSettings(kind="external", listen=f"127.0.0.1:{hall.port}", ca_file=ca_file)
    with running_broker(settings, tmp_path, time.monotonic) as running:
        assert running.read_login() == BrokerLogin("", "", ca_file)
        monkeypatch.setattr(broker, "connack_code", lambda *_: ACCEPTED)  # as after a change of its settings
        with pytest.raises(broker.AnonymousBroker, match="lets in anybody"):
            running.read_login()


def test_the_server_signs_in_at_an_external_broker(
    hall: NetworkBroker, as_if_beyond: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("tv-1\n")
    settings = BrokerSettings(
        kind="external",
        listen=f"127.0.0.1:{hall.port}",
        user="tv-1",
        password_file=secret,
        ca_file=hall.authority.ca_file,
    )
    with running_broker(settings, tmp_path, time.monotonic) as running:
        assert running.login == BrokerLogin("tv-1", "tv-1", hall.authority.ca_file)
    assert "refuses the server" not in caplog.text
    secret.write_text("wrong")
    with running_broker(settings, tmp_path, time.monotonic):
        assert "refuses the server; check user and password_file" in caplog.text


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (BrokerSettings(kind="external", user="luot"), "user and password_file belong together"),
        (BrokerSettings(kind="external", ca_file=Path("/nowhere/ca.pem")), "there is no such file"),
        (BrokerSettings(kind="mosquitto", user="luot"), 'user is for kind = "external" only'),
        (BrokerSettings(kind="embedded", network="0.0.0.0:8883"), "only Mosquitto listens for devices"),
    ],
)
def test_a_mistake_in_the_settings_stops_the_start(settings: BrokerSettings, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=words), running_broker(settings, tmp_path, time.monotonic):
        pytest.fail("it started")
