"""A machine that clicks twice: every key of the clerk's page, in every state, with a chosen time between the clicks.

The page's clock stands still and is put forward by the machine, so that the time between two clicks is an input and
not a measurement. Facts in the journal after the second click are actions that nobody saw offered.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from playwright.sync_api import Error, Locator, Page, Route

from halls import Api, journal, request_id
from pages import REST_MS
from waiting import until

STATES = ("closed", "free", "empty", "ready", "called", "serving", "paused")
KEYS = "#page :is(button:not(:disabled), a.button, a.key, label.choice, .queue li a, summary)"
POINTS = (0.1, 0.5, 0.9)
AT_REST = "document.readyState === 'complete' && !document.querySelector('.htmx-request')"
COUNT_SUBMITS = "window.submits = 0; addEventListener('submit', () => window.submits += 1, true)"
SETTLES_MS = 51
"""The page takes a button as held down for so long after it was let go."""
HARMLESS = frozenset({"call.acknowledged", "call.seen", "request.answered"})


@dataclass(frozen=True, slots=True)
class Trial:
    """Two clicks on one key: at ``point`` of its width, ``apart_ms`` apart. ``late``: the answer comes after both.

    ``key`` is a selector, or the turn of a key among those that the page offers.
    """

    state: str
    key: str | int
    apart_ms: int
    point: float
    late: bool


@dataclass(frozen=True, slots=True)
class Unseen:
    """An action of the second click: the trial, the key's words, and the facts that it caused."""

    trial: Trial
    words: str
    facts: Sequence[str]


class DoubleClicks:
    """Clicks at the page of one counter; ``service`` is served by this counter only."""

    def __init__(self, page: Page, api: Api, counter: str, service: str) -> None:
        self._page, self._api, self._counter, self._service = page, api, counter, service
        self._address = page.url.split("?")[0]
        page.add_init_script(COUNT_SUBMITS)
        page.route("**/live", lambda route: route.abort())  # only the machine's own clicks draw the page again
        page.clock.pause_at(page.evaluate("Date.now()") + REST_MS)

    def keys(self, state: str) -> int:
        """How many keys the page offers in ``state``."""
        self._bring_into(state)
        return len(self._offered())

    def run(self, trial: Trial) -> Unseen | None:
        """Bring the counter into the trial's state, click twice, and return what the second click did, if anything."""
        self._bring_into(trial.state)
        if isinstance(trial.key, str):
            key = self._page.locator(trial.key)
        else:
            offered = self._offered()
            if trial.key >= len(offered):
                return None
            key = offered[trial.key]
        words, box = key.inner_text().replace("\n", " "), key.bounding_box()
        assert box is not None, (trial, words)
        at = (box["x"] + trial.point * box["width"], box["y"] + box["height"] / 2)
        if trial.late:
            first = self._late(at, trial.apart_ms)
        else:
            first = self._in_time(at, trial.apart_ms)
        facts = [row["kind"] for row in journal(self._api)[first:] if row["kind"] not in HARMLESS]
        return Unseen(trial, words, facts) if facts else None

    def _in_time(self, at: tuple[float, float], apart_ms: int) -> int:
        """The answer is drawn at once, and then the second click comes. Returns how many facts there were between."""
        self._page.mouse.click(*at)
        self._settle()
        known = len(journal(self._api))
        self._page.clock.run_for(apart_ms - SETTLES_MS)
        self._page.mouse.click(*at)
        self._settle()
        return known

    def _late(self, at: tuple[float, float], apart_ms: int) -> int:
        """Both clicks come before the answer. Returns how many facts the first click alone would have made."""
        held: list[Route] = []
        hold = lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
        self._page.route("**/clerk/c*/**", hold)
        self._page.mouse.click(*at)
        self._page.clock.run_for(apart_ms)
        self._page.mouse.click(*at)
        self._until_held(held)
        if held:
            held[0].continue_()
            self._settle()
        known = len(journal(self._api))
        for route in held[1:]:
            route.continue_()
        self._page.unroute("**/clerk/c*/**")
        self._settle()
        return known

    def _until_held(self, held: Sequence[Route]) -> None:
        """Until the first form that the page has sent, if any, is held back."""
        until(lambda: bool(held) or self._page.evaluate("window.submits") == 0)

    def _settle(self) -> None:
        """Until nothing is under way on the page."""
        self._page.clock.run_for(SETTLES_MS)
        until(self._is_at_rest, f"{self._page.url} to come to rest")

    def _is_at_rest(self) -> bool:
        self._page.wait_for_load_state("load")
        with suppress(Error):  # the page is being left for another
            return bool(self._page.evaluate(AT_REST))
        return False

    def _offered(self) -> list[Locator]:
        return [key for key in self._page.locator(KEYS).all() if key.is_visible()]

    def _bring_into(self, state: str) -> None:
        """The counter in ``state``, and the page as it shows it after a rest."""
        self._tidy()
        steps = {"closed": "closed", "paused": "paused"}
        if state in ("free", "called", "serving", "paused"):
            for _ in range(3):
                self._ask("/tickets", service=self._service)
        if state == "ready":
            self._ask(f"/counters/{self._counter}/next")
        if state in ("called", "serving"):
            ticket = self._ask(f"/counters/{self._counter}/next")["ticket"]["id"]
            if state == "serving":
                self._move(ticket, "start")
        if state in steps:
            self._ask(f"/counters/{self._counter}/state", state=steps[state], reason="x")
        self._page.goto(self._address)
        self._settle()
        self._page.clock.run_for(REST_MS)

    def _tidy(self) -> None:
        """The counter open and free, and nobody waits for it."""
        self._ask(f"/counters/{self._counter}/clerk", clerk=f"nv-{self._counter}")
        self._ask(f"/counters/{self._counter}/state", state="open")
        for ticket in self._mine():
            if ticket["state"] == "called":
                self._move(ticket["id"], "start")
            if ticket["state"] == "held":
                self._move(ticket["id"], "release")
        self._ask(f"/counters/{self._counter}/ready", ready=False)
        for ticket in self._mine():
            if ticket["state"] == "waiting":
                self._move(ticket["id"], "call_chosen", reason="x")
                self._move(ticket["id"], "start")
            self._move(ticket["id"], "finish", outcome="received")

    def _mine(self) -> Iterator[dict[str, str]]:
        for state in ("serving", "called", "held", "waiting"):
            _, page = self._api.get(f"/tickets?state={state}&limit=1000")
            yield from (ticket for ticket in page["items"] if ticket["service"] == self._service)

    def _move(self, ticket: str, move: str, **more: str) -> None:
        self._ask(f"/tickets/{ticket}/moves", move=move, counter=self._counter, **more)

    def _ask(self, path: str, **body: object) -> dict[str, dict[str, str]]:
        asked = {"request_id": request_id(), "station": "counters-1"} | body
        found: dict[str, dict[str, str]] = self._api.ok(path, asked)
        return found
