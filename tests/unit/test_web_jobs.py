"""Work for a kiosk's printer, from the API and the clerk page to the answer."""

import json

from core_hall import Hall, request_id
from core_web import Web


def jobs(hall: Hall) -> list[tuple[str, str, str]]:
    """(job, ticket, station) of every job that was made."""
    made = [(json.loads(fact.data), fact) for fact in hall.facts() if fact.kind == "job.made"]
    return [(data["job"], fact.ticket, data["station"]) for data, fact in made]


def test_a_job_is_read_and_answered_by_its_station(hall: Hall) -> None:
    web = Web(hall, kiosks=["kiosk-1", "kiosk-2"])
    body = {"request_id": request_id(), "service": "HT", "station": "page-1", "print_at": "kiosk-2"}
    issued = web.post("/tickets", body)[1]
    ((job, _, _),) = jobs(hall)
    full = web.get(f"/jobs/{job}")[1]
    assert (full["kind"], full["station"], full["mark"]) == ("slip", "kiosk-2", "staff")
    assert full["ticket"]["link"] == issued["link"]
    assert web.post(f"/jobs/{job}/result", {"station": "kiosk-9", "state": "printed"})[0] == 404
    assert web.post(f"/jobs/{job}/result", {"station": "kiosk-2", "state": "printed"})[0] == 204
    assert web.get(f"/tickets/{issued['id']}")[1]["print"] == "printed"


def test_a_reprint_is_a_job_for_the_kiosk_once_however_often_it_is_sent(hall: Hall) -> None:
    web, ticket = Web(hall, kiosks=["kiosk-9"]), hall.issue()
    web.sign_in()
    form = {"request_id": request_id(), "ticket": ticket.id, "station": "kiosk-9"}
    for _ in range(2):
        assert "Ki-ốt 9" in web.press("reprint", **form)
    assert [(made, station) for _, made, station in jobs(hall)] == [(ticket.id, "kiosk-9")]
