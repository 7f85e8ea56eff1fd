"""Times and dates out of a sensible range are refused by their field's name."""

import pytest
from core_hall import Hall, request_id
from core_web import Web

BEYOND = ["9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "2100-01-01T00:00:00.000Z"]


def paused(until: str) -> dict[str, object]:
    return {"request_id": request_id(), "state": "paused", "reason": "họp", "until": until, "station": "counters-1"}


def last_call(hall: Hall) -> str:
    """The id of the call that was made just now."""
    hall.open("c1")
    hall.issue()
    hall.next("c1")
    return f"k-{hall.facts()[-1].seq}"


@pytest.mark.parametrize("until", [*BEYOND, "2027-01-01T00:00:00.000Z", "2026-11-20T01:00:00.000Z"])
def test_a_pause_ends_at_a_time_that_somebody_can_mean(hall: Hall, until: str) -> None:
    web = Web(hall)
    web.sign_in()
    hall.open("c1")
    status, body = web.post("/counters/c1/state", paused(until))
    assert (status, body["code"]) == (400, "bad_request")
    assert "đến" in body["detail"] or "until" in f"{body['errors']} {body['detail']}"
    assert hall.counter("c1").state == "open"
    assert "Gọi số tiếp theo" in web.page(), "the page of that counter can be shown"


def test_a_pause_of_a_fortnight_is_taken(hall: Hall) -> None:
    hall.open("c1")
    assert Web(hall).post("/counters/c1/state", paused("2026-12-07T00:30:00.000Z"))[0] == 200


@pytest.mark.parametrize("shown_at", BEYOND)
def test_a_screen_shows_a_call_at_a_time_that_can_be(hall: Hall, shown_at: str) -> None:
    status, body = Web(hall).post(f"/calls/{last_call(hall)}/seen", {"station": "tv-1", "shown_at": shown_at})
    assert (status, "shown_at" in str(body["errors"])) == (400, True)


def test_a_screen_whose_clock_battery_is_empty_is_heard(hall: Hall) -> None:
    seen = {"station": "tv-1", "shown_at": "1970-01-01T00:00:09.000Z"}
    assert Web(hall).post(f"/calls/{last_call(hall)}/seen", seen)[0] == 204


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30"])
def test_tickets_of_a_date_that_cannot_be_are_refused(hall: Hall, day: str) -> None:
    status, body = Web(hall).get(f"/tickets?day={day}")
    assert (status, "day" in str(body["errors"])) == (400, True)
