"""Every program's notices to systemd: ready, alive while its main loop runs, stopping."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from config.notify import SystemdNotifier, notifier_from_environment
from hardware.health.monitor import HealthMonitor
from hardware.ports import DeviceHealth, HealthState
from server.messaging.broker import accepts_mqtt
from support.server_process import ROOT, free_ports, machine, office
from support.waiting import PATIENCE_S

WATCHDOG_S = 0.6
# SIGUSR1 makes the main thread hang until SIGUSR2, while every other thread of the program goes on. SIGUSR2 is blocked
# and waited for, so that one which comes before the program got round to hanging is not lost.
HANGING = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGUSR2}})
signal.signal(signal.SIGUSR1, lambda *_: signal.sigwait({{signal.SIGUSR2}}))
from {module} import main
sys.exit(main())
"""


class Ear:
    """The supervisor's end: a datagram socket, on a path or abstract."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.address = address

    def next(self, within_s: float = 30.0) -> str | None:
        """The next datagram; None when none comes."""
        self._socket.settimeout(within_s)
        try:
            return self._socket.recv(4096).decode()
        except TimeoutError:
            return None

    def until(self, begin: str) -> str:
        """The next datagram that begins so; others are passed over."""
        while (message := self.next()) is not None:
            if message.startswith(begin):
                return message
        raise AssertionError(f"{begin!r} was not said")

    def quiet(self, within_s: float) -> bool:
        """Return whether no notice comes for that long, after those already sent."""
        return any(self.next(within_s) is None for _ in range(8))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    made = Ear(str(tmp_path / "notify"))
    yield made
    made.close()


def settings(folder: Path) -> Mapping[str, Any]:
    """A machine that can run every program; the stations find no server."""
    server, broker, hall, kiosk, tv = (f"127.0.0.1:{port}" for port in free_ports(5))
    desk = {"counter": "c1", "sign": {"kind": "cd5220", "port": str(folder / "no-such-port")}}
    return {
        "machine": {"state": str(folder / "state")},
        "link": {"server": f"http://{server}", "broker": broker, "office": "test"},
        "kiosk": {"control": kiosk},
        "counter": {"desks": [desk]},
        "display": {"control": tv, "speaker": {"kind": "simulated"}},
        "node": {"station": "sign-c1", "counter": "c1"},
        "hall": {"listen": hall},
    }


def file_for(program: str, folder: Path) -> Path:
    """Write the machine's settings: a server for the server and the hall only."""
    if program in ("server", "hall"):
        made = machine(folder, office(["CT"], {"c1": ["CT"]}))
        if program == "hall":
            (hall,) = free_ports(1)
            link = f'[link]\nserver = "{made.api}"\nbroker = "{made.broker[0]}:{made.broker[1]}"\noffice = "test"\n'
            more = f'\n{link}\n[hall]\nlisten = "127.0.0.1:{hall}"\n'
            made.config.write_text(made.config.read_text(encoding="utf-8") + more, encoding="utf-8")
        return made.config
    path = folder / "hall.toml"
    path.write_text(tomli_w.dumps(settings(folder)), encoding="utf-8")
    return path


@contextmanager
def started(module: str, file: Path, ear: Ear) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "NOTIFY_SOCKET": ear.address,
        "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6)),
        "SDL_VIDEODRIVER": "offscreen",
    }
    command = [sys.executable, "-c", HANGING.format(module=module), "--config", str(file)]
    with (file.parent / "program.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=file.parent, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


MODULES = {
    "server": "server.app",
    "kiosk": "kiosk.app",
    "counter": "counter.app",
    "display": "display.app",
    "sign": "counter.node.app",
    "hall": "server.hall.app",
}


@pytest.mark.parametrize("program", MODULES)
def test_a_program_reports_ready_then_alive_while_its_main_loop_runs_then_stopping(
    program: str, tmp_path: Path, ear: Ear
) -> None:
    file = file_for(program, tmp_path)
    with started(MODULES[program], file, ear) as process:
        message = ear.until("READY=1")
        assert "STATUS=" in message
        for _ in range(3):
            ear.until("WATCHDOG=1")
        os.kill(process.pid, signal.SIGUSR1)
        assert ear.quiet(WATCHDOG_S * 1.5), "a program whose main loop hangs still said that it is alive"
        assert process.poll() is None
        os.kill(process.pid, signal.SIGUSR2)
        process.send_signal(signal.SIGTERM)
        ear.until("STOPPING=1")
        assert process.wait(PATIENCE_S) == 0


def test_the_server_is_ready_when_it_answers_and_its_broker_accepts(tmp_path: Path, ear: Ear) -> None:
    made = machine(tmp_path, office(["CT"], {"c1": ["CT"]}))
    with started("server.app", made.config, ear):
        ear.until("READY=1")
        for url in (made.api, made.visitors):
            host, _, port = url.removeprefix("http://").partition(":")
            with socket.create_connection((host, int(port)), timeout=5):
                pass
        assert accepts_mqtt(*made.broker)
        assert (made.state / "luot.db").exists()


def test_an_abstract_socket_is_notified_too() -> None:
    ear = Ear(f"@luot-test-{os.getpid()}")
    try:
        notifier = notifier_from_environment({"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": "2000000"}, lambda: 0.0)
        notifier.ready("two\nlines")
        assert ear.next(1) == "READY=1\nSTATUS=two lines"
        assert ear.next(1) == "WATCHDOG=1"
    finally:
        ear.close()


def test_the_variables_are_removed_from_the_environment_of_children() -> None:
    environ = {"NOTIFY_SOCKET": "/no/where", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1", "HOME": "/"}
    notifier_from_environment(environ, lambda: 0.0)
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize(
    ("watchdog", "at_most_s"),
    [
        ({"WATCHDOG_USEC": "3000000"}, 1.5),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 1.5),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, 3600),
        ({"WATCHDOG_USEC": "soon"}, 3600),
        ({}, 3600),
    ],
)
def test_a_loop_sleeps_half_the_watchdogs_time_at_most(watchdog: dict[str, str], at_most_s: float) -> None:
    assert notifier_from_environment(watchdog, lambda: 0.0).limit_wait(1e9) == at_most_s
    assert notifier_from_environment(watchdog, lambda: 0.0).limit_wait(0.25) == 0.25


