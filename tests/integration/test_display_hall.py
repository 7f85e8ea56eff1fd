"""The hall TV with a real server: calls are shown, spoken and acknowledged."""

from contextlib import closing
from pathlib import Path
from typing import Any

from support.server_process import Api, journal, machine, office, request_id, running
from support.tv_process import running_tv

OFFICE = office(["HT", "CT"], {"c1": ["HT", "CT"], "c12": ["CT"]})


class Hall:
    """A server and its counters."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def open(self, counter: str) -> None:
        self.api.ok(f"/counters/{counter}/clerk", {"request_id": request_id(), "clerk": f"nv-{counter}"})
        self.api.ok(f"/counters/{counter}/state", {"request_id": request_id(), "state": "open"})

    def issue(self, service: str) -> dict[str, Any]:
        body = {"request_id": request_id(), "service": service, "station": "kiosk-1"}
        return self.api.ok("/tickets", body)  # type: ignore[no-any-return]

    def next(self, counter: str) -> dict[str, Any]:
        return self.api.ok(f"/counters/{counter}/next", {"request_id": request_id()})  # type: ignore[no-any-return]

    def move(self, ticket: str, move: str, counter: str, **more: str) -> None:
        body = {"request_id": request_id(), "move": move, "counter": counter, **more}
        self.api.ok(f"/tickets/{ticket}/moves", body)

    def seen(self) -> list[tuple[str, str | None]]:
        return [
            (str(row["data"]["station"]), row["data"]["spoken"])
            for row in journal(self.api)
            if row["kind"] == "call.seen"
        ]


def test_from_the_counter_to_the_screen_the_voice_and_back_into_the_journal(tmp_path: Path) -> None:
    where = machine(tmp_path, OFFICE)
    broker = f"{where.broker[0]}:{where.broker[1]}"
    with (
        running(where),
        running_tv(tmp_path, broker, where.api, OFFICE["id"]) as screen,
        closing(Api(where.api)) as api,
    ):
        hall = Hall(api)
        hall.open("c12")
        screen.until(screen="board", stale=None, calls=[])
        first, second = hall.issue("CT"), hall.issue("CT")
        waiting = screen.until(waiting=counts(first, ht=0, ct=2))
        assert waiting["text"] == ""
        assert hall.next("c12")["ticket"]["id"] == first["id"]
        screen.until(screen="call", number=first["number"], counter="12")
        assert screen.speech()["caption"] == ("Kính mời công dân có số thứ tự B không không một, đến quầy số mười hai")
        hall.move(first["id"], "requeue", "c12")
        shown = screen.until(screen="board", waiting=counts(first, ht=0, ct=2))
        assert not any(row["calling"] for row in shown["calls"]), "nothing is called any more"
        hall.move(first["id"], "call_chosen", "c12", reason="back")
        screen.until(screen="call", number=first["number"])
        hall.move(first["id"], "start", "c12")
        screen.until(screen="board", waiting=counts(first, ht=0, ct=1))
        assert second["number"] == "B002"
        assert {station for station, _ in hall.seen()} == {"tv-1"}


def counts(ticket: dict[str, Any], *, ht: int, ct: int) -> list[dict[str, Any]]:
    """The waiting list of the test's office, services with people first."""
    assert ticket["number"].startswith("B")
    lines = [
        {"prefix": "A", "name": "Lĩnh vực HT", "count": ht},
        {"prefix": "B", "name": "Lĩnh vực CT", "count": ct},
    ]
    return sorted(lines, key=lambda line: line["count"] == 0)
