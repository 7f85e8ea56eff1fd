"""Count the SQL statements of each page and command, for 0, 10 and 200 people.

Each request is made once to a new live hall in which this number of people wait, with real SQLite databases: pages by
signed-in people, calls of the API with the box's token. All statements of the hall's and the accounts' connections are
counted, including those that begin snapshots, transactions and savepoints.
``make house`` writes this table, and that of ``tools.house``, into CONTRIBUTING (``--write``). To print it:
``PYTHONPATH=.:tests:tests/unit python -m bench.statements``.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core_hall import Clock, Hall, request_id
from core_statements import recorded_statements
from live_web import LiveWeb, live_web

from bench.statements_of_accounts import ACCOUNT_CASES, MANAGERS_CALLS, SETUP
from bench.ticket_states import called, held, served, serving, started_by_keypad
from server import commands, views
from server.web.api.table import ENDPOINTS
from server.web.shared.context import AppContext
from server.web.visitors.app import create_visitor_app
from server.wire.messages import to_time
from tools.house import table as code_table
from tools.house.sources import read

CROWDS = (0, 10, 200)
"""How many people wait."""
OF_DEVICES = ("/enrolments", "/device")
"""Calls that read the devices in memory, and nothing of the hall's database."""
BOOT_ID = "boot-1"
HOST = "http://127.0.0.1"
REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class MeasuredRequest:
    """A request, and its number of SQL statements for each size of the crowd."""

    name: str
    statements: tuple[int, ...]


Request = Callable[[], int]
"""Makes the request that is measured, and returns its HTTP status."""

Prepare = Callable[[LiveWeb], Request]
"""Brings a hall to where the request is possible."""


def lines() -> list[str]:
    """Return the table in Markdown. Ends the program when a request fails."""
    rows = [f"| {row.name} | {' | '.join(map(str, row.statements))} |" for row in measure()]
    return [
        "| SQL statements of | " + " | ".join(f"{crowd} wait" for crowd in CROWDS) + " |",
        "|---|" + "---|" * len(CROWDS),
        *rows,
    ]


def all_cases() -> Mapping[str, Prepare]:
    """Return each page, each call of the API, and the server's own tasks."""
    calls = {
        f"`{endpoint.method} {endpoint.path}`": CALLS[endpoint.name]
        for endpoint in ENDPOINTS
        if not endpoint.path.startswith(OF_DEVICES)
    }
    return {**PAGES, **ACCOUNT_CASES, **calls, **SERVER_TASKS}


def measure() -> Iterator[MeasuredRequest]:
    """Yield the counts of each case."""
    with tempfile.TemporaryDirectory() as name:
        folders = [crowded_hall(Path(name), crowd) for crowd in CROWDS]
        for case, prepare in all_cases().items():
            yield MeasuredRequest(case, tuple(count_statements(case, folder, prepare) for folder in folders))


def crowded_hall(folder: Path, crowd: int) -> Path:
    """Return the folder of a hall with two open counters and a crowd."""
    hall_folder = folder / str(crowd)
    hall_folder.mkdir()
    with closing(Hall(hall_folder)) as hall:
        hall.tick()  # opens the day
        hall.open("c1", "c2")
        for _ in range(crowd):
            hall.issue("HT")
    return hall_folder


def count_statements(case: str, crowded: Path, prepare: Prepare) -> int:
    """Count the statements of one request to a copy of the hall."""
    with tempfile.TemporaryDirectory() as name:
        folder, state = Path(name) / "hall", Path(name) / "state"
        shutil.copytree(crowded, folder)
        with (
            closing(Hall(folder, Clock(), BOOT_ID)) as hall,
            live_web(hall, state, has_people=case != SETUP) as web,
        ):
            request = prepare(web)
            web.load_accounts()
            with recorded_statements(hall, web.access.database) as statements:
                status = request()
            if status >= 400:
                raise SystemExit(f"{case}: HTTP status {status}")
            return len(statements)


# --- requests ------------------------------------------------------------------------------------------


def _page(path: str, *, signed_in: str = "") -> Prepare:
    """Return the case of a page of staff.

    ``signed_in``: the browser's counter, or "manager".
    """

    def prepare(web: LiveWeb) -> Request:
        _sign_in(web, signed_in)
        return lambda: _require_page(web.browser.get(path, base_url=HOST).status_code)

    return prepare


def _require_page(status: int) -> int:
    """Return the status of a page that was drawn. Ends the program for a page that leads elsewhere."""
    if status in REDIRECTS:
        raise SystemExit(f"a page was not drawn: HTTP status {status}")
    return status


def _sign_in(web: LiveWeb, place: str) -> None:
    if place == "manager":
        web.sign_in_as("ql")
    elif place:
        web.sign_in(place)


