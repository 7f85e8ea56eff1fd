"""What desk devices ask: a number called by a pad, a transfer to a counter, ratings, scanned codes, printers' jobs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from core_hall import MINUTE, Hall, clerk, in_state, keypad, kiosk, manager, request_id, visitor
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import commands, views
from server.commands import Actor, Refused
from server.commands.scans import Scanned
from server.domain.numbering import is_number
from server.domain.ticket import State
from server.store import tables as t
from server.wire.messages import AskHelp, JobResult, Printed, Rate, Scan

OLD_CODE = "000.00.01.H29-240115-0001"
NEW_CODE = "H29.001.02-260126-120001"
CARD = "001099012345|123456789|Nguyễn Văn Mẫu|01021999|Nam|Thôn Mẫu, Xã Mẫu|15042021"


def refusal(work: Any, *args: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        work(*args, **more)
    return caught.value


def press(hall: Hall, number: str, counter: str = "c1") -> Any:
    return hall.next(counter, actor=keypad(), number=number)


def why(hall: Hall, ticket: str) -> Any:
    with hall.read() as reading:
        return views.why(reading, ticket)


# --- a number called by a pad -----------------------------------------------------------------------------


@pytest.mark.parametrize("keyed", ["3", "03", "003", "0003", "A3", "A003"])
def test_a_keyed_number_is_called_however_many_zeros_it_has(hall: Hall, keyed: str) -> None:
    tickets = [hall.issue("HT") for _ in range(4)]
    called = press(hall, keyed)
    assert called.id == tickets[2].id
    assert (called.state, called.counter) == (State.CALLED, "c1")


@pytest.mark.parametrize(
    ("number", "keyed", "same"),
    [
        ("A015", "15", True), ("A015", "0015", True), ("A015", "A15", True), ("A015", "B15", False),
        ("A015", "115", False), ("A1000", "1000", True), ("AB007", "A7", False), ("AB007", "AB7", True),
        ("A015", "A", False), ("A015", "", False),
    ],
)  # fmt: skip
def test_what_was_keyed_is_the_number_or_is_not(number: str, keyed: str, same: bool) -> None:
    assert is_number(number, keyed) is same


def test_a_call_by_number_is_journalled_and_explained_as_an_exception(hall: Hall) -> None:
    hall.issue("HT")
    called = press(hall, str(hall.issue("HT").seq))
    fact = next(row for row in reversed(hall.facts()) if row.kind == "ticket.called")
    assert '"chosen":true' in fact.data
    assert "Gọi theo số từ bàn phím" in fact.data
    assert fact.actor_role == "station"
    told = why(hall, called.id)
    assert told.chosen
    assert told.sentences[0].values == {"reason": "Gọi theo số từ bàn phím"}


def test_of_two_services_with_the_same_number_the_rule_calls_its_first(hall: Hall) -> None:
    first = hall.issue("CT")
    hall.clock.go(MINUTE)
    hall.issue("HT")
    assert press(hall, "1", "c2").id == first.id
    hall.move(first, "requeue", counter="c2")
    assert press(hall, "A1", "c2").number == "A001"


def test_a_priority_ticket_with_the_same_number_is_the_rules_first(hall: Hall) -> None:
    hall.issue("CT")
    hall.clock.go(MINUTE)
    urgent = hall.issue("HT", "priority")
    assert press(hall, "1", "c2").id == urgent.id


def test_a_number_that_does_not_wait_for_the_counter_is_not_found(hall: Hall) -> None:
    other = hall.issue("DD")
    served = hall.served("c1")
    for keyed in ("999", other.number, served.number):
        refused = refusal(press, hall, keyed)
        assert (refused.code, refused.values["need"]) == ("not_found", "number")
    assert hall.counter("c1").ready_ms is None


def test_a_ticket_pinned_elsewhere_is_not_called_by_its_number(hall: Hall) -> None:
    row = hall.issue("HT")
    hall.move(row, "transfer", counter="c1", service="HT", pin="c2")
    assert refusal(press, hall, row.number, "c1").code == "not_found"
    assert press(hall, row.number, "c2").id == row.id


def test_a_keyed_number_opens_a_closed_counter_as_next_does(hall: Hall) -> None:
    row = hall.issue("DD")
    assert press(hall, row.number, "c3").id == row.id
    assert (hall.counter("c3").state, hall.counter("c3").clerk) == ("open", "chi")


def test_a_keyed_number_that_is_none_leaves_a_closed_counter_closed(hall: Hall) -> None:
    assert refusal(press, hall, "77", "c3").code == "not_found"
    assert hall.counter("c3").state == "closed"


def test_a_ready_counter_that_calls_a_number_is_ready_no_more(hall: Hall) -> None:
    hall.sign("c1", None)
    hall.state("c1", "open")
    assert hall.next("c2") is None
    hall.ready("c2", False)
    row = hall.issue("CT")
    hall.move(row, "transfer", counter="c2", service="CT", pin="c2")
    assert hall.counter("c2").ready_ms is None
    assert press(hall, row.number, "c2").id == row.id


def test_with_an_open_ticket_no_number_is_called(hall: Hall) -> None:
    in_state(hall, State.SERVING)
    hall.issue("HT")
    assert refusal(press, hall, "2").code == "open_ticket"


def test_a_repeated_call_by_number_calls_once(hall: Hall) -> None:
    row = hall.issue("HT")
    again = request_id()
    for _ in range(2):
        called = hall.next("c1", actor=keypad(), request_id=again, number="1")
        assert called is not None
        assert called.id == row.id
    assert hall.row(row.id).calls == 1


# --- a transfer to a counter ------------------------------------------------------------------------------


def test_a_transfer_to_a_counter_keeps_the_service_where_that_counter_serves_it(hall: Hall) -> None:
    row = in_state(hall, State.SERVING)
    row = hall.move(row, "transfer", actor=keypad(), counter="c1", pin="c2")
    assert (row.state, row.service, row.pin) == (State.WAITING, "HT", "c2")


def test_a_transfer_to_a_counter_takes_that_counters_first_service_else(hall: Hall) -> None:
    row = in_state(hall, State.SERVING)
    row = hall.move(row, "transfer", actor=keypad(), counter="c1", pin="c3")
    assert (row.service, row.pin) == ("CT", "c3")


def test_a_transfer_without_service_and_counter_is_not_understood(hall: Hall) -> None:
    row = in_state(hall, State.SERVING)
    assert refusal(hall.move, row, "transfer", actor=keypad(), counter="c1").code == "bad_request"
    assert refusal(hall.move, row, "transfer", actor=keypad(), counter="c1", pin="c99").code == "not_found"
    assert hall.row(row.id).state is State.SERVING


# --- ratings ----------------------------------------------------------------------------------------------


def rate(hall: Hall, level: str = "satisfied", counter: str = "c1", actor: Actor | None = None, **more: Any) -> Any:
    ask = Rate.model_validate(
        {"request_id": request_id(), "station": "counters-1", "counter": counter, "level": level} | more
    )
    return hall.ask(lambda tx, now: commands.rate(tx, actor or keypad(), now, ask))


def ratings(hall: Hall) -> list[tuple[str, str]]:
    with hall.read() as reading:
        return [(row.ticket, row.level) for row in reading.connection.execute(select(t.rating))]


def test_the_ticket_served_last_is_rated_once(hall: Hall) -> None:
    hall.served("c1")
    hall.clock.go(MINUTE)
    last = hall.served("c1")
    rate(hall, "very_satisfied")
    assert ratings(hall) == [(last.id, "very_satisfied")]
    assert refusal(rate, hall).values["need"] == "rate_once"
    assert len(ratings(hall)) == 1


def test_a_repeated_rating_is_answered_and_not_counted_twice(hall: Hall) -> None:
    hall.served("c1")
    again = request_id()
    for _ in range(2):
        rate(hall, request_id=again)
    assert len(ratings(hall)) == 1


def test_nobody_rates_before_anybody_was_served(hall: Hall) -> None:
    assert refusal(rate, hall).values["need"] == "rate_early"
    in_state(hall, State.CALLED)
    assert refusal(rate, hall).values["need"] == "rate_early"


def test_who_is_being_served_does_not_rate_the_one_before(hall: Hall) -> None:
    first = hall.served("c1")
    second = hall.issue("HT")
    hall.next("c1")
    hall.move(second, "start", counter="c1")
    assert refusal(rate, hall).values["need"] == "rate_early"
    hall.clock.go(MINUTE)
    hall.move(second, "finish", counter="c1", outcome="received")
    rate(hall)
    assert [ticket for ticket, _ in ratings(hall)] == [second.id]
    assert first.id != second.id


def test_who_leaves_may_rate_while_the_next_one_walks_up(hall: Hall) -> None:
    first = hall.served("c1")
    hall.issue("HT")
    hall.next("c1")
    rate(hall)
    assert [ticket for ticket, _ in ratings(hall)] == [first.id]


@pytest.mark.parametrize(("after_ms", "open_still"), [(10 * MINUTE, True), (10 * MINUTE + 1, False)])
def test_ten_minutes_later_it_is_too_late(hall: Hall, after_ms: int, open_still: bool) -> None:
    hall.served("c1")
    hall.clock.go(after_ms)
    if open_still:
        rate(hall)
        assert len(ratings(hall)) == 1
    else:
        assert refusal(rate, hall).values["need"] == "rate_over"
        assert ratings(hall) == []


def test_a_visitors_browser_does_not_rate_at_a_counter(hall: Hall) -> None:
    hall.served("c1")
    assert refusal(rate, hall, actor=visitor()).code == "forbidden"
    assert refusal(rate, hall, counter="c99").code == "not_found"


def test_two_ratings_of_one_ticket_are_impossible_in_the_database(hall: Hall) -> None:
    row = hall.served("c1")
    rate(hall)
    with pytest.raises(IntegrityError, match=r"rating\.ticket"), hall.store.engines.write.begin() as connection:
        connection.execute(
            t.rating.insert(), {"ticket": row.id, "day": row.day, "counter": "c1", "level": "satisfied", "at_ms": 1}
        )


def test_a_rating_says_nobodys_name(hall: Hall) -> None:
    hall.served("c1")
    rate(hall, "dissatisfied")
    assert {column.name for column in t.rating.columns} == {"ticket", "day", "counter", "level", "at_ms"}
    fact = hall.facts()[-1]
    assert (fact.kind, fact.actor_role, fact.actor_id) == ("ticket.rated", "station", "counters-1")


# --- scanned and typed codes ------------------------------------------------------------------------------


def scan(hall: Hall, text: str, counter: str | None = "c1") -> Scanned:
    ask = Scan(station="counters-1", counter=counter, text=text)
    found: Scanned = hall.ask(lambda tx, now: commands.scan(tx, keypad(), now, ask))
    return found


def everything(hall: Hall) -> str:
    """Every cell of the database, as text."""
    with hall.read() as reading:
        tables = t.metadata.sorted_tables
        return "\n".join(str(tuple(row)) for one in tables for row in reading.connection.execute(select(one)))


@pytest.mark.parametrize("state", list(State))
def test_a_slip_is_its_ticket_in_whatever_state(hall: Hall, state: State) -> None:
    row = in_state(hall, state)
    with hall.read() as reading:
        link = reading.connection.execute(select(t.visitor_link.c.link).where(t.visitor_link.c.ticket == row.id))
        code = link.scalar_one_or_none()
    if state is State.EXPIRED:
        assert code is None
        return
    for text in (code, f"http://127.0.0.1:8480/v/{code}", f" {code}/ "):
        assert scan(hall, str(text), None) == Scanned(commands.Meaning.TICKET, row.id)


@pytest.mark.parametrize("text", [OLD_CODE, NEW_CODE, f"  {NEW_CODE.lower()} ", "G.H29.001.02-260126-0001"])
def test_a_dossiers_code_goes_to_the_counters_open_ticket(hall: Hall, text: str) -> None:
    row = in_state(hall, State.SERVING)
    assert scan(hall, text) == Scanned(commands.Meaning.DOSSIER, row.id)
    assert hall.wire(row).dossier == text.strip().upper()


def test_a_later_code_replaces_the_one_before_and_the_same_one_writes_nothing(hall: Hall) -> None:
    row = in_state(hall, State.CALLED)
    scan(hall, OLD_CODE)
    scan(hall, NEW_CODE)
    before = len(hall.facts())
    scan(hall, NEW_CODE)
    assert hall.wire(row).dossier == NEW_CODE
    assert len(hall.facts()) == before


def test_a_slip_brings_nobody_back_for_who_may_not_bring_back(hall: Hall) -> None:
    row = in_state(hall, State.NO_SHOW)
    with hall.store.read() as reading:
        link = reading.connection.execute(select(t.visitor_link.c.link).where(t.visitor_link.c.ticket == row.id))
        ask = Scan(station="web", counter="c1", text=link.scalar_one())
    hall.ask(lambda tx, now: commands.scan(tx, visitor(), now, ask))
    assert hall.row(row.id).state is State.NO_SHOW


def test_what_is_noted_with_one_ticket_leaves_the_codes_of_others(hall: Hall) -> None:
    first = in_state(hall, State.SERVING)
    scan(hall, OLD_CODE)
    hall.move(first, "finish", counter="c1", outcome="received")
    second = in_state(hall, State.SERVING)
    scan(hall, NEW_CODE)
    assert [hall.wire(one).dossier for one in (first, second)] == [OLD_CODE, NEW_CODE]


def test_without_an_open_ticket_or_at_a_kiosk_a_dossier_goes_nowhere(hall: Hall) -> None:
    hall.issue("HT")
    assert refusal(scan, hall, NEW_CODE).values["need"] == "no_open"
    assert scan(hall, NEW_CODE, None).meaning == "unknown"
    assert NEW_CODE not in everything(hall)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "H29.001.02-260126-12",
        NEW_CODE + "1" * 30,
        "H29.001.02-260126-120001\u202e",
        "１２３.00.01.H29-240115-0001",
    ],
)
def test_what_looks_like_nothing_known_is_unknown(hall: Hall, text: str) -> None:
    in_state(hall, State.SERVING)
    assert scan(hall, text) == Scanned(commands.Meaning.UNKNOWN)


@pytest.mark.parametrize("text", [CARD, CARD.rsplit("|", 1)[0], CARD + "|thêm|nữa"])
def test_of_a_citizens_card_nothing_is_kept(hall: Hall, text: str, caplog: pytest.LogCaptureFixture) -> None:
    row = in_state(hall, State.SERVING)
    before = everything(hall)
    refused = refusal(scan, hall, text)
    assert (refused.code, refused.values) == ("bad_request", {"detail": "card", "need": "card"})
    assert refusal(note, hall, text).values == {"detail": "card", "need": "card"}
    assert everything(hall) == before
    assert "001099012345" not in caplog.text + str(refused.values)
    assert hall.wire(row).dossier is None


class Typed(AskHelp):
    """A request id and nothing else that matters."""


def note(hall: Hall, text: str | None, counter: str = "c1", ask: Typed | None = None) -> Any:
    ask = ask or Typed(request_id=request_id(), station="web")
    return hall.ask(lambda tx, now: commands.note_dossier(tx, clerk(counter), now, ask, counter, text))


def test_a_code_is_typed_taken_away_and_refused_when_it_is_none(hall: Hall) -> None:
    row = in_state(hall, State.SERVING)
    note(hall, NEW_CODE)
    assert hall.wire(row).dossier == NEW_CODE
    assert refusal(note, hall, "giấy khai sinh").values["need"] == "dossier"
    note(hall, None)
    assert hall.wire(row).dossier is None


def test_no_code_of_a_dossier_is_in_the_journal_and_none_outlives_the_day(hall: Hall) -> None:
    row = in_state(hall, State.SERVING)
    scan(hall, NEW_CODE)
    ask = Typed(request_id=request_id(), station="web")
    note(hall, OLD_CODE, ask=ask)
    note(hall, OLD_CODE, ask=ask)
    noted = [fact for fact in hall.facts() if fact.kind == "ticket.dossier_noted"]
    assert len(noted) == 2
    text = "\n".join(str(tuple(fact)) for fact in hall.facts())
    assert NEW_CODE not in text
    assert OLD_CODE not in text
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert hall.wire(row).dossier is None
    assert OLD_CODE not in everything(hall)


def test_the_office_says_what_a_code_looks_like(tmp_path: Path) -> None:
    hall = Hall(tmp_path, rules={"dossier_codes": ["[0-9]{14}"]})
    hall.tick()
    hall.open("c1")
    row = in_state(hall, State.SERVING)
    assert scan(hall, NEW_CODE).meaning == "unknown"
    scan(hall, "00352112000539")
    assert hall.wire(row).dossier == "00352112000539"
    hall.close()


# --- printers ---------------------------------------------------------------------------------------------


def printer_job(hall: Hall, kind: str, **more: Any) -> Any:
    ask = AskHelp.model_validate({"request_id": request_id(), "station": "web"} | more)
    return hall.ask(lambda tx, now: commands.station_job(tx, manager(), now, ask, "kiosk-1", kind))


def done(hall: Hall, job: str, state: str = "done") -> None:
    result = JobResult.model_validate({"station": "kiosk-1", "state": state})
    hall.ask(lambda tx, now: commands.finish_job(tx, kiosk(), now, job, result))


def open_jobs(hall: Hall) -> list[str]:
    with hall.read() as reading:
        return list(views.work(reading, "kiosk-1", "e").jobs)


def proven(hall: Hall, ticket: str, state: str) -> None:
    ask = Printed.model_validate({"station": "kiosk-1", "state": state})
    hall.ask(lambda tx, now: commands.printed(tx, kiosk(), now, ticket, ask))


@pytest.mark.parametrize(("kind", "mark"), [("roll", None), ("clear", None), ("test", "test")])
def test_what_staff_do_at_a_printer_is_a_job_that_waits_for_its_station(
    hall: Hall, kind: str, mark: str | None
) -> None:
    job = printer_job(hall, kind).job
    assert open_jobs(hall) == [job]
    assert printer_job(hall, kind).job == job
    hall.restarted("boot-2")
    assert open_jobs(hall) == [job]
    with hall.read() as reading:
        shown = views.job(reading, job)
    assert (shown.kind, shown.mark, shown.ticket) == (kind, mark, None)
    done(hall, job)
    assert open_jobs(hall) == []


def test_another_station_does_not_end_a_job(hall: Hall) -> None:
    job = printer_job(hall, "roll").job
    result = JobResult(station="kiosk-2", state="done")
    assert refusal(hall.ask, lambda tx, now: commands.finish_job(tx, kiosk(), now, job, result)).code == "not_found"
    assert open_jobs(hall) == [job]


def test_only_staff_and_only_known_work(hall: Hall) -> None:
    ask = AskHelp(request_id=request_id(), station="web")
    work = lambda tx, now: commands.station_job(tx, kiosk(), now, ask, "kiosk-1", "roll")
    assert refusal(hall.ask, work).code == "forbidden"
    assert refusal(printer_job, hall, "explode").code == "bad_request"


def seen(hall: Hall, ticket: str) -> Any:
    ask = AskHelp(request_id=request_id(), station="web")
    return hall.ask(lambda tx, now: commands.slip_seen(tx, clerk(), now, ask, ticket))


def test_a_slip_that_staff_looked_after_is_told_to_its_station_and_unclear_no_more(hall: Hall) -> None:
    row = hall.issue("HT")
    proven(hall, row.id, "unknown")
    job = seen(hall, row.id).job
    assert open_jobs(hall) == [job]
    assert hall.row(row.id).print_seen_at_ms == hall.clock.wall_ms
    assert seen(hall, row.id).job is None
    done(hall, job)
    assert hall.row(row.id).print_state == "unknown"
    assert hall.row(row.id).print_seen_at_ms is not None


@pytest.mark.parametrize("state", ["failed", "unknown", "held"])
def test_a_station_that_cannot_note_it_does_not_make_the_slip_unclear_again(hall: Hall, state: str) -> None:
    row = hall.issue("HT")
    proven(hall, row.id, "unknown")
    done(hall, seen(hall, row.id).job, state)
    assert open_jobs(hall) == []
    assert hall.row(row.id).print_seen_at_ms is not None
    with hall.read() as reading:
        assert views.unclear_slips(reading) == []


def test_slips_that_nobody_knows_to_be_printed_are_listed_until_they_are(hall: Hall) -> None:
    held, printing, printed, served = (hall.issue("HT") for _ in range(4))
    for row, state in ((held, "held"), (printing, "printing"), (printed, "printed"), (served, "failed")):
        proven(hall, row.id, state)
    hall.move(served, "cancel", counter="c1", reason="void")
    assert unclear(hall) == [(held.number, "held")]
    hall.clock.go(MINUTE + 1)
    assert unclear(hall) == [(held.number, "held"), (printing.number, "printing")]
    proven(hall, held.id, "printed")
    proven(hall, printing.id, "printed")
    assert unclear(hall) == []


def test_a_slip_that_its_kiosk_wanted_to_print_and_never_spoke_of_is_listed_after_a_minute(hall: Hall) -> None:
    silent, told = hall.issue("HT", slip=True), hall.issue("HT", slip=True)
    read_out = hall.issue("HT")
    assert (silent.print_state, silent.print_station, read_out.print_state) == ("pending", "kiosk-1", None)
    proven(hall, told.id, "printed")
    hall.clock.go(MINUTE)
    assert unclear(hall) == []
    hall.clock.step_wall(-30 * MINUTE)
    hall.clock.go(1)
    assert unclear(hall) == [(silent.number, "pending")]
    seen(hall, silent.id)
    assert unclear(hall) == []


def test_a_demonstrations_minute_is_not_a_printers(hall: Hall) -> None:
    hall.issue("HT", slip=True)
    for gone_ms, listed in ((60 * MINUTE, 0), (1, 1)):
        hall.clock.go(gone_ms)
        with hall.read() as reading:
            assert len(views.unclear_slips(replace(reading, speed=60.0))) == listed


def unclear(hall: Hall) -> list[tuple[str, str]]:
    with hall.read() as reading:
        return [(one.number, one.state) for one in views.unclear_slips(reading)]


def test_a_reprint_that_fails_as_the_slip_before_is_unclear_though_staff_looked_after_that_one(hall: Hall) -> None:
    row = hall.issue("HT")
    proven(hall, row.id, "failed")
    hall.clock.go(MINUTE)
    done(hall, seen(hall, row.id).job)
    hall.clock.go(MINUTE)
    ask = AskHelp(request_id=request_id(), station="web")
    again = hall.ask(lambda tx, now: commands.reprint(tx, clerk(), now, ask, row.id, "kiosk-1")).job
    done(hall, again, "failed")
    assert unclear(hall) == [(row.number, "failed")]
    done(hall, seen(hall, row.id).job)
    done(hall, again, "failed")
    assert unclear(hall) == []


@pytest.mark.parametrize("state", ["failed", "unknown", "held"])
@pytest.mark.parametrize("kind", ["test", "roll", "clear"])
def test_work_at_a_printer_that_was_not_done_is_listed_until_it_is_done_again(
    hall: Hall, kind: str, state: str
) -> None:
    def undone() -> list[tuple[str, str, str]]:
        with hall.read() as reading:
            return [(one.station, one.kind, one.state) for one in views.undone_work(reading)]

    first = printer_job(hall, kind).job
    assert undone() == []
    done(hall, first, state)
    for other in {"test", "roll", "clear"} - {kind}:
        done(hall, printer_job(hall, other).job)
    assert undone() == [("kiosk-1", kind, state)]
    again = printer_job(hall, kind).job
    assert undone() == []
    done(hall, again)
    assert undone() == []
    done(hall, printer_job(hall, kind).job, state)
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert undone() == [("kiosk-1", kind, state)]
    hall.clock.go(12 * 60 * MINUTE)
    assert undone() == []


def test_a_new_report_of_the_slip_is_unclear_again(hall: Hall) -> None:
    row = hall.issue("HT")
    proven(hall, row.id, "unknown")
    seen(hall, row.id)
    proven(hall, row.id, "held")
    assert hall.row(row.id).print_seen_at_ms is None
