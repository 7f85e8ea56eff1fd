"""The hall's supervisor with tiny real programs: order, restart, stop, and nothing left behind."""

import io
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from halls import free_ports
from server.hall import checks
from server.hall.children import Children, Life, Spec
from waiting import PATIENCE_S, until

LISTENER = """
import socket, sys, signal
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
print("up", flush=True)
while True:
    s.accept()
"""
DEAF = LISTENER.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def alive(pid: int) -> bool:
    """A process that runs: a zombie whose parent has not looked yet does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Told:
    """What the supervisor said, in order."""

    def __init__(self) -> None:
        self.all: list[tuple[str, Life]] = []
        self._changed = threading.Condition()

    def __call__(self, name: str, life: Life, reason: str) -> None:
        with self._changed:
            self.all.append((name, life))
            self._changed.notify_all()

    def wait_for(self, name: str, life: Life, times: int = 1) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.all.count((name, life)) >= times, PATIENCE_S), self.all


def listener(name: str, port: int, *needs: str, program: str = LISTENER) -> Spec:
    command = (sys.executable, "-I", "-S", "-c", program, str(port))
    return Spec(name, command, ready=lambda: listens(port), needs=needs)


@contextmanager
def running(*specs: Spec, stop_within_s: float = 5.0) -> Iterator[tuple[Children, Told, io.StringIO]]:
    told, out = Told(), io.StringIO()
    codes: list[int] = []
    children = Children(specs, mono_s=time.monotonic, said=told, out=out, stop_within_s=stop_within_s)
    thread = threading.Thread(target=lambda: codes.append(children.run()))
    thread.start()
    try:
        yield children, told, out
    finally:
        children.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        assert codes


def test_children_start_in_order_of_need_and_stop_in_reverse() -> None:
    first, second = free_ports(2)
    with running(listener("second", second, "first"), listener("first", first)) as (children, told, _):
        told.wait_for("second", Life.READY)
        pids = [children.pid("first"), children.pid("second")]
    started = [name for name, life in told.all if life is Life.STARTING]
    stopped = [name for name, life in told.all if life is Life.OFF]
    assert started == ["first", "second"]
    assert told.all.index(("first", Life.READY)) < told.all.index(("second", Life.STARTING))
    assert stopped == ["second", "first"]
    assert not any(alive(pid) for pid in pids if pid is not None)
    assert not listens(first) and not listens(second)


def test_a_child_that_dies_is_started_again_and_the_hall_says_so(caplog: pytest.LogCaptureFixture) -> None:
    port = free_ports(1)[0]
    with running(listener("one", port)) as (children, told, _):
        told.wait_for("one", Life.READY)
        before = children.pid("one")
        assert before is not None
        os.kill(before, signal.SIGKILL)
        told.wait_for("one", Life.READY, times=2)
        assert children.pid("one") != before
        assert listens(port)
    assert "one: died (signal SIGKILL); starts again in 0.2 s" in caplog.text


def test_a_child_switched_off_stays_off_until_it_is_switched_on() -> None:
    port = free_ports(1)[0]
    with running(listener("one", port)) as (children, told, _):
        told.wait_for("one", Life.READY)
        children.switch("one", on=False)
        told.wait_for("one", Life.OFF)
        assert not listens(port)
        assert children.pid("one") is None
        children.switch("one", on=True)
        told.wait_for("one", Life.READY, times=2)
        assert listens(port)


def test_a_child_that_does_not_stop_in_time_is_killed(caplog: pytest.LogCaptureFixture) -> None:
    port = free_ports(1)[0]
    with running(listener("deaf", port, program=DEAF), stop_within_s=0.2) as (_, told, _out):
        told.wait_for("deaf", Life.READY)
    assert "deaf: did not stop in 0 s, killed" in caplog.text
    assert not listens(port)


def test_a_second_stop_does_not_wait_for_a_child_that_does_not_listen() -> None:
    port = free_ports(1)[0]
    with running(listener("deaf", port, program=DEAF), stop_within_s=3600.0) as (children, told, _):
        told.wait_for("deaf", Life.READY)
        children.stop()
        told.wait_for("deaf", Life.STOPPING)
    assert not listens(port)


def test_what_a_dead_child_left_in_its_group_goes_with_it() -> None:
    port = free_ports(1)[0]
    parent = textwrap.dedent(
        f"""
        import subprocess, sys, threading
        subprocess.Popen([sys.executable, "-I", "-S", "-c", {LISTENER!r}, "{port}"])
        threading.Event().wait()
        """
    )
    spec = Spec("parent", (sys.executable, "-I", "-S", "-c", parent), ready=lambda: listens(port))
    with running(spec) as (children, told, _):
        told.wait_for("parent", Life.READY)
        pid = children.pid("parent")
        assert pid is not None
        children.switch("parent", on=False)
        told.wait_for("parent", Life.OFF)
        until(lambda: not listens(port), "the grandchild's port is free")


def test_what_children_say_comes_out_with_their_name() -> None:
    port = free_ports(1)[0]
    with running(listener("one", port)) as (_, told, out):
        told.wait_for("one", Life.READY)
        until(lambda: "one | up\n" in out.getvalue(), "the line")


def test_a_child_that_refuses_its_settings_ends_the_hall_with_exit_code_78() -> None:
    command = (sys.executable, "-I", "-S", "-c", "import sys; print('no such setting'); sys.exit(78)")
    out = io.StringIO()
    spec = Spec("one", command, ready=lambda: False)
    children = Children([spec], mono_s=time.monotonic, said=Told(), out=out)
    assert children.run() == 78
    assert "one | no such setting" in out.getvalue()


HALL = """
import signal, sys, time
sys.path[:0] = {path!r}
from server.hall.children import Children, Spec
import socket
def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
ports = {ports!r}
specs = [Spec(f"c{{n}}", (sys.executable, "-I", "-S", "-c", {program!r}, str(p)), ready=lambda p=p: listens(p))
         for n, p in enumerate(ports)]
