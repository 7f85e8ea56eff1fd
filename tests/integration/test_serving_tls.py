"""HTTPS on real sockets: old TLS, plain HTTP, slow callers, changed certificates."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask, request
from flask.typing import ResponseReturnValue

from server.network.authority import Authority
from server.network.names import BoxNames
from server.network.tls import ServerTls
from server.web.shared.serving import handshaking, http_server
from server.web.shared.serving.caller import IS_CONNECTED_KEY
from server.web.shared.serving.handshaking import TlsListener
from server.web.shared.serving.http_server import serving
from support.certificates import client_context, machine_ms
from support.server_process import free_ports
from support.waiting import PATIENCE_S, until

HOST = "hall.local"
GET = b"GET /ask HTTP/1.1\r\nHost: hall.local\r\n\r\n"
LARGE = 4_000_000
"""Less than a writer keeps, and more than the system does for a caller with ``SMALL_BUFFER``."""
SMALL_BUFFER = 4096
REDIRECT = b"HTTP/1.1 308 Permanent Redirect\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass
class SecureSite:
    """A web server that speaks HTTPS, with one thread, on a moved clock."""

    port: int
    tls: ServerTls
    context: ssl.SSLContext
    now_s: float = 0.0
    plain_requests: list[bytes] = field(default_factory=list)
    is_connected: list[bool] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    held: ExitStack = field(default_factory=ExitStack)

    def plain(self, sent: bytes = b"") -> socket.socket:
        caller = self.held.enter_context(socket.socket())
        caller.settimeout(PATIENCE_S)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        caller.connect(("127.0.0.1", self.port))
        caller.sendall(sent)
        return caller

    def caller(self, sent: bytes = b"", context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        wrapped = (context or self.context).wrap_socket(self.plain(), server_hostname=HOST)
        self.held.callback(wrapped.close)
        wrapped.sendall(sent)
        return wrapped

    def answer_plain(self, received: bytes) -> bytes:
        self.plain_requests.append(received)
        return REDIRECT


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SecureSite]:
    tls = ServerTls(Authority(tmp_path / "tls", machine_ms, "mau"), None, machine_ms)
    tls.refresh(BoxNames((HOST,), ("192.168.1.10",)))
    app = Flask("site")
    made = SecureSite(free_ports(1)[0], tls, client_context(tmp_path / "tls/ca.crt"))

    @app.route("/ask", methods=["GET", "POST"])
    def ask() -> ResponseReturnValue:
        return f"{request.scheme} {request.get_data(as_text=True)}"

    @app.get("/large")
    def large() -> ResponseReturnValue:
        return b"x" * LARGE

    @app.get("/held")
    def held() -> ResponseReturnValue:
        made.asked.set()
        assert made.go_on.wait(PATIENCE_S)
        made.is_connected.append(request.environ[IS_CONNECTED_KEY]())
        return ""

    listener = TlsListener(tls.context, made.answer_plain)
    with made.held, serving("site", f"127.0.0.1:{made.port}", app, 1, lambda: made.now_s, tls=listener):
        yield made


def response(caller: socket.socket) -> tuple[int, bytes]:
    answer = http.client.HTTPResponse(caller)
    try:
        answer.begin()
        return answer.status, answer.read()
    finally:
        answer.close()


def test_an_encrypted_connection_is_kept_for_further_requests(site: SecureSite) -> None:
    caller = site.caller(GET)
    assert response(caller) == (200, b"https ")
    caller.sendall(GET + GET)
    assert response(caller) == (200, b"https ")
    caller.sendall(b"GET http://hall.local/ask HTTP/1.1\r\nHost: hall.local\r\nConnection: close\r\n\r\n")
    assert caller.version() == "TLSv1.3"


def test_a_body_of_several_records_arrives_whole(site: SecureSite) -> None:
    body = b"y" * 60_000
    caller = site.caller(b"POST /ask HTTP/1.1\r\nHost: hall.local\r\nContent-Length: 60000\r\n\r\n" + body)
    assert response(caller) == (200, b"https " + body)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
def test_tls_1_1_is_refused_and_1_2_is_accepted(site: SecureSite) -> None:
    site.context.set_ciphers("DEFAULT:@SECLEVEL=0")
    site.context.minimum_version = site.context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol"):
        site.caller()
    site.context.maximum_version = site.context.minimum_version = ssl.TLSVersion.TLSv1_2
    caller = site.caller(GET)
    assert response(caller)[0] == 200
    name, version, bits = caller.cipher() or ("", "", 0)
    assert name.startswith("ECDHE-") and ("GCM" in name or "CHACHA20" in name) and version == "TLSv1.2" and bits >= 128


@pytest.mark.parametrize("ciphers", ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "AES256-GCM-SHA384"])
def test_weak_ciphers_are_refused(site: SecureSite, ciphers: str) -> None:
    site.context.set_ciphers(ciphers)
    site.context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        site.caller()


def test_plain_http_gets_the_answer_for_plain_http_and_never_a_page(site: SecureSite) -> None:
    assert response(site.plain(GET)) == (308, b"")
    assert site.plain_requests == [GET]


def test_a_plain_request_without_end_is_limited_like_any_other(site: SecureSite) -> None:
    assert response(site.plain(b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000))[0] == 431
    slow = site.plain(b"GET / HT")
    assert response(site.caller(GET))[0] == 200, "the slow one was accepted before"
    site.now_s = 60.0
    assert response(slow)[0] == 408


@pytest.mark.parametrize("sent", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"])
def test_a_handshake_that_never_ends_keeps_nobody_waiting_and_has_a_limit(site: SecureSite, sent: bytes) -> None:
    slow = [site.plain(sent) for _ in range(20)]
    assert response(site.caller(GET)) == (200, b"https ")
    site.now_s = 30.0
    assert [caller.recv(1) for caller in slow] == [b""] * 20


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x00\x05hello", b"\x16" * 600, b"\x16\x03\x01\xff\xff" + b"\x01" * 70_000]
)
def test_garbage_in_place_of_a_handshake_ends_that_connection_only(site: SecureSite, sent: bytes) -> None:
    with suppress(ConnectionError):  # reset: it had sent more
        caller = site.plain(sent)
        while caller.recv(1000):
            pass
    assert response(site.caller(GET))[0] == 200


def test_one_address_displaces_its_own_unfinished_handshakes(site: SecureSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshaking, "MAX_HANDSHAKES_OF_ONE", 10)
    first = site.plain()
    others = [site.plain() for _ in range(10)]
    assert first.recv(1) == b""
    assert response(site.caller(GET))[0] == 200
    assert all(caller.fileno() >= 0 for caller in others)


def test_a_caller_that_reads_slowly_holds_no_thread_and_gets_everything(site: SecureSite) -> None:
    slow = [site.caller(b"GET /large HTTP/1.1\r\nHost: hall.local\r\n\r\n") for _ in range(5)]
    assert response(site.caller(GET))[0] == 200, "the only thread is free"
    for caller in slow:
        status, body = response(caller)
        assert (status, len(body)) == (200, LARGE)
    slow[0].sendall(GET)
    assert response(slow[0]) == (200, b"https "), "its connection was kept"


def test_a_response_whose_caller_reads_nothing_ends_in_time(site: SecureSite) -> None:
    caller = site.caller(b"GET /large HTTP/1.1\r\nHost: hall.local\r\nConnection: close\r\n\r\n")
    assert response(site.caller(GET))[0] == 200, "the only thread has written the large response"
    assert response(site.caller(GET))[0] == 200, "the receiving thread has begun to send its rest"
    site.now_s = 1000.0
    assert response(site.caller(GET))[0] == 200
    with pytest.raises((OSError, http.client.IncompleteRead)):
        response(caller)


@pytest.mark.parametrize("farewell", [True, False])
def test_a_caller_that_has_gone_is_noticed_behind_its_farewell_and_is_no_warning(
    site: SecureSite, farewell: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caller = site.caller(b"GET /held HTTP/1.1\r\nHost: hall.local\r\n\r\n")
    assert site.asked.wait(PATIENCE_S)
    if farewell:
        with pytest.raises((TimeoutError, ssl.SSLError)):
            caller.settimeout(0)
            caller.unwrap()
    caller.close()
    site.go_on.set()
    until(lambda: site.is_connected)
    assert site.is_connected == [False]
    assert response(site.caller(GET))[0] == 200, "the only thread is free: it has tried to respond to the other"
    assert [record for record in caplog.records if record.name == http_server.__name__] == []


def test_a_renewed_certificate_is_used_for_new_connections_and_old_ones_go_on(site: SecureSite) -> None:
    caller = site.caller(GET)
    assert response(caller)[0] == 200
    before = caller.getpeercert(binary_form=True)
    assert site.tls.refresh(BoxNames((HOST,), ("10.0.0.7",)))
    later = site.caller(GET)
    assert response(later)[0] == 200
    assert later.getpeercert(binary_form=True) != before
    assert ("IP Address", "10.0.0.7") in (later.getpeercert() or {})["subjectAltName"]
    caller.sendall(GET)
    assert response(caller)[0] == 200


def test_stopping_sends_a_large_response_that_is_being_read(tmp_path: Path) -> None:
    app, port = Flask("site"), free_ports(1)[0]
    app.add_url_rule("/", view_func=lambda: b"x" * LARGE)
    tls = ServerTls(Authority(tmp_path, machine_ms, "mau"), None, machine_ms)
    tls.refresh(BoxNames((HOST,)))
    with ExitStack() as running:
        running.enter_context(
            serving("site", f"127.0.0.1:{port}", app, 1, lambda: 0.0, tls=TlsListener(tls.context, lambda _: REDIRECT))
        )
        plain = running.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S))
        with client_context(tmp_path / "ca.crt").wrap_socket(plain, server_hostname=HOST) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\nHost: hall.local\r\n\r\n")
            assert caller.recv(100).startswith(b"HTTP/1.1 200")
            stopping = threading.Thread(target=running.pop_all().close)
            stopping.start()
            received = 0
            while part := caller.recv(65_536):
                received += len(part)
            stopping.join(PATIENCE_S)
    assert received > LARGE - 100
