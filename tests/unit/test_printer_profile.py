"""A printer's profile: written by ``luot-hardware``, read at the start."""

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
from hardware.installer import probe_sheets
from hardware.installer.paper_inspection import PaperInspection
from hardware.installer.printer_probe import ProbeResult
from hardware.installer.probe_report import make_profile
from hardware.open.printer import open_printer, paper_and_encoder, wants_compact
from hardware.open.printer_profile import driver_profile, profile_of
from hardware.printers.profile import MAX_SPEED_MM_S, Profile, VietnameseCodePage

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
    assert [file.name for file in tmp_path.iterdir()] == ["printer.toml"]


def test_an_unknown_setting_is_refused_with_a_suggestion(tmp_path: Path) -> None:
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
    assert driver_profile(PrinterProfile()) == Profile()
    profile = driver_profile(FULL)
    assert profile.code_page is not None and profile.code_page.confirmed and profile.code_page.capitals == 31
    assert (profile.dots, profile.speed_mm_s, profile.process_id) == (512, 212.5, True)


def test_an_impossible_print_speed_is_refused() -> None:
    """Earlier releases wrote speeds measured by premature replies."""
    assert driver_profile(PrinterProfile(speed_mm_s=780)).speed_mm_s == MAX_SPEED_MM_S


printed_signs = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
times_s = st.lists(st.floats(0, 1000), min_size=1, max_size=12)


@given(
    names=st.fixed_dictionaries(dict.fromkeys(("maker", "model", "serial"), printed_signs)),
    times_s=times_s,
    speed_mm_s=st.none() | st.floats(0.001, 1e6),
    dots=st.none() | st.sampled_from([*probe_sheets.head_widths(80), *probe_sheets.head_widths(58)]),
    page=st.none() | st.sampled_from(probe_sheets.candidates()),
)
@tried(max_examples=50, deadline=None)
@example({"maker": "\x7f\x00\U0001f5a8", "model": "", "serial": ""}, [100.0], 1480.0, 576, None)
def test_whatever_a_printer_shows_makes_a_profile_that_can_be_read(
    names: dict[str, str],
    times_s: list[float],
    speed_mm_s: float | None,
    dots: int | None,
    page: VietnameseCodePage | None,
) -> None:
    result = ProbeResult(
        status_bytes={1: 0x12}, fence=True, identity=names, reply_times_s=times_s, speed_mm_s=speed_mm_s
    )
    profile = make_profile(result, PaperInspection(page=page, dots=dots), 0)
    with tempfile.TemporaryDirectory() as folder:
        write_profile(Path(folder) / "printer.toml", profile)
        assert load_profile(Path(folder) / "printer.toml") == profile


def settings(path: Path, profile: PrinterProfile, **more: object) -> devices.PrinterSettings:
    write_profile(path / "printer.toml", profile)
    return devices.PrinterSettings.model_validate({"profile": path / "printer.toml", **more})


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


def test_unconfirmed_native_text_is_printed_hybrid_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    unread = FULL.model_copy(update={"code_page": PAGES.model_copy(update={"confirmed": False})})
    printer = settings(tmp_path, unread, kind="serial", baud=9600, slip="native")
    paper_and_encoder(printer, profile_of(printer))
    assert [record.getMessage() for record in caplog.records if record.name == "hardware.open.printer"] == [
        "slips are printed as hybrid, not as native text: the printer's code page is not confirmed"
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"kind": "network", "address": "printer"}, "host:port"),
        ({"kind": "usb"}, "needs an address"),
        ({"kind": "network", "address": "p:9100", "paper_mm": 58}, "58 mm has 512 dots"),
        ({"kind": "network", "address": "p:9100", "profile": Path("gone.toml")}, "cannot be read"),
    ],
)
def test_unusable_settings_are_reported_in_a_sentence(tmp_path: Path, more: dict[str, object], message: str) -> None:
    printer = (
        settings(tmp_path, FULL, **more) if "profile" not in more else devices.PrinterSettings.model_validate(more)
    )
    with pytest.raises(ConfigError, match=message):
        open_printer(printer, tmp_path, lambda: 0.0, lambda: 0, lambda _result: None)
    assert not list(tmp_path.glob("*.jsonl"))


def test_a_file_never_replies_whatever_its_profile(tmp_path: Path) -> None:
    assert profile_of(settings(tmp_path, FULL, kind="file", address="x")).answers is False


def test_each_line_of_the_file_has_its_meaning_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "printer.toml"
    write_profile(path, FULL)
    lines = [line for line in path.read_text().splitlines() if " = " in line]
    assert all(line.partition("  # ")[2] for line in lines)
    assert f"model = {json.dumps(FULL.model)}" in path.read_text()