def _clerk_page(
    prepare: Callable[[LiveWeb], object], panel: str = "", looked_up: Callable[[LiveWeb], str] | None = None
) -> Prepare:
    """Return the case of the clerk's page after ``prepare``. ``looked_up`` returns the ticket of its panel."""

    def prepare_page(web: LiveWeb) -> Request:
        web.sign_in("c1")
        prepare(web)
        query = {"panel": panel} if panel else {}
        if looked_up is not None:
            query["ticket"] = looked_up(web)
        return lambda: _require_page(web.browser.get("/clerk/c1", query_string=query, base_url=HOST).status_code)

    return prepare_page


def _clerk_action(action: str, prepare: Callable[[LiveWeb], str]) -> Prepare:
    """Return the case of a button of the clerk's page. ``prepare`` returns the ticket that it is for."""

    def prepare_action(web: LiveWeb) -> Request:
        web.sign_in("c1")
        form = {"request_id": request_id(), "ticket": prepare(web)}
        return lambda: web.browser.post(f"/clerk/c1/do/{action}", data=form, base_url=HOST).status_code

    return prepare_action


def _visitor_page(path: Callable[[LiveWeb], str]) -> Prepare:
    """Return the case of a visitors' page."""

    def prepare(web: LiveWeb) -> Request:
        context: AppContext = web.app.extensions["luot"]
        visitor, address = create_visitor_app(context).test_client(), path(web)
        return lambda: visitor.get(address, base_url=HOST).status_code

    return prepare


def _get(path: Callable[[LiveWeb], str]) -> Prepare:
    """Return the case of a call that reads."""

    def prepare(web: LiveWeb) -> Request:
        address = path(web)
        return lambda: web.get(address)[0]

    return prepare


def _post(path: Callable[[LiveWeb], str], **body: Any) -> Prepare:
    """Return the case of a call that changes something. A function in ``body`` is called with the web."""

    def prepare(web: LiveWeb) -> Request:
        address = path(web)
        fields = {name: value(web) if callable(value) else value for name, value in body.items()}
        return lambda: web.post(address, fields)[0]

    return prepare


# --- paths of requests, and states of the hall -----------------------------------------------------------


def _path(path: str) -> Callable[[LiveWeb], str]:
    return lambda web: path


def _new_id(web: LiveWeb) -> str:
    return request_id()


def _no_preparation(web: LiveWeb) -> None:
    """Leave the hall as it is."""


def _one_more_waiting(web: LiveWeb) -> str:
    """Let one more wait; the button is for no ticket."""
    web.hall.issue("HT")
    return ""


def _visitor_token(web: LiveWeb) -> str:
    """Issue a ticket; return the visitor's token on its slip."""
    token = web.hall.issued("HT").visitor_token
    assert token is not None
    return token


def _slip_scanned(web: LiveWeb) -> None:
    """Call a ticket to counter 1; scan the slip of another one there."""
    called(web)
    form = {"request_id": request_id(), "text": _visitor_token(web)}
    assert web.browser.post("/clerk/c1/scans", data=form, base_url=HOST).status_code == 204


def _call_id(web: LiveWeb) -> str:
    """Call a ticket; return the id of its call."""
    called(web)
    with web.hall.read() as snapshot:
        return views.board(snapshot, "e1").calls[0].id


def _job(web: LiveWeb) -> str:
    """Have a slip printed for staff; return the id of that job."""
    body = {"request_id": request_id(), "service": "HT", "station": "page-1", "print_at": "kiosk-1"}
    assert web.post("/tickets", body)[0] == 201
    (job,) = (json.loads(fact.data)["job"] for fact in web.hall.facts() if fact.kind == "job.made")
    return str(job)


def _day(web: LiveWeb) -> str:
    with web.hall.read() as snapshot:
        assert snapshot.head.day is not None
        return snapshot.head.day


def _board_picture(web: LiveWeb) -> Request:
    """Draw the board's picture, as after each change."""

    def draw() -> int:
        with web.hall.read() as snapshot:
            views.board(snapshot, "e1")
        return 200

    return draw


def _office_picture(web: LiveWeb) -> Request:
    def draw() -> int:
        with web.hall.read() as snapshot:
            views.office(snapshot, "e1")
        return 200

    return draw


def _tick(web: LiveWeb) -> Request:
    def tick() -> int:
        hall = web.hall
        hall.ask(lambda tx, now: commands.tick(tx, now, hall.presence))
        return 200

    return tick


