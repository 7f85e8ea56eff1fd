"""One address that takes all it can displaces its own connections and nobody else's."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from flask import Flask

from config.address import address_group
from server.web.shared.serving import sending
from server.web.shared.serving.connection_table import ConnectionTable, plain_address
from server.web.shared.serving.http_server import serving
from server.web.shared.serving.limits import ReceiveLimits
from support.server_process import free_ports
from support.waiting import PATIENCE_S

GET = b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n"
GET_LARGE = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = 4_000_000
ATTACKER, CLERK = "127.0.0.9", "127.0.0.1"
MAX_WAITING = 20


class Callers:
    """Makes connections from several addresses to one server with one thread."""

    def __init__(self, port: int, held: ExitStack) -> None:
        self._port, self._held = port, held

    def connect(self, address: str, sent: bytes = b"") -> socket.socket:
        caller = self._held.enter_context(socket.socket())
        caller.settimeout(PATIENCE_S)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        caller.bind((address, 0))
        caller.connect(("127.0.0.1", self._port))
        caller.sendall(sent)
        return caller


def response(caller: socket.socket) -> tuple[int, int]:
    """Return the status and the length of one answer."""
    answer = http.client.HTTPResponse(caller)
    try:
        answer.begin()
        return answer.status, len(answer.read())
    finally:
        answer.close()


@pytest.fixture
def callers() -> Iterator[Callers]:
    app, (port,) = Flask("site"), free_ports(1)
    app.add_url_rule("/small", "small", lambda: "x")
    app.add_url_rule("/large", "large", lambda: b"x" * LARGE)
    with ExitStack() as held:
        held.enter_context(
            serving("site", f"127.0.0.1:{port}", app, 1, lambda: 0.0, ReceiveLimits(max_waiting=MAX_WAITING))
        )
        yield Callers(port, held)


def test_silent_connections_of_one_address_close_no_kept_connection_of_another(callers: Callers) -> None:
    clerk = callers.connect(CLERK, GET)
    assert response(clerk) == (200, 1)
    silent = [callers.connect(ATTACKER) for _ in range(3 * MAX_WAITING)]
    assert [caller.recv(1) for caller in silent[: 2 * MAX_WAITING]] == [b""] * (2 * MAX_WAITING)
    clerk.sendall(GET)
    assert response(clerk) == (200, 1)


def test_slow_readers_of_one_address_end_no_response_to_another(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MAX_RESTS", 4)
    clerk = callers.connect(CLERK, GET_LARGE)
    slow = [callers.connect(ATTACKER, GET_LARGE) for _ in range(8)]
    assert response(callers.connect(CLERK, GET)) == (200, 1), "the only thread is free"
    assert response(clerk) == (200, LARGE)
    with pytest.raises((OSError, http.client.IncompleteRead)):
        response(slow[0])


def test_all_rests_together_take_a_limited_memory(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MAX_REST_BYTES", 1000)
    slow = [callers.connect(ATTACKER, GET_LARGE) for _ in range(5)]
    assert response(callers.connect(CLERK, GET)) == (200, 1)
    with pytest.raises((OSError, http.client.IncompleteRead)):
        response(slow[0])
    assert response(slow[-1]) == (200, LARGE)


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.168.1.10", "192.168.1.10"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("", ""),
        ("a:b", "a:b"),
    ],
)
def test_addresses_of_one_ipv6_network_count_as_one(address: str, group: str) -> None:
    assert address_group(address) == group


def test_an_ipv4_caller_of_an_ipv6_socket_counts_as_ipv4() -> None:
    assert plain_address("::ffff:192.168.1.10") == "192.168.1.10"
    assert plain_address("fe80::1%eth0") == "fe80::1"


class Grouped:
    """A stand-in for a connection."""

    def __init__(self, group: str) -> None:
        self.group = group


def test_the_group_with_most_connections_loses_its_oldest() -> None:
    table: ConnectionTable[int] = ConnectionTable()
    first, *others = [Grouped(group) for group in ("a", "b", "b", "b", "a")]
    for conn in (first, *others):
        table.add(conn, 0)
    assert table.oldest_of_largest_group() is others[0]
    for conn in others[:2]:
        table.pop(conn)
    assert table.oldest_of_largest_group() is first
    assert (len(table), table.count_of("a"), table.count_of("b"), table.count_of("c")) == (3, 2, 1, 0)
