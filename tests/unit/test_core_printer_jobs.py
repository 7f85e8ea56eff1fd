"""Jobs at printers, and slips that may not have come out."""

from dataclasses import replace
from typing import Any

import pytest
from core_hall import (
    MINUTE,
    Hall,
    clerk,
    kiosk,
    manager,
    refusal,
    request_id,
)

from server import commands, views
from server.commands import Refused
from server.wire.messages import AskHelp, JobResult, Printed


def printer_job(hall: Hall, kind: str, **more: Any) -> Any:
    ask = AskHelp.model_validate({"request_id": request_id(), "station": "web"} | more)
    return hall.ask(lambda tx, now: commands.request_printer_job(tx, manager(), now, ask, "kiosk-1", kind))


def done(hall: Hall, job: str, state: str = "done") -> None:
    result = JobResult.model_validate({"station": "kiosk-1", "state": state})
    hall.ask(lambda tx, now: commands.report_job(tx, kiosk(), now, job, result))


def open_jobs(hall: Hall) -> list[str]:
    with hall.read() as snapshot:
        return list(views.work_list(snapshot, "kiosk-1", "e").jobs)


def proven(hall: Hall, ticket: str, state: str) -> None:
    ask = Printed.model_validate({"station": "kiosk-1", "state": state})
    hall.ask(lambda tx, now: commands.report_print(tx, kiosk(), now, ticket, ask))


@pytest.mark.parametrize(("kind", "mark"), [("roll", None), ("clear", None), ("test", "test")])
def test_what_staff_do_at_a_printer_is_a_job_that_waits_for_its_station(
    hall: Hall, kind: str, mark: str | None
) -> None:
    job = printer_job(hall, kind).job
    assert open_jobs(hall) == [job]
    assert printer_job(hall, kind).job == job
    hall.restarted("boot-2")
    assert open_jobs(hall) == [job]
    with hall.read() as snapshot:
        as_sent = views.job(snapshot, job)
    assert (as_sent.kind, as_sent.mark, as_sent.ticket) == (kind, mark, None)
    done(hall, job)
    assert open_jobs(hall) == []


def test_another_station_does_not_end_a_job(hall: Hall) -> None:
    job = printer_job(hall, "roll").job
    result = JobResult(station="kiosk-2", state="done")
    assert refusal(hall.ask, lambda tx, now: commands.report_job(tx, kiosk(), now, job, result)).code == "not_found"
    assert open_jobs(hall) == [job]


def test_only_staff_and_only_known_work(hall: Hall) -> None:
    ask = AskHelp(request_id=request_id(), station="web")
    work = lambda tx, now: commands.request_printer_job(tx, kiosk(), now, ask, "kiosk-1", "roll")
    assert refusal(hall.ask, work).code == "forbidden"
    assert refusal(printer_job, hall, "explode").code == "bad_request"


def seen(hall: Hall, ticket: str) -> Any:
    ask = AskHelp(request_id=request_id(), station="web")
    return hall.ask(lambda tx, now: commands.dismiss_slip(tx, clerk(), now, ask, ticket))


def test_a_slip_that_staff_looked_after_is_told_to_its_station_and_unconfirmed_no_more(hall: Hall) -> None:
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
def test_a_station_that_cannot_note_it_does_not_make_the_slip_unconfirmed_again(hall: Hall, state: str) -> None:
    row = hall.issue("HT")
    proven(hall, row.id, "unknown")
    done(hall, seen(hall, row.id).job, state)
    assert open_jobs(hall) == []
    assert hall.row(row.id).print_seen_at_ms is not None
    with hall.read() as snapshot:
        assert views.unconfirmed_slips(snapshot) == []


def test_slips_that_nobody_knows_to_be_printed_are_listed_until_they_are(hall: Hall) -> None:
    held, printing, printed, served = (hall.issue("HT") for _ in range(4))
    for row, state in ((held, "held"), (printing, "printing"), (printed, "printed"), (served, "failed")):
        proven(hall, row.id, state)
    hall.move(served, "cancel", counter="c1", reason="void")
    assert unconfirmed(hall) == [(held.number, "held")]
    hall.clock.go(MINUTE + 1)
    assert unconfirmed(hall) == [(held.number, "held"), (printing.number, "printing")]
    proven(hall, held.id, "printed")
    proven(hall, printing.id, "printed")
    assert unconfirmed(hall) == []


