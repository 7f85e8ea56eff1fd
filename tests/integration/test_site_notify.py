"""What systemd hears of every program: ready when it is, alive as long as its main loop turns, then stopping."""

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

from config.notify import Supervisor, supervisor
from halls import ROOT, free_ports, machine, office
from hardware.ports import Health, State
from hardware.watch import Watch
from server.broker import accepts
from waiting import PATIENCE_S

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
        while (said := self.next()) is not None:
            if said.startswith(begin):
                return said
        raise AssertionError(f"{begin!r} was not said")

    def quiet(self, within_s: float) -> bool:
        """Whether from some moment on nothing comes for so long; what was on its way is passed over."""
        return any(self.next(within_s) is None for _ in range(8))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    made = Ear(str(tmp_path / "notify"))
    yield made
    made.close()


def settings(folder: Path) -> Mapping[str, Any]:
    """A machine on which every program runs; there is no server for the stations to find."""
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
    """The machine's file: a server of its own for the server and the hall, none for the stations."""
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
def test_a_program_says_ready_then_alive_as_long_as_its_main_loop_turns_then_that_it_ends(
    program: str, tmp_path: Path, ear: Ear
) -> None:
    file = file_for(program, tmp_path)
    with started(MODULES[program], file, ear) as process:
        said = ear.until("READY=1")
        assert "STATUS=" in said
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
        assert accepts(*made.broker)
        assert (made.state / "luot.db").exists()


def test_an_abstract_socket_is_told_too() -> None:
    ear = Ear(f"@luot-test-{os.getpid()}")
    try:
        told = supervisor({"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": "2000000"}, lambda: 0.0)
        told.ready("two\nlines")
        assert ear.next(1) == "READY=1\nSTATUS=two lines"
        assert ear.next(1) == "WATCHDOG=1"
    finally:
        ear.close()


def test_the_variables_are_taken_away_so_that_children_cannot_speak_for_us() -> None:
    environ = {"NOTIFY_SOCKET": "/no/where", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1", "HOME": "/"}
    supervisor(environ, lambda: 0.0)
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
    assert supervisor(watchdog, lambda: 0.0).within(1e9) == at_most_s
    assert supervisor(watchdog, lambda: 0.0).within(0.25) == 0.25


def test_alive_is_said_at_most_four_times_in_the_watchdogs_time(ear: Ear) -> None:
    now = [0.0]
    told = Supervisor(ear.address, 8.0, lambda: now[0])
    for tenth in range(81):
        now[0] = tenth / 10
        told.alive()
    assert [ear.next(0.2) for _ in range(6)] == ["WATCHDOG=1"] * 5 + [None]


def test_a_supervisor_that_is_gone_disturbs_nobody(tmp_path: Path) -> None:
    told = Supervisor(str(tmp_path / "gone"), 1.0, lambda: 0.0)
    told.ready("here")
    told.status("still here")
    told.stopping()


def test_a_thread_that_stands_still_is_said_once_and_once_when_it_goes_on(
    ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    now, turns = [0.0], [0]
    told = Supervisor(ear.address, None, lambda: now[0])
    told.ready("serving")
    assert ear.next(1) == "READY=1\nSTATUS=serving"
    told.follow("the watch", lambda: turns[0])
    for second in range(100):
        now[0] = float(second)
        told.alive()
    assert ear.next(1) == "STATUS=the watch stands still; serving"
    turns[0] += 1
    told.alive()
    assert ear.next(1) == "STATUS=serving"
    assert ear.next(0.2) is None
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_device_that_holds_the_watch_up_does_not_hold_the_loop_up(ear: Ear) -> None:
    class Frozen:
        """A device whose thread holds what ``health`` needs."""

        def __init__(self) -> None:
            self.free = threading.Event()

        def health(self) -> Health:
            self.free.wait()
            return Health(State.READY)

    now, frozen = [0.0], Frozen()
    watch = Watch({"printer": frozen}, lambda name, health: None, every_s=0.01)
    try:
        told = Supervisor(ear.address, 60.0, lambda: now[0])
        told.follow("the watch of the devices", lambda: watch.turns)
        for second in range(0, 60, 5):
            now[0] = float(second)
            told.alive()
        heard = [ear.next(0.2) for _ in range(6)]
        assert "STATUS=the watch of the devices stands still" in heard
        assert heard.count("WATCHDOG=1") >= 3
    finally:
        frozen.free.set()
        watch.close()


DYING = """
import os, threading, time
from config.program import supervised
stop = threading.Event()
supervised(time.monotonic, stop.set)
threading.Thread(target=lambda: 1 // 0, name="printer").start()
stop.wait()
"""


def test_a_thread_that_ends_by_a_mistake_is_told_and_ends_its_program(ear: Ear) -> None:
    environment = {**os.environ, "NOTIFY_SOCKET": ear.address}
    done = subprocess.run(
        [sys.executable, "-c", DYING], env=environment, timeout=PATIENCE_S, check=False, capture_output=True
    )
    assert ear.next(5) == "STATUS=the thread 'printer' has ended: ZeroDivisionError; this program ends"
    assert b"the thread 'printer' has ended: integer division" in done.stderr
