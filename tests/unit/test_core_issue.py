"""The issue of numbers: series, capacity, hours, and services that staff stopped."""

from core_hall import HOUR, MINUTE, Hall, manager, refusal

from server import commands


def test_services_with_one_prefix_share_a_series(hall: Hall) -> None:
    assert [hall.issue(service).number for service in ("HT", "TK", "CT", "HT")] == ["A001", "A002", "B001", "A003"]


def test_capacity_counts_issues_of_the_half_day_and_says_when_again(hall: Hall) -> None:
    for _ in range(3):
        hall.issue("DD")
    refused = refusal(hall.issue, "DD")
    assert (refused.code, refused.values["when_ms"]) == ("full", hall.clock.wall_ms + 5 * HOUR + 30 * MINUTE)
    hall.clock.go(5 * HOUR + 30 * MINUTE)
    assert hall.issue("DD").number == "C004"


def test_nothing_is_issued_outside_the_hours_but_who_waits_is_served(hall: Hall) -> None:
    row = hall.issue()
    hall.clock.go(10 * HOUR)
    refused = refusal(hall.issue)
    assert refused.code == "service_closed"
    assert refused.values["when_ms"] == hall.clock.wall_ms + 37 * HOUR + 30 * MINUTE, "after the holiday"
    assert hall.next("c1") == hall.row(row.id)


def test_a_stopped_service_issues_nothing_until_it_is_resumed(hall: Hall) -> None:
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "HT"))
    assert refusal(hall.issue).code == "service_closed"
    assert hall.issue("CT").number == "B001"
    hall.ask(lambda tx, now: commands.resume_issuing(tx, manager(), now, "HT"))
    assert hall.issue().number == "A001"
