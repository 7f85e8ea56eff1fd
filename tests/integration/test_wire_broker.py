"""Both brokers as real processes: ready, restarted, ended with their parent, refused."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.load import ConfigError
from config.settings import BrokerSettings
from server.messaging import broker
from server.messaging.broker import BrokerError, accepts_mqtt, running_broker
from server.messaging.mosquitto_files import MosquittoFolder
from support.brokers import RestartableBroker
from support.server_process import free_ports
from support.waiting import until

KINDS = ("embedded", "mosquitto")


@pytest.fixture
def port() -> Iterator[int]:
    yield free_ports(1)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_broker_is_ready_inside_the_block_and_gone_after_it(kind: str, port: int, tmp_path: Path) -> None:
    settings = BrokerSettings(kind=kind, listen=f"127.0.0.1:{port}")  # type: ignore[arg-type]
    with running_broker(settings, tmp_path, time.monotonic):
        assert accepts_mqtt("127.0.0.1", port)
    assert not accepts_mqtt("127.0.0.1", port)


@pytest.mark.parametrize("kind", KINDS)
def test_a_broker_that_dies_is_started_again(
    kind: str, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def remembering(*args: object, **more: object) -> subprocess.Popen[bytes]:
        started.append(real(*args, **more))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remembering)
    settings = BrokerSettings(kind=kind, listen=f"127.0.0.1:{port}")  # type: ignore[arg-type]
    with running_broker(settings, tmp_path, time.monotonic):
        started[0].kill()
        until(lambda: len(started) == 2 and accepts_mqtt("127.0.0.1", port))
    assert all(process.poll() is not None for process in started)


def test_a_broker_that_is_killed_often_is_down_for_five_seconds_at_most() -> None:
    assert max(broker.BACK_OFF.pauses_s) == 5.0


def test_a_broker_that_accepts_no_connection_is_killed_and_restarted(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(broker, "CHECK_EVERY_S", 0.05)
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def remembering(*args: object, **more: object) -> subprocess.Popen[bytes]:
        started.append(real(*args, **more))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remembering)
    with running_broker(BrokerSettings(kind="mosquitto", listen=f"127.0.0.1:{port}"), tmp_path, time.monotonic):
        started[0].send_signal(signal.SIGSTOP)
        until(lambda: len(started) == 2 and accepts_mqtt("127.0.0.1", port))
    assert "broker: runs and does not respond; it is killed" in caplog.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_restarted_broker_has_no_status_of_a_station_that_is_gone(kind: str, port: int, tmp_path: Path) -> None:
    settings = BrokerSettings(kind=kind, listen=f"127.0.0.1:{port}")  # type: ignore[arg-type]
    with ExitStack() as feeds:
        place = RestartableBroker(settings, tmp_path, feeds)
        place.start()
        watching = place.listen("watching", "status/#")
        station = place.listen("station", "nothing")
        station.feed.publish("status/station", b"online", retain=True)
        assert watching.wait(lambda _: True) == ("status/station", b"online")
        station.feed.close()
        place.stop()
        place.start()
        later = place.listen("later", "status/#")
        later.expect_connection(up=True)
        later.feed.publish("status/later", b"online", retain=True)
        assert later.wait(lambda _: True) == ("status/later", b"online")
        place.stop()


CHILD = """
import sys, threading, time
from pathlib import Path
from config.settings import BrokerSettings
from server.messaging.broker import running_broker
with running_broker(BrokerSettings(kind=sys.argv[1], listen=sys.argv[2]), Path(sys.argv[3]), time.monotonic):
    print("ready", flush=True)
    threading.Event().wait()
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_broker_ends_with_a_server_that_is_killed(kind: str, port: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, kind, f"127.0.0.1:{port}", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        assert accepts_mqtt("127.0.0.1", port)
        os.kill(parent.pid, signal.SIGKILL)
    until(lambda: not accepts_mqtt("127.0.0.1", port))


def test_the_written_mosquitto_file_is_for_this_user_only(port: int, tmp_path: Path) -> None:
    folder = MosquittoFolder(tmp_path)
    assert folder.write_conf(BrokerSettings(kind="mosquitto", listen=f"127.0.0.1:{port}"), with_users=False)
    path = folder.conf
    assert path.stat().st_mode & 0o777 == 0o600
    assert f"listener {port} 127.0.0.1" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_a_broker_without_access_list_is_refused_beyond_loopback(kind: str, tmp_path: Path) -> None:
    settings = BrokerSettings(kind=kind, listen="0.0.0.0:1883")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"use 127\.0\.0\.1"), running_broker(settings, tmp_path, time.monotonic):
        pytest.fail("it started")


def test_a_missing_mosquitto_is_reported_with_the_command_that_installs_it(port: int, tmp_path: Path) -> None:
    settings = BrokerSettings(kind="mosquitto", listen=f"127.0.0.1:{port}", program=tmp_path / "mosquitto")
    with (
        pytest.raises(ConfigError, match="apt-get install mosquitto"),
        running_broker(settings, tmp_path, time.monotonic),
    ):
        pytest.fail("it started")


def test_a_taken_port_is_reported_and_not_shared(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = BrokerSettings(listen=f"127.0.0.1:{other.getsockname()[1]}")
        with pytest.raises(BrokerError, match="already listens"), running_broker(settings, tmp_path, time.monotonic):
            pytest.fail("it started")
