"""The answer of a change is drawn in its transaction, not from a later snapshot."""

from collections.abc import Callable
from typing import Any

import pytest
from core_hall import Hall, request_id
from core_web import Web

from server.store import Store

STATION = {"station": "counters-1"}
Call = tuple[str, dict[str, Any]]


def scan_of_a_slip(hall: Hall) -> Call:
    return "/scans", STATION | {"counter": "c1", "text": hall.issued().visitor_token}


def scan_of_a_dossier(hall: Hall) -> Call:
    hall.issue()
    hall.next("c1")
    return "/scans", STATION | {"counter": "c1", "text": "H29.001.02-260126-120001"}


def acknowledgement(hall: Hall) -> Call:
    hall.issue()
    hall.next("c1")
    return "/counters/c1/here", STATION | {"key": True}


def next_ticket(hall: Hall) -> Call:
    hall.issue()
    return "/counters/c1/next", STATION | {"request_id": request_id()}


def pause(hall: Hall) -> Call:
    return "/counters/c1/state", STATION | {"request_id": request_id(), "state": "paused", "reason": "x"}


def issue(hall: Hall) -> Call:
    return "/tickets", {"request_id": request_id(), "service": "HT", "station": "kiosk-1"}


@pytest.mark.parametrize(
    "prepare", [scan_of_a_slip, scan_of_a_dossier, acknowledgement, next_ticket, pause, issue], ids=lambda f: f.__name__
)
def test_the_answer_is_drawn_in_the_transaction(
    hall: Hall, prepare: Callable[[Hall], Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, body = prepare(hall)
    web = Web(hall)
    reads: list[str] = []
    read = Store.read

    def counting(store: Store) -> Any:
        reads.append(path)
        return read(store)

    monkeypatch.setattr(Store, "read", counting)
    answer = web.app.test_client().post(f"/api/v1{path}", json=body, base_url="http://127.0.0.1")
    assert answer.status_code in (200, 201), answer.text
    assert reads == []
