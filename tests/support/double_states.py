"""Bring one counter into every state that its clerk's page can show, through the API."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from support.server_process import Api, request_id
from support.waiting import until

Ticket = dict[str, Any]
WAIT = 3
"""The number of waiting tickets in states with a queue."""


class CounterStates:
    """Set the states of one counter; ``service`` is served by this counter only.

    ``prepare`` may be called again for the same state: it changes only the differences.
    """

    def __init__(self, api: Api, counter: str, service: str) -> None:
        self._api, self._counter, self._service = api, counter, service
        self.last_seq = 0
        """The sequence number of the last fact that ``facts`` returned."""
        self._tidy(0)
        for _ in range(WAIT):  # so that the table of the last served tickets always has the same length
            self._finish(self._issue() and self.called() | {"state": "called"})

    def facts(self) -> list[dict[str, Any]]:
        """Return the facts in the journal since the last call."""
        rows: list[dict[str, Any]] = []
        more: int | None = self.last_seq
        while more is not None:
            status, page = self._api.get(f"/journal?after={more}&limit=500")
            assert status == 200, page
            rows, more = rows + page["items"], page["next"]
        self.last_seq = rows[-1]["seq"] if rows else self.last_seq
        return rows

    def prepare(self, state: str) -> None:
        """Bring the counter into ``state``, always in the same way."""
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
        """One ticket is held, another was missed, and others wait."""
        self._move(self.serving(), "hold", reason="x")
        self._move(self.called(), "no_show", reason="x")

    def held_paused(self) -> None:
        self.held()
        self._set("paused")

    def held_serving(self) -> None:
        self.held()
        self.serving()

    def auto(self) -> None:
        """The system called the first ticket, and the clerk has not answered yet."""
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
        """The slip of a waiting ticket was scanned at the counter."""
        link = self._issue()["link"]
        self._api.ok("/scans", {"station": "counters-1", "counter": self._counter, "text": link})

    def _tidy(self, waiting: int) -> None:
        """Make the counter open and free, with ``waiting`` untouched tickets and nothing else left."""
        self._ask(f"/counters/{self._counter}/clerk", clerk=f"nv-{self._counter}")
        self._set("open")
        self._ask(f"/counters/{self._counter}/ready", ready=False)
        for ticket in self._mine("called", "serving"):
            self._finish(ticket)
        for ticket in self._mine("held", "no_show"):
            self._move(ticket, "release" if ticket["state"] == "held" else "return")
        kept = 0
        for ticket in self._mine("waiting"):
            if ticket["rev"] == 1 and kept < waiting:
                kept += 1
            else:
                self._move(ticket, "call_chosen", reason="x")
                self._finish(ticket | {"state": "called"})
        for _ in range(waiting - kept):
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
        fields = {"request_id": request_id(), "station": "counters-1"} | body
        return dict(self._api.ok(path, fields) or {})


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
