"""Sign nodes that read the broker: our program, and a simulated one of another maker."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from config.settings import BrokerSettings
from hardware.simulated.signs.node import SimulatedNode
from hardware.simulated.signs.sign import SimulatedSign
from server.wire.messages import CounterPicture, ServerBeat
from server.wire.topics import Topics
from support.brokers import Listener, RestartableBroker
from support.server_process import ROOT, free_ports
from support.waiting import PATIENCE_S, until

TOPICS = Topics("mau")


class Network:
    """A cable between a node and the broker, which can be cut or frozen."""

    def __init__(self, port: int) -> None:
        self._broker = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        self._plugged, self._carries, self._closed = True, threading.Event(), False
        self._carries.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        """Both ends see it at once, and nobody comes through until ``plug``."""
        self._plugged = False
        for end in self._ends:
            _hang_up(end)
        self._ends.clear()

    def plug(self) -> None:
        self._plugged = True

    def swallow(self) -> None:
        """Connections stay, and nothing comes through until ``carry``: a switch without power, for one."""
        self._carries.clear()

    def carry(self) -> None:
        self._carries.set()

    def close(self) -> None:
        self._closed = True
        self.carry()
        self.pull()
        _hang_up(self._listener)

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._broker))
            except OSError:
                continue
            self._ends += [near, far]
            if not self._plugged:
                self.pull()
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(source, target), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(4096):
                self._carries.wait()
                target.sendall(data)
        except OSError:
            pass
        _hang_up(source)
        _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


class OurNode:
    """``luot-sign`` as a process that says in its log what its sign shows."""

    def __init__(self, broker: str, folder: Path, sign: Mapping[str, Any], program: str) -> None:
        link = {"broker": broker, "office": "mau"}
        config = {"link": link, "node": {"station": "sign-c6", "counter": "c6", "sign": sign}}
        file, self._log = folder / "node.toml", folder / "node.log"
        file.write_text(tomli_w.dumps(config), encoding="utf-8")
        with self._log.open("wb") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", program, "--config", str(file)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests/integration'}"},
                stderr=sink,
            )

    def shown(self) -> list[str]:
        """Everything its sign has shown until now, without what blinks."""
        return re.findall(r"sign: ([^,\n]+)", self._log.read_text())

    def shows(self, text: str) -> None:
        until(lambda: self.shown()[-1:] == [text], self._log.read_text)


@contextmanager
def our_node(
    broker: str, folder: Path, sign: Mapping[str, Any] | None = None, program: str = "counter.node.app"
) -> Iterator[OurNode]:
    node = OurNode(broker, folder, sign or {"kind": "console"}, program)
    try:
        yield node
    finally:
        node.process.kill()
        node.process.wait()


class Hall:
    """A broker, and us in the server's place."""

    def __init__(self, place: RestartableBroker) -> None:
        self.place = place
        self.server: Listener = place.listen("server", TOPICS.all_status, TOPICS.counter("c6"))
        self.rev = 0

    def call(
        self, number: str | None, *, state: str = "open", ticket: str | None = "called", epoch: str = "e1"
    ) -> None:
        self.rev += 1
        picture = {"id": "c6", "label": "6", "state": state, "number": number, "ticket": ticket, "class": "ordinary"}
        message = CounterPicture.model_validate(picture | {"epoch": epoch, "rev": self.rev})
        data = message.model_dump_json(by_alias=True).encode()
        assert len(data) < 200
        self.server.feed.publish(TOPICS.counter("c6"), data, retain=True)

    def beat(self, *, online: bool = True, epoch: str = "e1") -> None:
        up_ms = round(time.monotonic() * 1000)
        data = ServerBeat(online=online, epoch=epoch, up_ms=up_ms).model_dump_json().encode()
        self.server.feed.publish(TOPICS.server, data, retain=True)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Meanwhile the server lives."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(0.5):
                self.beat()

        thread = threading.Thread(target=beat)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def status(self, path: str) -> dict[str, Any]:
        """The next word on ``status/<path>``."""
        _, payload = self.server.wait(lambda message: message[0] == f"luot/v1/mau/status/{path}")
        content: dict[str, Any] = json.loads(payload)
        return content


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    settings = BrokerSettings(kind="mosquitto", listen=f"127.0.0.1:{free_ports(1)[0]}")
    with ExitStack() as feeds:
        place = RestartableBroker(settings, tmp_path, feeds)
        place.start()
        yield Hall(place)
        feeds.close()
        place.stop()