def test_a_slip_that_its_kiosk_wanted_to_print_and_never_spoke_of_is_listed_after_a_minute(hall: Hall) -> None:
    silent, reported = hall.issue("HT", slip=True), hall.issue("HT", slip=True)
    read_out = hall.issue("HT")
    assert (silent.print_state, silent.print_station, read_out.print_state) == ("pending", "kiosk-1", None)
    proven(hall, reported.id, "printed")
    hall.clock.go(MINUTE)
    assert unconfirmed(hall) == []
    hall.clock.step_wall(-30 * MINUTE)
    hall.clock.go(1)
    assert unconfirmed(hall) == [(silent.number, "pending")]
    seen(hall, silent.id)
    assert unconfirmed(hall) == []


def test_a_demonstrations_minute_is_not_a_printers(hall: Hall) -> None:
    hall.issue("HT", slip=True)
    for gone_ms, listed in ((60 * MINUTE, 0), (1, 1)):
        hall.clock.go(gone_ms)
        with hall.read() as snapshot:
            assert len(views.unconfirmed_slips(replace(snapshot, speed=60.0))) == listed


def unconfirmed(hall: Hall) -> list[tuple[str, str]]:
    with hall.read() as snapshot:
        return [(slip.number, slip.state) for slip in views.unconfirmed_slips(snapshot)]


def test_a_reprint_that_fails_as_the_slip_before_is_unconfirmed_though_staff_looked_after_that_one(hall: Hall) -> None:
    row = hall.issue("HT")
    proven(hall, row.id, "failed")
    hall.clock.go(MINUTE)
    done(hall, seen(hall, row.id).job)
    hall.clock.go(MINUTE)
    ask = AskHelp(request_id=request_id(), station="web")
    again = hall.ask(lambda tx, now: commands.reprint(tx, clerk(), now, ask, row.id, "kiosk-1")).job
    done(hall, again, "failed")
    assert unconfirmed(hall) == [(row.number, "failed")]
    done(hall, seen(hall, row.id).job)
    done(hall, again, "failed")
    assert unconfirmed(hall) == []


@pytest.mark.parametrize("state", ["failed", "unknown", "held"])
@pytest.mark.parametrize("kind", ["test", "roll", "clear"])
def test_work_at_a_printer_that_was_not_done_is_listed_until_it_is_done_again(
    hall: Hall, kind: str, state: str
) -> None:
    def undone() -> list[tuple[str, str, str]]:
        with hall.read() as snapshot:
            return [(job.station, job.kind, job.state) for job in views.unsuccessful_jobs(snapshot)]

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


def test_a_new_report_of_the_slip_is_unconfirmed_again(hall: Hall) -> None:
    row = hall.issue("HT")
    proven(hall, row.id, "unknown")
    seen(hall, row.id)
    proven(hall, row.id, "held")
    assert hall.row(row.id).print_seen_at_ms is None


def test_a_staff_slip_is_a_job_with_its_link_until_the_station_answers(hall: Hall) -> None:
    answer = hall.issued("HT", print_at="kiosk-1", actor=clerk())
    (job_id,) = hall.view(views.work_list, "kiosk-1", "e").jobs
    job = hall.view(views.job, job_id)
    assert (job.id, job.kind, job.ticket.id, job.ticket.link) == (
        answer.job,
        "slip",
        answer.ticket,
        answer.visitor_token,
    )
    result = JobResult(station="kiosk-1", state="printed", proof="fence")
    for _ in range(2):
        hall.ask(lambda tx, now: commands.report_job(tx, kiosk(), now, job_id, result))
    assert hall.view(views.work_list, "kiosk-1", "e").jobs == []
    assert hall.row(answer.ticket).print_state == "printed"
    assert hall.kinds().count("job.done") == 1
    with pytest.raises(Refused):
        hall.view(views.job, "j-0")


def test_a_reprint_bears_the_same_number_and_its_mark(hall: Hall) -> None:
    row = hall.issue()
    ask = AskHelp(request_id=request_id(), station="kiosk-1")
    answer = hall.ask(lambda tx, now: commands.reprint(tx, clerk(), now, ask, row.id, "kiosk-1"))
    job = hall.view(views.job, answer.job)
    assert (job.kind, job.mark, job.ticket.number) == ("reprint", "reprint", row.number)
