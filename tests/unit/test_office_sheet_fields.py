"""Every field of every part of the office goes through the workbook and back."""

import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from core_hall import office

from config.office import load_office
from server.commands import changed_office
from server.commands.setup import office_from_settings
from server.domain.calendar import WEEKDAYS
from server.domain.office import OfficeDefinition
from server.domain.office_changes import Part, Row, parts_of
from server.domain.office_changes.problems import RULE_LIMITS
from server.domain.rules import Rules
from server.tables.files import read_workbook
from server.tables.office_import import OfficeImport, import_office_tables
from server.tables.office_sheets import NOT_FIELDS, NOT_IN_SHEETS, ORDER, REMOVED, SHEETS, new_row
from server.tables.office_tables import office_tables
from server.tables.xlsx import write_workbook

EXAMPLES = ["office.toml", "office-small.toml"]
PROCEDURES = Path("config/demo/procedures.json")
LIST = {"services": ["S1", "S0"]}


def through_a_file(source: OfficeDefinition, target: OfficeDefinition) -> OfficeImport:
    return import_office_tables(read_workbook(write_workbook(office_tables(source))), target)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_office_goes_through_the_workbook_without_a_difference(name: str, tmp_path: Path) -> None:
    for file in (Path("config/examples") / name, PROCEDURES):
        shutil.copy(file, tmp_path)
    example = office_from_settings(load_office(tmp_path / name))
    changes = through_a_file(example, example)
    assert (changes.edits, changes.names, changes.refused, changes.ignored) == ([], {}, [], [])


def test_every_field_of_every_part_has_a_column_or_a_reason() -> None:
    parts = parts_of(generated_office(1))
    kinds = {part for part, _ in parts}
    assert kinds - {Part.ORDER} == {sheet.part for sheet in SHEETS}
    for sheet in SHEETS:
        rows: Sequence[Row] = [row for (part, _), row in parts.items() if part is sheet.part]
        names = sheet.lines or [column.name.partition(".")[0] for column in sheet.columns]
        expected = {name for name in rows[0] if (sheet.part, name) not in NOT_IN_SHEETS}
        assert set(names) - NOT_FIELDS == expected, f"{sheet.name}: give each field a column, or a reason without one"
        if sheet.lines is None and sheet.part is not Part.OFFICE:
            assert set(new_row(sheet.part)) == set(rows[0])
    ordered = {sheet.part.value for sheet in SHEETS if any(column.name == ORDER for column in sheet.columns)}
    assert ordered == {id_ for part, id_ in parts if part is Part.ORDER}
    assert all(NOT_IN_SHEETS.values())


@pytest.mark.parametrize("seed", range(4))
def test_an_office_with_every_field_set_is_carried_to_a_bare_one(seed: int) -> None:
    source, bare = generated_office(seed), bare_office()
    changes = through_a_file(source, bare)
    assert (changes.refused, changes.impossible) == ([], [])
    after = changed_office(bare, changes.edits)
    assert parts_of(after) == parts_of(source)
    assert changes.names == {clerk.id: clerk.name for clerk in source.clerks.values()}
    named = replace(after, clerks={**source.clerks})
    again = through_a_file(source, named)
    assert (again.edits, again.names, again.refused) == ([], {}, [])


def test_every_field_of_the_generated_office_differs_from_that_of_a_new_part() -> None:
    source = generated_office(2)
    rows: dict[Part, list[Row]] = {}
    for (part, _), row in parts_of(source).items():
        rows.setdefault(part, []).append(row)
    for part in (
        Part.SERVICE,
        Part.GROUP,
        Part.COUNTER,
        Part.CLERK,
        Part.PROCEDURE,
        Part.DATE,
        Part.NOTICE,
        Part.ROSTER,
    ):
        fresh = new_row(part)
        same = [name for name in fresh if all(row[name] == fresh[name] for row in rows[part])]
        assert same == [], f"{part.value}: set these fields in the generated office too"
    (rules,) = rows[Part.RULES]
    assert [rule.name for rule in fields(Rules) if rules[rule.name] == rule.default] == []


def bare_office() -> OfficeDefinition:
    """Return an office with one service and one counter of the generated one."""
    return office_from_settings(
        office(
            services=[{"id": "S0", "prefix": "ZZ", "name": {"vi": "Trống"}}],
            counters=[{"id": "c0", "label": "0", "services": ["S0"]}],
            clerks=[],
            procedures=[],
            holidays=[],
            hours={},
        )
    )


