"""A service that is handled elsewhere issues no numbers."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hall import OFFICE, Hall, office, refusal

from config.office import OfficeSettings
from server import commands, views
from server.commands import Actor, Role
from server.commands.setup import office_from_settings
from server.domain.office_changes import Edit, Part
from server.startup.office_toml import office_text, update_to

BOSS = Actor(Role.ADMINISTRATOR, "p-000001", roles=(Role.ADMINISTRATOR,))
PLACE = "UBND tỉnh, 1 Lê Lợi"


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    hall.open()
    yield hall
    hall.close()


def move_away(hall: Hall) -> None:
    edit = Edit(Part.SERVICE, "CT", {"place": None}, {"place": PLACE})
    hall.ask(lambda tx, now: commands.change_office(tx, BOSS, now, [edit]))


def test_no_number_is_issued_and_the_place_is_named(hall: Hall) -> None:
    waiting = hall.issue("CT")
    move_away(hall)
    refused = refusal(hall.issue, "CT")
    assert (refused.code.value, refused.values["place"]) == ("service_closed", PLACE)
    shown = next(service for service in hall.view(views.services) if service.id == "CT")
    assert (shown.state, shown.place) == ("no_counter", PLACE)
    called = hall.next("c2")
    assert called is not None
    assert called.id == waiting.id


def test_nobody_is_transferred_to_it(hall: Hall) -> None:
    ticket = hall.issue("HT")
    move_away(hall)
    refused = refusal(hall.move, ticket, "transfer", service="CT", reason="Nhầm quầy")
    assert refused.values["place"] == PLACE


def test_the_fields_of_a_service_survive_the_file() -> None:
    fields = {"place": PLACE, "target_min": 7, "asks_priority": False}
    services = [OFFICE["services"][0], {**OFFICE["services"][1], **fields}]
    counters = [{"id": "c1", "label": "1", "services": ["HT"]}]
    value = office_from_settings(office(services=services, counters=counters, clerks=[], procedures=[]))
    again = OfficeSettings.model_validate(tomllib.loads(office_text(value)))
    assert update_to(value, again).is_empty
    assert value.services["CT"].target_min == 7
