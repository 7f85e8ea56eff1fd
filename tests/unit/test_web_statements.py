"""Pages and lists take a bounded number of SQL statements, however many people wait.

Whatever its panel shows: a form, a ticket that was looked up, or that of a scanned slip.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from core_hall import HOUR, Clock, Hall, clerk, in_state, manager, request_id
from core_statements import recorded_statements, web_of
from core_web import Web

from server import commands, views
from server.domain.queue.ticket import TicketState
from server.store.personal import store_dossier_code
from server.web.staff.clerk.actions import ACTIONS, PageCommand
from server.wire.messages import AskHelp

MOST_STATEMENTS = 14
"""Of one request, with those that open its snapshot."""
CROWDS = (0, 150)
"""How many people wait; ``test_statements_of_requests`` compares crowds of 10 and 60."""
TO_ANOTHER_DAY_MS = 48 * HOUR
FORMS = frozenset(
    action.value for action in PageCommand if ACTIONS[action].opens_panel or action is PageCommand.NO_SHOW
)
"""The panels that are forms; the other one is ``ticket``."""
ALWAYS = frozenset({"find", "keys"})
WITHOUT_OPEN_TICKET = ALWAYS | {"change", "issue"}
OF_OPEN_TICKET = ALWAYS | {"correct", "dossier", "issue", "note", "pause", "reprint", "transfer"}


@dataclass(frozen=True)
class Scene:
    """A state of counter 1. ``forms``: those that open there, where people wait."""

    prepare: Callable[[Web], None]
    forms: frozenset[str]


def nobody_at_the_counter(web: Web) -> None:
    """Leave the counter open, without a ticket."""


def one_called(web: Web) -> None:
    web.hall.issue("HT", "priority")
    called = web.hall.next("c1")
    assert called is not None
    web.hall.seen(web.hall.view(views.board, "e1").calls[0].id, "yes")


def one_served_after_a_return(web: Web) -> None:
    hall, row = web.hall, web.hall.issue("HT", "priority")
    hall.move(row, "call_chosen", counter="c1", reason="x")
    hall.move(row, "no_show", counter="c1", reason="left")
    hall.move(row, "return", counter="c1")
    hall.move(row, "call_chosen", counter="c1", reason="x")
    hall.move(row, "start", counter="c1")
    code = AskHelp(request_id=request_id(), station="web")
    hall.ask(lambda tx, now: commands.note_dossier(tx, clerk(), now, code, "c1", "H29.001.02-260126-120001"))


def ten_just_served(web: Web) -> None:
    for _ in range(10):
        web.hall.served("c1")


def paused_after_service(web: Web) -> None:
    ten_just_served(web)
    web.hall.state("c1", "paused", reason="x")


def closed_after_service(web: Web) -> None:
    ten_just_served(web)
    web.hall.state("c1", "closed")


def slips_in_doubt_and_calls_for_help(web: Web) -> None:
    one_called(web)
    for _ in range(3):
        web.hall.issue("HT", slip=True)
    assert web.post("/help", {"request_id": request_id(), "station": "kiosk-1"})[0] == 204
    web.hall.clock.go(120_000)
    with web.hall.read() as snapshot:
        assert len(views.unconfirmed_slips(snapshot)) == 3
        assert len(views.help_calls(snapshot)) == 1


SCENES: Mapping[str, Scene] = {
    "nobody at the counter": Scene(nobody_at_the_counter, WITHOUT_OPEN_TICKET | {"pause", "chosen"}),
    "one called": Scene(one_called, OF_OPEN_TICKET | {"cancel", "no_show", "reclassify"}),
    "one served after a return": Scene(one_served_after_a_return, OF_OPEN_TICKET | {"hold", "finish_next"}),
    "ten just served": Scene(ten_just_served, WITHOUT_OPEN_TICKET | {"pause", "chosen"}),
    "paused after service": Scene(paused_after_service, WITHOUT_OPEN_TICKET),
    "closed after service": Scene(closed_after_service, WITHOUT_OPEN_TICKET),
    "slips in doubt and calls for help": Scene(
        slips_in_doubt_and_calls_for_help, OF_OPEN_TICKET | {"cancel", "no_show", "reclassify"}
    ),
}


@dataclass(frozen=True)
class CrowdedHall:
    """The folder of a hall in which people wait.

    ``tickets``: ids of other tickets of this day, by name; ``slips``: visitor's tokens of waiting and missed ones.
    """

    folder: Path
    tickets: Mapping[str, str]
    slips: tuple[str, ...]
    earlier_ticket: str


@pytest.fixture(scope="module")
def crowded_halls(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, CrowdedHall]:
    """Return a closed hall for each size of the crowd."""
    halls = {}
    for waiting in CROWDS:
        folder = tmp_path_factory.mktemp(f"waiting-{waiting}")
        with closing(Hall(folder)) as hall:
            hall.tick()
            hall.open("c1")
            earlier = hall.served("c1")
            hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
            hall.clock.go(TO_ANOTHER_DAY_MS)
            hall.tick()
            hall.open()
            tickets = {**tickets_elsewhere(hall), **tickets_of_counter_1(hall)}
            halls[waiting] = CrowdedHall(folder, tickets, scannable_slips(hall), earlier.id)
            for _ in range(waiting):
                hall.issue("HT")
    return halls


def tickets_elsewhere(hall: Hall) -> dict[str, str]:
    """Return ids of tickets that are not at counter 1."""
    sent_on, called, held = (hall.issue("CT") for _ in range(3))
    for ticket in (sent_on, held):
        hall.move(ticket, "call_chosen", counter="c3", reason="x")
        hall.move(ticket, "start", counter="c3")
        move = {"move": "hold", "reason": "copies"} if ticket is held else {"move": "transfer", "service": "HT"}
        hall.move(ticket, counter="c3", **move)
    hall.move(called, "call_chosen", counter="c2", reason="x")
    tickets = {"sent on": sent_on, "called elsewhere": called, "held elsewhere": held}
    tickets |= {"served elsewhere": hall.served("c3", "DD"), "of another service": hall.issue("CT")}
    return {name: ticket.id for name, ticket in tickets.items()}


def tickets_of_counter_1(hall: Hall) -> dict[str, str]:
    """Return ids of tickets that have been at counter 1, or may be called there."""
    states = (TicketState.HELD, TicketState.NO_SHOW, TicketState.SERVED, TicketState.CANCELLED, TicketState.WAITING)
    return {state.value: in_state(hall, state).id for state in states}


def scannable_slips(hall: Hall) -> tuple[str, ...]:
    """Return the tokens of slips.

    Of a service of counter 1, of another one, and of a missed ticket.
    """
    slips = [hall.issued(service) for service in ("HT", "CT", "HT")]
    missed = slips[-1].ticket
    assert missed is not None
    hall.move(missed, "call_chosen", counter="c1", reason="x")
    hall.move(missed, "no_show", counter="c1", reason="left")
    return tuple(slip.visitor_token or "" for slip in slips)


@pytest.fixture(params=CROWDS)
def crowded(request: pytest.FixtureRequest, crowded_halls: Mapping[int, CrowdedHall], tmp_path: Path) -> CrowdedHall:
    """Return a copy of a hall with a crowd."""
    hall = crowded_halls[request.param]
    return replace(hall, folder=shutil.copytree(hall.folder, tmp_path / "hall"))


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest) -> Scene:
    return SCENES[request.param]


@pytest.fixture
def web(crowded: CrowdedHall, scene: Scene) -> Iterator[Web]:
    """Yield the web of a hall in each scene with each crowd.

    A clerk is at counter 1.
    """
    clock = Clock()
    clock.go(TO_ANOTHER_DAY_MS)
    with closing(Hall(crowded.folder, clock)) as hall:
        web = web_of(hall)
        web.sign_in()
        hall.open("c1")
        scene.prepare(web)
        yield web


def open_panel(web: Web, **query: str) -> str | None:
    """Return the panel of the clerk's page, once its statements were counted."""
    with recorded_statements(web.hall) as statements:
        page = web.page(**query)
    assert 'id="part-queue"' in page
    assert 0 < len(statements) <= MOST_STATEMENTS, "\n".join([str(query), *statements])
    panel = re.search(r'class="panel panel-(\w+)"', page)
    return None if panel is None else panel[1]


