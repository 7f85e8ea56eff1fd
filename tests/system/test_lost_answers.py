"""Tickets from 16 kiosks through a line that loses answers after the commit.

200 tickets and one answer in eight in the quick suite; 1,000 tickets and one answer in twenty in the long proofs.
"""

import random
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from support.server_process import Api, journal, machine, office, request_id, running
from support.waiting import PATIENCE_S

KIOSKS = 16
TRIES = 20


class CuttingLine:
    """A proxy that forwards requests, and sometimes drops the connection before the answer."""

    def __init__(self, upstream: tuple[str, int], share: float, seed: int) -> None:
        self._upstream = upstream
        self._share = share
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut = 0
        self.passed = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._upstream, timeout=PATIENCE_S) as server:
            client.settimeout(30)
            for_client, for_server = client.makefile("rb"), server.makefile("rb")
            while request := _message(for_client):
                server.sendall(request)
                answer = _message(for_server)
                if self._cuts():
                    client.sendall(answer[: len(answer) // 2])
                    return
                client.sendall(answer)

    def _cuts(self) -> bool:
        with self._lock:
            cuts = self._chance.random() < self._share
            self.cut += cuts
            self.passed += not cuts
            return cuts


def _message(stream: Any) -> bytes:
    """One HTTP message with a Content-Length; empty when the other side hung up."""
    head = b""
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
        head += line
    return head + line + stream.read(length) if head else b""


@contextmanager
def cutting_line(base: str, share: float) -> Iterator[CuttingLine]:
    host, port = base.removeprefix("http://").split(":")
    line = CuttingLine((host, int(port)), share, seed=23)
    try:
        yield line
    finally:
        line.close()


def take(base: str, kiosk: int, count: int) -> list[tuple[str, int, dict[str, Any]]]:
    """Tickets as a kiosk takes them: the same request_id again until an answer comes. (request, tries, answer)."""
    taken = []
    for n in range(count):
        body = {"request_id": request_id(), "service": "HT" if n % 3 else "CT", "station": f"kiosk-{kiosk}"}
        for tries in range(1, TRIES + 1):
            try:
                status, answer = Api(base).post("/tickets", body)
            except urllib3.exceptions.HTTPError:
                continue
            assert status in (200, 201), answer
            taken.append((body["request_id"], tries, answer))
            break
        else:
            raise AssertionError(f"no answer in {TRIES} tries")
    return taken


@pytest.mark.parametrize(("tickets", "cut_share"), [(200, 0.125), pytest.param(1000, 0.05, marks=pytest.mark.long)])
def test_lost_answers_cost_no_number_and_give_nobody_two(tmp_path: Path, tickets: int, cut_share: float) -> None:
    where = machine(tmp_path, office(["HT", "CT"], {"c1": ["HT"], "c2": ["CT"]}), threads=48, calls_at_once=32)
    with running(where), cutting_line(where.api, cut_share) as line:
        base = f"http://127.0.0.1:{line.port}"
        share = [tickets // KIOSKS + (n < tickets % KIOSKS) for n in range(KIOSKS)]
        with ThreadPoolExecutor(KIOSKS) as kiosks:
            taken = [ticket for part in kiosks.map(take, [base] * KIOSKS, range(KIOSKS), share) for ticket in part]
        rows = journal(Api(where.api))

    assert len(taken) == tickets
    assert line.cut > tickets * cut_share / 2, "the line lost too little to prove anything"
    assert sum(tries - 1 for _, tries, _ in taken) == line.cut
    assert sum(answer["repeated"] for _, _, answer in taken) == sum(tries > 1 for _, tries, _ in taken)

    numbers = Counter(answer["number"] for _, _, answer in taken)
    assert set(numbers.values()) == {1}
    assert len({answer["id"] for _, _, answer in taken}) == tickets
    for prefix in "AB":
        running_numbers = sorted(int(number[1:]) for number in numbers if number[0] == prefix)
        assert running_numbers == list(range(1, len(running_numbers) + 1))

    issued = [row for row in rows if row["kind"] == "ticket.issued"]
    assert Counter(row["request_id"] for row in issued) == Counter(request for request, _, _ in taken)