PAGES: Mapping[str, Prepare] = {
    "clerk's page: nobody called": _clerk_page(_no_preparation),
    "clerk's page: called": _clerk_page(called),
    "clerk's page: serving": _clerk_page(serving),
    "clerk's page: one set aside": _clerk_page(held),
    "clerk's page: panel *transfer*": _clerk_page(serving, "transfer"),
    "clerk's page: panel *ticket*": _clerk_page(called, "ticket", lambda web: web.hall.issue("HT").id),
    "clerk's page: panel *ticket* of one set aside": _clerk_page(_no_preparation, "ticket", held),
    "clerk's page: opened by a scan": _clerk_page(_slip_scanned),
    "clerk's button *next*": _clerk_action("next", _one_more_waiting),
    "clerk's button *start*": _clerk_action("start", called),
    "manager's page: now": _page("/manager", signed_in="manager"),
    "manager's page: day": _page("/manager/day", signed_in="manager"),
    "manager's CSV": lambda web: _page(f"/manager/day/{_day(web)}.csv", signed_in="manager")(web),
    "health of devices": _page("/staff/health", signed_in="manager"),
    "version of the pages": _page("/version", signed_in="manager"),
    "visitors: the hall today": _visitor_page(_path("/")),
    "visitors: one's own number": _visitor_page(lambda web: f"/v/{_visitor_token(web)}"),
    "visitors: the question before leaving the queue": _visitor_page(lambda web: f"/v/{_visitor_token(web)}/leave"),
}

CALLS: Mapping[str, Prepare] = {
    "post_tickets": _post(_path("/tickets"), request_id=_new_id, service="HT", station="kiosk-1", slip=True),
    "get_tickets": _get(_path("/tickets?state=waiting&limit=50")),
    "get_tickets_id": _get(lambda web: f"/tickets/{called(web)}"),
    "post_tickets_id_moves": _post(
        lambda web: f"/tickets/{called(web)}/moves",
        request_id=_new_id, move="start", counter="c1", station="counters-1",
    ),
    "post_tickets_id_undo": _post(
        lambda web: f"/tickets/{started_by_keypad(web)}/undo", request_id=_new_id, counter="c1", station="counters-1"
    ),
    "post_tickets_id_print": _post(
        lambda web: f"/tickets/{web.hall.issue('HT', slip=True).id}/print", state="printed", station="kiosk-1"
    ),
    "post_counters_id_next": _post(_path("/counters/c1/next"), request_id=_new_id, station="counters-1"),
    "post_counters_id_state": _post(
        _path("/counters/c1/state"), request_id=_new_id, state="paused", station="counters-1"
    ),
    "post_counters_id_clerk": _post(_path("/counters/c1/clerk"), request_id=_new_id, clerk="an", station="counters-1"),
    "post_counters_id_ready": _post(_path("/counters/c3/ready"), request_id=_new_id, ready=False, station="counters-1"),
    "post_counters_id_alarm": _post(_path("/counters/c1/alarm"), request_id=_new_id, station="counters-1"),
    **MANAGERS_CALLS,
    "post_counters_id_here": _post(_path("/counters/c1/here"), station="counters-1", key=True),
    "post_scans": _post(_path("/scans"), station="counters-1", counter="c1", text=_visitor_token),
    "post_counters_id_unread_scan": _post(_path("/counters/c1/unread-scan"), station="counters-1", why="garbled"),
    "post_ratings": _post(
        lambda web: "/ratings" if served(web) else "",
        request_id=_new_id, station="counters-1", counter="c1", level="satisfied",
    ),
    "post_calls_id_seen": _post(
        lambda web: f"/calls/{_call_id(web)}/seen",
        station="tv-1", shown_at=lambda web: to_time(web.hall.clock.wall_ms), spoken="yes",
    ),
    "get_jobs_id": _get(lambda web: f"/jobs/{_job(web)}"),
    "post_jobs_id_result": _post(lambda web: f"/jobs/{_job(web)}/result", station="kiosk-1", state="printed"),
    "post_help": _post(_path("/help"), request_id=_new_id, station="kiosk-1"),
    "get_services": _get(_path("/services")),
    "get_catalogue": _get(_path("/catalogue")),
    "get_board": _get(_path("/board")),
    "get_office": _get(_path("/office")),
    "get_health": _get(_path("/health")),
    "get_journal": _get(_path("/journal")),
    "get_openapi_json": _get(_path("/openapi.json")),
}  # fmt: skip

SERVER_TASKS: Mapping[str, Prepare] = {
    "picture of the board, after each change": _board_picture,
    "picture of the office, after each change": _office_picture,
    "what is due by time (`tick`)": _tick,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, or write it into CONTRIBUTING behind the one about the code."""
    parser = argparse.ArgumentParser(prog="bench.statements", description="Count the SQL statements of each request.")
    parser.add_argument("--write", action="store_true", help="write the tables of CONTRIBUTING")
    if parser.parse_args(arguments).write:
        code_table.write([*code_table.table(read()), "", *lines()])
    else:
        print("\n".join(lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
