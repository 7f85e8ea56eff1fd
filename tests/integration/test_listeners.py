"""A hall leaves loopback when it has an administrator, and follows its addresses."""

import http.client
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask, request

from config.settings import ServerSettings
from server.network.announcement import HallAnnouncement
from server.network.authority import Authority
from server.network.hall_network import HallNetwork
from server.network.names import BoxNames
from server.network.tls import ServerTls
from server.startup import listeners as startup
from server.startup.listeners import Listeners
from server.web.shared.serving.http_server import CannotListen
from support.certificates import client_context, machine_ms
from support.server_process import free_ports
from support.waiting import PATIENCE_S, until

SOMEWHERE = "192.168.77.1"
NAMES = BoxNames(("hall.local",), (SOMEWHERE,), SOMEWHERE)


@dataclass
class Box:
    """A box whose settings name all networks; its names and its administrator are the test's."""

    folder: Path
    ports: list[int] = field(default_factory=lambda: free_ports(3))
    names: BoxNames = NAMES
    has_administrator: bool = False

    def settings(self, **changes: str) -> ServerSettings:
        listen, visitors, local = self.ports
        values = {
            "listen": f"0.0.0.0:{listen}",
            "visitors": f"0.0.0.0:{visitors}",
            "local": f"127.0.0.1:{local}",
            **changes,
        }
        return ServerSettings(threads=32, calls_at_once=12, streams=5, **values)  # type: ignore[arg-type]

    def network(self, server: ServerSettings) -> HallNetwork:
        tls = ServerTls(Authority(self.folder / "tls", machine_ms, "mau"), None, machine_ms)
        network = HallNetwork(server, tls, read_names=lambda: self.names)
        network.refresh()
        return network

    def start(
        self, server: ServerSettings, network: HallNetwork, announcement: HallAnnouncement | None = None
    ) -> Listeners:
        return Listeners(
            server,
            application("staff"),
            application("visitors"),
            network,
            may_open=lambda: self.has_administrator,
            mono_s=lambda: 0.0,
            announcement=announcement,
        )

    def get(self, port: int, *, secure: bool = False, host: str = "127.0.0.1") -> str:
        """Return the body of ``/``, by HTTPS with the name ``hall.local`` where ``secure``."""
        context = client_context(self.folder / "tls/ca.crt") if secure else None
        with closing(Connection(host, port, context)) as connection:
            connection.request("GET", "/", headers={"Host": "hall.local"})
            with connection.getresponse() as response:
                return response.read().decode()

    def refuses(self, port: int, host: str = "127.0.0.1") -> bool:
        with socket.socket() as caller:
            caller.settimeout(PATIENCE_S)
            return caller.connect_ex((host, port)) != 0