def open_forms(web: Web) -> set[str]:
    """Return the forms that open on the page, once the statements of each were counted."""
    return {form for form in FORMS if open_panel(web, panel=form) == form}


def panels_of_tickets(web: Web, crowded: CrowdedHall) -> dict[str, str | None]:
    """Return the panel that opens for each ticket, also for the open one."""
    tickets, open_id = dict(crowded.tickets), web.hall.view(views.open_ticket_at, "c1")
    if open_id is not None:
        tickets["open"] = open_id
    return {name: open_panel(web, panel="ticket", ticket=ticket) for name, ticket in tickets.items()}


def test_each_form_opens_in_one_of_the_scenes() -> None:
    assert {form for scene in SCENES.values() for form in scene.forms} == FORMS


def test_the_page_takes_at_most_fourteen_statements(web: Web, scene: Scene) -> None:
    assert open_panel(web) is None
    assert open_forms(web) == scene.forms


def test_a_ticket_that_is_looked_up_takes_no_more(web: Web, crowded: CrowdedHall) -> None:
    assert set(panels_of_tickets(web, crowded).values()) == {"ticket"}
    assert open_panel(web, panel="ticket", ticket=crowded.earlier_ticket) is None
    assert open_panel(web, panel="ticket", ticket="t-unknown") is None


def test_a_page_opened_by_a_scan_takes_no_more(web: Web, scene: Scene, crowded: CrowdedHall) -> None:
    for slip in crowded.slips:
        form = {"request_id": request_id(), "text": slip}
        assert web.browser.post("/clerk/c1/scans", data=form, base_url="http://127.0.0.1").status_code == 204
        assert open_panel(web) == "ticket"
        assert open_panel(web, panel="ticket", ticket="t-unknown") == "ticket"
        assert open_forms(web) == scene.forms
        assert set(panels_of_tickets(web, crowded).values()) == {"ticket"}


def test_the_page_of_an_empty_hall_takes_no_more(hall: Hall) -> None:
    web = web_of(hall)
    web.sign_in()
    assert open_panel(web) is None
    assert open_forms(web) == {"change", "issue", "keys", "pause"}


@pytest.mark.parametrize("date", [None, "2026-11-23"])
def test_a_list_of_tickets_takes_as_many_statements_for_many_as_for_few(hall: Hall, date: str | None) -> None:
    web = web_of(hall)
    counts = []
    served = hall.served("c1")
    hall.ask(lambda tx, now: store_dossier_code(tx.connection, served.id, "H29.001.02-260126-120001"))
    for waiting in (3, 40):
        for n in range(waiting):
            hall.issue("HT" if n % 2 else "CT", "priority" if n % 5 == 0 else "ordinary")
        with recorded_statements(hall) as statements:
            answer = web.browser.get("/api/v1/tickets", query_string={} if date is None else {"day": date})
        listed = {item["id"]: item for item in answer.get_json()["items"]}
        assert all(
            item == hall.wire(hall.row(ticket)).model_dump(mode="json", by_alias=True)
            for ticket, item in listed.items()
        )
        assert listed[served.id]["dossier"] is not None
        counts.append(len(statements))
    assert counts[0] == counts[1]
