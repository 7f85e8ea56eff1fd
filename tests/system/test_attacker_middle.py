"""Finish an enrolment from the middle, between a new kiosk and the hall."""

import secrets
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from server.wire.client import ServerClient, ServerRefused, ServerUntrusted
from server.wire.enrolment import EnrolmentTranscript, certificate_hash, commitment, new_keys
from server.wire.messages import BeginEnrolment, BegunEnrolment, EnrolmentProgress, RevealEnrolment
from server.wire.station.enrol.exchange import AskingStation, EnrolmentExchange, fetch_certificate
from support.certificates import credential, write
from support.guarded_hall import HOSTS, STAFF_PORT, GuardedHall, guarded_hall, tls_context

STATION = AskingStation("kiosk", "kiosk-7")
MIDDLE = f"https://{HOSTS['attacker']}:{STAFF_PORT}"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedHall]:
    with guarded_hall(tmp_path_factory.mktemp("middle")) as hall:
        yield hall


class Middle:
    """A machine with its own certificate that passes every byte on."""

    def __init__(self, hall: GuardedHall, folder: Path) -> None:
        self.read = b""
        self._hall, self._stack = hall, ExitStack()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*write(folder, credential("luot.local")))
        self._listener = self._stack.enter_context(hall.host("attacker").listen(STAFF_PORT))
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._stack.close()
        for thread in self._threads:
            thread.join()

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
                victim = self._context.wrap_socket(plain, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            onward = self._hall.host("attacker").connect(HOSTS["box"], STAFF_PORT, 30.0)
            self._run(self._relay, victim, tls_context().wrap_socket(onward))

    def _relay(self, victim: ssl.SSLSocket, server: ssl.SSLSocket) -> None:
        with victim, server, suppress(OSError):
            while True:
                for source in select.select([victim, server], [], [])[0]:
                    target = server if source is victim else victim
                    while (received := _received(source)) is not None:
                        if not received:
                            return
                        received = received.replace(HOSTS["attacker"].encode(), HOSTS["box"].encode())  # "Host"
                        self.read += received
                        target.settimeout(30.0)
                        target.sendall(received)


def _received(source: ssl.SSLSocket) -> bytes | None:
    """Return bytes, b"" at the end, None if there are none now."""
    source.settimeout(0)
    try:
        return source.recv(65_536)
    except ssl.SSLWantReadError:
        return None


@contextmanager
def middle(hall: GuardedHall, folder: Path) -> Iterator[Middle]:
    relay = Middle(hall, folder)
    try:
        yield relay
    finally:
        relay.close()


def code_of_the_hall(hall: GuardedHall, relay: Middle) -> str:
    """Return the hall's code, computed from all messages and its own certificate."""
    text = relay.read.decode(errors="replace")

    def value(name: str, nth: int = 0) -> bytes:
        return bytes.fromhex(text.split(f'"{name}":"')[nth + 1].partition('"')[0])

    with hall.host("attacker").inside():
        certificate = certificate_hash(fetch_certificate(hall.staff))
    keys = [value("key", nth) for nth in range(2)]
    randoms = [value("random", nth) for nth in range(2)]
    return EnrolmentTranscript(
        certificate, STATION.kind, STATION.station, keys[1], randoms[1], keys[0], randoms[0]
    ).code()


def test_a_relay_makes_two_different_codes(hall: GuardedHall, tmp_path: Path) -> None:
    """Finish an enrolment from the middle: the kiosk shows another code than the hall's."""
    with middle(hall, tmp_path) as relay, hall.host("kiosk").inside():
        exchange = EnrolmentExchange(MIDDLE, STATION, secrets.token_bytes)
        try:
            shown = exchange.begin()
            assert exchange.poll() is None
        finally:
            exchange.close()
        assert b'"commitment"' in relay.read and b'"random"' in relay.read
        assert shown != code_of_the_hall(hall, relay)


def test_without_a_relay_both_codes_are_one(hall: GuardedHall, tmp_path: Path) -> None:
    """The comparison above would find equal codes.

    Here the relay shows the hash of the hall's certificate."""
    with middle(hall, tmp_path) as relay:
        with hall.host("kiosk").inside():
            exchange = EnrolmentExchange(MIDDLE, STATION, secrets.token_bytes)
        try:
            with hall.host("attacker").inside():
                exchange._certificate_hash = certificate_hash(fetch_certificate(hall.staff))
            with hall.host("kiosk").inside():
                assert exchange.begin() == code_of_the_hall(hall, relay)
        finally:
            exchange.close()


def test_the_kiosk_speaks_to_the_first_certificate_only(hall: GuardedHall, tmp_path: Path) -> None:
    """Let the kiosk see the hall's certificate first, and the attacker's afterwards."""
    with middle(hall, tmp_path), hall.host("kiosk").inside():
        exchange = EnrolmentExchange(hall.staff, STATION, secrets.token_bytes)
        exchange._client._api_url = exchange._client._api_url.replace(hall.staff, MIDDLE)
        try:
            with pytest.raises(ServerUntrusted):
                exchange.begin()
        finally:
            exchange.close()


def test_an_attackers_own_enrolment_gets_nothing_without_its_code(hall: GuardedHall) -> None:
    """Begin in the name of a kiosk, and reveal another key than the promised one."""
    with hall.host("attacker").inside():
        pin = certificate_hash(fetch_certificate(hall.staff)).hex()
        client = ServerClient(hall.staff, 5.0, tls=tls_context(), fingerprint=pin)
        try:
            own, other = new_keys(secrets.token_bytes), new_keys(secrets.token_bytes)
            committed = commitment(own.public, own.random).hex()
            begin = BeginEnrolment(kind="kiosk", station="kiosk-7", commitment=committed, counters=[])
            begun = client.request("POST", "/enrolments", begin, BegunEnrolment)
            revealed = RevealEnrolment(key=other.public.hex(), random=other.random.hex())
            with pytest.raises(ServerRefused):
                client.request("POST", f"/enrolments/{begun.id}/reveal", revealed, EnrolmentProgress)
            with pytest.raises(ServerRefused):  # and the request is gone
                client.request("GET", f"/enrolments/{begun.id}", None, EnrolmentProgress)
        finally:
            client.close()
