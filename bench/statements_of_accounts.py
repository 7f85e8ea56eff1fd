"""The pages and requests of accounts, whose SQL statements ``bench.statements`` counts."""

from collections.abc import Callable, Mapping

from core_hall import request_id
from live_web import ADMINISTRATOR, HOST, HTTPS, LiveWeb

from server.access.api_tokens import Scope
from server.access.device import DeviceDetails, NewDevice
from server.wire.client import API
from server.wire.messages import DeviceKind

PASSWORD = "bốn con cá vàng"
DAY_MS = 86_400_000
SETUP = "set-up: the first page"
"""The case of a box without an administrator."""

Request = Callable[[], int]
PrepareLive = Callable[[LiveWeb], Request]


def _page(path: str, person: str = ADMINISTRATOR, prepare: Callable[[LiveWeb], None] = lambda web: None) -> PrepareLive:
    """Return the case of a page that ``person`` opens; empty: nobody is signed in."""

    def prepare_page(web: LiveWeb) -> Request:
        prepare(web)
        if person:
            web.sign_in_as(person)
        return lambda: _drawn(web.browser.get(path, base_url=HOST).status_code)

    return prepare_page


def _call(path: str, **body: str) -> PrepareLive:
    """Return the case of a call of the API by the manager's browser."""

    def prepare_call(web: LiveWeb) -> Request:
        web.sign_in_as("ql")
        return lambda: web.browser.post(f"{API}{path}", json=body, base_url=HOST).status_code

    return prepare_call


def _drawn(status: int) -> int:
    """Return the status of a page that was drawn. Ends the program for one that leads elsewhere."""
    if status != 200:
        raise SystemExit(f"a page was not drawn: HTTP status {status}")
    return status


def _password_sign_in(web: LiveWeb) -> Request:
    web.access.people.set_password("system", "an", PASSWORD)
    form = {"name": "Nguyễn Thị An", "password": PASSWORD}
    return lambda: web.browser.post("/account/sign-in", data=form, base_url=HOST).status_code


def _take_counter(web: LiveWeb) -> Request:
    web.sign_in_as("chi")
    form = {"request_id": request_id(), "counter": "c3"}
    return lambda: web.browser.post("/sign-in", data=form, base_url=HOST).status_code


def _sign_out(web: LiveWeb) -> Request:
    web.sign_in_as("ql")
    return lambda: web.browser.post("/account/sign-out", base_url=HOST).status_code


def _with_device(web: LiveWeb) -> None:
    """Enrol a kiosk."""
    new = NewDevice("kiosk-2", DeviceKind.KIOSK, DeviceDetails("Kiosk tầng hai"), "d" * 43, None, "127.0.0.1")
    web.access.devices.enrol(ADMINISTRATOR, new)


def _with_token(web: LiveWeb) -> None:
    """Create an API token."""
    ends_ms = web.hall.clock.wall_ms + DAY_MS
    web.access.api_tokens.create(ADMINISTRATOR, "Bảng tin", {Scope.READ_BOARD}, ends_ms)


def _begin_enrolment(web: LiveWeb) -> Request:
    body = {"kind": "kiosk", "station": "kiosk-2", "commitment": "0" * 64}
    return lambda: web.send("POST", "/enrolments", body, base_url=HTTPS)[0]


def _enrolment(web: LiveWeb) -> Request:
    body = {"kind": "kiosk", "station": "kiosk-2", "commitment": "0" * 64}
    path = f"/enrolments/{web.send('POST', '/enrolments', body, base_url=HTTPS)[1]['id']}"
    return lambda: web.send("GET", path, base_url=HTTPS)[0]


MANAGERS_CALLS: Mapping[str, PrepareLive] = {
    "post_counters_id_services": _call("/counters/c2/services", do="lend", service="DD"),
    "post_services_id_issuing": _call("/services/HT/issuing", state="stopped", reason="họp"),
}
ACCOUNT_CASES: Mapping[str, PrepareLive] = {
    "sign-in with name and password: the page": _page("/", ""),
    "sign-in with name and password": _password_sign_in,
    "a signed-in person's choice of pages": _page("/?choose=1", "an"),
    "taking a counter": _take_counter,
    "my account": _page("/account", "an"),
    "sign-out": _sign_out,
    "people": _page("/admin/people"),
    "people: one person": _page("/admin/people/an"),
    "devices": _page("/admin/devices", prepare=_with_device),
    "devices: one device": _page("/admin/devices/kiosk-2", prepare=_with_device),
    "programs": _page("/admin/programs", prepare=_with_token),
    "network": _page("/admin/network"),
    "access log": _page("/admin/log"),
    SETUP: _page("/setup", ""),
    "this browser's enrolment": _page("/this-browser", ""),
    "`POST /enrolments`": _begin_enrolment,
    "`GET /enrolments/{id}`": _enrolment,
}
"""The cases; the API's further calls of an enrolment need a station's proof, and read the same."""
