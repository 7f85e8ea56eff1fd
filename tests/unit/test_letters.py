"""Characters that the fonts lack are reported; the usual ones are in the fonts."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from config.drawable import find_undrawable
from config.letters import drawable_characters, missing_characters
from config.load import ConfigError, load_settings
from config.office import OfficeSettings, load_office
from config.slips import load_layout
from hardware.screens import fonts
from tools.words import texts

DEMO = Path(__file__).parents[2] / "config" / "demo" / "office.toml"
FACES = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf")
NEEDED = """ticket = [
  { number = true }, { text = "receipt" }, { mark = ["reprint", "test", "practice", "demo", "emergency"] },
  { own = { vi = "%s", en = "%s" }, capitals = %s },
]
"""


@pytest.mark.parametrize("face", FACES)
def test_the_list_of_characters_is_that_of_the_font(face: str) -> None:
    assert set(TTFont(fonts.FONT_FOLDER / face).getBestCmap()) == set(map(ord, drawable_characters()))


@pytest.mark.parametrize("char", "→←☎✓≥≤≠€№−●■☐™‰₫½²°")
def test_characters_that_notices_use_are_in_the_fonts(char: str) -> None:
    assert not missing_characters(char)


def test_every_text_of_the_programs_can_be_drawn() -> None:
    drawn = {text for surface, text in texts() if surface in ("kiosk", "ticket", "tv", "rating", "day", "wait")}
    assert drawn and not {char for text in drawn for char in missing_characters(text)}


def test_a_letter_may_be_decomposed_and_invisible_characters_need_no_font() -> None:
    assert missing_characters("Ê\u0323 Đường\u200b\u00a0\n☂☂北") == ("☂", "北")


@pytest.mark.parametrize(
    ("vi", "en", "capitals", "message"),
    [
        ("☂ 1022 → Tầng 2", "1022", "false", r"\[ticket\[3\]\]: own.vi: no font holds ☂ \(U\+2602 UMBRELLA\)"),
        ("Tầng 2", "①", "false", r"own.en: no font holds ① \(U\+2460 CIRCLED DIGIT ONE\)"),
        ("5 µm", "5", "true", r"own.vi: no font holds Μ \(U\+039C GREEK CAPITAL LETTER MU\)"),
    ],
)
def test_a_line_of_the_slip_that_cannot_be_drawn_is_refused_with_its_character(
    tmp_path: Path, vi: str, en: str, capitals: str, message: str
) -> None:
    path = tmp_path / "slips.toml"
    path.write_text(NEEDED % (vi, en, capitals), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_layout(path)


def test_a_line_with_a_telephone_and_an_arrow_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "slips.toml"
    path.write_text(NEEDED % ("☎ 1022 → Tầng 2", "☎ 1022 → 2nd floor", "false"), encoding="utf-8")
    assert load_layout(path).ticket


def test_each_undrawable_character_of_the_office_is_named_once_with_its_first_place() -> None:
    demo = load_office(DEMO)
    assert find_undrawable(demo) == ()
    wrong = demo.model_dump()
    wrong["services"][0]["name"]["vi"] = "Hộ tịch \uf0b7"
    wrong["procedures"][0]["papers"] = ["Tờ khai ☂", "Ảnh ☂"]
    wrong["counters"][0]["label"] = "1☂"
    messages = [str(character) for character in find_undrawable(OfficeSettings.model_validate(wrong))]
    assert [message.partition(";")[0] for message in messages] == [
        f"no font holds \uf0b7 (U+F0B7 without a name): service {demo.services[0].id}: name.vi",
        f"no font holds ☂ (U+2602 UMBRELLA): counter {demo.counters[0].id}: label and 2 other places",
    ]


def test_a_kiosk_whose_label_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "machine.toml"
    path.write_text('[kiosk]\nlabel = "① sảnh"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[kiosk\]: label = '① sảnh': no font holds ① \(U\+2460"):
        load_settings(path)
