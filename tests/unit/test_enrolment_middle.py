"""No machine between station and server can finish an enrolment."""

import http.client
import json
import secrets
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from enrolment_server import EnrolmentServer, enrolment_server, make_tls

from server.access.pending import MAX_BEGINNINGS_PER_ADDRESS, MAX_WRONG_CODES, UnknownEnrolment, WrongCode
from server.wire import enrolment
from server.wire.client import API, ServerUntrusted
from server.wire.enrolment import EnrolmentTranscript, certificate_hash, commitment, new_keys
from server.wire.station.enrol.exchange import AskingStation, EnrolmentExchange, fetch_certificate

KIOSK = AskingStation("kiosk", "kiosk-1")
Answer = tuple[int, bytes]
Respond = Callable[[str, str, bytes], Answer]
"""Takes method, path and body of a request; returns status and body."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EnrolmentServer]:
    with enrolment_server(tmp_path / "server") as made:
        yield made


class MachineInBetween:
    """Answers stations over HTTPS with a certificate of its own. ``seen``: what passed through it."""

    def __init__(self, server: EnrolmentServer) -> None:
        self._server = server
        self.seen: list[tuple[str, str, dict[str, Any]]] = []

    def send(self, method: str, path: str, body: bytes | None) -> Answer:
        """Send a request to the real server."""
        parts = urlsplit(self._server.url)
        unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, context=unverified)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            with connection.getresponse() as response:
                return response.status, response.read()
        finally:
            connection.close()

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        status, content = self.send("POST", API + path, json.dumps(body).encode())
        return status, json.loads(content)

    def relay(self, method: str, path: str, body: bytes) -> Answer:
        """Pass the request on, unchanged."""
        self.seen.append((method, path, json.loads(body or b"{}")))
        return self.send(method, path, body or None)


@contextmanager
def listening(folder: Path, respond: Respond) -> Iterator[str]:
    """Serve ``respond`` over HTTPS with a certificate of another authority; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, content = respond(self.command, self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    site = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.daemon_threads = False
    site.socket = make_tls(folder / "middle").context().wrap_socket(site.socket, server_side=True)
    thread = threading.Thread(target=site.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{site.server_port}"
    finally:
        site.shutdown()
        thread.join()
        site.server_close()


@contextmanager
def exchange_with(address: str) -> Iterator[EnrolmentExchange]:
    exchange = EnrolmentExchange(address, KIOSK, secrets.token_bytes)
    try:
        yield exchange
    finally:
        exchange.close()


def test_without_anybody_in_between_both_sides_have_one_code(server: EnrolmentServer) -> None:
    with exchange_with(server.url) as exchange:
        assert exchange.begin() == server.waiting().code


def test_a_machine_that_relays_everything_shows_itself_in_the_code(server: EnrolmentServer, tmp_path: Path) -> None:
    middle = MachineInBetween(server)
    with listening(tmp_path, middle.relay) as address, exchange_with(address) as exchange:
        code = exchange.begin()
        pending = server.waiting()
        assert code != pending.code
        with pytest.raises(WrongCode):
            server.enrol("Ki-ốt 1", code=code)
        assert exchange.poll() is None
        # Even a confirmation of the other code gives the station nothing that it can open.
        server.enrol("Ki-ốt 1")
        with pytest.raises(enrolment.EnrolmentFailed):
            exchange.poll()
    assert server.bench.devices.all() == []


def test_the_station_shows_its_key_only_after_the_servers_part(server: EnrolmentServer, tmp_path: Path) -> None:
    middle = MachineInBetween(server)
    with listening(tmp_path, middle.relay) as address, exchange_with(address) as exchange:
        exchange.begin()
    (_, begin_path, begun), (_, reveal_path, revealed), *_ = middle.seen
    assert begin_path.endswith("/enrolments")
    assert reveal_path.endswith("/reveal")
    assert set(begun) == {"kind", "station", "commitment", "counters"}
    assert begun["commitment"] == commitment(bytes.fromhex(revealed["key"]), bytes.fromhex(revealed["random"])).hex()


def test_replaced_keys_lead_to_other_codes_and_guesses_run_out(server: EnrolmentServer, tmp_path: Path) -> None:
    """The machine plays server and station as often as it may."""
    middle, own = MachineInBetween(server), new_keys(secrets.token_bytes)

    def play_the_server(method: str, path: str, body: bytes) -> Answer:
        if path.endswith("/enrolments"):
            part = {"id": "x", "key": own.public.hex(), "random": own.random.hex(), "expires_s": 900}
            return 200, json.dumps(part).encode()
        return 200, b'{"state": "waiting"}'

    with listening(tmp_path, play_the_server) as address, exchange_with(address) as exchange:
        code = exchange.begin()
    guesses = []
    hash_of_server = certificate_hash(fetch_certificate(server.url))
    while True:
        keys = new_keys(secrets.token_bytes)
        body = {"kind": "kiosk", "station": "kiosk-1", "commitment": commitment(keys.public, keys.random).hex()}
        status, begun = middle.post("/enrolments", body)
        if status == 429:
            break
        middle.post(f"/enrolments/{begun['id']}/reveal", {"key": keys.public.hex(), "random": keys.random.hex()})
        server_part = bytes.fromhex(begun["key"]), bytes.fromhex(begun["random"])
        transcript = EnrolmentTranscript(hash_of_server, "kiosk", "kiosk-1", keys.public, keys.random, *server_part)
        guesses.append(transcript.code())
    assert len(guesses) == MAX_BEGINNINGS_PER_ADDRESS
    assert code not in guesses
    waiting = server.bench.enrolment.pending.waiting()
    assert [pending.code for pending in waiting] == guesses[-len(waiting) :]
    for _ in range(MAX_WRONG_CODES):
        with pytest.raises(WrongCode):
            server.bench.enrolment.pending.with_code(waiting[0].id, code)
    with pytest.raises(UnknownEnrolment):
        server.bench.enrolment.pending.with_code(waiting[0].id, guesses[-len(waiting)])


def test_a_random_number_searched_for_a_code_is_not_the_committed_one(
    server: EnrolmentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With codes of two digits the search succeeds; the commitment still stops it."""
    monkeypatch.setattr(enrolment, "CODE_DIGITS", 2)
    middle, keys = MachineInBetween(server), new_keys(secrets.token_bytes)
    body = {"kind": "kiosk", "station": "kiosk-1", "commitment": commitment(keys.public, keys.random).hex()}
    _, begun = middle.post("/enrolments", body)
    server_part = bytes.fromhex(begun["key"]), bytes.fromhex(begun["random"])
    hash_of_server = certificate_hash(fetch_certificate(server.url))
    wanted = "42"
    searched = next(
        random
        for number in range(100_000)
        if EnrolmentTranscript(
            hash_of_server, "kiosk", "kiosk-1", keys.public, random := number.to_bytes(32, "big"), *server_part
        ).code()
        == wanted
    )
    status, _ = middle.post(f"/enrolments/{begun['id']}/reveal", {"key": keys.public.hex(), "random": searched.hex()})
    assert status == 404
    assert server.bench.enrolment.pending.waiting() == []


def test_another_certificate_in_the_middle_of_an_enrolment_ends_it(server: EnrolmentServer, tmp_path: Path) -> None:
    """The station sends all requests of one enrolment to one certificate."""
    middle = MachineInBetween(server)
    with exchange_with(server.url) as exchange:
        exchange.begin()
        with listening(tmp_path, middle.relay) as address:
            exchange._client._api_url = address + API  # as after an answer of a forged name server
            with pytest.raises(ServerUntrusted):
                exchange.poll()
    assert middle.seen == []
