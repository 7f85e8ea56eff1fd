"""Groups of services are changed like any part, and shown before the services."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from core_hall import OFFICE, Hall, office
from kiosk_bench import Kiosk
from pydantic import ValidationError

from config.load import ConfigError
from config.office import load_office
from kiosk.flow.state import Accessibility, ScreenName, with_visit
from kiosk.screens.draw import draw
from server import commands, views
from server.commands import Actor, OfficeRefused, Role
from server.domain.office_changes import Edit, Part, ProblemKind, Row, parts_of
from server.startup.office_toml import office_text, update_to
from server.store import SqliteBackend
from server.store.migrations import migrate
from server.store.replay import check
from server.tables.office_import import import_procedures
from server.tables.office_tables import procedure_table
from server.wire.messages import Office, OfficeGroup
from server.wire.station.events import PictureReceived
from tools.pictures import kiosk as demo

BOSS = Actor(Role.ADMINISTRATOR, "p-000001", roles=(Role.ADMINISTRATOR,))
PEOPLE: Row = {"name": {"vi": "Nhân thân", "en": "Persons"}, "services": ["HT", "CT"]}
LAND: Row = {"name": {"vi": "Đất đai, xây dựng"}, "services": ["DD"]}


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with closing(Hall(tmp_path)) as hall:
        yield hall


def change(hall: Hall, *edits: Edit) -> str:
    return str(hall.ask(lambda tx, now: commands.change_office(tx, BOSS, now, edits)))


def groups(hall: Hall) -> list[tuple[str, tuple[str, ...]]]:
    with hall.store.read() as snapshot:
        return [(group.id, group.services) for group in snapshot.office.groups.values()]


def test_groups_are_added_ordered_changed_removed_and_put_back(hall: Hall, tmp_path: Path) -> None:
    change(hall, Edit(Part.GROUP, "g1", None, PEOPLE), Edit(Part.GROUP, "g2", None, LAND))
    change(hall, Edit(Part.ORDER, "group", {"ids": ["g1", "g2"]}, {"ids": ["g2", "g1"]}))
    change(hall, Edit(Part.GROUP, "g1", {"services": ["HT", "CT"]}, {"services": ["HT", "XX"]}))
    assert groups(hall) == [("g2", ("DD",)), ("g1", ("HT", "XX"))]
    removal = change(hall, Edit(Part.GROUP, "g2", LAND, None))
    assert groups(hall) == [("g1", ("HT", "XX"))]
    hall.ask(lambda tx, now: commands.undo_change(tx, BOSS, now, removal))
    assert groups(hall) == [("g1", ("HT", "XX")), ("g2", ("DD",))]
    with (
        closing(SqliteBackend(tmp_path / "again.db").open()) as empty,
        hall.store.engines.read.connect() as connection,
    ):
        migrate(empty.write)
        assert check(connection, empty.write) == []


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({**LAND, "services": ["DD", "CT"]}, ProblemKind.IN_TWO_GROUPS),
        ({**LAND, "services": []}, ProblemKind.NO_SERVICES),
        ({**LAND, "services": ["ZZ"]}, ProblemKind.UNKNOWN_SERVICE),
        ({**LAND, "name": {"en": "Land"}}, ProblemKind.NO_NAME),
    ],
)
def test_an_impossible_group_is_refused_with_its_reason(hall: Hall, row: Row, kind: ProblemKind) -> None:
    change(hall, Edit(Part.GROUP, "g1", None, PEOPLE))
    with pytest.raises(OfficeRefused) as refused:
        change(hall, Edit(Part.GROUP, "g2", None, row))
    assert [problem.kind for problem in refused.value.problems] == [kind]
    assert groups(hall) == [("g1", ("HT", "CT"))]


def test_groups_and_search_words_survive_the_file_and_the_first_start(tmp_path: Path) -> None:
    services = [OFFICE["services"][0] | {"synonyms": ["giấy tờ tùy thân"]}, *OFFICE["services"][1:]]
    listed = [{"id": "g1", **PEOPLE}, {"id": "g2", **LAND}]
    with closing(Hall(tmp_path, services=services, groups=listed)) as hall, hall.store.read() as snapshot:
        file = tmp_path / "again.toml"
        file.write_text(office_text(snapshot.office), encoding="utf-8")
        assert load_office(file).model_dump() == office(services=services, groups=listed).model_dump()
        assert update_to(snapshot.office, load_office(file)).is_empty
        assert parts_of(snapshot.office)[(Part.ORDER, "group")] == {"ids": ["g1", "g2"]}
        changed = update_to(snapshot.office, office(services=services))
    assert [(edit.part, edit.id, edit.after) for edit in changed.edits] == [
        (Part.GROUP, "g1", None),
        (Part.GROUP, "g2", None),
        (Part.ORDER, "group", {"ids": []}),
    ]


def test_an_office_file_with_a_service_in_two_groups_is_refused() -> None:
    listed = [{"id": "g1", **PEOPLE}, {"id": "g2", **LAND, "services": ["HT"]}]
    with pytest.raises((ConfigError, ValidationError), match="service of a group 'HT' is there twice"):
        office(groups=listed)


def test_the_offices_picture_has_the_groups_and_an_older_station_ignores_them(hall: Hall) -> None:
    change(hall, Edit(Part.GROUP, "g1", None, PEOPLE))
    picture = hall.view(views.office, "e1")
    assert [(group.id, group.services) for group in picture.groups] == [("g1", ["HT", "CT"])]
    old = {name: value for name, value in picture.model_dump(mode="json", by_alias=True).items() if name != "groups"}
    assert Office.model_validate(old).groups == []
    assert Office.model_validate({**old, "new": 1}) == Office.model_validate(old)  # as an old station reads `groups`


def with_groups(kiosk: Kiosk, *listed: tuple[str, list[str]]) -> None:
    rows = [OfficeGroup(id=id_, name={"vi": f"Nhóm {id_}"}, services=services) for id_, services in listed]
    kiosk.happens(PictureReceived(demo.office().model_copy(update={"groups": rows, "rev": 2})))


def test_the_kiosk_shows_groups_first_and_back_leads_to_them() -> None:
    kiosk = Kiosk()
    with_groups(kiosk, ("g1", ["HT", "CT"]), ("g2", ["DD"]))
    kiosk.tap("take")
    assert kiosk.visit.screen is ScreenName.GROUPS
    kiosk.tap("page-next", "group-g1")
    assert (kiosk.visit.screen, kiosk.visit.group) == (ScreenName.SERVICES, "g1")
    group = kiosk.state.hall.group("g1")
    assert group is not None
    assert {service.id for service in kiosk.state.hall.services_of_group(group)} == {"HT", "CT"}
    kiosk.tap("service-HT", "back")
    assert (kiosk.visit.screen, kiosk.visit.group) == (ScreenName.SERVICES, "g1")
    kiosk.tap("back")
    assert (kiosk.visit.screen, kiosk.visit.page) == (ScreenName.GROUPS, 1)
    kiosk.tap("service-BH")  # in no group: it stands after the groups
    assert kiosk.visit.service == "BH"
    kiosk.tap("home", "take", "group-g9")
    assert (kiosk.visit.screen, kiosk.visit.group) == (ScreenName.GROUPS, None)


def test_every_service_is_reached_once_from_the_groups() -> None:
    kiosk = Kiosk()
    with_groups(kiosk, ("g1", ["HT", "CT", "TK"]), ("g2", ["DD"]), ("g3", ["TK"]))
    hall = kiosk.state.hall
    reached = [service.id for group in hall.groups() for service in hall.services_of_group(group)]
    reached += [service.id for service in hall.services_without_group()]
    assert sorted(reached) == sorted(service.id for service in hall.listed_services())
    assert [group.id for group in hall.groups()] == ["g1", "g2"]  # results have a button of their own


def test_groups_that_are_removed_while_a_visitor_chooses_leave_no_empty_screen() -> None:
    kiosk = Kiosk()
    with_groups(kiosk, ("g1", ["HT", "CT"]))
    kiosk.tap("take", "group-g1")
    kiosk.happens(PictureReceived(demo.office().model_copy(update={"rev": 3})))
    for name in ((), ("back",)):
        kiosk.tap(*name)
        labels = str(draw(demo.view_of(kiosk.state, demo.PORTRAIT)))
        assert "Hộ tịch" in labels


def test_a_procedure_has_its_legal_limit_and_decision_in_file_catalogue_and_on_the_card(tmp_path: Path) -> None:
    row = OFFICE["procedures"][0] | {"legal_time": "05 ngày", "decision": "Quyết định số 1872/QĐ-BTP"}
    with closing(Hall(tmp_path, procedures=[row])) as hall:
        with hall.store.read() as snapshot:
            file = tmp_path / "again.toml"
            file.write_text(office_text(snapshot.office), encoding="utf-8")
            assert load_office(file).model_dump() == office(procedures=[row]).model_dump()
            assert import_procedures(procedure_table(snapshot.office), snapshot.office).edits == []
        (procedure,) = hall.view(views.catalogue).procedures
        assert (procedure.legal_time, procedure.decision) == ("05 ngày", "Quyết định số 1872/QĐ-BTP")
        change(hall, Edit(Part.PROCEDURE, "1.001193", {"legal_time": "05 ngày"}, {"legal_time": ""}))
        assert hall.view(views.catalogue).procedures[0].legal_time == ""
    (shot,) = [shot for shot in demo.shots(Accessibility("vi")) if shot.name == "card-announced"]
    shown = "".join(str(draw(demo.view_of(with_visit(shot.state, page=page), demo.PORTRAIT))) for page in range(3))
    assert "Theo quy định: 05 ngày làm việc" in shown
    assert f"Căn cứ: {demo.DECISION}" in shown
