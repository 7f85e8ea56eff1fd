"""The numbers that a hall has given, to see that none is lost."""

import json
import sqlite3
import threading
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import create_engine

from server.store.chain import BrokenChain, verified
from server.store.journal import read_entries
from tools.box.checks import expect
from tools.box.container import BrokenPromise, Container

SERVICES = ("CT", "HT", "DD", "TK", "CU", "XD")
DATABASE = "var/lib/luot/luot.db"
PAUSE_S = 0.7
REQUEST_TIMEOUT_S = 10.0


class Ledger:
    """Takes numbers at the hall of ``box`` and compares them with its database. ``local``: the hall on loopback."""

    def __init__(self, box: Container, local: str) -> None:
        self._box = box
        address = urlsplit(local)
        assert address.hostname is not None
        assert address.port is not None
        self._address = (address.hostname, address.port)
        self._lock = threading.Lock()
        self._given: dict[str, str] = {}
        self._services = count()
        self._visitors: threading.Thread | None = None
        self._closing = threading.Event()

    def given(self) -> set[str]:
        """Return the ids of the numbers that a visitor holds."""
        with self._lock:
            return set(self._given)

    def adopt(self) -> None:
        """Take over all numbers of the database."""
        stored = self.stored()
        with self._lock:
            self._given = {key: number for key, (number, _) in stored.items()}

    def take(self) -> bool:
        """Take a number; return whether the hall gave one."""
        service = SERVICES[next(self._services) % len(SERVICES)]
        try:
            status, ticket = self._post("tickets", {"service": service, "station": "kiosk-1"})
        except (OSError, HTTPException, ValueError, BrokenPromise):
            return False
        if status not in (200, 201):
            return False
        with self._lock:
            self._given[ticket["id"]] = ticket["number"]
        return True

    def open_doors(self) -> None:
        """Let visitors take numbers, one after the other, until :meth:`close_doors`."""
        self._closing.clear()
        self._visitors = threading.Thread(target=self._let_visitors_in)
        self._visitors.start()

    def close_doors(self) -> None:
        """Let no visitor in any more."""
        if self._visitors is not None:
            self._closing.set()
            self._visitors.join()
            self._visitors = None

    def forget_since(self, known: set[str]) -> None:
        """Forget the numbers that a roll-back was allowed to forget.

        They are neither in ``known`` nor in the database.
        """
        stored = self.stored()
        with self._lock:
            self._given = {key: number for key, number in self._given.items() if key in known or key in stored}

    def stored(self) -> dict[str, tuple[str, str]]:
        """Return number and state of each ticket of the database."""
        with closing(self._connection()) as connection:
            rows = connection.execute("SELECT id, number, state FROM ticket").fetchall()
        return {key: (number, state) for key, number, state in rows}

    def check(self, before: dict[str, tuple[str, str]]) -> int:
        """Check the hash chain and the tickets; return how many there are.

        Each number given is there, and the tickets of ``before`` are as they were.
        """
        stored = self.stored()
        with self._lock:
            lost = {key: number for key, number in self._given.items() if stored.get(key, ("",))[0] != number}
        expect("no number is lost", not lost, str(lost))
        kept = self.given()
        changed = {key: (row, stored.get(key)) for key, row in before.items() if key in kept and stored.get(key) != row}
        expect("no ticket has changed", not changed, str(changed))
        numbers = [number for number, _ in stored.values()]
        expect("no number is given twice", len(set(numbers)) == len(numbers), str(sorted(numbers)))
        self._check_chain()
        return len(stored)

    def _check_chain(self) -> None:
        engine = create_engine("sqlite://", creator=self._connection)
        try:
            with engine.connect() as connection:
                for _ in verified(read_entries(connection)):
                    pass
        except BrokenChain as error:
            raise BrokenPromise(f"not kept: the journal's hash chain is whole\n{error}") from error
        finally:
            engine.dispose()

    def _connection(self) -> sqlite3.Connection:
        path = self._box.root / DATABASE
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30, check_same_thread=False)

    def _let_visitors_in(self) -> None:
        while not self._closing.wait(PAUSE_S):
            self.take()

    def _post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        token = (self._box.root / "var/lib/luot/box.token").read_text(encoding="ascii").strip()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        connection = HTTPConnection(*self._address)
        connection.sock = plain = self._box.connect(self._address)
        try:
            plain.settimeout(REQUEST_TIMEOUT_S)
            content = json.dumps({"request_id": str(uuid4()), **body})
            connection.request("POST", f"/api/v1/{path}", content, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()
            plain.close()
