"""Bring one counter into every state that its clerk's page can show, through the API."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from halls import Api, request_id
from waiting import until

Ticket = dict[str, Any]
WAIT = 3
"""So many wait where anybody does."""


class CounterStates:
    """Set the states of one counter; ``service`` is served by this counter only.

    ``prepare`` may be asked for the same state again and again: it changes only what is not as it should be.
    """

    def __init__(self, api: Api, counter: str, service: str) -> None:
        self._api, self._counter, self._service = api, counter, service
        self.known = 0
        """The number of the last fact that was looked at."""
        self._tidy(0)
        for _ in range(WAIT):  # so that the table of those served last is always as long
            self._finish(self._issue() and self.called() | {"state": "called"})

    def facts(self) -> list[dict[str, Any]]:
        """The facts in the journal since this was asked last."""
        rows: list[dict[str, Any]] = []
        more: int | None = self.known
        while more is not None:
            status, page = self._api.get(f"/journal?after={more}&limit=500")
            assert status == 200, page
            rows, more = rows + page["items"], page["next"]
        self.known = rows[-1]["seq"] if rows else self.known
        return rows

    def prepare(self, state: str) -> None:
        """The counter in ``state``, and in no other way than when it was so before."""
        self._tidy(0 if state in EMPTY else WAIT)
        STATES[state](self)
        self.facts()

    def empty(self) -> None:
        """Nobody waits."""

    def closed(self) -> None:
        self._set("closed")

    def paused(self) -> None:
        self._set("paused")

    def ready(self) -> None:
        self._ask(f"/counters/{self._counter}/ready", ready=True)

    def called(self) -> Ticket:
        return dict(self._ask(f"/counters/{self._counter}/next")["ticket"])

    def serving(self) -> Ticket:
        ticket = self.called()
        self._move(ticket, "start")
        return ticket

    def held(self) -> None:
        """One ticket is held, another did not come, and others wait."""
        self._move(self.serving(), "hold", reason="x")
        self._move(self.called(), "no_show", reason="x")

    def held_paused(self) -> None:
        self.held()
        self._set("paused")

    def held_serving(self) -> None:
        self.held()
        self.serving()

    def auto(self) -> None:
        """The system called the first who came, and the clerk has not answered yet."""
        self.ready()
        ticket = self._issue()
        until(lambda: self._api.get(f"/tickets/{ticket['id']}")[1]["state"] == "called")
        for _ in range(WAIT - 1):
            self._issue()

    def help(self) -> None:
        """A person at a kiosk asked for help."""
        status, _ = self._api.post("/help", {"request_id": request_id(), "station": "kiosk-1"})
        assert status == 204, status

    def scanned(self) -> None:
        """The slip of one who waits was scanned at the counter."""
        link = self._issue()["link"]
        self._api.ok("/scans", {"station": "counters-1", "counter": self._counter, "text": link})

    def _tidy(self, waiting: int) -> None:
        """The counter open and free; so many wait for it as they came, and nothing else is left of before."""
        self._ask(f"/counters/{self._counter}/clerk", clerk=f"nv-{self._counter}")
        self._set("open")
        self._ask(f"/counters/{self._counter}/ready", ready=False)
        for ticket in self._mine("called", "serving"):
            self._finish(ticket)
        for ticket in self._mine("held", "no_show"):
            self._move(ticket, "release" if ticket["state"] == "held" else "return")
        left = 0
        for ticket in self._mine("waiting"):
            if ticket["rev"] == 1 and left < waiting:
                left += 1
            else:
                self._move(ticket, "call_chosen", reason="x")
                self._finish(ticket | {"state": "called"})
        for _ in range(waiting - left):
            self._issue()

    def _finish(self, ticket: Ticket) -> None:
        if ticket["state"] == "called":
            self._move(ticket, "start")
        self._move(ticket, "finish", outcome="received")

    def _mine(self, *states: str) -> list[Ticket]:
        pages = [self._api.get(f"/tickets?state={state}&limit=1000")[1] for state in states]
        return [ticket for page in pages for ticket in page["items"] if ticket["service"] == self._service]

    def _issue(self) -> Ticket:
        return self._ask("/tickets", service=self._service)

    def _set(self, state: str) -> None:
        self._ask(f"/counters/{self._counter}/state", state=state, reason="x")

    def _move(self, ticket: Ticket, move: str, **more: str) -> None:
        self._ask(f"/tickets/{ticket['id']}/moves", move=move, counter=self._counter, **more)

    def _ask(self, path: str, **body: object) -> dict[str, Any]:
        asked = {"request_id": request_id(), "station": "counters-1"} | body
        return dict(self._api.ok(path, asked) or {})


STATES: Mapping[str, Callable[[CounterStates], object]] = {
    "closed": CounterStates.closed,
    "free": CounterStates.empty,
    "empty": CounterStates.empty,
    "ready": CounterStates.ready,
    "called": CounterStates.called,
    "auto": CounterStates.auto,
    "serving": CounterStates.serving,
    "paused": CounterStates.paused,
    "held": CounterStates.held,
    "held_serving": CounterStates.held_serving,
    "held_paused": CounterStates.held_paused,
    "help": CounterStates.help,
    "scanned": CounterStates.scanned,
}
EMPTY: Sequence[str] = ("closed", "empty", "ready", "auto")
"""States in which nobody else waits."""
