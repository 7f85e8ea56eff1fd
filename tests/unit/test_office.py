"""The office as data: from settings, into the first fact, back from the tables."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from core_hall import MONDAY_0800, OFFICE, Hall, office
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from config.office import OfficeSettings, load_office
from config.office_rules import RuleSettings
from server.commands.setup import office_from_settings
from server.domain.calendar import Opening
from server.domain.facts import FactKind
from server.domain.office import OfficeDefinition
from server.domain.office_changes.problems import MAX_PATTERNS, RULE_LIMITS
from server.domain.permissions import Role
from server.domain.rules import Rules
from server.store.chain import canonical

CONFIG = Path(__file__).parents[2] / "config"
FILES = ["demo/office.toml", "examples/office.toml", "examples/office-small.toml"]

DAY = 24 * 3_600_000
CHANGES: dict[str, Any] = {
    "services": [
        {"id": "HT", "prefix": "A", "name": {"vi": "Hộ tịch", "en": "Civil status"}, "capacity": 3},
        {
            "id": "TK",
            "prefix": "B",
            "name": {"vi": "Trả kết quả"},
            "outcome": "returned",
            "hours": {"mon": ["08:00-10:00"], "sat": ["08:00-24:00"]},
            "usual": False,
        },
    ],
    "counters": [
        {"id": "c2", "label": "2", "services": ["TK", "HT"], "zone": "upstairs"},
        {"id": "c1", "label": "1", "services": ["HT"], "clerk": "an"},
    ],
    "clerks": [
        {"id": "ql", "name": "Đặng Thị Mẫu", "role": "manager"},
        {"id": "an", "name": "Nguyễn Thị An", "services": ["HT"]},
    ],
    "holidays": [
        {"date": "2026-11-24", "name": {"vi": "Ngày Văn hóa Việt Nam"}},
        {"date": "2026-11-25", "name": {"vi": "Nghỉ bù"}},
    ],
    "days": [{"date": "2026-11-25", "hours": ["07:30-11:30"]}, {"date": "2026-11-28", "hours": []}],
    "hotline": "024 1022",
    "rules": {"head_start_min": 15, "dossier_codes": ["[0-9]{14}"], "close_at": "02:30"},
}


def sample() -> OfficeDefinition:
    return office_from_settings(office(**CHANGES))


@pytest.mark.parametrize("file", FILES)
def test_the_shipped_offices_come_back_from_the_tables_as_their_settings_say(tmp_path: Path, file: str) -> None:
    shutil.copy(CONFIG / file, tmp_path / "office.toml")
    shutil.copy(CONFIG / "demo" / "procedures.json", tmp_path)  # an example's own file is up to its office
    settings = load_office(tmp_path / "office.toml")
    hall = Hall(tmp_path, **settings.model_dump(mode="json", exclude={"procedures_file"}))
    with hall.read() as snapshot:
        assert snapshot.office == office_from_settings(hall.file)
    hall.close()


def test_an_office_with_every_setting_comes_back_from_the_tables_in_its_own_order(tmp_path: Path) -> None:
    hall = Hall(tmp_path, **CHANGES)
    with hall.read() as snapshot:
        assert snapshot.office == sample()
        assert list(snapshot.office.counters) == ["c2", "c1"]
        assert list(snapshot.office.clerks) == ["ql", "an"]
    hall.close()


def test_the_first_fact_has_the_settings_as_they_are_written(tmp_path: Path) -> None:
    hall = Hall(tmp_path, **CHANGES)
    fact = next(entry for entry in hall.facts() if entry.kind == FactKind.OFFICE_LOADED.value)
    hall.close()
    settings = office(**CHANGES).model_dump(mode="json")
    places = {"services", "counters", "clerks", "procedures"}
    for row in (row for place in places for row in settings[place]):
        assert row.pop("closed") is False  # left out of the fact while it is the default
    for row in settings["procedures"]:
        assert (row.pop("legal_time"), row.pop("decision")) == ("", "")
    for row in settings["services"]:
        assert row.pop("dates") == {}
        assert row.pop("asks_priority") is True
        assert row.pop("target_min") is None
        assert row.pop("place") is None
        for name in ("series", "number_first", "number_last", "number_digits", "number_end"):
            assert row.pop(name) is None  # likewise
        assert row.pop("synonyms") == []
    rows = {place: [row | {"pos": pos} for pos, row in enumerate(settings[place])] for place in places}
    kept = {"id", "name", "zone", "hotline", "hours", "rules"}
    expected = {
        "office": [{"rev": 1} | {name: settings[name] for name in kept}],
        "service": rows["services"],
        "clerk": [{name: row[name] for name in ("id", "pos", "role", "services")} for row in rows["clerks"]],
        "counter": [{name: row[name] for name in row.keys() - {"services"}} for row in rows["counters"]],
        "counter_service": [
            {"counter": counter["id"], "service": service, "pos": pos}
            for counter in settings["counters"]
            for pos, service in enumerate(counter["services"])
        ],
        "procedure": rows["procedures"],
        "calendar": [
            {"date": "2026-11-24", "name": {"vi": "Ngày Văn hóa Việt Nam"}, "spans": None},
            {"date": "2026-11-25", "name": {"vi": "Nghỉ bù"}, "spans": ["07:30-11:30"]},
            {"date": "2026-11-28", "name": None, "spans": []},
        ],
    }
    assert fact.data == canonical(expected)


def test_hours_are_written_with_two_digits_however_the_settings_write_them(tmp_path: Path) -> None:
    services = [OFFICE["services"][0] | {"hours": {"mon": ["7:30 - 9:05"]}}, *OFFICE["services"][1:]]
    hall = Hall(tmp_path, services=services)
    fact = next(entry for entry in hall.facts() if entry.kind == FactKind.OFFICE_LOADED.value)
    hall.close()
    assert json.loads(fact.data)["service"][0]["hours"] == {"mon": ["07:30-09:05"]}


def test_settings_with_hours_that_end_before_they_start_set_up_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        office_from_settings(office(hours={"mon": ["11:30-07:30"]}))


def test_rules_of_an_earlier_release_get_the_defaults_of_the_settings() -> None:
    settings = RuleSettings().model_dump()
    defaults = dataclasses.asdict(Rules())
    assert defaults | {"dossier_codes": list(defaults["dossier_codes"])} == settings
    assert list(defaults) == list(settings)


@pytest.mark.parametrize("place", ["services", "counters", "clerks", "procedures"])
def test_settings_that_name_one_thing_twice_are_refused(place: str) -> None:
    twice = {place: [*OFFICE[place], OFFICE[place][0]]}
    with pytest.raises(ValidationError, match="is there twice"):
        OfficeSettings.model_validate(OFFICE | twice)


def test_a_service_has_its_own_hours_with_the_offices_dates_and_holidays() -> None:
    place = sample()
    own = place.hours_of("TK")
    assert list(place.own_hours) == ["TK"]
    assert place.hours_of("HT") == place.hours_of(None) == place.hours
    assert [span.text for span in own.spans("2026-11-23")] == ["08:00-10:00"]
    assert [span.text for span in own.spans("2026-11-25")] == ["07:30-11:30"]  # a date of its own beats the holiday
    assert (own.spans("2026-11-24"), own.spans("2026-11-28")) == ((), ())


def test_the_calendar_answers_for_the_office_for_a_service_and_for_an_unknown_date() -> None:
    place, at_1100 = sample(), MONDAY_0800 + 3 * 3_600_000
    assert place.opening_status(at_1100).opening is Opening.OPEN
    assert place.opening_status(at_1100, "TK").opening is Opening.CLOSED
    assert place.opening_status(at_1100 + DAY).holiday == "2026-11-24"
    assert place.opening_status(at_1100 + DAY, is_date_unknown=True).opening is Opening.OPEN
    always = dataclasses.replace(place, always_open=True)
    assert always.opening_status(at_1100 + DAY).opening is Opening.OPEN


def test_a_counter_serves_what_its_clerk_does_too() -> None:
    place = sample()
    assert place.counters_of("HT") == ["c2", "c1"]
    assert place.serves("c2", None) == place.serves("c2", "ql") == {"TK", "HT"}
    assert place.serves("c2", "an") == {"HT"}
    assert place.clerks["ql"].role is Role.MANAGER


def test_a_priority_ticket_has_the_head_start_of_the_rules() -> None:
    place = sample()
    assert (place.head_start_ms("priority"), place.head_start_ms("ordinary")) == (15 * 60_000, 0)


def test_the_limits_of_changed_rules_are_those_of_the_settings() -> None:
    limits = {name: limits_of(field) for name, field in RuleSettings.model_fields.items() if field.annotation is int}
    assert limits == dict(RULE_LIMITS)
    (patterns,) = RuleSettings.model_fields["dossier_codes"].metadata
    assert patterns.max_length == MAX_PATTERNS


def limits_of(field: FieldInfo) -> tuple[int, int]:
    """Return the least and the greatest value of a setting."""
    least, most = sorted(field.metadata, key=lambda limit: hasattr(limit, "le"))
    return least.ge, most.le
