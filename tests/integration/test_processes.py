"""The supervisor of child processes with tiny real programs: order, restart, stop."""

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
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from server.hall.supervisor.readiness import mqtt_check
from server.processes.child import ChildState
from server.processes.program import BackOff, Program
from server.processes.supervisor import ChildSupervisor
from support.server_process import free_ports
from support.waiting import PATIENCE_S, until

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
    """Return whether a process runs; a zombie that is not reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Changes:
    """The changes that the supervisor reports, in order."""

    def __init__(self) -> None:
        self.all: list[tuple[str, ChildState]] = []
        self._changed = threading.Condition()

    def __call__(self, name: str, state: ChildState, reason: str) -> None:
        with self._changed:
            self.all.append((name, state))
            self._changed.notify_all()

    def wait_for(self, name: str, state: ChildState, times: int = 1) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.all.count((name, state)) >= times, PATIENCE_S), self.all


def listener(name: str, port: int, *needs: str, program: str = LISTENER, stop_within_s: float = 5.0) -> Program:
    command = (sys.executable, "-I", "-S", "-c", program, str(port))
    return Program(name, command, is_ready=lambda: listens(port), needs=needs, stop_within_s=stop_within_s)


@contextmanager
def running(*programs: Program) -> Iterator[tuple[ChildSupervisor, Changes, io.StringIO]]:
    changes, output = Changes(), io.StringIO()
    codes: list[int] = []
    supervisor = ChildSupervisor(programs, mono_s=time.monotonic, on_change=changes, output=output)
    with closing(supervisor):
        thread = threading.Thread(target=lambda: codes.append(supervisor.run()))
        thread.start()
        try:
            yield supervisor, changes, output
        finally:
            supervisor.stop()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
            assert codes


def test_children_start_in_order_of_need_and_stop_in_reverse() -> None:
    first, second = free_ports(2)
    with running(listener("second", second, "first"), listener("first", first)) as (supervisor, changes, _):
        changes.wait_for("second", ChildState.READY)
        pids = [supervisor.pid("first"), supervisor.pid("second")]
    started = [name for name, state in changes.all if state is ChildState.STARTING]
    stopped = [name for name, state in changes.all if state is ChildState.OFF]
    assert started == ["first", "second"]
    assert changes.all.index(("first", ChildState.READY)) < changes.all.index(("second", ChildState.STARTING))
    assert stopped == ["second", "first"]
    assert not any(alive(pid) for pid in pids if pid is not None)
    assert not listens(first) and not listens(second)


def test_a_child_that_dies_is_started_again_and_that_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    port = free_ports(1)[0]
    with running(listener("one", port)) as (supervisor, changes, _):
        changes.wait_for("one", ChildState.READY)
        before = supervisor.pid("one")
        assert before is not None
        os.kill(before, signal.SIGKILL)
        changes.wait_for("one", ChildState.READY, times=2)
        assert supervisor.pid("one") != before
        assert listens(port)
    assert "one: died (signal SIGKILL); starts again in 0.2 s" in caplog.text


def test_a_child_switched_off_stays_off_until_it_is_switched_on() -> None:
    port = free_ports(1)[0]
    with running(listener("one", port)) as (supervisor, changes, _):
        changes.wait_for("one", ChildState.READY)
        supervisor.switch("one", on=False)
        changes.wait_for("one", ChildState.OFF)
        assert not listens(port)
        assert supervisor.pid("one") is None
        supervisor.switch("one", on=True)
        changes.wait_for("one", ChildState.READY, times=2)
        assert listens(port)


def test_a_child_that_does_not_stop_in_time_is_killed(caplog: pytest.LogCaptureFixture) -> None:
    port = free_ports(1)[0]
    with running(listener("deaf", port, program=DEAF, stop_within_s=0.2)) as (_, changes, _out):
        changes.wait_for("deaf", ChildState.READY)
    assert "deaf: did not stop in 0 s, killed" in caplog.text
    assert not listens(port)


def test_a_second_stop_does_not_wait_for_a_child_that_ignores_signals() -> None:
    port = free_ports(1)[0]
    with running(listener("deaf", port, program=DEAF, stop_within_s=3600.0)) as (supervisor, changes, _):
        changes.wait_for("deaf", ChildState.READY)
        supervisor.stop()
        changes.wait_for("deaf", ChildState.STOPPING)
    assert not listens(port)


def test_processes_that_a_dead_child_left_in_its_session_are_killed() -> None:
    port = free_ports(1)[0]
    parent = textwrap.dedent(
        f"""
        import subprocess, sys, threading
        subprocess.Popen([sys.executable, "-I", "-S", "-c", {LISTENER!r}, "{port}"])
        threading.Event().wait()
        """
    )
    program = Program("parent", (sys.executable, "-I", "-S", "-c", parent), is_ready=lambda: listens(port))
    with running(program) as (supervisor, changes, _):
        changes.wait_for("parent", ChildState.READY)
        pid = supervisor.pid("parent")
        assert pid is not None
        supervisor.switch("parent", on=False)
        changes.wait_for("parent", ChildState.OFF)
        until(lambda: not listens(port), "the grandchild's port is free")


def test_lines_of_children_are_written_with_their_name() -> None:
    port = free_ports(1)[0]
    with running(listener("one", port)) as (_, changes, out):
        changes.wait_for("one", ChildState.READY)
        until(lambda: "one | up\n" in out.getvalue(), "the line")


def test_a_fatal_exit_code_of_a_child_stops_the_supervisor() -> None:
    command = (sys.executable, "-I", "-S", "-c", "import sys; print('no such setting'); sys.exit(78)")
    output = io.StringIO()
    program = Program("one", command, is_ready=lambda: False, fatal_exit_code=78)
    with closing(ChildSupervisor([program], mono_s=time.monotonic, on_change=Changes(), output=output)) as supervisor:
        assert supervisor.run() == 78
    assert "one | no such setting" in output.getvalue()


def test_a_child_that_runs_and_does_not_respond_is_killed_and_started_again(caplog: pytest.LogCaptureFixture) -> None:
    port = free_ports(1)[0]
    answers = threading.Event()
    answers.set()
    program = replace(listener("mute", port), is_ready=answers.is_set, check_every_s=0.01)
    with running(program) as (supervisor, changes, _):
        changes.wait_for("mute", ChildState.READY)
        before = supervisor.pid("mute")
        answers.clear()
        changes.wait_for("mute", ChildState.STARTING, times=2)
        answers.set()
        changes.wait_for("mute", ChildState.READY, times=2)
        assert supervisor.pid("mute") != before
    assert "mute: runs and does not respond; it is killed" in caplog.text


def test_a_child_that_is_never_ready_is_killed_and_started_again(caplog: pytest.LogCaptureFixture) -> None:
    port = free_ports(1)[0]
    program = replace(listener("slow", port), is_ready=lambda: False, ready_within_s=0.05)
    with running(program) as (_, changes, _output):
        changes.wait_for("slow", ChildState.STARTING, times=2)
    assert "slow: not ready after 0 s" in caplog.text


def test_a_program_that_cannot_be_run_is_named_and_tried_again(tmp_path: Path) -> None:
    program = Program("none", (str(tmp_path / "none"),), is_ready=lambda: False)
    with running(program) as (_, changes, output):
        changes.wait_for("none", ChildState.BACKING_OFF, times=2)
    assert f"none | cannot run {tmp_path}/none: No such file or directory" in output.getvalue()


def test_a_supervisor_whose_loop_failed_leaves_no_child_and_can_run_again() -> None:
    port = free_ports(1)[0]
    pids: list[int | None] = []

    def on_change(name: str, state: ChildState, reason: str) -> None:
        if state is ChildState.READY:
            pids.append(supervisor.pid(name))
            if len(pids) == 1:
                raise RuntimeError("the first loop fails")
            supervisor.stop()

    with closing(ChildSupervisor([listener("one", port)], mono_s=time.monotonic, on_change=on_change)) as supervisor:
        with pytest.raises(RuntimeError, match="the first loop fails"):
            supervisor.run()
        assert pids[0] is not None and not alive(pids[0])
        assert not listens(port)
        assert supervisor.run() == 0
        assert len(pids) == 2


def test_pauses_grow_to_the_last_one() -> None:
    back_off = BackOff(pauses_s=(0.5, 1.0, 5.0))
    assert [back_off.pause_s(failures) for failures in range(5)] == [0.5, 1.0, 5.0, 5.0, 5.0]


PARENT = """
import signal, sys, time
sys.path[:0] = {path!r}
from server.processes.program import Program
from server.processes.supervisor import ChildSupervisor
import socket
def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
ports = {ports!r}
programs = [
    Program(
        f"c{{n}}",
        (sys.executable, "-I", "-S", "-c", {program!r}, str(p)),
        is_ready=lambda p=p: listens(p),
        stop_within_s=2.0,
    )
    for n, p in enumerate(ports)
]
ready = set()
def on_change(name, state, reason):
    if state == "ready":
        ready.add(name)
        if len(ready) == len(ports):
            print("pids", *[supervisor.pid(program.name) for program in programs], flush=True)
