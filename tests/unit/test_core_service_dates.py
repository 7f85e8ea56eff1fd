"""Services that are open or closed on single dates."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, OFFICE, Hall, office

from config.office import OfficeSettings
from server import views
from server.commands import Refused
from server.commands.setup import office_from_settings
from server.startup.office_toml import office_text, update_to

DAY = 24 * HOUR
DATES = {
    "2026-11-24": ["08:00-11:00"],  # a holiday of the office
    "2026-11-25": [],  # a usual Wednesday
    "2026-11-28": ["08:00-11:00"],  # a Saturday
}


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    services: list[dict[str, Any]] = [dict(service) for service in OFFICE["services"]]
    services[1]["dates"] = DATES
    hall = Hall(tmp_path, services=services)
    yield hall
    hall.close()


def at_kiosk(hall: Hall, service: str) -> Any:
    return next(row for row in hall.view(views.services) if row.id == service)


@pytest.mark.parametrize(
    ("days", "open_services"),
    [(0, {"HT", "CT"}), (1, {"CT"}), (2, {"HT"}), (3, {"HT", "CT"}), (5, {"CT"}), (6, set())],
)
def test_a_service_issues_on_its_own_dates(hall: Hall, days: int, open_services: set[str]) -> None:
    hall.clock.go(days * DAY + HOUR)
    hall.tick()
    issued = set()
    for service in ("HT", "CT"):
        try:
            hall.issue(service)
        except Refused:
            continue
        issued.add(service)
    assert issued == open_services
    assert {service for service in ("HT", "CT") if at_kiosk(hall, service).state == "open"} == open_services


def test_the_kiosk_says_when_the_service_opens_next(hall: Hall) -> None:
    hall.clock.go(HOUR)
    hall.tick()
    hall.clock.go(2 * DAY)
    hall.tick()
    assert at_kiosk(hall, "CT").next_open == "2026-11-26T00:30:00.000Z"
    assert at_kiosk(hall, "CT").hours == ""
    hall.clock.go(2 * DAY + 10 * HOUR)
    assert at_kiosk(hall, "CT").next_open == "2026-11-28T01:00:00.000Z"
    assert at_kiosk(hall, "HT").next_open == "2026-11-30T00:30:00.000Z"


def test_a_day_opens_by_schedule_for_one_service_and_the_server_wakes_for_it(hall: Hall) -> None:
    hall.clock.go(4 * DAY + 10 * HOUR)  # Friday evening
    hall.tick()
    hall.clock.go(14 * HOUR)  # Saturday at 08:00
    hall.tick()
    assert hall.view(lambda snapshot: snapshot.head.date) == "2026-11-28"


def test_the_dates_survive_the_file() -> None:
    value = office_from_settings(
        office(
            services=[{**OFFICE["services"][1], "dates": DATES}],
            counters=[{"id": "c1", "label": "1", "services": ["CT"]}],
            procedures=[],
        )
    )
    again = OfficeSettings.model_validate(tomllib.loads(office_text(value)))
    assert again.services[0].dates == DATES
    assert update_to(value, again).is_empty
