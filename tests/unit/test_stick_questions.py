"""The questions of the stick, and the installation that their answers mean."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from config.load import load_settings
from onsite.roles import BASE, check_session, packages, programs_of, sections, units_of
from onstick.plan import TARGETS, InstallPlan, plan_of
from onstick.questions import (
    ALL_QUESTIONS,
    MAX_QUESTIONS,
    NUMBER,
    OF_PURPOSE,
    PRINTER,
    PURPOSE,
    SERVER,
    Interview,
    NoAnswer,
    Question,
)
from onstick.settings_text import tables_of, text_of, with_value
from support.server_process import ROOT

EXAMPLES = ROOT / "config/examples"


def interview(lines: Sequence[str], given: Mapping[str, str] | None = None) -> tuple[Interview, list[str]]:
    shown: list[str] = []
    typed: Iterator[str] = iter([f"{line}\n" for line in lines])
    return Interview(given or {}, lambda: next(typed, ""), shown.append), shown


def plan(answers: Mapping[str, str]) -> InstallPlan:
    example = EXAMPLES / f"{TARGETS[answers['purpose']].example}.toml"
    return plan_of(answers, example.read_text(encoding="utf-8"))


@pytest.mark.parametrize("purpose", list(PURPOSE.choices))
def test_no_purpose_has_more_than_five_questions(purpose: str) -> None:
    number = str(list(PURPOSE.choices).index(purpose) + 1)
    asking, shown = interview([number, "", "", "", "", ""])
    answers = asking.answers({})
    assert answers["purpose"] == purpose
    assert asking.asked == 1 + len(OF_PURPOSE[purpose]) <= MAX_QUESTIONS
    assert sum(line.startswith("\nCâu") for line in shown) == asking.asked


@pytest.mark.parametrize("purpose", list(PURPOSE.choices))
def test_each_purpose_has_settings_that_its_programs_can_use(purpose: str, tmp_path: Path) -> None:
    asking, _ = interview(["", "", "", ""], {"purpose": purpose})
    made = plan(asking.answers({}))
    file = tmp_path / "hall.toml"
    file.write_text(made.settings, encoding="utf-8")
    load_settings(file)
    programs = programs_of(made.role, sections(file))
    check_session(made.session, programs)
    is_box = purpose in ("hall", "room", "server")
    assert ("server" in sections(file)) == is_box
    assert ("link" in sections(file)) == is_box
    assert made.session == ("x11" if purpose in ("hall", "kiosk", "display") else "none")


def test_a_known_screen_is_not_asked_about() -> None:
    asking, _ = interview(["1", "", "", ""])
    assert asking.answers({"screen": "x11"})["screen"] == "x11"
    assert asking.asked == 4


def test_an_option_answers_its_question_and_beats_a_known_screen() -> None:
    asking, _ = interview([], {"purpose": "display", "server": "auto", "screen": "kmsdrm"})
    assert asking.answers({"screen": "x11"})["screen"] == "kmsdrm"
    assert asking.asked == 0


def test_a_line_that_is_no_answer_is_asked_for_again_without_a_new_number() -> None:
    asking, shown = interview(["9", "ki-ốt", "4"])
    assert asking.ask(PURPOSE) == "kiosk"
    assert asking.asked == 1
    assert sum("Chưa hiểu" in line for line in shown) == 2


def test_the_end_of_the_input_is_no_answer() -> None:
    asking, _ = interview([])
    with pytest.raises(NoAnswer):
        asking.ask(PURPOSE)


@pytest.mark.parametrize(
    ("question", "typed", "answer"),
    [
        (PRINTER, "", "usb"),
        (PRINTER, "2", "none"),
        (PRINTER, "192.168.1.50", "192.168.1.50:9100"),
        (PRINTER, "192.168.1.50:9101", "192.168.1.50:9101"),
        (PRINTER, "192.168.1.500", None),
        (PRINTER, "192.168.1.50:99999", None),
        (PRINTER, 'a.b"', None),
        (NUMBER, "", "2"),
        (NUMBER, "1", "1"),
        (NUMBER, "07", "7"),
        (NUMBER, "0", None),
        (NUMBER, "100", None),
        (SERVER, "", "auto"),
        (SERVER, "192.168.1.10", "192.168.1.10"),
        (SERVER, "Sanh.local", "sanh.local"),
        (SERVER, "https://x", None),
    ],
)
def test_typed_texts(question: Question, typed: str, answer: str | None) -> None:
    assert question.parse(typed) == answer


def test_the_printer_of_the_answer_is_the_one_of_the_settings(tmp_path: Path) -> None:
    answers = {"purpose": "hall", "screen": "x11", "network": "no", "ssh": "no"}
    expected = {
        "usb": ("usb", "/dev/luot/printer"),
        "none": ("none", ""),
        "10.0.0.7:9100": ("network", "10.0.0.7:9100"),
    }
    for printer, (kind, address) in expected.items():
        (tmp_path / "hall.toml").write_text(plan({**answers, "printer": printer}).settings, encoding="utf-8")
        kiosk = load_settings(tmp_path / "hall.toml").kiosk
        assert kiosk is not None
        assert (kiosk.printer.kind, kiosk.printer.address) == (kind, address)


@pytest.mark.parametrize("purpose", ["hall", "room", "server"])
@pytest.mark.parametrize("network", ["yes", "no"])
def test_a_network_opens_the_box_and_needs_mosquitto(purpose: str, network: str, tmp_path: Path) -> None:
    made = plan({"purpose": purpose, "screen": "x11", "printer": "usb", "network": network, "ssh": "yes"})
    (tmp_path / "hall.toml").write_text(made.settings, encoding="utf-8")
    settings = load_settings(tmp_path / "hall.toml")
    assert settings.server is not None and settings.server.office.name == "office.toml"
    assert settings.server.is_beyond_loopback == (network == "yes")
    assert (settings.broker.kind, settings.broker.network) == (
        ("mosquitto", "0.0.0.0:8883") if network == "yes" else ("embedded", None)
    )
    assert list(made.packages) == (["mosquitto"] if network == "yes" else []) + ["openssh-server"]


@pytest.mark.parametrize(
    ("printer", "programs"),
    [("usb", ("server", "kiosk")), ("10.0.0.7:9100", ("server", "kiosk")), ("none", ("server",))],
)
def test_a_room_needs_no_screen_of_ours_and_prints_only_with_a_printer(
    printer: str, programs: tuple[str, ...], tmp_path: Path
) -> None:
    asking, _ = interview([], {"purpose": "room", "printer": printer, "network": "no"})
    made = plan(asking.answers({"screen": "x11"}))
    file = tmp_path / "hall.toml"
    file.write_text(made.settings, encoding="utf-8")
    settings = load_settings(file)
    assert (made.session, programs_of(made.role, sections(file))) == ("none", programs)
    assert settings.kiosk is None or not settings.kiosk.screen.fitted
    assert set(packages(made.session, programs)) == set(BASE)
    units = units_of(made.session, programs)
    assert [unit for unit in units if unit.startswith("luot-") and unit.endswith(".service")] == [
        *(f"luot-{program}.service" for program in programs),
        "luot-settle.service",
    ]


def test_a_second_kiosk_has_its_number_its_own_screen_and_the_address_of_the_server(tmp_path: Path) -> None:
    made = plan({"purpose": "kiosk", "screen": "x11", "printer": "usb", "number": "3", "server": "192.168.1.10"})
    (tmp_path / "hall.toml").write_text(made.settings, encoding="utf-8")
    settings = load_settings(tmp_path / "hall.toml")
    assert settings.kiosk is not None
    assert (settings.kiosk.station, settings.kiosk.label, settings.kiosk.screen.display) == ("kiosk-3", "3", 0)
    assert settings.link.server == "https://192.168.1.10:8470"
    assert set(sections(tmp_path / "hall.toml")) == {"machine", "kiosk", "link"}


def test_a_display_alone_uses_the_first_screen(tmp_path: Path) -> None:
    made = plan({"purpose": "display", "screen": "x11", "server": "auto"})
    (tmp_path / "hall.toml").write_text(made.settings, encoding="utf-8")
    settings = load_settings(tmp_path / "hall.toml")
    assert settings.display is not None and settings.display.screen.display == 0


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_an_example_is_the_same_after_it_was_taken_apart(example: Path) -> None:
    text = example.read_text(encoding="utf-8")
    assert text_of(tables_of(text)) == text


def test_a_value_of_a_missing_table_is_refused() -> None:
    with pytest.raises(KeyError):
        with_value(tables_of("[a]\nb = 1\n"), "c", "d", "1")


def test_each_question_has_an_option_of_its_own() -> None:
    asked = {question.name for questions in OF_PURPOSE.values() for question in questions}
    assert {question.name for question in ALL_QUESTIONS} == asked | {"purpose"}