supervisor = ChildSupervisor(programs, mono_s=time.monotonic, on_change=on_change, output=sys.stderr)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: supervisor.stop())
sys.exit(supervisor.run())
"""


@contextmanager
def parent_process(program: str) -> Iterator[tuple[subprocess.Popen[str], list[int], list[int]]]:
    """A supervisor as a process, with the ids and ports of its children."""
    ports = free_ports(2)
    code = PARENT.format(path=sys.path, ports=ports, program=program)
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()[1:]]
        assert len(pids) == 2
        yield parent, pids, ports
    finally:
        parent.kill()
        parent.wait(PATIENCE_S)
        assert parent.stdout is not None
        parent.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_parent_with_no_process_and_no_port_left(number: signal.Signals) -> None:
    with parent_process(LISTENER) as (parent, pids, ports):
        parent.send_signal(number)
        assert parent.wait(PATIENCE_S) == 0
        assert not any(alive(pid) for pid in pids)
        assert not any(listens(port) for port in ports)


def test_kill_9_of_the_parent_leaves_no_orphan_even_of_children_that_ignore_signals() -> None:
    with parent_process(DEAF) as (parent, pids, ports):
        parent.kill()
        parent.wait(PATIENCE_S)
        until(lambda: not any(alive(pid) for pid in pids), "the children are gone")
        assert not any(listens(port) for port in ports)


def test_a_broker_is_ready_when_it_answers_connect_with_any_code_and_not_before() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        port = mute.getsockname()[1]
        assert not mqtt_check("127.0.0.1", port)()
        mute.listen()

        def answer() -> None:
            peer, _ = mute.accept()
            with peer:
                assert peer.recv(100).startswith(b"\x10")
                peer.sendall(b"\x20\x02\x00\x05")  # not authorised

        thread = threading.Thread(target=answer)
        thread.start()
        assert mqtt_check("127.0.0.1", port)()
        thread.join(PATIENCE_S)
