"""Signs that read the broker by themselves: our node as a process with a real sign, and the twin of another maker's."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from config.settings import Broker
from halls import ROOT, free_ports
from hardware.simulated.signs.node import SimulatedNode
from hardware.simulated.signs.sign import SimulatedSign
from server.wire.messages import CounterPicture, ServerBeat
from server.wire.topics import Topics
from waiting import until
from wires import Listener, Place

PATIENCE_S = 30.0
TOPICS = Topics("mau")


class Hall:
    """A broker, and us in the server's place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.server: Listener = place.listen("server", TOPICS.all_status)
        self.rev = 0

    def call(
        self, number: str | None, *, state: str = "open", ticket: str | None = "called", epoch: str = "e1"
    ) -> None:
        self.rev += 1
        picture = {"id": "c6", "label": "6", "state": state, "number": number, "ticket": ticket, "class": "ordinary"}
        told = CounterPicture.model_validate(picture | {"epoch": epoch, "rev": self.rev})
        data = told.model_dump_json(by_alias=True).encode()
        assert len(data) < 200
        self.server.feed.publish(TOPICS.counter("c6"), data, retain=True)

    def beat(self, *, online: bool = True, epoch: str = "e1") -> None:
        data = ServerBeat(online=online, epoch=epoch).model_dump_json().encode()
        self.server.feed.publish(TOPICS.server, data, retain=True)

    def status(self, path: str) -> dict[str, Any]:
        """The next word on ``status/<path>``."""
        _, payload = self.server.wait(lambda message: message[0] == f"luot/v1/mau/status/{path}")
        found: dict[str, Any] = json.loads(payload)
        return found


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    settings = Broker(kind="mosquitto", listen=f"127.0.0.1:{free_ports(1)[0]}")
    with ExitStack() as feeds:
        place = Place(settings, tmp_path, feeds)
        place.start()
        yield Hall(place)
        feeds.close()
        place.stop()


def test_our_node_shows_the_number_reports_itself_and_marks_what_is_old(hall: Hall, tmp_path: Path) -> None:
    sign = {"kind": "cd5220", "port": str(tmp_path / "sign"), "resend_s": 1.0}
    config = {
        "link": {"broker": hall.place.settings.listen, "office": "mau"},
        "node": {"station": "sign-c6", "counter": "c6", "sign": sign},
    }
    (tmp_path / "node.toml").write_text(tomli_w.dumps(config), encoding="utf-8")
    with closing(SimulatedSign("c6", tmp_path / "sign", time.monotonic)) as twin:
        node = subprocess.Popen(
            [sys.executable, "-m", "counter.node.app", "--config", str(tmp_path / "node.toml")],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            there = hall.status("sign-c6")
            assert (there["kind"], there["online"], there["devices"]) == ("sign", True, ["sign"])
            assert hall.status("sign-c6/sign")["state"] in ("ready", "unknown")
            hall.beat()
            hall.call("A015")
            until(lambda: twin.shown() == ("A015", ""), twin.shown)
            until(lambda: twin.state()["blinking"])
            hall.call("A015", ticket="serving")
            hall.beat(online=False)
            until(lambda: twin.shown() == ("----", ""), twin.shown)
            hall.beat(epoch="e2")
            hall.call("B002", epoch="e2")
            until(lambda: twin.shown() == ("B002", ""), twin.shown)
            node.send_signal(signal.SIGTERM)
            assert node.wait(PATIENCE_S) == 0
            assert twin.shown() == ("", "")
            assert hall.status("sign-c6")["online"] is False
        finally:
            node.kill()
            node.wait()


def test_a_node_that_is_killed_is_offline_by_its_will(hall: Hall, tmp_path: Path) -> None:
    config = {
        "link": {"broker": hall.place.settings.listen, "office": "mau"},
        "node": {"station": "sign-c6", "counter": "c6"},
    }
    (tmp_path / "node.toml").write_text(tomli_w.dumps(config), encoding="utf-8")
    log = tmp_path / "log"
    with log.open("wb") as sink:
        node = subprocess.Popen(
            [sys.executable, "-m", "counter.node.app", "--config", str(tmp_path / "node.toml")],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=sink,
        )
    try:
        assert hall.status("sign-c6")["online"]
        hall.beat()
        hall.call("A015")
        until(lambda: "sign: A015, blinking" in log.read_text(), log.read_text)
    finally:
        node.kill()
        node.wait()
    assert hall.status("sign-c6")["online"] is False


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
        until(lambda: node.shown() == ("A016", ""), node.shown)
        node.set_fault("unpowered", on=True)
        assert node.shown() == ("", "")
        node.set_fault("unpowered", on=False)
        until(lambda: node.shown() == ("A016", ""), node.shown)
