"""The slip's layout as data: what a hall may change, what it may not, and how its mistakes are told."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from config.load import EX_CONFIG, ConfigError, load_settings
from config.slips import CONDITIONS, KINDS, MARKS, NEVER_WITHOUT, PAIRS, TEXTS, load_layout, shipped
from config.words import words
from hardware import slip_layout
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.drawing.raster import as_commands, picture
from hardware.slip import Align, Inverse, Number, Pair, Qr, Rule, Text
from hardware.slip_layout import Facts, compose
from kiosk.app import main as kiosk_main

FACTS = Facts(
    "Phường Mẫu",
    "1",
    datetime(2026, 11, 23, 8, 12, 5, tzinfo=UTC),
    job="A015",
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
    return [one.removeprefix(f"{folder / 'slips.toml'}: ") for one in caught.value.mistakes]


def said(name: str, layout_file: Path | None = None, language: str = "vi", *occasions: str) -> list[str]:
    facts = replace(FACTS, occasions=frozenset(occasions))
    paper = compose(name, load_layout(layout_file), facts, words(language))
    return [one.text for one in paper.elements if isinstance(one, Text | Inverse)]


def test_the_shipped_layout_has_every_slip_and_keeps_to_its_own_rules(tmp_path: Path) -> None:
    assert load_layout(None) is shipped()
    shipped_text = (Path(slip_layout.__file__).parents[1] / "config" / "slips.toml").read_text(encoding="utf-8")
    assert load_layout(written(tmp_path, shipped_text)) == shipped()


def test_every_name_that_a_layout_may_use_says_something() -> None:
    assert set(slip_layout.TEXTS) == set(TEXTS)
    assert set(slip_layout.PAIRS) == set(PAIRS)
    assert set(slip_layout.MARKS) == set(MARKS)
    for language in ("vi", "en"):
        for name, say in {**slip_layout.TEXTS, **slip_layout.PAIRS}.items():
            assert say(FACTS, words(language)), name


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
    paper = compose("ticket", layout, FACTS, words("en"))
    first, number, _, wait, parking = paper.elements
    assert first == Text("12 Lê Lợi Street", 30, bold=True, align=Align.RIGHT)
    assert number == Number("A015")
    assert isinstance(wait, Pair) and wait.size == 40
    assert parking == Text("BÃI XE PHÍA SAU", 27)  # no English: Vietnamese
    assert layout.papers == shipped().papers and layout.test == shipped().test


def test_lines_stand_there_only_on_their_occasions_and_days(tmp_path: Path) -> None:
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
    assert said("ticket", path) == [receipt, "thứ hai", "có mã"]
    assert said("ticket", path, "vi", "priority")[1:] == ["ƯU TIÊN", "ưu tiên", "thứ hai", "có mã"]
    assert said("ticket", path, "vi", "priority", "reprint")[1:] == ["ƯU TIÊN · BẢN IN LẠI", "thứ hai", "có mã"]


def test_all_mistakes_of_a_layout_come_at_once_and_each_says_what_to_write(tmp_path: Path) -> None:
    found = mistakes(
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
    text = "\n".join(found)
    for piece in (
        "top of the file: unknown setting 'tickets'; did you mean 'ticket'?",
        "unknown setting 'txt'; did you mean 'text'?",
        "text = 'titel': no such text; did you mean 'title'?",
        "size = 200",
        "exactly one of text, own, pair, number, mark, bullets, code, rule, this one is pair and rule",
        "rule = 'dotted'",
        "'not reprinted': no such occasion; did you mean 'reprint'?",
        "an own sentence needs Vietnamese",
        "a rule has no bold",
        "[ticket]: the number must always stand there; add { number = true }",
        "[ticket]: the text 'receipt' must always stand there",
        "[ticket]: the mark 'reprint' must always stand there",
        "[test]: the mark 'test' must always stand there",
    ):
        assert piece in text, f"{piece!r} not in\n{text}"


def test_a_layout_of_brackets_without_end_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "slips.toml"
    path.write_text("ticket = " + "[" * 5_000, encoding="utf-8")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_layout(path)


@pytest.mark.parametrize(
    ("slip", "kind", "name"), [(slip, *one) for slip, needed in NEVER_WITHOUT.items() for one in needed]
)
def test_what_no_slip_may_lack_can_neither_be_left_out_nor_made_conditional(
    tmp_path: Path, slip: str, kind: str, name: str
) -> None:
    text = (Path(slip_layout.__file__).parents[1] / "config" / "slips.toml").read_text(encoding="utf-8")
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
        f"[{slip}]" in one and "must always stand there" in one for one in mistakes(tmp_path, "\n".join(without))
    )
    sometimes = [*lines[:at], lines[at].replace(" }", ', when = ["not compact"] }', 1), *lines[at + 1 :]]
    assert any(
        f"[{slip}]" in one and "must always stand there" in one for one in mistakes(tmp_path, "\n".join(sometimes))
    )


def test_an_own_line_cannot_speak_to_the_printer(tmp_path: Path) -> None:
    own = r'{ own = { vi = "x\u001b@\u001dV0\u202e\u200bhết" } }'
    paper = compose("ticket", load_layout(written(tmp_path, f"ticket = [{NEEDED} {own}]")), FACTS, words("vi"))
    plain = compose(
        "ticket",
        load_layout(written(tmp_path, f'ticket = [{NEEDED} {{ own = {{ vi = "x@ V0hết" }} }}]')),
        FACTS,
        words("vi"),
    )
    assert picture(paper, PAPERS[80]).tobytes() == picture(plain, PAPERS[80]).tobytes()


def test_the_compact_slip_says_all_that_matters_on_less_paper() -> None:
    compact = compose("ticket", shipped(), replace(FACTS, occasions=frozenset({"compact"})), words("vi"))
    whole = compose("ticket", shipped(), FACTS, words("vi"))
    for paper in PAPERS.values():
        drawn = [picture(one, paper) for one in (compact, whole)]
        assert drawn[0].height < 0.8 * drawn[1].height
        assert len(as_commands(drawn[0])) < 0.75 * len(as_commands(drawn[1]))
    kinds = {type(one) for one in compact.elements}
    assert {Number, Pair, Qr, Rule, Text} <= kinds
    texts = [one.text for one in compact.elements if isinstance(one, Text)]
    assert any("không thay cho Giấy tiếp nhận" in one for one in texts)


def test_an_emergency_number_says_so_in_two_places() -> None:
    assert "SỐ DỰ PHÒNG" in said("ticket", None, "vi", "emergency")
    assert "Cấp khi máy mất kết nối; vẫn được gọi như thường." in said("ticket", None, "vi", "emergency")


PAGE = (Path(__file__).parents[2] / "docs" / "SLIP.md").read_text(encoding="utf-8")


def test_the_page_about_slips_names_everything_that_a_layout_may_use_and_its_example_loads(tmp_path: Path) -> None:
    for name in (*TEXTS, *PAIRS, *MARKS, *CONDITIONS, *KINDS):
        assert re.search(rf"`{name}[` ]", PAGE), name
    (shown,) = re.findall(r"```toml\n(ticket = .*?)```", PAGE, re.DOTALL)
    layout = load_layout(written(tmp_path, shown))
    friday = replace(FACTS, day=date(2026, 11, 27))
    texts = [one.text for one in compose("ticket", layout, friday, words("en")).elements if isinstance(one, Text)]
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
    assert "the number must always stand there" in capsys.readouterr().err
