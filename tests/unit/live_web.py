"""The staff's application of a live hall, without a socket.

The browser is that of a signed-in person; programs send the box's token.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from core_hall import Hall
from core_statements import web_of
from core_web import Web

from server.access.access import Access
from server.access.enrolment import Enrolment, ServerIdentity
from server.access.pending import PendingDevices
from server.access.setup_progress import SetupProgress
from server.domain.permissions import Role
from server.web.shared.context import AppContext
from server.web.staff.app import create_app
from server.web.staff.setup.context import ReachableAt, SetupContext
from server.wire.client import API

ADMINISTRATOR = "quan-tri"
BOX_TOKEN = "t" * 43
HOST, HTTPS = "http://127.0.0.1", "https://127.0.0.1"
KEY = b"k" * 32


class ChosenOffice:
    """The choice of an office that was made."""

    is_made = True

    def use_template(self, template: str, name: Mapping[str, str]) -> None:
        raise AssertionError

    def use_file(self, contents: bytes, procedures: bytes | None) -> None:
        raise AssertionError


class LiveWeb(Web):
    """``access`` has the office's clerks in their roles, and an administrator, unless ``has_people`` is false."""

    def __init__(self, hall: Hall, access: Access, *, has_people: bool = True) -> None:
        web = web_of(hall)
        context: AppContext = web.app.extensions["luot"]
        self.hall, self.access, self.reports, self.network = hall, access, web.reports, None
        context = replace(context, access=access, box_token=BOX_TOKEN, enrolment=self._enrolment())
        self.app = create_app(context, KEY, self._setup(context))
        self.browser = self.app.test_client()
        if has_people:
            for clerk in hall.file.clerks:
                access.people.create("system", clerk.name, "vi", [Role(clerk.role)], person_id=clerk.id)
            access.people.create("system", "Quản Trị", "vi", [Role.ADMINISTRATOR], person_id=ADMINISTRATOR)

    def sign_in_as(self, person_id: str) -> None:
        """Sign a person in, in the browser."""
        person = self.access.people.get(person_id)
        assert person is not None
        token = self.access.sessions.open(person, "password", "web-1", "127.0.0.1")
        self.browser.set_cookie("luot_session", token, domain="127.0.0.1")

    def sign_in(self, counter: str = "c1") -> None:
        """Sign in the counter's clerk, who takes the counter."""
        self.sign_in_as(next(at.clerk for at in self.hall.file.counters if at.id == counter and at.clerk))
        super().sign_in(counter)

    def send(self, method: str, path: str, body: Any = None, *, base_url: str = HOST) -> tuple[int, Any]:
        """Send a request of the box's station to the API; return status and JSON."""
        headers = {"Authorization": f"Bearer {BOX_TOKEN}"}
        client = self.app.test_client()
        response = client.open(f"{API}{path}", method=method, base_url=base_url, json=body, headers=headers)
        return response.status_code, response.get_json(silent=True)

    def get(self, path: str) -> tuple[int, Any]:
        """Send a GET request as a station of the box."""
        return self.send("GET", path)

    def post(self, path: str, body: Mapping[str, Any] | str) -> tuple[int, Any]:
        """Send a POST request as a station of the box."""
        return self.send("POST", path, body)

    def load_accounts(self) -> None:
        """Read people, sessions and devices into memory, as any request before has done."""
        self.access.people.all(), self.access.sessions.all(), self.access.devices.all()

    def _enrolment(self) -> Enrolment:
        clock, identity = self.hall.clock, ServerIdentity(b"c" * 32, "PEM", "mau", "luot.local:8883")
        return Enrolment(
            self.access.devices,
            PendingDevices(lambda: clock.now().mono_s, lambda: clock.wall_ms, secrets.token_bytes),
            secrets.token_bytes,
            identity=lambda host: identity,
            hash_broker_password=lambda password: "hash",
            is_taken=lambda station: False,
        )

    def _setup(self, context: AppContext) -> SetupContext:
        return SetupContext(
            access=self.access,
            progress=SetupProgress(self.access.database),
            offices=ChosenOffice(),
            hall=context,
            refresh_code=lambda: None,
            addresses=lambda: ReachableAt((HOST,), ""),
            on_finished=lambda: None,
            new_id=context.new_id,
        )


@contextmanager
def live_web(hall: Hall, state: Path, *, has_people: bool = True) -> Iterator[LiveWeb]:
    """Provide the application of ``hall`` with accounts in the folder ``state``."""
    with closing(Access.open(state, lambda: hall.clock.wall_ms)) as access:
        yield LiveWeb(hall, access, has_people=has_people)
