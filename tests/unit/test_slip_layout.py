"""The slip's layout: permitted changes, required lines, and messages about mistakes."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from config.load import EX_CONFIG, ConfigError, load_settings
from config.slips import (
    CONDITIONS,
    LINE_KINDS,
    MARK_NAMES,
    PAIR_NAMES,
    REQUIRED_LINES,
    SHIPPED_FILE,
    TEXT_NAMES,
    load_layout,
    shipped_layout,
)
from config.words import words
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.drawing.raster import raster_commands, slip_image
from hardware.slips import compose as composing
from hardware.slips.compose import SlipData, compose
from hardware.slips.slip import Align, HorizontalRule, Inverse, Number, Pair, Qr, Text
from kiosk.app import main as kiosk_main

DATA = SlipData(
    "Phường Mẫu",
    "1",
    datetime(2026, 11, 23, 8, 12, 5, tzinfo=UTC),
    label="A015",
    number="A015",
    service="Hộ tịch",
    procedure="Đăng ký khai sinh",
    papers=("Tờ khai đăng ký khai sinh", "Giấy chứng sinh"),
    counters="2",
    ahead=4,
    wait="khoảng 20–35 phút",
    link="https://luot.phuongmau.example/v/7rW2mQ9xKfT4bZ1cVnE8sA",
    phone_page=True,
    day=date(2026, 11, 23),
    hotline="1022",
    address="1 Lê Lợi",
    taken=datetime(2026, 11, 23, 8, 12, 5, tzinfo=UTC),
)
ALL_MARKS = '["emergency", "priority", "reprint", "test", "demo", "practice"]'
NEEDED = f'{{ number = true }}, {{ text = "receipt" }}, {{ mark = {ALL_MARKS} }},'


def written(folder: Path, text: str) -> Path:
    path = folder / "slips.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_layout(written(folder, text))
    return [mistake.removeprefix(f"{folder / 'slips.toml'}: ") for mistake in caught.value.mistakes]


def texts_of(name: str, layout_file: Path | None = None, language: str = "vi", *conditions: str) -> list[str]:
    data = replace(DATA, conditions=frozenset(conditions))
    paper = compose(name, load_layout(layout_file), data, words(language))
    return [element.text for element in paper.elements if isinstance(element, Text | Inverse)]


def test_the_shipped_layout_has_every_slip_and_keeps_to_its_own_rules(tmp_path: Path) -> None:
    assert load_layout(None) is shipped_layout()
    shipped_text = SHIPPED_FILE.read_text(encoding="utf-8")
    assert load_layout(written(tmp_path, shipped_text)) == shipped_layout()


def test_every_name_that_a_layout_may_use_has_a_text() -> None:
    assert set(composing.TEXTS) == set(TEXT_NAMES)
    assert set(composing.PAIRS) == set(PAIR_NAMES)
    assert set(composing.MARKS) == set(MARK_NAMES)
    for language in ("vi", "en"):
        for name, say in {**composing.TEXTS, **composing.PAIRS}.items():
            assert say(DATA, words(language)), name


def test_a_hall_may_reorder_resize_leave_out_and_add_its_own_lines(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"""ticket = [
          {{ own = {{ vi = "12 Lê Lợi", en = "12 Lê Lợi Street" }}, size = 30, bold = true, align = "right" }},
          {NEEDED}
          {{ pair = "wait", size = 40 }},
          {{ own = {{ vi = "Bãi xe phía sau" }}, capitals = true }},
        ]""",
    )
    layout = load_layout(path)
    paper = compose("ticket", layout, DATA, words("en"))
    first, number, _, wait, parking = paper.elements
    assert first == Text("12 Lê Lợi Street", 30, bold=True, align=Align.RIGHT)
    assert number == Number("A015")
    assert isinstance(wait, Pair) and wait.size == 40
    assert parking == Text("BÃI XE PHÍA SAU", 27)  # no English: Vietnamese
    assert layout.papers == shipped_layout().papers and layout.test == shipped_layout().test


def test_lines_are_printed_only_on_their_conditions_and_days(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"""ticket = [
          {NEEDED}
          {{ own = {{ vi = "ưu tiên" }}, when = ["priority", "not reprint"] }},
          {{ own = {{ vi = "thứ hai" }}, days = ["mon", "sat"] }},
          {{ own = {{ vi = "chủ nhật" }}, days = ["sun"] }},
          {{ own = {{ vi = "có mã" }}, when = ["link"] }},
          {{ own = {{ vi = "không mã" }}, when = ["not link"] }},
        ]""",
    )
    receipt = "Phiếu này không thay cho Giấy tiếp nhận hồ sơ và hẹn trả kết quả."
    assert texts_of("ticket", path) == [receipt, "thứ hai", "có mã"]
    assert texts_of("ticket", path, "vi", "priority")[1:] == ["ƯU TIÊN", "ưu tiên", "thứ hai", "có mã"]
    assert texts_of("ticket", path, "vi", "priority", "reprint")[1:] == ["ƯU TIÊN · BẢN IN LẠI", "thứ hai", "có mã"]


def test_all_mistakes_of_a_layout_are_reported_at_once_with_advice(tmp_path: Path) -> None:
    sentences = mistakes(
        tmp_path,
        """
        tickets = []
        ticket = [
          { txt = "title" },
          { text = "titel", size = 200 },
          { pair = "service", rule = "solid" },
          { rule = "dotted" },
          { text = "thanks", when = ["not reprinted"] },
          { own = { en = "Hello" } },
          { rule = "solid", bold = true },
        ]
        test = []
        """,
    )
    text = "\n".join(sentences)
    for piece in (
        "top of the file: unknown setting 'tickets'; did you mean 'ticket'?",
        "unknown setting 'txt'; did you mean 'text'?",
        "text = 'titel': no such text; did you mean 'title'?",
        "size = 200",
        "exactly one of text, own, pair, number, mark, bullets, code, logo, rule, this one is pair and rule",
        "rule = 'dotted'",
        "'not reprinted': no such condition; did you mean 'reprint'?",
        "an own sentence needs Vietnamese",
        "a rule has no bold",
        "[ticket]: the number must always be on the slip; add { number = true }",
        "[ticket]: the text 'receipt' must always be on the slip",
        "[ticket]: the mark 'reprint' must always be on the slip",
        "[test]: the mark 'test' must always be on the slip",
    ):
        assert piece in text, f"{piece!r} not in\n{text}"


def test_a_layout_of_brackets_without_end_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "slips.toml"
    path.write_text("ticket = " + "[" * 5_000, encoding="utf-8")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_layout(path)


@pytest.mark.parametrize(
    ("slip", "kind", "name"), [(slip, *line) for slip, required in REQUIRED_LINES.items() for line in required]
)
def test_what_no_slip_may_lack_can_neither_be_left_out_nor_made_conditional(
    tmp_path: Path, slip: str, kind: str, name: str
) -> None:
    text = SHIPPED_FILE.read_text(encoding="utf-8")
    value = "true" if kind == "number" else f'"{name}"'
    lines = text.splitlines()
    (at,) = [
        n
        for n, line in enumerate(lines)
        if (f"{kind} =" in line and value in line and slip in ("ticket", "papers")) or f'{kind} = ["test"]' in line
        if slip == [w.split(" ")[0] for w in lines[:n] if w.endswith("= [")][-1]
    ]
    without = [*lines[:at], *lines[at + 1 :]]
    assert any(
        f"[{slip}]" in mistake and "must always be on the slip" in mistake
        for mistake in mistakes(tmp_path, "\n".join(without))
    )
    sometimes = [*lines[:at], lines[at].replace(" }", ', when = ["not compact"] }', 1), *lines[at + 1 :]]
    assert any(
        f"[{slip}]" in mistake and "must always be on the slip" in mistake
        for mistake in mistakes(tmp_path, "\n".join(sometimes))
    )


def test_an_own_line_cannot_become_a_command(tmp_path: Path) -> None:
    own = r'{ own = { vi = "x\u001b@\u001dV0\u202e\u200bhết" } }'
    paper = compose("ticket", load_layout(written(tmp_path, f"ticket = [{NEEDED} {own}]")), DATA, words("vi"))
    plain = compose(
        "ticket",
        load_layout(written(tmp_path, f'ticket = [{NEEDED} {{ own = {{ vi = "x@ V0hết" }} }}]')),
        DATA,
        words("vi"),
    )
    assert slip_image(paper, PAPERS[80]).tobytes() == slip_image(plain, PAPERS[80]).tobytes()


def test_the_compact_slip_has_all_required_texts_on_less_paper() -> None:
    compact = compose("ticket", shipped_layout(), replace(DATA, conditions=frozenset({"compact"})), words("vi"))
    whole = compose("ticket", shipped_layout(), DATA, words("vi"))
    for paper in PAPERS.values():
        drawn = [slip_image(slip, paper) for slip in (compact, whole)]
        assert drawn[0].height < 0.8 * drawn[1].height
        assert len(raster_commands(drawn[0])) < 0.75 * len(raster_commands(drawn[1]))
    kinds = {type(element) for element in compact.elements}
    assert {Number, Pair, Qr, HorizontalRule, Text} <= kinds
    texts = [element.text for element in compact.elements if isinstance(element, Text)]
    assert any("không thay cho Giấy tiếp nhận" in text for text in texts)


def test_an_emergency_number_is_marked_in_two_places() -> None:
    assert "SỐ DỰ PHÒNG" in texts_of("ticket", None, "vi", "emergency")
    assert "Cấp khi máy mất kết nối; vẫn được gọi như thường." in texts_of("ticket", None, "vi", "emergency")


PAGE = (Path(__file__).parents[2] / "docs" / "SLIP.md").read_text(encoding="utf-8")


def test_the_page_about_slips_names_everything_that_a_layout_may_use_and_its_example_loads(tmp_path: Path) -> None:
    for name in (*TEXT_NAMES, *PAIR_NAMES, *MARK_NAMES, *CONDITIONS, *LINE_KINDS):
        assert re.search(rf"`{name}[` ]", PAGE), name
    (example,) = re.findall(r"```toml\n(ticket = .*?)```", PAGE, re.DOTALL)
    layout = load_layout(written(tmp_path, example))
    friday = replace(DATA, day=date(2026, 11, 27))
    texts = [
        element.text for element in compose("ticket", layout, friday, words("en")).elements if isinstance(element, Text)
    ]
    assert "On Fridays we close at 16:30." in texts


def test_the_settings_name_the_layout_from_their_own_folder(tmp_path: Path) -> None:
    machine = tmp_path / "machine.toml"
    machine.write_text('[kiosk.printer]\nlayout = "slips.toml"\nprofile = "/etc/luot/p.toml"\n', encoding="utf-8")
    kiosk = load_settings(machine).kiosk
    assert kiosk is not None
    assert (kiosk.printer.layout, kiosk.printer.profile) == (tmp_path / "slips.toml", Path("/etc/luot/p.toml"))


def test_a_kiosk_does_not_start_with_a_layout_that_lacks_the_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, 'ticket = [{ text = "receipt" }]')
    machine = tmp_path / "machine.toml"
    machine.write_text('[kiosk.printer]\nlayout = "slips.toml"\n', encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        kiosk_main(["--config", str(machine)])
    assert ended.value.code == EX_CONFIG
    assert "the number must always be on the slip" in capsys.readouterr().err