def test_alive_is_sent_at_most_four_times_in_the_watchdogs_time(ear: Ear) -> None:
    now = [0.0]
    notifier = SystemdNotifier(ear.address, 8.0, lambda: now[0])
    for tenth in range(81):
        now[0] = tenth / 10
        notifier.alive()
    assert [ear.next(0.2) for _ in range(6)] == ["WATCHDOG=1"] * 5 + [None]


def test_a_long_start_extends_its_time_while_it_goes_on(ear: Ear) -> None:
    now = [0.0]
    notifier = SystemdNotifier(ear.address, 8.0, lambda: now[0])
    for second in (0.0, 0.01, 4.9, 5.0, 9.0, 40.0):
        now[0] = second
        notifier.starting("preparing the database")
    messages = [ear.next(0.2) for _ in range(3)]
    extension = "EXTEND_TIMEOUT_USEC=300000000\nSTATUS=preparing the database"
    assert messages == [f"{extension} (5 s)", f"{extension} (40 s)", None]


def test_a_missing_supervisor_causes_no_error(tmp_path: Path) -> None:
    notifier = SystemdNotifier(str(tmp_path / "gone"), 1.0, lambda: 0.0)
    notifier.starting("preparing")
    notifier.ready("here")
    notifier.status("still here")
    notifier.stopping()


def test_a_stalled_thread_and_its_recovery_are_reported_once_each(ear: Ear, caplog: pytest.LogCaptureFixture) -> None:
    now, turns = [0.0], [0]
    notifier = SystemdNotifier(ear.address, None, lambda: now[0])
    notifier.ready("serving")
    assert ear.next(1) == "READY=1\nSTATUS=serving"
    notifier.watch_thread("the watch", lambda: turns[0])
    for second in range(100):
        now[0] = float(second)
        notifier.alive()
    assert ear.next(1) == "STATUS=the watch has stalled; serving"
    turns[0] += 1
    notifier.alive()
    assert ear.next(1) == "STATUS=serving"
    assert ear.next(0.2) is None
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_device_that_blocks_the_monitor_does_not_block_the_loop(ear: Ear) -> None:
    class Frozen:
        """A device whose thread holds what ``health`` needs."""

        def __init__(self) -> None:
            self.free = threading.Event()

        def health(self) -> DeviceHealth:
            self.free.wait()
            return DeviceHealth(HealthState.READY)

    now, frozen = [0.0], Frozen()
    watch = HealthMonitor({"printer": frozen}, lambda name, health: None, interval_s=0.01)
    try:
        notifier = SystemdNotifier(ear.address, 60.0, lambda: now[0])
        notifier.watch_thread("the watch of the devices", lambda: watch.rounds)
        for second in range(0, 60, 5):
            now[0] = float(second)
            notifier.alive()
        received = [ear.next(0.2) for _ in range(6)]
        assert "STATUS=the watch of the devices has stalled" in received
        assert received.count("WATCHDOG=1") >= 3
    finally:
        frozen.free.set()
        watch.close()


DYING = """
import os, threading, time
from config.program import start_systemd_notifier
stop = threading.Event()
start_systemd_notifier(time.monotonic, stop.set)
threading.Thread(target=lambda: 1 // 0, name="printer").start()
stop.wait()
"""


def test_a_thread_that_fails_is_reported_and_ends_its_program(ear: Ear) -> None:
    environment = {**os.environ, "NOTIFY_SOCKET": ear.address}
    done = subprocess.run(
        [sys.executable, "-c", DYING], env=environment, timeout=PATIENCE_S, check=False, capture_output=True
    )
    assert ear.next(5) == "STATUS=the thread 'printer' has ended: ZeroDivisionError; this program ends"
    assert b"the thread 'printer' has ended: integer division" in done.stderr
