"""The staff's web application over a hall of the core.

Pages and API run without a socket, on the test's clock.
"""

import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core_hall import Hall, request_id
from flask.testing import FlaskClient

from server import views
from server.network.hall_network import HallNetwork
from server.startup.office_toml import OFFICE_FILES
from server.web.shared.context import AppContext, PublishedPictures
from server.web.shared.live import LiveVersion
from server.web.shared.scanned_slips import ScannedSlips
from server.web.shared.serving.caller import SkipIfDisconnected
from server.web.staff.app import create_app
from server.wire.client import API
from server.wire.messages import Board, Office, StationHealth
from server.wire.reports import ReportableHealth


@dataclass
class CurrentPictures:
    """The pictures, computed from the database at each request."""

    hall: Hall

    @property
    def board(self) -> Board:
        with self.hall.read() as snapshot:
            return views.board(snapshot, "e1")

    @property
    def office(self) -> Office:
        with self.hall.read() as snapshot:
            return views.office(snapshot, "e1", mode="live", visitor_url="http://hall.test")


@dataclass
class ReportingKiosks:
    """The kiosks that have reported."""

    kiosks: list[str] = field(default_factory=list)
    connected: bool = True

    def stations(self) -> Sequence[StationHealth]:
        return [
            StationHealth(station=name, kind="kiosk", online=True, version="0", at=None, devices=[], since=None)
            for name in self.kiosks
        ]


class NoServerParts:
    """A server without parts that report their health."""

    def parts(self) -> Mapping[str, ReportableHealth]:
        return {}


class Web:
    """The staff's application, with a browser and a program as clients."""

    def __init__(
        self,
        hall: Hall,
        *,
        kiosks: Sequence[str] = ("kiosk-1",),
        pictures: PublishedPictures | None = None,
        network: HallNetwork | None = None,
    ) -> None:
        self.hall, self.reports, self.network = hall, ReportingKiosks(list(kiosks)), network
        ids = itertools.count(1)
        context = AppContext(
            office_files=OFFICE_FILES,
            store=hall.store,
            writer=SkipIfDisconnected(hall.writer),
            pictures=pictures or CurrentPictures(hall),
            reports=self.reports,
            server_health=NoServerParts(),
            live_version=LiveVersion("e1", lambda: hall.clock.now().mono_s),
            now=hall.clock.now,
            mono_s=lambda: hall.clock.now().mono_s,
            new_id=lambda: str(uuid.uuid4()),
            new_ticket_id=lambda: f"t-web-{next(ids)}",
            presence=hall.presence,
            scanned_slips=ScannedSlips(),
            mode="live",
            epoch="e1",
            version="0",
            visitor_url=lambda: "http://hall.test",
            network=network,
        )
        self.app = create_app(context, b"k" * 32)
        self.browser: FlaskClient = self.app.test_client()

    def get(self, path: str) -> tuple[int, Any]:
        """Send a GET request to the API as a program; return status and JSON."""
        response = self.app.test_client().get(f"{API}{path}", base_url="http://127.0.0.1")
        return response.status_code, response.get_json()

    def post(self, path: str, body: Mapping[str, Any] | str) -> tuple[int, Any]:
        """Send a POST request to the API; return status and JSON. A body of text is sent as it is."""
        content: dict[str, Any] = {"data": body} if isinstance(body, str) else {"json": body}
        client = self.app.test_client()
        response = client.post(f"{API}{path}", base_url="http://127.0.0.1", content_type="application/json", **content)
        return response.status_code, response.get_json(silent=True)

    def sign_in(self, counter: str = "c1") -> None:
        """Sign the browser's clerk in at ``counter``."""
        form = {"request_id": request_id(), "counter": counter}
        assert self.browser.post("/sign-in", data=form, base_url="http://127.0.0.1").status_code == 303

    def page(self, counter: str = "c1", **query: str) -> str:
        """Return the clerk page, with the form ``panel`` open on it."""
        return self.browser.get(f"/clerk/{counter}", query_string=query, base_url="http://127.0.0.1").get_data(True)

    def press(self, action: str, counter: str = "c1", **form: str) -> str:
        """Submit a form of the clerk page; return the page that follows."""
        fields = {"request_id": request_id()} | form
        url = f"/clerk/{counter}/do/{action}"
        response = self.browser.post(url, data=fields, base_url="http://127.0.0.1", follow_redirects=True)
        return response.get_data(True)