def test_our_node_shows_the_number_reports_itself_and_marks_what_is_old(hall: Hall, tmp_path: Path) -> None:
    sign = {"kind": "cd5220", "port": str(tmp_path / "sign"), "resend_s": 1.0}
    with (
        closing(SimulatedSign("c6", tmp_path / "sign", time.monotonic)) as simulated,
        our_node(hall.place.settings.listen, tmp_path, sign) as node,
    ):
        there = hall.status("sign-c6")
        assert (there["kind"], there["online"], there["devices"]) == ("sign", True, ["sign"])
        assert hall.status("sign-c6/sign")["state"] in ("ready", "unknown")
        hall.beat()
        hall.call("A015")
        until(lambda: simulated.shown() == ("A015", ""), simulated.shown)
        until(lambda: simulated.state()["blinking"])
        hall.call("A015", ticket="serving")
        hall.beat(online=False)
        until(lambda: simulated.shown() == ("----", ""), simulated.shown)
        hall.beat(epoch="e2")
        hall.call("B002", epoch="e2")
        until(lambda: simulated.shown() == ("B002", ""), simulated.shown)
        node.process.send_signal(signal.SIGTERM)
        assert node.process.wait(PATIENCE_S) == 0
        assert simulated.shown() == ("", "")
        assert hall.status("sign-c6")["online"] is False


def test_a_node_that_is_killed_is_offline_by_its_will(hall: Hall, tmp_path: Path) -> None:
    with our_node(hall.place.settings.listen, tmp_path) as node:
        assert hall.status("sign-c6")["online"]
        hall.beat()
        hall.call("A015")
        node.shows("A015")
    assert hall.status("sign-c6")["online"] is False


def test_what_the_broker_kept_of_a_server_that_is_gone_is_never_shown_as_a_number(hall: Hall, tmp_path: Path) -> None:
    hall.beat()
    hall.call("A015")
    hall.server.wait(lambda message: message[0] == TOPICS.counter("c6"))
    with our_node(hall.place.settings.listen, tmp_path) as node:
        node.shows("----")
        with hall.beating():
            node.shows("A015")
    assert [text for text in node.shown() if text != "(dark)"] == ["----", "A015"]


@pytest.mark.parametrize(("cut", "mend"), [("pull", "plug"), ("swallow", "carry")])
def test_a_node_cut_off_shows_dashes_is_said_to_be_away_and_shows_the_present_number_afterwards(
    cut: str, mend: str, hall: Hall, tmp_path: Path
) -> None:
    with (
        closing(Network(hall.place.port)) as network,
        our_node(network.address, tmp_path, program="quick_node") as node,
        hall.beating(),
    ):
        assert hall.status("sign-c6")["online"]
        hall.call("A015")
        node.shows("A015")
        getattr(network, cut)()
        node.shows("----")
        assert hall.status("sign-c6")["online"] is False
        hall.call("A016")
        getattr(network, mend)()
        node.shows("A016")
        assert hall.status("sign-c6")["online"] is True
        assert [text for text in node.shown() if text != "(dark)"] in (
            ["A015", "----", "A016"],
            ["----", "A015", "----", "A016"],  # its picture came before the first heartbeat
        )


def test_a_broker_that_comes_back_brings_the_present_number_and_none_before_it(hall: Hall, tmp_path: Path) -> None:
    with our_node(hall.place.settings.listen, tmp_path, program="quick_node") as node, hall.beating():
        hall.call("A015")
        node.shows("A015")
        hall.place.stop()
        node.shows("----")
        hall.call("A016")
        hall.place.start()
        node.shows("A016")
        shown = node.shown()
        assert shown[shown.index("A015") :] == ["A015", "----", "A016"]


@pytest.mark.parametrize("kind", ["mqtt", "none"])
def test_a_node_without_a_sign_of_its_own_is_a_mistake(tmp_path: Path, kind: str) -> None:
    (tmp_path / "node.toml").write_text(
        tomli_w.dumps({"node": {"station": "sign-c6", "counter": "c6", "sign": {"kind": kind}}}), encoding="utf-8"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "counter.node.app", "--config", str(tmp_path / "node.toml")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 78
    assert f"kind '{kind}'" in ended.stderr


def test_the_twin_of_another_makers_node_keeps_the_page_it_was_written_from(hall: Hall) -> None:
    now = [0.0]
    node = SimulatedNode("c6", "sign-c6", ("127.0.0.1", hall.place.port), "mau", lambda: now[0])
    with closing(node):
        assert hall.status("sign-c6")["online"]
        assert node.shown() == ("", "")
        hall.beat()
        hall.call("A015")
        until(lambda: node.shown() == ("A015", ""), node.shown)
        assert node.state()["blinking"]
        now[0] = 5.0
        assert not node.state()["blinking"]
        now[0] = 11.0
        assert node.shown() == ("-----", "")
        hall.beat()
        until(lambda: node.shown() == ("A015", ""), node.shown)
        node.set_fault("unplugged", on=True)
        assert node.shown() == ("-----", "")
        assert hall.status("sign-c6")["online"] is False
        hall.call("A016")
        node.set_fault("unplugged", on=False)
        assert hall.status("sign-c6")["online"]
        assert node.shown() == ("-----", "")
        hall.beat()
        until(lambda: node.shown() == ("A016", ""), node.shown)
        node.set_fault("unpowered", on=True)
        assert node.shown() == ("", "")
        assert hall.status("sign-c6")["online"] is False
        node.set_fault("unpowered", on=False)
        assert hall.status("sign-c6")["online"]
        until(lambda: node.shown() == ("-----", ""), node.shown)
        hall.beat()
        until(lambda: node.shown() == ("A016", ""), node.shown)
