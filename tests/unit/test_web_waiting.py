"""A command whose caller has hung up is not carried out."""

import pytest
from core_hall import Hall, request_id
from core_web import Web

from config.clock import Now
from server.store import CallerGone
from server.web.shared.serving.caller import IS_CONNECTED_KEY
from server.wire.client import API


def test_a_command_that_nobody_wants_any_more_does_not_happen(hall: Hall) -> None:
    carried_out: list[Now] = []
    with pytest.raises(CallerGone):
        hall.writer.ask(lambda tx, now: carried_out.append(now), is_wanted=lambda: False)
    assert not carried_out


@pytest.mark.parametrize(("waits", "status", "issued"), [(True, 201, 1), (False, 503, 0)])
def test_a_caller_who_hung_up_gets_no_number(hall: Hall, waits: bool, status: int, issued: int) -> None:
    body = {"request_id": request_id(), "service": "HT", "station": "kiosk-1"}
    caller = Web(hall).app.test_client()
    answer = caller.post(
        f"{API}/tickets", json=body, base_url="http://127.0.0.1", environ_overrides={IS_CONNECTED_KEY: lambda: waits}
    )
    assert (answer.status_code, hall.kinds().count("ticket.issued")) == (status, issued)
