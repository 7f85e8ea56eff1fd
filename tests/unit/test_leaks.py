"""A test that leaves something open fails, and the message names what."""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support import leaks
from support.server_process import ROOT
from support.waiting import PATIENCE_S, until

Plant = Callable[[ExitStack], str]
"""Opens something, to be closed with the stack. Returns a pattern of its description."""


def plant_thread(closes: ExitStack) -> str:
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="forgotten")
    thread.start()
    closes.callback(thread.join)
    closes.callback(end.set)
    return r"thread 'forgotten' running Event\.wait"


def plant_child(closes: ExitStack) -> str:
    child = closes.enter_context(subprocess.Popen(["sleep", "1234"]))
    closes.callback(child.kill)
    until(lambda: Path(f"/proc/{child.pid}/cmdline").read_bytes())  # it is empty in the middle of exec
    return rf"child {child.pid}: sleep 1234"


def plant_ended_child(closes: ExitStack) -> str:
    child = closes.enter_context(subprocess.Popen(["true"]))
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    return rf"child {child.pid}: true, which has ended and was not waited for"


def plant_file(closes: ExitStack) -> str:
    number = os.open(__file__, os.O_RDONLY)
    closes.callback(os.close, number)
    return rf"file descriptor {number}: {re.escape(__file__)}"


def plant_listener(closes: ExitStack) -> str:
    listener = closes.enter_context(socket.create_server(("127.0.0.1", 0)))
    port = listener.getsockname()[1]
    return rf"file descriptor {listener.fileno()}: socket:\[\d+\] SOCK_STREAM \('127\.0\.0\.1', {port}\)"


def plant_pair(closes: ExitStack) -> str:
    for end in socket.socketpair():
        closes.enter_context(end)
    return r"socket:.*socket:"


def plant_pipe(closes: ExitStack) -> str:
    for end in os.pipe():
        closes.callback(os.close, end)
    return r"pipe:.*pipe:"


def plant_pty(closes: ExitStack) -> str:
    for end in os.openpty():
        closes.callback(os.close, end)
    return r"/dev/(pts/)?ptmx; .*/dev/pts/\d+"


PLANTS: list[Plant] = [
    plant_thread,
    plant_child,
    plant_ended_child,
    plant_file,
    plant_listener,
    plant_pair,
    plant_pipe,
    plant_pty,
]


@pytest.fixture
def closes() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_each_kind_of_leak_is_found_and_named(plant: Plant, closes: ExitStack) -> None:
    with pytest.raises(pytest.fail.Exception) as failure, leaks.watched("function", within_s=0):
        described = plant(closes)
    assert re.search(f"^left open: {described}$" if ".*" not in described else described, str(failure.value))


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_thing_that_was_closed_or_was_open_before_is_no_leak(plant: Plant, closes: ExitStack) -> None:
    plant(closes)
    with leaks.watched("function", within_s=0), ExitStack() as closed_again:
        plant(closed_again)


def test_a_file_that_takes_the_number_of_a_closed_one_is_a_leak(tmp_path: Path, closes: ExitStack) -> None:
    before = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(pytest.fail.Exception, match=r"left open: .*/new"), leaks.watched("function", within_s=0):
        os.close(before)
        after = os.open(tmp_path / "new", os.O_CREAT)
        closes.callback(os.close, after)
        assert after == before


def test_a_file_that_was_open_and_is_opened_once_more_is_a_leak(closes: ExitStack) -> None:
    plant_file(closes)
    with pytest.raises(pytest.fail.Exception, match=re.escape(__file__)), leaks.watched("function", within_s=0):
        plant_file(closes)


