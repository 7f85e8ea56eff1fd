"""A demonstration's clerk sends the forms of the real clerk's page."""

from collections.abc import Iterator
from typing import Any

import pytest

from server.hall.demo.browser import Browser, PageError, forms
from support.server_process import Api, Machine, machine, office, request_id, running

COUNTERS = {f"c{n}": [f"S{n}"] for n in range(1, 6)}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    where = machine(tmp_path_factory.mktemp("browser"), office(tuple(f"S{n}" for n in range(1, 6)), COUNTERS))
    with running(where):
        yield where


class Desk:
    def __init__(self, hall: Machine, number: int) -> None:
        self.api, self.counter, self.service = Api(hall.api), f"c{number}", f"S{number}"
        self.browser = Browser(hall.api, self.counter)

    def issue(self) -> str:
        body = {"request_id": request_id(), "service": self.service, "station": "kiosk-1"}
        return str(self.api.ok("/tickets", body)["id"])

    def board(self) -> dict[str, Any]:
        return next(entry for entry in self.api.get("/board")[1]["counters"] if entry["id"] == self.counter)

    def ticket(self, ticket: str) -> dict[str, Any]:
        return dict(self.api.get(f"/tickets/{ticket}")[1])

    def do(self, action: str, ticket: str | None = None, **chosen: str) -> None:
        self.browser.do(action, state=self.board()["state"], ticket=ticket, chosen=chosen)


def test_a_clerk_signs_in_opens_the_counter_and_serves_with_the_pages_own_forms(hall: Machine) -> None:
    desk = Desk(hall, 1)
    ticket = desk.issue()
    desk.do("next", None)
    desk.do("recall", ticket)
    assert desk.ticket(ticket)["calls"] == 2
    desk.do("start", ticket)
    desk.do("finish", ticket, outcome="more_papers")
    assert (desk.ticket(ticket)["state"], desk.ticket(ticket)["outcome"]) == ("served", "more_papers")
    stations = {
        fact["actor_station"]
        for fact in desk.api.get("/journal?after=0&limit=500")[1]["items"]
        if fact["actor_role"] == "clerk" and fact["ticket"] == ticket
    }
    assert len(stations) == 1 and all(station.startswith("web-") for station in stations)


def test_a_visitor_put_on_hold_is_resumed_from_the_tickets_own_panel(hall: Machine) -> None:
    desk = Desk(hall, 2)
    ticket = desk.issue()
    desk.do("next")
    desk.do("start", ticket)
    desk.do("hold", ticket)
    assert desk.ticket(ticket)["state"] == "held"
    desk.do("resume", ticket)
    assert desk.ticket(ticket)["state"] == "serving"
    desk.do("transfer", ticket, service="S5")
    assert desk.ticket(ticket)["service"] == "S5"


def test_a_pause_has_a_reason_and_the_same_press_ends_it(hall: Machine) -> None:
    desk = Desk(hall, 3)
    desk.do("next")
    desk.do("pause")
    assert (desk.board()["state"], desk.board()["reason"]) == ("paused", "Nghỉ giải lao")
    desk.do("pause")
    assert desk.board()["state"] == "open"


def test_an_action_that_the_page_does_not_offer_fails(hall: Machine) -> None:
    desk = Desk(hall, 4)
    desk.do("next")
    with pytest.raises(PageError, match="no form /do/start now"):
        desk.do("start")


def test_a_form_is_read_with_its_preset_choices() -> None:
    page = """
    <form id="one" action="/a"><input type="hidden" name="id" value="7"><input name="other">
    <input type="radio" name="kind" value="x"><input type="radio" name="kind" value="y" checked>
    <select name="first"><option value="1">a<option value="2">b</select>
    <select name="marked"><option value="1">a<option value="2" selected>b</select></form>
    <input type="radio" name="beside" form="one" value="p">
    <input type="radio" name="beside" form="one" value="q" checked>
    <form action="/b"></form>"""
    first, second = forms(page)
    assert (first.action, second.action, second.fields) == ("/a", "/b", {})
    assert first.fields == {"id": "7", "other": "", "kind": "y", "first": "1", "marked": "2", "beside": "q"}
