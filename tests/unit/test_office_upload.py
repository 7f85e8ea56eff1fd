"""Uploaded office files are checked line by line; templates are usable offices."""

from pathlib import Path

import pytest

from config.office import load_office
from config.office_templates import FOLDER, TEMPLATES, office_of_template
from config.uploaded_office import OfficeFileError, read_office
from config.words import words
from server.commands.setup import office_from_settings

DEMO = Path("config/demo")
EXAMPLE = Path("config/examples/office-small.toml")


def mistakes(text: str, procedures: bytes | None = None, office_id: str = "thu") -> list[tuple[int, str]]:
    with pytest.raises(OfficeFileError) as refused:
        read_office(text.encode(), procedures, office_id)
    return [(mistake.line, mistake.text) for mistake in refused.value.mistakes]


GOOD = """\
id = "thu"
name = { vi = "Phường Thử" }

[hours]
mon = ["07:30-11:30"]

[[services]]
id = "HT"
prefix = "A"
name = { vi = "Hộ tịch" }

[[counters]]
id = "c1"
label = "1"
services = ["HT"]
"""


def test_a_good_file_becomes_the_office() -> None:
    office = read_office(GOOD.encode(), None, "thu")
    assert office.name == {"vi": "Phường Thử"}
    assert [service.id for service in office.services] == ["HT"]


def test_the_shipped_example_and_its_procedures_are_read_as_two_files() -> None:
    office = read_office(EXAMPLE.read_bytes(), (DEMO / "procedures.json").read_bytes(), "vi-du")
    assert len(office.procedures) == len(load_office(DEMO / "office.toml").procedures)


def test_all_mistakes_of_a_file_are_named_with_their_lines_at_once() -> None:
    text = GOOD.replace('label = "1"', 'lable = "1"').replace('"07:30-11:30"', '"7h30"').replace('"A"', '"a"')
    refused = mistakes(text)
    assert [line for line, _ in refused] == [4, 9, 12, 14]
    assert "is not a span of hours" in refused[0][1]
    assert "prefix = 'a'" in refused[1][1]
    assert "'label' is missing; add it" in refused[2][1]
    assert "unknown setting 'lable'; did you mean 'label'?" in refused[3][1]


def test_a_counter_with_an_unknown_service_is_named_by_the_line_of_the_counter() -> None:
    assert mistakes(GOOD.replace('services = ["HT"]', 'services = ["HX"]')) == [
        (12, "counter 'c1': unknown service 'HX'")
    ]


def test_a_file_that_is_no_toml_is_refused_with_its_line() -> None:
    [(line, sentence)] = mistakes(GOOD.replace('label = "1"', "label = 1o"))
    assert line == 14
    assert sentence.startswith("not valid TOML")


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(OfficeFileError, match="save it as UTF-8"):
        read_office(b"\xff\xfe\x00i", None, "thu")


def test_another_id_than_that_of_this_machines_stations_is_refused() -> None:
    [(line, sentence)] = mistakes(GOOD, office_id="vi-du")
    assert line == 1
    assert 'write id = "vi-du"' in sentence


def test_a_file_of_procedures_that_was_not_chosen_is_asked_for() -> None:
    [(line, sentence)] = mistakes('procedures_file = "procedures.json"\n' + GOOD)
    assert line == 1
    assert "second field" in sentence


@pytest.mark.parametrize("procedures", [b"{", b'{"code": "1"}', b"\xff"])
def test_a_file_of_procedures_that_is_no_list_is_refused(procedures: bytes) -> None:
    [(line, sentence)] = mistakes(GOOD, procedures)
    assert line == 0
    assert "the file of procedures" in sentence


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template_is_a_whole_office_without_people(template: str) -> None:
    office = office_of_template(template, "vi-du", {"vi": "Phường Thử"})
    definition = office_from_settings(office)
    assert (office.id, office.name, office.clerks) == ("vi-du", {"vi": "Phường Thử"}, [])
    assert {service for counter in office.counters for service in counter.services} == set(definition.services)
    for service in office.services:
        assert set(service.name) == {"vi", "en"}


def test_only_the_one_stop_template_names_the_one_stop_centre_above_the_offices_name() -> None:
    offices = {template: office_of_template(template, "mau", {"vi": "Phòng khám Mẫu"}) for template in TEMPLATES}
    assert {template for template, office in offices.items() if office.rules.one_stop} == {"one-stop", "room"}


def test_each_file_of_the_folder_is_a_template_and_has_texts_in_both_languages() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(TEMPLATES)
    for template in TEMPLATES.values():
        for text in (template.name, template.description):
            assert words("en")(*text) != text.vietnamese


def test_the_one_stop_template_has_the_demonstrations_services_and_procedures() -> None:
    template = office_of_template("one-stop", "mau", {"vi": "Phường Mẫu"})
    demo = load_office(DEMO / "office.toml")
    assert template.services == demo.services
    assert template.procedures == demo.procedures
    assert [counter.services for counter in template.counters] == [counter.services for counter in demo.counters]
