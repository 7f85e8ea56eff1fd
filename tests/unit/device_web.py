"""The pages of devices, without a socket."""

import secrets
from dataclasses import replace
from html import unescape

from account_web import HOST, AccountWeb
from enrolment_bench import CERTIFICATE_HASH, EnrolmentBench
from flask.testing import FlaskClient

from server.access.enrolment import Enrolment, ServerIdentity
from server.access.pending import PendingDevices
from server.domain.permissions import Role


class DeviceWeb(EnrolmentBench):
    """The pages of a hall, with an enrolment over its accounts."""

    def __init__(self, web: AccountWeb) -> None:
        self.web = web
        access = web.bench.access
        self.database, self.devices = access.database, access.devices
        self.identity = ServerIdentity(CERTIFICATE_HASH, "PEM", "mau", "luot.local:8883")

        def clock() -> int:
            return web.bench.now_ms

        self.enrolment = Enrolment(
            access.devices,
            PendingDevices(lambda: clock() / 1000, clock, secrets.token_bytes),
            secrets.token_bytes,
            identity=lambda host: self.identity,
            hash_broker_password=lambda password: "hash",
            is_taken=lambda station: False,
        )
        web.app.extensions["luot"] = replace(web.app.extensions["luot"], enrolment=self.enrolment)
        self.chief = web.bench.person("Nguyễn Văn Quản", Role.ADMINISTRATOR)
        self.browser: FlaskClient = web.browser(self.chief)

    def get(self, path: str = "", browser: FlaskClient | None = None) -> tuple[int, str]:
        answer = (browser or self.browser).get(f"/admin/devices{path}", base_url=HOST)
        return answer.status_code, unescape(answer.get_data(as_text=True))

    def post(self, path: str, browser: FlaskClient | None = None, **fields: str | list[str]) -> tuple[int, str]:
        url = f"/admin/devices{path}"
        answer = (browser or self.browser).post(url, data=fields, base_url=HOST, follow_redirects=True)
        return answer.status_code, unescape(answer.get_data(as_text=True))
