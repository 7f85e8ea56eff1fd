"""A scanned slip on a clerk's page: how long, and when it is dealt with."""

from collections.abc import Callable

import pytest
from core_hall import Hall

from server import views
from server.domain.errors import Need, Refusal, Refused
from server.store.queries import TicketRow
from server.views import TicketProgress
from server.web.shared import scans
from server.web.shared.scanned_slips import PROBLEM_SHOWN_S, SLIP_SHOWN_S, ScannedSlips, ScanProblem


def progress(hall: Hall, row: TicketRow) -> TicketProgress:
    with hall.read() as snapshot:
        of_row = views.progress_of(snapshot, row.id)
    assert of_row is not None
    return of_row


def test_a_scanned_slip_is_open_for_two_minutes_at_its_own_counter(hall: Hall) -> None:
    slips, row = ScannedSlips(), hall.issue()
    slips.show_slip("c1", progress(hall, row), 100.0)
    assert slips.ticket_at("c1", 100.0) == slips.ticket_at("c1", 100.0 + SLIP_SHOWN_S - 0.1) == row.id
    assert slips.ticket_at("c1", 100.0 + SLIP_SHOWN_S) is None
    assert slips.ticket_at("c2", 100.0) is None


def test_the_slip_scanned_last_is_shown(hall: Hall) -> None:
    slips, first, second = ScannedSlips(), hall.issue(), hall.issue()
    slips.show_slip("c1", progress(hall, first), 0.0)
    slips.show_slip("c1", progress(hall, second), 1.0)
    assert slips.ticket_at("c1", 2.0) == second.id


def test_putting_away_one_ticket_leaves_another(hall: Hall) -> None:
    slips, row = ScannedSlips(), hall.issue()
    slips.show_slip("c1", progress(hall, row), 0.0)
    slips.clear("c1", "t-other")
    assert slips.ticket_at("c1", 1.0) == row.id
    slips.clear("c1", row.id)
    slips.clear("c1")
    assert slips.ticket_at("c1", 1.0) is None


def test_a_refused_scan_is_shown_for_a_while_and_until_the_next_one_is_taken(hall: Hall) -> None:
    slips = ScannedSlips()
    slips.show_problem("c1", ScanProblem.GARBLED, 0.0)
    assert slips.problem_at("c1", PROBLEM_SHOWN_S - 0.1) is ScanProblem.GARBLED
    assert slips.problem_at("c1", PROBLEM_SHOWN_S) is None
    assert slips.problem_at("c2", 0.0) is None
    answers: tuple[Callable[[], object], ...] = (
        lambda: slips.clear("c1"),
        lambda: slips.clear_problem("c1"),
        lambda: slips.show_slip("c1", progress(hall, hall.issue()), 0.0),
    )
    for answer in answers:
        slips.show_problem("c1", ScanProblem.CARD, 0.0)
        assert slips.problem_at("c1", 0.0) is ScanProblem.CARD
        answer()
        assert slips.problem_at("c1", 0.0) is None


@pytest.mark.parametrize(
    ("code", "need", "scan_problem"),
    [
        (Refusal.BAD_REQUEST, Need.CARD, ScanProblem.CARD),
        (Refusal.NOT_ALLOWED, Need.NO_OPEN, ScanProblem.NO_OPEN),
        (Refusal.DAY_CLOSED, None, ScanProblem.DAY_CLOSED),
        (Refusal.FORBIDDEN, None, None),
        (Refusal.NOT_ALLOWED, Need.CLERK_CHANGED, None),
    ],
)
def test_a_clerk_reads_of_a_refused_scan_what_a_clerk_can_mend(
    code: Refusal, need: Need | None, scan_problem: ScanProblem | None
) -> None:
    assert scans.problem_of(Refused(code, need=need)) is scan_problem


def test_a_move_by_staff_deals_with_the_slip_and_a_print_report_does_not(hall: Hall) -> None:
    slips, row = ScannedSlips(), hall.issue()
    slips.show_slip("c1", progress(hall, row), 0.0)
    assert not slips.is_dealt_with("c1", progress(hall, row))
    assert not slips.is_dealt_with("c1", progress(hall, hall.issue()))
    called = hall.move(row, "call_chosen", counter="c1", reason="x")
    assert slips.is_dealt_with("c1", progress(hall, called))
    hall.close()
