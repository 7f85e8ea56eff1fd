"""A printer's profile: written by the installer's program, read at the start, each value with its meaning."""

import json
import tempfile
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from config import devices
from config.load import ConfigError
from config.profiles import CodePage, PrinterProfile, load_profile, write_profile
from hardware.installer import sheets
from hardware.installer.probe import Found
from hardware.installer.probing import Judged
from hardware.installer.probing import profile_of as profile_of_found
from hardware.open import open_printer, wants_compact
from hardware.open_printer import as_profile, form_of, profile_of
from hardware.printers.profile import FASTEST_MM_S, Profile
from hardware.printers.profile import CodePage as PageOfPrinter

PAGES = CodePage(encoding="tcvn3", page=30, capitals=31, confirmed=True)
FULL = PrinterProfile(
    maker='EPSON "lies"', model="TM-T20III\\é", serial="X1", probed="2026-11-23", process_id=True, dots=512,
    native_qr=True, speed_mm_s=212.5, code_page=PAGES,
)  # fmt: skip


@pytest.mark.parametrize("profile", [PrinterProfile(), FULL], ids=["plain", "full"])
def test_a_profile_is_read_as_it_was_written(profile: PrinterProfile, tmp_path: Path) -> None:
    path = tmp_path / "printer.toml"
    path.write_text("an older one")
    write_profile(path, profile)
    assert load_profile(path) == profile
    assert [one.name for one in tmp_path.iterdir()] == ["printer.toml"]


def test_a_name_that_nobody_reads_is_refused_with_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "printer.toml"
    path.write_text("native_rq = true\n[code_page]\nencoding = 'tcvn3'\npage = 30\n")
    with pytest.raises(ConfigError) as error:
        load_profile(path)
    assert "native_qr" in str(error.value) and "capitals" in str(error.value)
    assert len(error.value.mistakes) == 2


def test_the_drivers_profile_and_the_files_have_the_same_rows_and_defaults() -> None:
    ours = {field.name for field in fields(Profile)}
    theirs = set(PrinterProfile.model_fields) - {"maker", "model", "serial", "probed"}
    assert ours == theirs
    assert as_profile(PrinterProfile()) == Profile()
    known = as_profile(FULL)
    assert known.code_page is not None and known.code_page.confirmed and known.code_page.capitals == 31
    assert (known.dots, known.speed_mm_s, known.process_id) == (512, 212.5, True)


def test_a_speed_that_no_paper_has_is_not_believed() -> None:
    """Programs before wrote what an answer that came at once seemed to show."""
    assert as_profile(PrinterProfile(speed_mm_s=780)).speed_mm_s == FASTEST_MM_S


printed_signs = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
times_s = st.lists(st.floats(0, 1000), min_size=1, max_size=12)


@given(
    names=st.fixed_dictionaries(dict.fromkeys(("maker", "model", "serial"), printed_signs)),
    times_s=times_s,
    speed_mm_s=st.none() | st.floats(0.001, 1e6),
    dots=st.none() | st.sampled_from([*sheets.heads(80), *sheets.heads(58)]),
    page=st.none() | st.sampled_from(sheets.candidates()),
)
@tried(max_examples=50, deadline=None)
@example({"maker": "\x7f\x00\U0001f5a8", "model": "", "serial": ""}, [100.0], 1480.0, 576, None)
def test_whatever_a_printer_shows_makes_a_profile_that_can_be_read(
    names: dict[str, str],
    times_s: list[float],
    speed_mm_s: float | None,
    dots: int | None,
    page: PageOfPrinter | None,
) -> None:
    found = Found(real_time={1: 0x12}, fence=True, names=names, times_s=times_s, speed_mm_s=speed_mm_s)
    profile = profile_of_found(found, Judged(page=page, dots=dots), 0)
    with tempfile.TemporaryDirectory() as folder:
        write_profile(Path(folder) / "printer.toml", profile)
        assert load_profile(Path(folder) / "printer.toml") == profile


def settings(path: Path, profile: PrinterProfile, **more: object) -> devices.Printer:
    write_profile(path / "printer.toml", profile)
    return devices.Printer.model_validate({"profile": path / "printer.toml", **more})


@pytest.mark.parametrize(
    ("more", "profile", "compact"),
    [
        ({"kind": "network"}, PrinterProfile(), False),
        ({"kind": "usb"}, PrinterProfile(), False),
        ({"kind": "none"}, PrinterProfile(), False),
        ({"kind": "serial", "baud": 115_200}, PrinterProfile(), False),
        ({"kind": "serial", "baud": 9600}, PrinterProfile(), True),
        ({"kind": "serial", "baud": 9600, "slip": "raster"}, FULL, True),
        ({"kind": "serial", "baud": 9600}, FULL, False),
    ],
)
def test_slips_are_compact_where_each_line_costs_a_second(
    tmp_path: Path, more: dict[str, object], profile: PrinterProfile, compact: bool
) -> None:
    assert wants_compact(settings(tmp_path, profile, address="x:1", **more)) is compact


def test_native_text_that_nobody_confirmed_is_printed_hybrid_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    unread = FULL.model_copy(update={"code_page": PAGES.model_copy(update={"confirmed": False})})
    printer = settings(tmp_path, unread, kind="serial", baud=9600, slip="native")
    form_of(printer, profile_of(printer))
    assert [record.getMessage() for record in caplog.records] == [
        "slips are printed as hybrid, not as native text: nobody has confirmed the printer's code page"
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "network", "address": "printer"}, "host:port"),
        ({"kind": "usb"}, "needs an address"),
        ({"kind": "network", "address": "p:9100", "paper_mm": 58}, "58 mm has 512 dots"),
        ({"kind": "network", "address": "p:9100", "profile": Path("gone.toml")}, "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, more: dict[str, object], said: str) -> None:
    printer = settings(tmp_path, FULL, **more) if "profile" not in more else devices.Printer.model_validate(more)
    with pytest.raises(ConfigError, match=said):
        open_printer(printer, tmp_path, lambda: 0.0, lambda: 0, lambda _result: None)
    assert not list(tmp_path.glob("*.jsonl"))


def test_a_file_never_answers_whatever_its_profile_says(tmp_path: Path) -> None:
    assert profile_of(settings(tmp_path, FULL, kind="file", address="x")).answers is False


def test_each_line_of_the_file_says_what_it_means(tmp_path: Path) -> None:
    path = tmp_path / "printer.toml"
    write_profile(path, FULL)
    lines = [line for line in path.read_text().splitlines() if " = " in line]
    assert all(line.partition("  # ")[2] for line in lines)
    assert f"model = {json.dumps(FULL.model)}" in path.read_text()
