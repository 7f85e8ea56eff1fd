"""An exported office is the same office; an import changes it as a whole."""

import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from core_hall import OFFICE, Hall, office

from config.clock import Clock
from config.load import ConfigError
from config.office import OfficeSettings, load_office
from config.settings import Settings
from server.commands.setup import office_from_settings
from server.domain.office_changes import parts_of
from server.startup.office_file import export_office, import_office
from server.startup.office_toml import office_text, update_to
from server.store import CannotOpen


def settings(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "machine": {"state": folder},
            "server": {"database": f"sqlite:///{folder}/hall.db", "office": folder / "office.toml"},
        }
    )


def clock(hall: Hall) -> Clock:
    return Clock(lambda: hall.clock.wall_ms * 1_000_000, lambda: hall.clock.boot_ms * 1_000_000, "boot-1", None)


def answers(answer: str) -> Callable[[str], str]:
    return lambda question: answer


@pytest.fixture
def stopped_hall(tmp_path: Path) -> Hall:
    hall = Hall(tmp_path)
    hall.close()
    return hall


def test_an_export_has_the_whole_office_and_its_import_changes_nothing(
    stopped_hall: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "exported.toml"
    assert export_office(settings(tmp_path), file) == 0
    assert load_office(file).model_dump() == office().model_dump()
    assert import_office(settings(tmp_path), file, clock(stopped_hall), answers("y")) == 0
    assert "already" in capsys.readouterr().out


def test_an_import_shows_the_differences_and_makes_them(
    stopped_hall: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "exported.toml"
    export_office(settings(tmp_path), file)
    text = file.read_text(encoding="utf-8").replace('"Hộ tịch"', '"Tư pháp"').replace('"Lê Thị Chi"', '"Lê Thị Hoa"')
    without_last_service, _, rest = text.partition('[[services]]\nid = "XX"')
    file.write_text(without_last_service + rest[rest.index("[[counters]]") :], encoding="utf-8")
    assert import_office(settings(tmp_path), file, clock(stopped_hall), answers("n")) == 1
    assert import_office(settings(tmp_path), file, clock(stopped_hall), answers("y")) == 0
    shown = capsys.readouterr().out
    assert "service HT: name {'vi': 'Hộ tịch'} -> {'vi': 'Tư pháp'}" in shown
    assert "service XX: closed False -> True" in shown
    assert "clerk chi: another name" in shown
    with closing(Hall(tmp_path, stopped_hall.clock)) as hall, hall.store.read() as snapshot:
        assert snapshot.office.services["HT"].name == {"vi": "Tư pháp"}
        assert snapshot.office.services["XX"].closed
        assert snapshot.office.clerks["chi"].name == "Lê Thị Hoa"


def test_an_import_names_the_clerk_whom_the_file_does_not_have(
    stopped_hall: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "exported.toml"
    export_office(settings(tmp_path), file)
    values = tomllib.loads(file.read_text(encoding="utf-8"))
    values["clerks"] = [clerk for clerk in values["clerks"] if clerk["id"] != "chi"]
    for counter in values["counters"]:
        counter.pop("clerk", None)
    file.write_text(tomli_w.dumps(values), encoding="utf-8")
    assert import_office(settings(tmp_path), file, clock(stopped_hall), answers("n")) == 1
    assert "clerk chi (Lê Thị Chi): closed False -> True" in capsys.readouterr().out


def test_an_import_while_the_server_runs_is_refused_and_says_what_to_do(hall: Hall, tmp_path: Path) -> None:
    file = tmp_path / "exported.toml"
    assert export_office(settings(hall.folder), file) == 0
    with pytest.raises(CannotOpen, match="on this database; stop it first, or use the page"):
        import_office(settings(hall.folder), file, clock(hall), answers("y"))


def test_an_impossible_office_is_refused_as_a_whole(stopped_hall: Hall, tmp_path: Path) -> None:
    file = tmp_path / "exported.toml"
    export_office(settings(tmp_path), file)
    text = file.read_text(encoding="utf-8").replace('label = "2"', 'label = "1"').replace("Hộ tịch", "Tư pháp")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="same_label"):
        import_office(settings(tmp_path), file, clock(stopped_hall), answers("y"))
    with closing(Hall(tmp_path, stopped_hall.clock)) as hall, hall.store.read() as snapshot:
        assert snapshot.office.services["HT"].name == {"vi": "Hộ tịch"}


def test_the_office_of_another_hall_is_refused(hall: Hall) -> None:
    with hall.store.read() as snapshot, pytest.raises(ConfigError, match='write id = "mau"'):
        update_to(snapshot.office, office(id="khac"))


def test_hours_holidays_notices_and_own_lists_survive_the_file(tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "days": [{"date": "2026-11-28", "hours": ["08:00-11:00"]}],
        "notices": [{"id": "n1", "text": {"vi": "Nghỉ sớm"}, "since": "2026-11-28T07:00"}],
        "services": [*OFFICE["services"], {"id": "YY", "prefix": "Y", "name": {"vi": "Riêng"}, "closed": True}],
    }
    with closing(Hall(tmp_path, **changes)) as hall, hall.store.read() as snapshot:
        file = tmp_path / "again.toml"
        file.write_text(office_text(snapshot.office), encoding="utf-8")
        update = update_to(snapshot.office, load_office(file))
        assert update.is_empty
        assert parts_of(snapshot.office)
        assert load_office(file).model_dump() == office(**changes).model_dump()


@pytest.mark.parametrize("text", ["a\r\nb", "a\rb", 'x"""y', "back\\", "\\r", "\u2028", "\x0b", " x\t"])
def test_unusual_texts_come_back_from_the_file_as_they_were(text: str) -> None:
    before = office_from_settings(office())
    name, *_ = before.services
    unusual = replace(before, services={**before.services, name: replace(before.services[name], name={"vi": text})})
    again = OfficeSettings.model_validate(tomllib.loads(office_text(unusual)))
    assert again.services[0].name == {"vi": text}


def test_the_same_file_a_second_time_changes_nothing_also_with_a_new_service_first(
    stopped_hall: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "exported.toml"
    export_office(settings(tmp_path), file)
    values = tomllib.loads(file.read_text(encoding="utf-8"))
    values["services"].insert(0, {"id": "MT", "prefix": "M", "name": {"vi": "Môi trường"}})
    values["counters"][0]["services"].append("MT")
    values["counters"][0]["clerk"] = "nv-9"
    values["clerks"].insert(0, {"id": "nv-9", "name": "Lê Thị Hoa"})
    file.write_text(tomli_w.dumps(values), encoding="utf-8")
    assert import_office(settings(tmp_path), file, clock(stopped_hall), answers("y")) == 0
    capsys.readouterr()
    assert import_office(settings(tmp_path), file, clock(stopped_hall), answers("y")) == 0
    assert "already" in capsys.readouterr().out
