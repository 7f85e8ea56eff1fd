"""Threads that fail: they are logged, and run again or end their program. Nobody is unsupervised."""

import queue
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from config.threads import RestartingThread, WorkerPool
from support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]
OURS = ("config", "hardware", "server", "kiosk", "counter", "display")


def test_a_thread_that_fails_is_logged_and_runs_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("config.threads.RESTART_AFTER_S", 0.0)
    mistakes = [KeyError("second"), KeyError("first")]
    failed: list[Exception] = []
    over = threading.Event()

    def run() -> None:
        if mistakes:
            raise mistakes.pop()

    thread = RestartingThread("bus", run, on_failure=failed.append, on_stopped=over.set)
    thread.start()
    thread.join(PATIENCE_S)
    assert over.is_set()
    assert (thread.failures, [str(error) for error in failed]) == (2, ["'first'", "'second'"])
    assert "the thread 'bus' has failed 1 time(s)" in caplog.text


def test_a_thread_that_fails_while_its_owner_closes_does_not_run_again() -> None:
    closing, runs = threading.Event(), list[int]()

    def run() -> None:
        runs.append(1)
        closing.set()
        raise KeyError

    thread = RestartingThread("bus", run, closing=closing)
    thread.start()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert runs == [1]


def test_a_failed_task_reaches_the_excepthook(monkeypatch: pytest.MonkeyPatch) -> None:
    died: queue.Queue[threading.ExceptHookArgs] = queue.Queue()
    monkeypatch.setattr(threading, "excepthook", died.put)
    with WorkerPool(1, "issue") as pool:
        pool.submit(lambda: 1 // 0)
        assert died.get(timeout=PATIENCE_S).exc_type is ZeroDivisionError


PROGRAM = """
import logging, sys, threading
from config.program import start_systemd_notifier
logging.basicConfig(stream=sys.stderr)
stop = threading.Event()
start_systemd_notifier(lambda: 0.0, stop.set)
threading.Thread(target=lambda: 1 // 0, name="writer", daemon=True).start()
stop.wait()
print("closed in order")
"""


def test_a_program_whose_thread_fails_logs_it_and_ends_for_a_restart() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=PATIENCE_S, check=False, cwd=ROOT
    )
    assert done.stdout == "closed in order\n"
    assert "the thread 'writer' has ended: integer division" in done.stderr


HANGS = PROGRAM.replace("stop.wait()", "threading.Event().wait()").replace(
    "start_systemd_notifier(lambda",
    "import config.program; config.program.MAX_CLOSING_S = 0.1; start_systemd_notifier(lambda",
)


def test_a_program_that_cannot_close_after_that_is_ended() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=PATIENCE_S, check=False, cwd=ROOT
    )
    assert done.returncode == 70


def test_the_end_of_every_bare_thread_is_accounted_for() -> None:
    """Each bare thread is listed here with the effect of its end.

    A new thread must run again by itself, or be entered.
    """
    threads = {
        f"{path.relative_to(ROOT)}: {made}"
        for folder in OURS
        for path in (ROOT / folder).rglob("*.py")
        for made in re.findall(r"\b(threading\.Thread|ThreadPoolExecutor|threading\.Timer)\(", path.read_text("utf-8"))
    }
    assert threads == {
        # What every thread is made of.
        "config/threads.py: threading.Thread",
        # The program ends with these (config.program.start_systemd_notifier) and is restarted by systemd or the hall.
        "config/program.py: threading.Thread",
        "config/program.py: threading.Timer",
        # Ends with the one exchange that it limits, in which nothing else waits for it.
        "server/access/timed_http.py: threading.Timer",
        "server/store/writer.py: threading.Thread",
        "server/web/shared/serving/http_server.py: threading.Thread",
        "server/hall/app.py: threading.Thread",
        "server/processes/probe.py: threading.Thread",
        "hardware/control_port.py: threading.Thread",
        "hardware/simulated/terminal.py: threading.Thread",
        "hardware/simulated/keypads/keypad.py: threading.Thread",
        "hardware/simulated/keypads/sender.py: threading.Thread",
        "hardware/simulated/printers/firmware.py: threading.Thread",
        "hardware/simulated/printers/link.py: threading.Thread",
        "hardware/simulated/signs/sign.py: threading.Thread",
        # The enrolment, at whose end or failure its program ends or goes on.
        "counter/enrolment.py: threading.Thread",
        "hardware/screens/notice.py: threading.Thread",
        # Its owner waits for every result.
        "hardware/installer/commands/ports.py: ThreadPoolExecutor",
    }