class Connection(http.client.HTTPConnection):
    """A connection that checks the certificate for ``hall.local``, whatever address it is made to."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=PATIENCE_S)
        self._tls = context

    def connect(self) -> None:
        super().connect()
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname="hall.local")


def application(name: str) -> Flask:
    app = Flask(name)
    app.add_url_rule("/", view_func=lambda: f"{name} {request.scheme}")
    return app


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    monkeypatch.setattr(startup, "OPEN_CHECK_S", 0.01)
    yield Box(tmp_path)


def test_without_an_administrator_the_server_stays_on_loopback_and_says_what_to_do(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    server = box.settings()
    with closing(box.start(server, box.network(server))) as listeners:
        listen, visitors, local = box.ports
        assert box.get(local) == "staff http"
        assert box.refuses(listen) and box.refuses(visitors)
        assert box.refuses(local, "127.0.0.2"), "only 127.0.0.1 is open"
        assert listeners.waits_for_administrator
        (text,) = [text for text in caplog.messages if "stays on loopback" in text]
        assert f"http://127.0.0.1:{local}/" in text and "administrator" in text


def test_it_opens_by_itself_when_the_set_up_is_finished(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    server = box.settings()
    with closing(box.start(server, box.network(server))) as listeners:
        listen, visitors, local = box.ports
        box.has_administrator = True
        until(lambda: not listeners.waits_for_administrator and not box.refuses(visitors))
        assert box.get(listen, secure=True) == "staff https"
        assert box.get(listen, secure=True, host="127.0.0.2") == "staff https", "all addresses are open"
        assert box.get(visitors) == "visitors http"
        assert box.get(local) == "staff http"
        assert f"listen: open at https://0.0.0.0:{listen}/" in caplog.text


def test_plain_http_on_the_open_port_is_redirected(box: Box) -> None:
    box.has_administrator = True
    server = box.settings()
    plain = Connection("127.0.0.1", box.ports[0], None)
    with closing(box.start(server, box.network(server))), closing(plain):
        plain.request("GET", "/day?x=1", headers={"Host": f"hall.local:{box.ports[0]}"})
        with plain.getresponse() as response:
            assert response.status == 307
            assert response.headers["Location"] == f"https://hall.local:{box.ports[0]}/day?x=1"


def test_an_address_that_comes_later_is_opened_later(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    box.has_administrator = True
    with socket.socket() as occupant:
        occupant.bind(("0.0.0.0", box.ports[1]))
        occupant.listen()
        server = box.settings()
        with closing(box.start(server, box.network(server))):
            until(lambda: "tried again" in caplog.text)
            assert box.get(box.ports[0], secure=True) == "staff https"
            occupant.close()
            until(lambda: not box.refuses(box.ports[1]))
            assert box.get(box.ports[1]) == "visitors http"
    assert caplog.text.count("tried again") == 1


class RecordedAnnouncement(HallAnnouncement):
    """Stores the announced names instead of sending them."""

    def __init__(self) -> None:
        super().__init__("mau", 8470)
        self.names: list[BoxNames] = []

    def update(self, names: BoxNames) -> None:
        self.names.append(names)


def test_the_hall_is_announced_when_the_staffs_address_is_open_and_that_of_the_visitors_is_not(box: Box) -> None:
    box.has_administrator = True
    announcement, server = RecordedAnnouncement(), box.settings()
    with socket.socket() as occupant:
        occupant.bind(("0.0.0.0", box.ports[1]))
        occupant.listen()
        network = box.network(server)
        with closing(box.start(server, network, announcement)):
            until(lambda: announcement.names)
            (problem,) = [problem for problem in network.problems.all() if "visitors" in problem.text]
    assert problem.fault == "address_closed"


def test_a_loopback_address_in_use_stops_the_start(box: Box) -> None:
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", box.ports[2]))
        occupant.listen()
        server = box.settings()
        with pytest.raises(CannotListen, match="local = "):
            box.start(server, box.network(server))


def test_a_hall_on_loopback_speaks_plain_http_at_its_own_address(box: Box) -> None:
    server = box.settings(listen=f"127.0.0.1:{box.ports[0]}", visitors=f"127.0.0.1:{box.ports[1]}")
    with closing(box.start(server, HallNetwork(server, None, read_names=lambda: box.names))) as listeners:
        assert box.get(box.ports[0]) == "staff http"
        assert box.get(box.ports[1]) == "visitors http"
        assert box.refuses(box.ports[2])
        assert not listeners.waits_for_administrator


def test_a_changed_address_is_in_the_certificate_and_on_the_slips_without_a_restart(box: Box) -> None:
    box.has_administrator = True
    server = box.settings()
    network, changes = box.network(server), list[str]()
    network.on_change = lambda: changes.append(network.visitor_url)
    with closing(box.start(server, network)):
        assert network.visitor_url == f"http://{SOMEWHERE}:{box.ports[1]}"
        network.refresh()
        assert changes == []
        box.names = BoxNames(("hall.local",), ("10.8.0.3",), "10.8.0.3")
        network.refresh()
        assert changes == [f"http://10.8.0.3:{box.ports[1]}"]
        assert network.covers("10.8.0.3") and not network.covers(SOMEWHERE)
        connection = Connection("127.0.0.1", box.ports[0], client_context(box.folder / "tls/ca.crt"))
        with closing(connection):
            connection.connect()
            assert isinstance(connection.sock, ssl.SSLSocket)
            names = (connection.sock.getpeercert() or {})["subjectAltName"]
        assert ("IP Address", "10.8.0.3") in names and ("IP Address", SOMEWHERE) not in names


def test_a_hall_whose_disk_takes_no_certificate_serves_loopback_and_says_why(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    box.has_administrator = True
    (box.folder / "tls").write_text("a file where the folder should be")
    server = box.settings()
    network = box.network(server)
    with closing(box.start(server, network)):
        assert box.get(box.ports[2]) == "staff http"
        assert box.refuses(box.ports[0])
        assert "there is no certificate, so no HTTPS" in caplog.text
        (box.folder / "tls").unlink()
        network.refresh()
        until(lambda: not box.refuses(box.ports[0]))
        assert box.get(box.ports[0], secure=True) == "staff https"
