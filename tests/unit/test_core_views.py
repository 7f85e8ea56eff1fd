"""The views show only what is known, in the words of the wire."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, MINUTE, MONDAY_0800, OFFICE, Hall, manager
from sqlalchemy import Table

from server import commands, views
from server.commands import Refused
from server.domain.queue.choice import count_ahead_by_rule
from server.store import queries, schema
from server.wire.messages import Board, CounterPicture, to_time


@pytest.mark.parametrize(
    ("row", "table"),
    [
        (queries.TicketRow, schema.ticket),
        (queries.LegRow, schema.leg),
        (queries.CounterRow, schema.counter_state),
        (queries.CallRow, schema.call),
        (queries.JobRow, schema.job),
        (queries.DayRow, schema.day),
    ],
)
def test_rows_have_their_tables_columns(row: Any, table: Table) -> None:
    assert {field.name for field in fields(row)} == {column.name for column in table.columns}


def test_a_ticket_is_drawn_as_the_wire_says(hall: Hall) -> None:
    hall.issue()
    row = hall.issue("HT", procedure="1.001193")
    body = hall.wire(row).model_dump(by_alias=True)
    assert body == {
        "id": row.id,
        "rev": 1,
        "number": "A002",
        "day": "2026-11-23",
        "service": "HT",
        "procedure": "1.001193",
        "class": "ordinary",
        "state": "waiting",
        "issued_at": "2026-11-23T01:00:00.000Z",
        "queue_ms": MONDAY_0800,
        "counter": None,
        "calls": 0,
        "leg": 1,
        "outcome": None,
        "ahead": 1,
        "counters": ["c1", "c2"],
        "wait_min": None,
        "moves": ["call", "call_chosen", "transfer", "defer", "reclassify", "correct", "cancel"],
        "link": None,
        "repeated": False,
        "print": None,
        "dossier": None,
    }


def test_ahead_counts_the_same_service_with_a_smaller_key(hall: Hall) -> None:
    first = hall.issue()
    hall.issue("CT")
    hall.clock.go(MINUTE)
    second = hall.issue()
    hall.clock.go(MINUTE)
    priority = hall.issue("HT", "priority")
    assert [hall.wire(row).ahead for row in (first, second, priority)] == [1, 2, 0]
    hall.next("c1")
    assert hall.wire(first).ahead == 0
    assert hall.wire(hall.row(priority.id)).ahead is None, "who is called has nobody ahead"


def test_the_databases_count_of_people_ahead_is_the_rules_own(hall: Hall) -> None:
    """The count is an indexed query, the rule plain Python; they may not drift apart."""
    for n in range(12):
        hall.issue("CT" if n % 3 else "HT", "priority" if n % 4 == 0 else "ordinary")
        hall.clock.go(5 * MINUTE)
    with hall.read() as snapshot:
        line = queries.waiting_tickets(snapshot.connection, snapshot.head.day, list(snapshot.office.services))
        by_rule = {ticket.id: count_ahead_by_rule(ticket, line, snapshot.queue_ms) for ticket in line}
    assert len(by_rule) == 12
    assert {ticket: hall.wire(hall.row(ticket)).ahead for ticket in by_rule} == by_rule


def test_the_board_has_the_last_twenty_calls_newest_first_and_who_did_not_come(hall: Hall) -> None:
    for _ in range(25):
        row = hall.issue()
        hall.next("c1")
        hall.move(row, "no_show", counter="c1", reason="left")
        hall.clock.go(1000)
    board: Board = hall.view(views.board, "e1")
    assert [call.number for call in board.calls] == [f"A{n:03d}" for n in range(25, 5, -1)]
    assert board.missed == [f"A{n:03d}" for n in range(1, 26)]
    assert (board.rev, board.seq, board.day) == (hall.facts()[-1].seq, hall.facts()[-1].seq, "2026-11-23")
    assert all(service.wait_min is None for service in board.services)


def test_the_signs_picture_is_small_and_invents_no_number(hall: Hall) -> None:
    hall.issue()
    hall.next("c1")
    picture: CounterPicture = hall.view(views.counter_picture, "c1", "e7c1")
    assert (picture.number, picture.ticket) == ("A001", "called")
    assert len(picture.model_dump_json(by_alias=True).encode()) < 200
    empty: CounterPicture = hall.view(views.counter_picture, "c2", "e7c1")
    assert (empty.number, empty.ticket, empty.state) == (None, None, "open")


def test_the_catalogue_carries_the_everyday_words_of_a_procedure(tmp_path: Path) -> None:
    procedure = {**OFFICE["procedures"][0], "synonyms": ["giấy khai sinh", "khai sanh"]}
    hall = Hall(tmp_path, procedures=[procedure])
    assert [procedure.synonyms for procedure in hall.view(views.catalogue).procedures] == [
        ["giấy khai sinh", "khai sanh"]
    ]
    hall.close()


def test_a_service_is_open_full_closed_or_without_a_counter(hall: Hall) -> None:
    for _ in range(3):
        hall.issue("DD")
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "CT"))
    states = {service.id: service.state for service in hall.view(views.services)}
    assert states == {"HT": "open", "CT": "closed", "DD": "full", "TK": "open", "XX": "no_counter"}
    full = next(service for service in hall.view(views.services) if service.id == "DD")
    assert (full.left, full.next_open) == (0, to_time(MONDAY_0800 + 5 * HOUR + 30 * MINUTE))


def test_a_stopped_service_says_that_it_is_stopped_why_and_that_it_opens_on_a_later_day(hall: Hall) -> None:
    hall.issue()
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "CT", "Cán bộ đi họp"))
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "DD"))
    picture = {service.id: service for service in hall.view(views.services)}
    assert (picture["CT"].stopped, picture["CT"].reason) == (True, "Cán bộ đi họp")
    assert picture["CT"].next_open == "2026-11-25T00:30:00.000Z", "not this afternoon; the 24th is a holiday"
    assert (picture["DD"].stopped, picture["DD"].reason) == (True, None)
    assert (picture["HT"].stopped, picture["HT"].reason, picture["HT"].next_open) == (False, None, None)
    hall.ask(lambda tx, now: commands.resume_issuing(tx, manager(), now, "CT"))
    again = next(service for service in hall.view(views.services) if service.id == "CT")
    assert (again.state, again.stopped, again.reason) == ("open", False, None)


def test_before_the_hours_everything_is_closed_and_says_when_it_opens(hall: Hall) -> None:
    hall.clock.go(15 * HOUR)
    office = hall.view(views.office, "e")
    assert office.day.state == "closed"
    assert office.day.next_open == "2026-11-25T00:30:00.000Z", "the 24th is a holiday"
    assert {service.state for service in office.services} == {"closed", "no_counter"}


def test_an_unknown_counter_has_no_page_and_no_picture(hall: Hall) -> None:
    assert hall.view(views.clerk_page, "c9") is None
    with pytest.raises(Refused):
        hall.view(views.counter, "c9")


def test_the_manager_sees_who_has_waited_longest(hall: Hall) -> None:
    hall.issue("CT")
    hall.clock.go(7 * MINUTE)
    hall.issue("HT", "priority")
    hall.served("c1", "TK")
    now = hall.view(views.manager_now)
    assert (now.issued, now.counts["waiting"], now.counts["served"]) == (3, 2 if now.counts["served"] else 3, 1)
    assert (now.longest_wait_ms, now.longest_wait_number) == (7 * MINUTE, "B001")