def test_a_file_that_was_open_and_is_deleted_is_no_leak(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb"), leaks.watched("function", within_s=0):
        (tmp_path / "log").unlink()


def test_a_thread_that_is_ending_is_waited_for(closes: ExitStack) -> None:
    is_over, end = threading.Event(), threading.Event()

    def end_later() -> None:
        is_over.wait()
        end.set()

    def is_void() -> bool:  # asked when the block has ended
        is_over.set()
        return False

    ending = threading.Thread(target=end_later)
    ending.start()
    closes.callback(ending.join)
    with leaks.watched("function", is_void=is_void):
        threading.Thread(target=end.wait).start()
    assert end.is_set()


def test_a_failed_test_is_not_checked(closes: ExitStack) -> None:
    with leaks.watched("function", is_void=lambda: True, within_s=0):
        plant_file(closes)


def test_what_a_wider_fixture_opens_is_blamed_on_its_own_scope_only(closes: ExitStack) -> None:
    with (
        pytest.raises(pytest.fail.Exception, match=r"Event\.wait"),
        leaks.watched("module", within_s=0),
        leaks.watched("function", within_s=0),
        leaks.excused("module"),
    ):
        plant_thread(closes)


def test_what_a_fixture_of_the_tests_own_scope_opens_is_a_leak(closes: ExitStack) -> None:
    with (
        pytest.raises(pytest.fail.Exception, match=r"Event\.wait"),
        leaks.watched("function", within_s=0),
        leaks.excused("function"),
    ):
        plant_thread(closes)


# --- in a run of pytest with this project's conftest --------------------------------------------------------

PLANTED = """
import os, socket, subprocess, threading
import pytest

def test_thread():
    threading.Thread(target=threading.Event().wait, name="forgotten", daemon=True).start()

def test_child():
    test_child.kept = subprocess.Popen(["sleep", "5678"])

def test_file():
    test_file.kept = open(__file__)

def test_socket():
    test_socket.kept = socket.create_server(("127.0.0.1", 0))

def test_harmless():
    test_child.kept.kill()
    test_child.kept.wait()

def test_fails_and_leaves_a_file_open():
    test_fails_and_leaves_a_file_open.kept = os.pipe()
    raise ValueError

@pytest.fixture
def leaking():
    leaking.kept = os.pipe()

def test_fixture(leaking):
    pass

@pytest.fixture(scope="module")
def lasting():
    with socket.create_server(("127.0.0.1", 0)) as lasting:
        yield lasting

def test_wide_fixture_asked_for_late(request):
    request.getfixturevalue("lasting")

def test_wide_fixture(lasting):
    pass
"""
PLANTED_WIDE = """
import socket
import pytest

@pytest.fixture(scope="module")
def never_closed():
    never_closed.kept = socket.create_server(("127.0.0.1", 0))

def test_first(never_closed):
    pass

def test_last():
    pass
"""


def test_pytest_blames_each_leak_on_the_test_or_module_that_made_it(tmp_path: Path) -> None:
    conftest = (ROOT / "tests/conftest.py").read_text(encoding="utf-8")
    impatient = "from support import waiting\n\nwaiting.PATIENCE_S = 0.0\n"
    (tmp_path / "conftest.py").write_text(impatient + conftest, encoding="utf-8")
    (tmp_path / "test_planted.py").write_text(PLANTED, encoding="utf-8")
    (tmp_path / "test_planted_wide.py").write_text(PLANTED_WIDE, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", tmp_path],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "COLUMNS": "1000"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    outcomes = re.findall(r"^(ERROR|FAILED) test_(\w+)\.py::test_(\w+) - (.*?)$", run.stdout, re.MULTILINE)
    messages = {f"{file} {test}": (outcome, message) for outcome, file, test, message in outcomes}
    assert messages.keys() == {
        "planted thread",
        "planted child",
        "planted file",
        "planted socket",
        "planted fails_and_leaves_a_file_open",
        "planted fixture",
        "planted_wide last",
    }, run.stdout + run.stderr
    assert messages["planted fails_and_leaves_a_file_open"] == ("FAILED", "ValueError")
    assert "thread 'forgotten' running Event.wait" in messages["planted thread"][1]
    assert "sleep 5678" in messages["planted child"][1]
    assert "test_planted.py" in messages["planted file"][1]
    assert "socket:" in messages["planted socket"][1]
    assert "pipe:" in messages["planted fixture"][1]
    assert "socket:" in messages["planted_wide last"][1]
