"""What the views draw: only what is known, in the words of the wire."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, MINUTE, MONDAY_0800, OFFICE, Hall, clerk, in_state, kiosk, manager, request_id
from sqlalchemy import Table

from server import commands, views
from server.commands import Refused
from server.domain.choice import ahead_of
from server.domain.ticket import State
from server.store import queries, tables
from server.wire.messages import AskHelp, Board, CounterPicture, JobResult, Scan, Seen, to_time


def drawn(hall: Hall, view: Any, *args: Any, **more: Any) -> Any:
    with hall.read() as reading:
        return view(reading, *args, **more)


def said(hall: Hall, ticket: str) -> list[tuple[str, dict[str, object]]]:
    why = drawn(hall, views.why, ticket)
    return [(sentence.key, dict(sentence.values)) for sentence in why.sentences]


@pytest.mark.parametrize(
    ("row", "table"),
    [
        (queries.TicketRow, tables.ticket),
        (queries.LegRow, tables.leg),
        (queries.CounterRow, tables.counter_state),
    ],
)
def test_rows_have_their_tables_columns_in_their_tables_order(row: Any, table: Table) -> None:
    assert [field.name for field in fields(row)] == [column.name for column in table.columns]


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
        "moves": ["call", "call_chosen", "transfer", "defer", "reclassify", "cancel"],
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
    """The count is an indexed query, the rule is plain Python; they may not drift apart."""
    for n in range(12):
        hall.issue("CT" if n % 3 else "HT", "priority" if n % 4 == 0 else "ordinary")
        hall.clock.go(5 * MINUTE)
    with hall.read() as reading:
        line = queries.waiting(reading.connection, reading.head.day)
        by_rule = {one.id: ahead_of(one, line, reading.queue_ms) for one in line}
    assert len(by_rule) == 12
    assert {one: hall.wire(hall.row(one)).ahead for one in by_rule} == by_rule


def test_the_board_has_the_last_twenty_calls_newest_first_and_who_did_not_come(hall: Hall) -> None:
    for _ in range(25):
        row = hall.issue()
        hall.next("c1")
        hall.move(row, "no_show", counter="c1", reason="left")
        hall.clock.go(1000)
    board: Board = drawn(hall, views.board, "e1")
    assert [call.number for call in board.calls] == [f"A{n:03d}" for n in range(25, 5, -1)]
    assert board.missed == [f"A{n:03d}" for n in range(1, 26)]
    assert (board.rev, board.seq, board.day) == (hall.facts()[-1].seq, hall.facts()[-1].seq, "2026-11-23")
    assert all(service.wait_min is None for service in board.services)


def test_the_signs_picture_is_small_and_invents_no_number(hall: Hall) -> None:
    hall.issue()
    hall.next("c1")
    shown: CounterPicture = drawn(hall, views.counter_picture, "c1", "e7c1")
    assert (shown.number, shown.ticket) == ("A001", "called")
    assert len(shown.model_dump_json(by_alias=True).encode()) < 200
    empty: CounterPicture = drawn(hall, views.counter_picture, "c2", "e7c1")
    assert (empty.number, empty.ticket, empty.state) == (None, None, "open")


def test_the_catalogue_carries_the_everyday_words_of_a_procedure(tmp_path: Path) -> None:
    procedure = {**OFFICE["procedures"][0], "synonyms": ["giấy khai sinh", "khai sanh"]}
    hall = Hall(tmp_path, procedures=[procedure])
    assert [one.synonyms for one in drawn(hall, views.catalogue).procedures] == [["giấy khai sinh", "khai sanh"]]
    hall.close()


def test_a_service_is_open_full_closed_or_without_a_counter(hall: Hall) -> None:
    for _ in range(3):
        hall.issue("DD")
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "CT"))
    states = {one.id: one.state for one in drawn(hall, views.services)}
    assert states == {"HT": "open", "CT": "closed", "DD": "full", "TK": "open", "XX": "no_counter"}
    full = next(one for one in drawn(hall, views.services) if one.id == "DD")
    assert (full.left, full.next_open) == (0, to_time(MONDAY_0800 + 5 * HOUR + 30 * MINUTE))


def test_a_stopped_service_says_that_it_is_stopped_why_and_that_it_opens_on_a_later_day(hall: Hall) -> None:
    hall.issue()
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "CT", "Cán bộ đi họp"))
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "DD"))
    shown = {one.id: one for one in drawn(hall, views.services)}
    assert (shown["CT"].stopped, shown["CT"].reason) == (True, "Cán bộ đi họp")
    assert shown["CT"].next_open == "2026-11-25T00:30:00.000Z", "not this afternoon; the 24th is a holiday"
    assert (shown["DD"].stopped, shown["DD"].reason) == (True, None)
    assert (shown["HT"].stopped, shown["HT"].reason, shown["HT"].next_open) == (False, None, None)
    hall.ask(lambda tx, now: commands.resume_issuing(tx, manager(), now, "CT"))
    again = next(one for one in drawn(hall, views.services) if one.id == "CT")
    assert (again.state, again.stopped, again.reason) == ("open", False, None)


def test_before_the_hours_everything_is_closed_and_says_when_it_opens(hall: Hall) -> None:
    hall.clock.go(15 * HOUR)
    office = drawn(hall, views.office, "e")
    assert office.day.state == "closed"
    assert office.day.next_open == "2026-11-25T00:30:00.000Z", "the 24th is a holiday"
    assert {one.state for one in office.services} == {"closed", "no_counter"}


def test_why_the_first_in_line_was_called(hall: Hall) -> None:
    row = hall.issue()
    hall.clock.go(5 * MINUTE)
    hall.next("c1")
    assert said(hall, row.id) == [("first", {"time": "08:00", "counter": "1"}), ("passed_none", {})]


def test_why_a_priority_ticket_came_before_others(hall: Hall) -> None:
    hall.issue("HT")
    hall.issue("CT")
    hall.clock.go(20 * MINUTE)
    row = hall.issue("HT", "priority")
    hall.next("c1")
    assert said(hall, row.id) == [
        ("priority", {"time": "07:50", "minutes": 30}),
        ("passed", {"numbers": "A001"}),
        ("skill", {"numbers": "B001"}),
    ]


def test_why_a_chosen_a_pinned_and_a_returned_ticket_was_called(hall: Hall) -> None:
    hall.issue()
    chosen = hall.issue()
    hall.move(chosen, "call_chosen", counter="c1", reason="asked for")
    assert said(hall, chosen.id)[0] == ("chosen", {"reason": "asked for"})
    hall.move(chosen, "no_show", counter="c1", reason="left")
    hall.clock.go(10 * MINUTE)
    hall.move(chosen, "return", counter="c1")
    hall.move(chosen, "transfer", counter="c1", service="HT", pin="c2")
    hall.move(hall.number("A001"), "cancel", reason="void", counter="c1")
    hall.next("c2")
    assert said(hall, chosen.id) == [
        ("pinned", {"counter": "2"}),
        ("returned", {"time": "08:10"}),
        ("passed_none", {}),
    ]


def test_why_a_ready_counter_called_at_once(hall: Hall) -> None:
    hall.next("c1")
    row = hall.issue()
    assert ("ready", {"counter": "1"}) in said(hall, row.id)


def test_why_is_unknown_before_the_first_call(hall: Hall) -> None:
    assert drawn(hall, views.why, hall.issue().id) is None


def test_the_clerks_page_has_the_line_with_the_next_one_first(hall: Hall) -> None:
    hall.issue("HT")
    pinned = hall.issue("CT")
    hall.move(pinned, "transfer", service="CT", pin="c3", counter="c2")
    hall.clock.go(10 * MINUTE)
    hall.issue("HT", "priority")
    page = drawn(hall, views.clerk_page, "c2")
    assert [(one.number, one.callable, one.waited_ms) for one in page.line] == [
        ("A002", True, 0),
        ("A001", True, 10 * MINUTE),
        ("B001", False, 10 * MINUTE),
    ]
    row = hall.next("c2")
    assert row is not None
    assert row.number == page.line[0].number


def test_the_clerks_page_tells_times_shown_and_spoken_of_the_open_ticket(hall: Hall) -> None:
    row = hall.issue("HT", procedure="1.001193")
    hall.clock.go(12 * MINUTE)
    hall.next("c1")
    opened = drawn(hall, views.clerk_page, "c1").open
    assert (opened.waited_ms, opened.shown, opened.spoken, opened.started_at_ms) == (12 * MINUTE, False, None, None)
    for spoken in (None, "yes"):
        ask = Seen(station="tv-1", shown_at=to_time(hall.clock.wall_ms), spoken=spoken)
        hall.ask(lambda tx, now, ask=ask: commands.seen(tx, kiosk(), now, opened.call, ask))
    hall.clock.go(MINUTE)
    hall.move(row, "start", counter="c1")
    hall.clock.go(2 * MINUTE)
    opened = drawn(hall, views.clerk_page, "c1").open
    assert (opened.shown, opened.spoken, opened.served_ms) == (True, "yes", 2 * MINUTE)
    assert (opened.since_called_ms, opened.procedure.code) == (MINUTE, "1.001193")


def test_buttons_say_what_is_in_the_way(hall: Hall) -> None:
    page = drawn(hall, views.clerk_page, "c3")
    assert not page.buttons["next"].allowed
    assert page.buttons["next"].refusal.key == "need_open"
    row = in_state(hall, State.CALLED)
    buttons = drawn(hall, views.clerk_page, "c1").buttons
    assert [name for name in ("recall", "start", "no_show", "requeue", "transfer") if not buttons[name].allowed] == []
    assert (buttons["next"].refusal.key, buttons["next"].refusal.values["number"]) == ("need_finish", row.number)
    assert buttons["no_show"].refusal.key == "need_calls"
    assert not buttons["finish"].allowed
    hall.move(row, "start", counter="c1")
    buttons = drawn(hall, views.clerk_page, "c1").buttons
    assert buttons["finish"].allowed
    assert not buttons["recall"].allowed


def test_held_missed_and_recent_are_on_the_clerks_page(hall: Hall) -> None:
    held, missed, done = (in_state(hall, one) for one in (State.HELD, State.NO_SHOW, State.SERVED))
    page = drawn(hall, views.clerk_page, "c1")
    assert [[one.id for one in rows] for rows in (page.held, page.missed, page.recent)] == [
        [held.id],
        [missed.id],
        [done.id],
    ]
    assert (page.held[0].reason, page.held[0].due_at_ms) == ("copies", MONDAY_0800 + 30 * MINUTE)
    assert page.recent[0].may_reopen
    hall.clock.go(3 * MINUTE)
    assert not drawn(hall, views.clerk_page, "c1").recent[0].may_reopen


def test_an_unknown_counter_has_no_page_and_no_picture(hall: Hall) -> None:
    assert drawn(hall, views.clerk_page, "c9") is None
    with pytest.raises(Refused):
        drawn(hall, views.counter, "c9")


def test_the_manager_sees_who_has_waited_longest(hall: Hall) -> None:
    hall.issue("CT")
    hall.clock.go(7 * MINUTE)
    hall.issue("HT", "priority")
    hall.served("c1", "TK")
    now = drawn(hall, views.manager_now)
    assert (now.issued, now.counts["waiting"], now.counts["served"]) == (3, 2 if now.counts["served"] else 3, 1)
    assert (now.longest_ms, now.longest_number) == (7 * MINUTE, "B001")


def test_a_staff_slip_is_a_job_with_its_link_until_the_station_answers(hall: Hall) -> None:
    answer = hall.issued("HT", print_at="kiosk-1", actor=clerk())
    (job_id,) = drawn(hall, views.work, "kiosk-1", "e").jobs
    job = drawn(hall, views.job, job_id)
    assert (job.id, job.kind, job.ticket.id, job.ticket.link) == (answer.job, "slip", answer.ticket, answer.link)
    result = JobResult(station="kiosk-1", state="printed", proof="fence")
    for _ in range(2):
        hall.ask(lambda tx, now: commands.finish_job(tx, kiosk(), now, job_id, result))
    assert drawn(hall, views.work, "kiosk-1", "e").jobs == []
    assert hall.row(answer.ticket).print_state == "printed"
    assert hall.kinds().count("job.done") == 1
    with pytest.raises(Refused):
        drawn(hall, views.job, "j-0")


def test_a_reprint_bears_the_same_number_and_its_mark(hall: Hall) -> None:
    row = hall.issue()
    ask = AskHelp(request_id=request_id(), station="kiosk-1")
    answer = hall.ask(lambda tx, now: commands.reprint(tx, clerk(), now, ask, row.id, "kiosk-1"))
    job = drawn(hall, views.job, answer.job)
    assert (job.kind, job.mark, job.ticket.number) == ("reprint", "reprint", row.number)


@pytest.mark.parametrize("form", ["{}", "http://10.0.0.5:8471/v/{}", " https://x/t/{}/ "])
def test_a_scanned_slip_opens_its_ticket_and_brings_back_who_did_not_come(hall: Hall, form: str) -> None:
    answer = hall.issued()
    ask = Scan(station="counters-1", counter="c1", text=form.format(answer.link))
    found = hall.ask(lambda tx, now: commands.scan(tx, kiosk(), now, ask))
    assert (found.ticket, hall.row(answer.ticket).state) == (answer.ticket, "waiting")
    hall.next("c1")
    hall.move(answer.ticket or "", "no_show", counter="c1", reason="left")
    hall.ask(lambda tx, now: commands.scan(tx, kiosk(), now, ask))
    assert hall.row(answer.ticket).state == "waiting"


def test_a_scanned_code_of_another_day_or_of_nothing_is_unknown(hall: Hall) -> None:
    answer = hall.issued()
    hall.next("c1")
    hall.move(answer.ticket or "", "no_show", counter="c1", reason="left")
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.clock.go(48 * HOUR)
    hall.tick()
    for text in (answer.link or "", "nonsense", "", "/" * 10):
        ask = Scan(station="counters-1", counter="c1", text=text)
        found = hall.ask(lambda tx, now, ask=ask: commands.scan(tx, kiosk(), now, ask))
        assert (found.meaning, found.ticket) == ("unknown", None)
    assert hall.row(answer.ticket).state == "no_show"


def test_the_days_rows_have_what_the_measures_need(hall: Hall) -> None:
    row = hall.issue()
    hall.clock.go(10 * MINUTE)
    hall.next("c1")
    hall.clock.go(MINUTE)
    hall.move(row, "requeue", counter="c1")
    hall.clock.go(3 * MINUTE)
    hall.next("c1")
    hall.clock.go(MINUTE)
    hall.move(row, "start", counter="c1")
    hall.clock.go(5 * MINUTE)
    hall.move(row, "transfer", counter="c1", service="CT")
    hall.clock.go(4 * MINUTE)
    hall.next("c2")
    hall.move(row, "start", counter="c2")
    hall.clock.go(3 * MINUTE)
    hall.move(row, "finish", counter="c2", outcome="received")
    hall.move(hall.issue(), "cancel", reason="void", counter="c1")
    measured, void = drawn(hall, views.day_rows, "2026-11-23")
    assert (measured.wait_ms, measured.waiting_ms, measured.transfers) == (10 * MINUTE, 17 * MINUTE, 1)
    assert [leg.served_ms for leg in measured.legs] == [5 * MINUTE, 3 * MINUTE]
    assert [leg.walk_ms for leg in measured.legs] == [MINUTE, 0]
    assert (measured.service, measured.minute, void.void) == ("HT", 480, True)
    assert measured.uncalled_ms is void.uncalled_ms is None


def test_a_ticket_that_nobody_called_has_waited_until_now(hall: Hall) -> None:
    called, _ = hall.issue(), hall.issue()
    hall.clock.go(25 * MINUTE)
    hall.next("c1")
    hall.move(called, "requeue", counter="c1")
    assert [row.uncalled_ms for row in drawn(hall, views.day_rows, "2026-11-23")] == [None, 25 * MINUTE]


def test_open_time_leaves_pauses_out(hall: Hall) -> None:
    hall.issue()
    hall.clock.go(10 * MINUTE)
    hall.state("c1", "paused", reason="break")
    hall.clock.go(5 * MINUTE)
    hall.open("c1")
    hall.clock.go(20 * MINUTE)
    assert drawn(hall, views.open_ms, "2026-11-23") == {"c1": 30 * MINUTE, "c2": 35 * MINUTE, "c3": 0}
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.clock.go(HOUR)
    assert drawn(hall, views.open_ms, "2026-11-23") == {"c1": 30 * MINUTE, "c2": 35 * MINUTE, "c3": 0}


def test_samples_of_the_line_fulfil_littles_law(hall: Hall) -> None:
    from server.domain import measures

    for _ in range(12):
        hall.issue()
        hall.clock.go(3 * MINUTE)
        if (row := hall.next("c1")) is not None:
            hall.clock.go(2 * MINUTE)
            hall.move(row, "start", counter="c1")
            hall.move(row, "finish", counter="c1", outcome="received")
    with hall.read() as reading:
        rows = views.day_rows(reading, "2026-11-23")
        samples = views.waiting_samples(reading, "2026-11-23")
    area = 0
    ends = [at for at, _ in samples.counts[1:]] + [samples.to_ms]
    for (at, count), end in zip(samples.counts, ends, strict=True):
        area += count * (end - at)
    assert area == sum(row.waiting_ms for row in rows) == 12 * 3 * MINUTE
    assert measures.day(rows, target_min=20, open_ms={}).whole.served == 12


def test_a_transfer_of_a_ticket_that_was_set_aside_counts_as_one(hall: Hall) -> None:
    row = hall.issue()
    hall.next("c1")
    hall.move(row, "start", counter="c1")
    hall.move(row, "hold", counter="c1", reason="copy")
    hall.move(row, "transfer", counter="c1", service="CT")
    (measured,) = drawn(hall, views.day_rows, "2026-11-23")
    assert measured.transfers == 1
