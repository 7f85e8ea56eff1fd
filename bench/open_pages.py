"""Open pages of clerks with live updates, as browsers do.

Each page is in a browser of its own. As ``server/web/static/staff/staff.js`` does, it holds the event stream ``/live``,
fetches itself when the stream brings another version than it shows, one fetch at a time, and reports its presence every
10 s. A fetch that is refused as busy is repeated after ``Retry-After``, and no other is made before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import urllib3

from bench.client import BUSY, Answer, Connection, LoadClient
from bench.figures import WrongAnswer
from bench.servers import RunningServer
from support.server_process import request_id

PRESENCE_EVERY_S = 10.0
STREAM_VERSION = re.compile(rb"data: (\S+)\r?\n")
PAGE_VERSION = re.compile(rb'data-version="([^"]*)"')
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
PAGE_KIND, STREAM_KIND = "page", "stream"


@dataclass(eq=False)
class OpenPage:
    """A clerk's page.

    ``cookie``: those of its browser; ``name``: distinguishes it from other pages of the same counter.
    """

    client: LoadClient
    address: str
    counter: str
    cookie: str
    name: int
    version: bytes = b""
    _received: bytearray = field(default_factory=bytearray)
    _is_queued: bool = False
    _is_refused: bool = False

    def open(self, presence_after_s: float) -> None:
        """Open the stream, and report presence; the first time after ``presence_after_s``."""
        stream = self._connection(STREAM_KIND)
        stream.on_data = self._stream_data
        stream.ask("GET", "/live", self._stream_ended, headers=self._headers())
        self.client.every(PRESENCE_EVERY_S, lambda _: self._report_presence(), after_s=presence_after_s)

    def _connection(self, kind: str) -> Connection:
        return self.client.connection(self.address, (kind, self.name))

    def _headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie, "Accept-Language": "vi"}

    def _stream_data(self, data: bytes) -> None:
        self._received += data
        versions = STREAM_VERSION.findall(self._received)
        if versions:
            self._received.clear()
            if versions[-1] != self.version:
                self._refresh()
        elif self._received.startswith(b"HTTP/1.1 ") and not self._received.startswith(b"HTTP/1.1 200"):
            self.client.wrong.append(f"stream: refused: {bytes(self._received[:200])!r}")
            self._received.clear()

    def _stream_ended(self, answer: Answer) -> None:
        self.client.wrong.append(f"stream: ended with {answer.status}")

    def _refresh(self) -> None:
        connection = self._connection(PAGE_KIND)
        if self._is_refused:  # it is repeated later, and until then no other is made
            return
        if connection.is_busy:
            self._is_queued = True
            return
        self._is_queued = False
        headers = self._headers() | {"HX-Request": "true", "HX-Trigger": "live"}
        connection.ask("GET", f"/clerk/{self.counter}", self._page_received, headers=headers)

    def _page_received(self, answer: Answer) -> None:
        version = PAGE_VERSION.search(answer.body)
        accepted = answer.status == 200 and version is not None
        if self.client.record(PAGE_KIND, answer, accepted=accepted) and version is not None:
            self.version = version[1]
        if answer.status == BUSY:
            self._is_refused = True
            self.client.retry(self._refresh_again)
        elif self._is_queued:
            self._refresh()

    def _refresh_again(self) -> None:
        self._is_refused = False
        self._refresh()

    def _report_presence(self) -> None:
        connection = self._connection("presence")
        if connection.is_busy:
            return
        body = urlencode({"as": f"{self.counter}:nv-{self.counter}"}).encode()
        headers = self._headers() | FORM_HEADERS
        connection.ask("POST", f"/clerk/{self.counter}/here", self._presence_noted, body=body, headers=headers)

    def _presence_noted(self, answer: Answer) -> None:
        self.client.record("presence", answer, accepted=answer.status == 204)


def take_counters(server: RunningServer, counters: Sequence[str]) -> dict[str, str]:
    """Let each counter's signed-in clerk take it; return counter -> cookies.

    Raises ``WrongAnswer``.
    """
    cookies = {}
    with urllib3.PoolManager(retries=False, timeout=60.0) as pool:
        for counter in counters:
            session = server.cookie(f"nv-{counter}")
            answer = pool.request(
                "POST",
                f"{server.files.api}/sign-in",
                fields={"request_id": request_id(), "counter": counter},
                headers={"Cookie": session},
                encode_multipart=False,
                redirect=False,
            )
            if answer.status != 303:
                raise WrongAnswer(f"/sign-in at {counter}: {answer.status}")
            taken = answer.headers["Set-Cookie"].partition(";")[0]
            cookies[counter] = f"{session}; {taken}"
    return cookies


def open_pages(client: LoadClient, server: RunningServer, counters: Sequence[str], pages: int) -> None:
    """Open ``pages`` pages, in turn at the counters.

    Browsers of a hall were opened at different moments, so their reports of presence are spread over the interval.
    """
    cookies = take_counters(server, counters)
    for number in range(pages):
        counter = counters[number % len(counters)]
        OpenPage(client, server.address, counter, cookies[counter], number).open(PRESENCE_EVERY_S * number / pages)
