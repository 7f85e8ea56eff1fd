"""The staff's web application over a hall of the core: pages and API without a socket, on the test's clock."""

import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core_hall import Hall, request_id
from flask.testing import FlaskClient

from server import views
from server.web.factory import create_app
from server.web.live import Live
from server.web.parts import Parts
from server.web.scanned import ScannedSlips
from server.web.waiting import ForCallers
from server.wire.client import API
from server.wire.messages import Board, Office, StationHealth
from server.wire.reports import Condition


@dataclass
class DrawnNow:
    """The pictures, drawn when somebody asks."""

    hall: Hall

    @property
    def board(self) -> Board:
        with self.hall.read() as reading:
            return views.board(reading, "e1")

    @property
    def office(self) -> Office:
        with self.hall.read() as reading:
            return views.office(reading, "e1", mode="live", visitor_url="http://hall.test")


@dataclass
class Reported:
    """The stations that reported, as the test says."""

    kiosks: list[str] = field(default_factory=list)
    linked: bool = True

    def stations(self) -> Sequence[StationHealth]:
        return [
            StationHealth(station=name, kind="kiosk", online=True, version="0", at=None, devices=[], since=None)
            for name in self.kiosks
        ]


class NoParts:
    """The server's own parts: none are watched here."""

    def parts(self) -> Mapping[str, Condition]:
        return {}


class Web:
    """A browser and a program at the staff's port."""

    def __init__(self, hall: Hall, *, kiosks: Sequence[str] = ("kiosk-1",)) -> None:
        self.hall, self.reports = hall, Reported(list(kiosks))
        ids = itertools.count(1)
        here = Parts(
            store=hall.store,
            writer=ForCallers(hall.writer),
            pictures=DrawnNow(hall),
            reports=self.reports,
            condition=NoParts(),
            live=Live("e1"),
            now=hall.clock.now,
            mono_s=lambda: hall.clock.now().mono_s,
            new_id=lambda: str(uuid.uuid4()),
            new_ticket_id=lambda: f"t-web-{next(ids)}",
            presence=hall.presence,
            scanned=ScannedSlips(),
            mode="live",
            epoch="e1",
            version="0",
            visitor_url="http://hall.test",
        )
        self.app = create_app(here, b"k" * 32)
        self.browser: FlaskClient = self.app.test_client()

    def get(self, path: str) -> tuple[int, Any]:
        """What the API answers a program."""
        answer = self.app.test_client().get(f"{API}{path}", base_url="http://127.0.0.1")
        return answer.status_code, answer.get_json()

    def post(self, path: str, body: Mapping[str, Any] | str) -> tuple[int, Any]:
        """The same with a body, of JSON or of this very text."""
        sent: dict[str, Any] = {"data": body} if isinstance(body, str) else {"json": body}
        to = self.app.test_client()
        answer = to.post(f"{API}{path}", base_url="http://127.0.0.1", content_type="application/json", **sent)
        return answer.status_code, answer.get_json(silent=True)

    def sits_down(self, counter: str = "c1") -> None:
        """The browser's clerk signs in at ``counter``."""
        form = {"request_id": request_id(), "counter": counter}
        assert self.browser.post("/sign-in", data=form, base_url="http://127.0.0.1").status_code == 303

    def page(self, counter: str = "c1", **asked: str) -> str:
        """The clerk's page, with a form open where ``panel`` says so."""
        return self.browser.get(f"/clerk/{counter}", query_string=asked, base_url="http://127.0.0.1").get_data(True)

    def press(self, action: str, counter: str = "c1", **form: str) -> str:
        """What the page shows after a form was sent."""
        fields = {"request_id": request_id()} | form
        to = f"/clerk/{counter}/do/{action}"
        answer = self.browser.post(to, data=fields, base_url="http://127.0.0.1", follow_redirects=True)
        return answer.get_data(True)
