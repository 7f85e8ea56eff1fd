"""The staff's application of a hall with accounts, without a socket."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from access_bench import AccessBench
from core_hall import Hall
from core_web import Web
from flask import Flask
from flask.testing import FlaskClient

from server.access.person import Person
from server.web.shared.context import AppContext
from server.web.staff.app import create_app

HOST = "http://127.0.0.1"


class AccountWeb:
    """A hall whose people sign in; ``bench`` has its accounts, on the hall's clock. ``changes``: of the office."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        (folder / "hall").mkdir()
        self.hall = Hall(folder / "hall", **changes)
        self.hall.tick()
        self.bench = AccessBench(folder / "state")
        self.bench.now_ms = self.hall.clock.now().wall_ms
        without_accounts: AppContext = Web(self.hall).app.extensions["luot"]
        self.app: Flask = create_app(replace(without_accounts, access=self.bench.access), b"k" * 32)

    def browser(self, person: Person) -> FlaskClient:
        """Return a browser in which the person has just signed in."""
        token = self.bench.access.sessions.open(person, "password", "web-1", "192.168.1.21")
        client = self.app.test_client()
        client.set_cookie("luot_session", token, domain="127.0.0.1")
        return client

    def with_box_token(self, token: str) -> Flask:
        """Return the application of the same hall, for a box with this token."""
        context: AppContext = self.app.extensions["luot"]
        return create_app(replace(context, box_token=token), b"k" * 32)

    def close(self) -> None:
        self.bench.access.close()
        self.hall.close()
