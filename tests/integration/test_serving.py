"""The web server: silent clients occupy no thread, and stopping loses no answer."""

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from flask import Flask

from server.web.shared.serving import http_server as web
from support.server_process import ROOT, free_ports
from support.waiting import PATIENCE_S, until


class Served:
    """One page that takes as long as it is told to."""

    def __init__(self, threads: int = 1) -> None:
        (self.port,) = free_ports(1)
        self.asked, self.may_answer = threading.Event(), threading.Event()
        app = Flask("served")
        app.add_url_rule("/", view_func=self._answer)
        self._running = ExitStack()
        self._running.enter_context(web.serving("listen", f"127.0.0.1:{self.port}", app, threads, time.monotonic))
        self.stopping = threading.Thread(target=self._running.close, daemon=True)

    def _answer(self) -> str:
        self.asked.set()
        assert self.may_answer.wait(PATIENCE_S)
        return "the whole answer"

    def get(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S / 4)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def refuses(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S).close()
        except ConnectionRefusedError:
            return True
        return False

    def stop(self) -> bool:
        """Return whether the connection was closed."""
        if self.stopping.ident is None:
            self.stopping.start()
        self.stopping.join(PATIENCE_S)
        return not self.stopping.is_alive()


@contextmanager
def silent(port: int) -> Iterator[None]:
    """A connection on which nothing is said, such as browsers open in advance."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S):
        yield


def test_who_connects_and_says_nothing_takes_no_thread_from_who_asks() -> None:
    served = Served(threads=1)
    served.may_answer.set()
    with silent(served.port), silent(served.port):
        assert served.get() == "the whole answer"
    assert served.stop()


def test_stopping_waits_neither_for_who_says_nothing_nor_for_its_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "STOP_TIMEOUT_S", PATIENCE_S * 3)
    monkeypatch.setattr(web._HttpServer, "expiration_interval", PATIENCE_S * 3)
    monkeypatch.setattr(web._HttpServer, "timeout", PATIENCE_S * 3)
    served = Served(threads=2)
    served.may_answer.set()
    with silent(served.port):
        assert served.get() == "the whole answer"
        assert served.stop()


def test_who_is_being_answered_when_the_server_stops_gets_the_whole_answer() -> None:
    served, got = Served(threads=2), list[str]()
    caller = threading.Thread(target=lambda: got.append(served.get()), daemon=True)
    caller.start()
    assert served.asked.wait(PATIENCE_S)
    served.stopping.start()
    until(served.refuses, "the server still listens")
    assert served.stopping.is_alive()
    served.may_answer.set()
    caller.join(PATIENCE_S)
    assert got == ["the whole answer"]
    assert served.stop()


@pytest.mark.parametrize(("soft", "hard", "after"), [(256, 4096, 4096), (256, 1024, 1024), (2048, 2048, 2048)])
def test_a_server_may_open_files_for_all_its_connections(soft: int, hard: int, after: int) -> None:
    program = (
        f"import resource as r; r.setrlimit(r.RLIMIT_NOFILE, ({soft}, {hard}));"
        "from server.web.shared.serving.http_server import raise_open_files; raise_open_files();"
        "print(r.getrlimit(r.RLIMIT_NOFILE)[0])"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True, cwd=ROOT).strip() == str(after)