def generated_office(seed: int) -> OfficeDefinition:
    """Return an office in which chance has set every field."""
    chance = random.Random(seed)
    services = [_service(number, chance) for number in range(6)]
    services[3] |= {"series": "S4", "prefix": "E"} | {f"number_{name}": None for name in ("first", "last", "digits")}
    services[3]["number_end"] = None
    chance.shuffle(services)
    settings = office(
        name={"vi": f"Phường {seed}", "en": f"Ward {seed}"},
        zone="Asia/Bangkok",
        hotline=f"1900 {seed:04}",
        address=f"{seed} Lê Lợi",
        hours={day: _spans(chance) for day in WEEKDAYS[: chance.randrange(3, 7)]},
        rules=_rules(chance),
        services=services,
        groups=[
            {"id": f"g{number}", "name": _text("Nhóm", number), "services": [f"S{number}"]} for number in (2, 1, 0)
        ],
        counters=[_counter(number, chance) for number in (3, 0, 2, 1)],
        clerks=[
            {"id": "nv-0", "name": "Lê Thị Hoa", "role": "manager", "services": None, "closed": True},
            {"id": "nv-2", "name": "Trần Văn Bình", "services": []},
            {"id": "nv-1", "name": "Đặng Thị Mẫu", "also": ["S0"], **LIST},
        ],
        procedures=[_procedure(number, chance) for number in (1, 3, 0, 2)],
        holidays=[{"date": f"2027-0{number}-1{number}", "name": _text("Lễ", number)} for number in (1, 2)],
        days=[
            {"date": "2027-01-11", "hours": []},
            {"date": "2027-03-13", "hours": _spans(chance)},
            {"date": "2027-04-14", "hours": []},
        ],
        roster=[
            {"id": "r1", "counter": "c1", "clerk": "nv-1", "weekdays": ["mon", "sat"], "hours": "am"},
            {"id": "r2", "counter": "c2", "clerk": "nv-2", "weekdays": ["sun"], "hours": "08:00-10:00"},
            {
                "id": "r3",
                "counter": "c1",
                "clerk": None,
                "weekdays": ["tue"],
                "hours": "pm",
                "since": "2027-02-02",
                "until": "2027-02-09",
            },
        ],
        notices=[
            {
                "id": "n2",
                "text": _text("=Thông báo\ndòng", 2),
                "since": "2027-01-01T00:00",
                "until": None,
                "on_tv": False,
            },
            {
                "id": "n1",
                "text": _text("+84, “x”; y", 1),
                "since": None,
                "until": "2027-02-03T07:05",
                "on_kiosk": False,
                "on_phone": False,
            },
        ],
    )
    return office_from_settings(settings)


def _text(name: str, number: int) -> dict[str, str]:
    return {"vi": f"{name} {number}", "en": f"{number} in English"}


def _spans(chance: random.Random) -> list[str]:
    return chance.choice([["07:30-11:30"], ["07:00-11:00", "13:05-17:00"], ["00:00-24:00"]])


def _rules(chance: random.Random) -> dict[str, Any]:
    """Return rules that all differ from their defaults."""
    present = {rule.name: rule.default for rule in fields(Rules)}
    numbers = {name: _other(chance, limits, present[name]) for name, limits in RULE_LIMITS.items()}
    ticks = {rule.name: not rule.default for rule in fields(Rules) if isinstance(rule.default, bool)}
    patterns = {"dossier_codes": [r"[A-Z]{2};\d+", r"=X\.\d{3}"]}
    end = {"number_first": 11, "number_last": 4321, "number_end": "wrap", "close_at": "02:15", "order_by": "demand"}
    return {**numbers, **ticks, **patterns, **end}


def _other(chance: random.Random, limits: tuple[int, int], default: object) -> int:
    return chance.choice([value for value in range(limits[0], min(limits[1], limits[0] + 40) + 1) if value != default])


def _service(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "id": f"S{number}",
        "prefix": chr(65 + number),
        "name": _text("Lĩnh vực", number),
        "outcome": chance.choice(["returned", "advice"]),
        "capacity": 1 + chance.randrange(50),
        "hours": {day: _spans(chance) for day in WEEKDAYS if chance.random() < 0.5} if number % 2 else None,
        "dates": {"2027-05-01": [], "2027-05-0" + str(2 + number): _spans(chance)},
        "place": f"Tầng {number}, nhà B" if number > 3 else None,
        "asks_priority": bool(number % 2),
        "target_min": 5 + number,
        "usual": bool(number % 3),
        "closed": number == 5,
        "number_first": 1 + number,
        "number_last": 900 + number,
        "number_digits": 1 + number % 4,
        "number_end": chance.choice(["stop", "wrap"]),
        "synonyms": [f"từ {number}", "=khác"],
    }


def _counter(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "id": f"c{number}",
        "label": f"0{number}",
        "services": chance.sample(["S0", "S1", "S2", "S5"], 3),
        "clerk": f"nv-{number % 3}",
        "zone": f"lau-{number}",
        "closed": number == 3,
    }


def _procedure(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "code": f"1.00{number}190",
        "service": None if number == 3 else f"S{number}",
        "name": _text("Thủ tục", number),
        "full_name": f"Thủ tục đầy đủ số {number}",
        "synonyms": [f"từ {number}", f"word {number}"],
        "papers": [f"Tờ khai mẫu {number}; 02 bản", "Giấy tờ tùy thân, “gốc”"],
        "fee": f"{number}.000 đồng",
        "time": f"{number} ngày",
        "authority": "UBND cấp xã",
        "result": "Quyết định",
        "place": "Sở Nội vụ" if number == 3 else None,
        "demo_service_min": 11 + chance.randrange(9),
        "closed": number == 2,
        "legal_time": f"{number + 5} ngày",
        "decision": f"Số {number}/QĐ-BTP, -1",
    }


def test_a_removal_column_stands_where_parts_can_be_removed_and_a_closing_one_elsewhere() -> None:
    removable: Mapping[Part, bool] = {
        sheet.part: any(column.name == REMOVED for column in sheet.columns) for sheet in SHEETS
    }
    closable = {sheet.part for sheet in SHEETS if any(column.name == "closed" for column in sheet.columns)}
    expected = {Part.DATE, Part.GROUP, Part.NOTICE, Part.ROSTER}
    assert {part for part, is_removable in removable.items() if is_removable} == expected
    assert closable == {Part.SERVICE, Part.COUNTER, Part.CLERK, Part.PROCEDURE}