ready = set()
def said(name, life, reason):
    if life == "ready":
        ready.add(name)
        if len(ready) == len(ports):
            print("pids", *[children.pid(s.name) for s in specs], flush=True)
children = Children(specs, mono_s=time.monotonic, said=said, out=sys.stderr, stop_within_s=2.0)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: children.stop())
sys.exit(children.run())
"""


@contextmanager
def hall_process(program: str) -> Iterator[tuple[subprocess.Popen[str], list[int], list[int]]]:
    """A hall in a process of its own, and the ids and ports of its children."""
    ports = free_ports(2)
    code = HALL.format(path=sys.path, ports=ports, program=program)
    hall = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert hall.stdout is not None
        pids = [int(word) for word in hall.stdout.readline().split()[1:]]
        assert len(pids) == 2
        yield hall, pids, ports
    finally:
        hall.kill()
        hall.wait(PATIENCE_S)
        assert hall.stdout is not None
        hall.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_hall_with_no_process_and_no_port_left(number: signal.Signals) -> None:
    with hall_process(LISTENER) as (hall, pids, ports):
        hall.send_signal(number)
        assert hall.wait(PATIENCE_S) == 0
        assert not any(alive(pid) for pid in pids)
        assert not any(listens(port) for port in ports)


def test_kill_9_of_the_hall_leaves_no_orphan_even_of_children_that_ignore_signals() -> None:
    with hall_process(DEAF) as (hall, pids, ports):
        hall.kill()
        hall.wait(PATIENCE_S)
        until(lambda: not any(alive(pid) for pid in pids), "the children are gone")
        assert not any(listens(port) for port in ports)


def test_a_broker_is_ready_when_it_answers_connect_and_not_before() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        port = mute.getsockname()[1]
        assert not checks.mqtt("127.0.0.1", port)()
        mute.listen()

        def answer() -> None:
            peer, _ = mute.accept()
            with peer:
                assert peer.recv(100).startswith(b"\x10")
                peer.sendall(b"\x20\x02\x00\x00")

        thread = threading.Thread(target=answer)
        thread.start()
        assert checks.mqtt("127.0.0.1", port)()
        thread.join(PATIENCE_S)
