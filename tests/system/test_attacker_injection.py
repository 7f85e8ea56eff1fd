"""Inject into a log line, a CSV file, a slip and a page."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial

import pytest
from playwright.sync_api import Browser, Dialog

from server.access.access import Access
from server.access.device import DeviceDetails, DeviceNameInvalid, NewDevice
from server.access.person_values import InvalidPerson
from server.access.tokens import new_token
from server.domain.permissions import Role
from server.wire.messages import DeviceKind
from support.guarded_hall import HOSTS, STAFF_PORT, GuardedHall, guarded_hall
from support.server_process import request_id

SCRIPT = "<img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
LINE = "2026-11-30 00:00:00 CRITICAL forged"
CONTROL_TEXTS = ("a\nb", "a\x1b@b", "a\x00b", "a\u202eb", "a\x1bp0b", "\x1d(k", "a\rb", "a\u2028b")
PAGES = ("/", "/manager", "/manager/day", "/staff/health", "/clerk/c1")


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedHall]:
    with guarded_hall(tmp_path_factory.mktemp("injection"), prepare=_give_bad_names) as hall:
        yield hall


def _give_bad_names(access: Access) -> None:
    access.people.create("setup", SCRIPT, "vi", {Role.CLERK, Role.MANAGER}, person_id="script")
    access.people.create("setup", FORMULA, "vi", {Role.CLERK}, person_id="formula")
    for number, name in enumerate((SCRIPT, FORMULA, "'); DROP TABLE device; --", "{{7*7}}", "%s%n")):
        details = DeviceDetails(name, SCRIPT, ("c1",))
        access.devices.enrol("setup", NewDevice(f"bad-{number}", DeviceKind.BROWSER, details, new_token(), None, ""))


def _dismiss(messages: list[str], dialog: Dialog) -> None:
    messages.append(dialog.message)
    dialog.dismiss()


@pytest.mark.parametrize("text", CONTROL_TEXTS)
def test_a_name_has_no_character_that_a_log_or_a_printer_obeys(hall: GuardedHall, text: str) -> None:
    """Inject into a slip or a log line: names come onto both."""
    with closing(hall.access()) as access:
        with suppress(InvalidPerson):
            assert access.people.create("setup", text, "vi", {Role.CLERK}).name.isprintable()
        with suppress(DeviceNameInvalid):
            assert access.devices.check(DeviceKind.KIOSK, DeviceDetails(text, text)).name.isprintable()


def test_names_with_markup_run_nothing_on_any_page(hall: GuardedHall, browser: Browser) -> None:
    """Inject into a page: stored names, and everything that an address or a form carries."""
    chromium = hall.host("desk").chromium(browser)
    for person in ("lanh-dao", "quan-tri", "nv-c1"):
        context = chromium.new_context(ignore_https_errors=True)
        cookie = {"name": "__Host-luot_session", "value": hall.sessions[person], "url": hall.staff, "secure": True}
        context.add_cookies([cookie | {"httpOnly": True, "sameSite": "Strict"}])  # type: ignore[list-item]
        page = context.new_page()
        dialogs: list[str] = []
        page.on("dialog", partial(_dismiss, dialogs))
        for path in PAGES:
            for query in ("", f"?choose={SCRIPT}&lang={SCRIPT}&panel={SCRIPT}&date={SCRIPT}&as={SCRIPT}&q={SCRIPT}"):
                page.goto(f"{hall.staff}{path}{query}")
                assert page.locator("img[src=x]").count() == 0, path
        assert dialogs == []
        context.close()


def test_a_csv_file_has_no_formula(hall: GuardedHall) -> None:
    """Inject into a CSV: a name that a spreadsheet would compute."""
    issued = hall.device("kiosk-2").call(
        "/tickets", {"request_id": request_id(), "service": "ct", "station": "kiosk-2"}
    )
    assert issued.status == 201
    file = hall.person("lanh-dao").get(f"/manager/day/{hall.date}.csv")
    assert file.status == 200, file.body
    cells = [cell for row in csv.reader(io.StringIO(file.body.decode("utf-8-sig")), delimiter=";") for cell in row]
    assert cells
    assert [cell for cell in cells if re.match(r"[=+@\t\r]|-(?!\d)", cell)] == []


def test_a_request_writes_no_line_of_its_own_into_the_log(hall: GuardedHall) -> None:
    """Inject into a log line: paths, headers, names, bodies with line feeds and control characters."""
    before = len(hall.log)
    attacker = hall.client()
    for bad in (f"x%0a{LINE.replace(' ', '%20')}", f"x%0d%0a{LINE.replace(' ', '%20')}", "%1b[2J", "%e2%80%a8x"):
        attacker.get(f"/{bad}")
        attacker.call(f"/tickets/{bad}")
    for text in (f"x\n{LINE}", f"x\r{LINE}", "\x1b[2Jx", f"x\u2028{LINE}"):
        attacker.ask("POST", "/sign-in", form={"name": text, "password": text})
        hall.device("kiosk-2").call("/tickets", {"request_id": text, "service": text, "station": text})
        hall.device("kiosk-2").call("/help", {"request_id": request_id(), "station": "kiosk-2", "kiosk": text})
        attacker.call("/enrolments", {"kind": text, "station": text, "commitment": text})
    head = f"GET / HTTP/1.1\r\nHost: {HOSTS['box']}:{STAFF_PORT}\r\n"
    raw = f"{head}User-Agent: a\r\n {LINE}\r\nX-Request-Id: \x1b[2J\r\n\r\n"
    with hall.host("attacker").connect(HOSTS["box"], STAFF_PORT, 10.0) as plain:
        plain.sendall(raw.encode("latin-1"))
        plain.recv(1000)
    written = hall.log[before:]
    assert not [line for line in written.splitlines() if line.startswith(LINE[:10])]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\x85]", written)


def test_a_response_has_no_header_of_the_attacker(hall: GuardedHall) -> None:
    """Inject a header by a redirect or a download name."""
    for path in (
        "/?lang=vi%0d%0aSet-Cookie:%20x=1",
        "/manager/day/2040-01-16%0d%0aSet-Cookie:%20x=1.csv",
        "/clerk/c1%0d%0aSet-Cookie:%20x=1",
    ):
        for client in (hall.client(), hall.person("lanh-dao")):
            assert "x=1" not in client.get(path).headers.get("Set-Cookie", "")
