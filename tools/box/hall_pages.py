"""An administrator and a clerk at the pages of a hall."""

import hashlib
import re
import socket
import ssl

from tools.box.browser import Browser, Connect, Page
from tools.box.checks import expect, retried_s, setup_code
from tools.box.container import CONNECT_TIMEOUT_S, BrokenPromise, Container
from tools.box.scripts import SLIPS

PASSWORD = "cả phường uống trà"
CLERKS_PASSWORD = "mỗi sáng một ấm trà"
ADMINISTRATOR = "nguyen-van-an"
COUNTER = "c1"
AUTHORITY = "/trust/ca.crt"
SIGN_IN_NAME = re.compile(r"^tran-thi-binh[\w-]*$", re.MULTILINE)
ONE_TIME_PASSWORD = re.compile(r"^[0-9A-Z]{12}$", re.MULTILINE)


class HallPages:
    """The pages of the hall on ``box``. ``local``: its address on loopback.

    ``connect``: makes the connections of the browsers on another host.
    """

    def __init__(self, box: Container, local: str, connect: Connect | None = None) -> None:
        self.box, self.local = box, local
        self._connect = connect_outside if connect is None else connect
        self._at_box = Browser(local, box.connect)
        self._clerk: Browser | None = None
        self._trust: ssl.SSLContext | None = None

    def make_administrator(self) -> Page:
        """Make the administrator by the code of the journal; return the next step's page."""
        code = setup_code(self.box)
        first = self._at_box.open("/")
        expect("every page leads to the set-up", first.path == "/setup", first.path)
        self._at_box.send("/setup/code", code=code)
        return self._at_box.send("/setup/person", name="Nguyễn Văn An", password=PASSWORD, password_again=PASSWORD)

    def choose_office(self, template: str) -> None:
        """Choose the office; return when the hall has taken over."""
        self._at_box.send("/setup/office", template=template, name="Phường Thử")
        retried_s(self.box, "the hall has taken over from the set-up", self._shows_devices)

    def test_printer(self) -> None:
        """Have the set-up's page print a slip."""
        action, before = "/setup/test/kiosk-1/printer", self.slips()
        retried_s(self.box, "the set-up shows the printer", lambda: action in self._at_box.open("/setup").forms)
        self._at_box.send(action)
        self.box.wait_until("the printer has printed the test", lambda: self.slips() > before)

    def finish(self) -> str:
        """Finish the set-up; return the text of its last page."""
        done = self._at_box.send("/setup/finish")
        gone = self._at_box.open("/setup")
        expect("the set-up's pages are gone after it", gone.status == 404, str(gone.status))
        return done.text

    def office_name(self) -> str:
        """Return the head of the first page, which names the office."""
        return self._at_box.open("/").text

    def slips(self) -> int:
        """Return how many slips the simulated printer has printed."""
        return int(self.box.output_of("python3", "-c", SLIPS) or "0")

    def is_open(self) -> bool:
        """Return whether the hall listens beyond loopback."""
        try:
            self._connect((self.box.address, 8470)).close()
        except OSError:
            return False
        return True

    def remote(self) -> Browser:
        """Return a browser on another host, which trusts the hall's authority only."""
        if self._trust is None:
            self._trust = self._trust_as_guided()
        return Browser(f"https://{self.box.address}:8470", self._connect, self._trust)

    def _trust_as_guided(self) -> ssl.SSLContext:
        """Fetch the authority by plain HTTP, and compare its fingerprint as the page asks."""
        visitor = Browser(f"http://{self.box.address}:8470", self._connect)
        shown = visitor.open("/trust")
        expect("the page of the certificate leads to it", AUTHORITY in shown.links, shown.text)
        authority = visitor.open(AUTHORITY).content.decode("ascii")
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(authority)).hexdigest().upper()
        at_box = re.sub(r"[^0-9A-F]", "", self._at_box.open("/trust").text.upper())
        expect("the fingerprint is the one that the box itself shows", digest in at_box, at_box)
        return ssl.create_default_context(cadata=authority)

    def administrator(self) -> Browser:
        """Return a browser in which the administrator is signed in, by HTTPS."""
        browser = self.remote()
        browser.open("/")
        browser.send("/account/sign-in", name=ADMINISTRATOR, password=PASSWORD)
        return browser

    def clerk_starts(self) -> None:
        """Add a clerk, who chooses a password and opens the counter, by HTTPS."""
        administrator = self.administrator()
        administrator.open("/admin/people/new")
        shown = administrator.send("/admin/people/new", name="Trần Thị Bình", role="clerk")
        passwords = ONE_TIME_PASSWORD.findall(shown.text)
        expect("a new person gets a password that is shown once", len(passwords) == 1, shown.text)
        self._clerk = clerk = self.remote()
        clerk.open("/")
        clerk.send("/account/sign-in", name=SIGN_IN_NAME.findall(shown.text)[0], password=passwords[0])
        if "/account/password" not in clerk.page.forms:
            clerk.open("/account")
        clerk.send("/account/password", old=passwords[0], new=CLERKS_PASSWORD, again=CLERKS_PASSWORD)
        clerk.open("/?choose=1")
        clerk.send("/sign-in", counter=COUNTER)
        if f"/clerk/{COUNTER}/do/open" in clerk.page.forms:
            clerk.send(f"/clerk/{COUNTER}/do/open")

    def call_next(self, number: str) -> None:
        """Have the clerk finish the ticket in progress, and call ``number`` as the next."""
        clerk = self._require_clerk()
        clerk.open(f"/clerk/{COUNTER}")
        if f"/clerk/{COUNTER}/do/start" in clerk.page.forms:
            clerk.send(f"/clerk/{COUNTER}/do/start")
        if f"/clerk/{COUNTER}/do/finish" in clerk.page.forms:
            clerk.send(f"/clerk/{COUNTER}/do/finish", outcome="returned")
        page = clerk.send(f"/clerk/{COUNTER}/do/next")
        expect(f"the clerk's page shows {number}", number in page.text, page.text)

    def print_again(self) -> None:
        """Have the clerk print the called number's slip again."""
        clerk, before = self._require_clerk(), self.slips()
        clerk.open(f"/clerk/{COUNTER}?panel=reprint")
        clerk.send(f"/clerk/{COUNTER}/do/reprint")
        self.box.wait_until("the kiosk has printed the slip", lambda: self.slips() > before)

    def _require_clerk(self) -> Browser:
        if self._clerk is None:
            raise BrokenPromise("no clerk is signed in")
        return self._clerk

    def _shows_devices(self) -> bool:
        return "/setup/finish" in self._at_box.open("/setup").forms


def connect_outside(address: tuple[str, int]) -> socket.socket:
    """Connect from this machine, which is another host of the network. Raises ``OSError``."""
    return socket.create_connection(address, CONNECT_TIMEOUT_S)
