"""Printers by model name: found in any spelling, or refused with a reason.

Probed values win.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from config import devices
from config.load import ConfigError
from config.profiles import CodePage, PrinterProfile, load_profile, write_profile
from hardware.installer import probe_sheets
from hardware.open.printer import paper_and_encoder
from hardware.open.printer_profile import profile_of, settings_profile_of
from hardware.printers import encode, models
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.models import Unfit
from hardware.printers.profile import Encoding, Profile, VietnameseCodePage
from hardware.slips.slip import Number, Slip
from support.recording_printer import interpret


def named(name: str, **more: object) -> devices.PrinterSettings:
    return devices.PrinterSettings.model_validate({"kind": "network", "address": "p:9100", "model": name, **more})


@pytest.mark.parametrize("name", ["TM-T88V", "tm t88v", "tmt88v", "Epson TM-T88V", " TM_T88V "])
def test_a_printer_is_found_by_the_name_on_its_box(name: str) -> None:
    profile = profile_of(named(name))
    assert (profile.dots, profile.dpi, profile.cuts, profile.native_qr) == (512, 180, True, True)
    assert profile.code_page is not None and (profile.code_page.page, profile.code_page.capitals) == (30, 31)
    assert not profile.code_page.confirmed


@pytest.mark.parametrize(
    ("name", "more", "facts"),
    [
        ("TM-T20II", {}, {"dots": 576, "dpi": 203, "cuts": True, "native_qr": True}),
        ("POS-5890", {"paper_mm": 58}, {"dots": 384, "dpi": 203, "cuts": False, "native_qr": False}),
        ("RP-F10-58mm", {"paper_mm": 58}, {"dots": 432, "dpi": 203, "cuts": True, "native_qr": True}),
        ("CT-S651", {}, {"dots": 640, "dpi": 203, "cuts": True, "native_qr": True}),
        ("TM-T20II-42col", {}, {"dots": 544, "dpi": 203, "cuts": True, "native_qr": True}),
        ("RP326", {}, {"dots": None, "dpi": 203, "cuts": True, "native_qr": True}),
    ],
)
def test_data_of_a_model_shapes_its_slips(name: str, more: Mapping[str, object], facts: Mapping[str, object]) -> None:
    profile = profile_of(named(name, **more))
    assert {fact: getattr(profile, fact) for fact in facts} == facts


def test_values_missing_in_the_data_base_keep_their_defaults() -> None:
    profile, usual = profile_of(named("TM-T88V")), Profile()
    of_proof = ("answers", "fence", "process_id", "answer_s", "speed_mm_s", "buffer_bytes", "head_to_cutter_mm")
    assert [getattr(profile, name) for name in of_proof] == [getattr(usual, name) for name in of_proof]


def test_a_slip_for_a_narrow_head_is_whole_when_its_model_is_named() -> None:
    slip, wide = Slip("A015", (Number("A015"),)), named("TM-T88V").model_copy(update={"model": None})
    cut, whole = (
        interpret(encode.RESET + paper_and_encoder(printer, profile_of(printer))[1](slip).data, 512 // 8)[0]
        for printer in (wide, named("TM-T88V"))
    )
    # Ink in the last byte of the head: the number went on beyond it.
    assert any(row[-1] for row in cut.rows) and not any(row[-1] for row in whole.rows)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("TM-T88X", "did you mean 'TM-T88"),
        ("TM-T88", "'TM-T88II' or 'TM-T88III' or 'TM-T88IV'"),
        ("RP-F10", "'RP-F10-58mm' or 'RP-F10-80mm'"),
        ("zzzz", "luot-hardware models"),
        ("TH230", "raster"),
        ("TH230+", "raster"),
        ("TM-U220", "raster"),
        ("TSP600", "Star"),
        ("AF-240", "display"),
        ("POS-5890", "paper_mm = 58"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_with_the_reason_or_near_names(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"model = '{name.replace('+', '.')}'.*{message}"):
        profile_of(named(name))


def test_probed_values_override_the_model(tmp_path: Path) -> None:
    path = tmp_path / "printer.toml"
    page = CodePage(encoding="cp1258", page=52, confirmed=True)
    write_profile(path, PrinterProfile(native_qr=False, speed_mm_s=150, code_page=page))
    profile = settings_profile_of(named("TM-T88V", profile=path))
    assert (profile.native_qr, profile.speed_mm_s, profile.code_page) == (False, 150, page)
    assert (profile.dots, profile.dpi) == (512, 180)


def test_a_head_that_was_measured_goes_before_the_models_paper(tmp_path: Path) -> None:
    path = tmp_path / "printer.toml"
    write_profile(path, PrinterProfile(dots=360))
    assert settings_profile_of(named("TM-T88V", paper_mm=58, profile=path)).dots == 360


def test_a_written_profile_claims_only_what_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "printer.toml"
    write_profile(path, PrinterProfile(fence=False))
    assert load_profile(path).model_fields_set == {"fence"}
    assert "\n# dpi = 203  # " in path.read_text()


def test_every_model_either_prints_slips_or_has_a_reason() -> None:
    by_name = models.models()
    assert len(by_name) == 33 and not {"default", "simple"} & set(by_name)
    for name, model in by_name.items():
        assert models.find(name) is model
        if model.unfit is None:
            paper, encoder = paper_and_encoder(
                printer := named(name, paper_mm=model.paper_mm or 80), profile_of(printer)
            )
            assert encoder(Slip("A001", (Number("A001"),))).data and paper.dots in (model.dots, 576)
    assert {name for name, model in by_name.items() if model.unfit is Unfit.STAR} == {"SP2000", "TSP600", "TUP500"}


def test_the_heads_and_pages_of_all_models_are_known() -> None:
    assert {512, 504, 576, 640} <= set(models.head_widths(80)) and {384, 432} <= set(models.head_widths(58))
    places = [(page.encoding.value, page.page) for page in models.vietnamese_pages()]
    assert places[0] == ("tcvn3", 30) and {("cp1258", 27), ("cp1258", 94), ("cp1258", 35)} <= set(places)


def test_a_probe_tries_the_models_own_pages_first_and_every_head_there_is() -> None:
    usual, clone = probe_sheets.candidates(), probe_sheets.candidates(models.find("POS-5890"))
    assert usual[0] == VietnameseCodePage(Encoding.TCVN3, 30, 31) and set(usual) == set(clone)
    assert [page.page for page in clone[:2]] == [27, 94]
    assert VietnameseCodePage(Encoding.CP1258, 32, 32) in usual
    assert {504, 512, 576, 640} <= set(probe_sheets.head_widths(80)) and {360, 384, 416, 432} <= set(
        probe_sheets.head_widths(58)
    )


@pytest.mark.parametrize("dots", probe_sheets.head_widths(80))
def test_the_outermost_mark_of_the_width_sheet_is_the_heads_own(dots: int) -> None:
    rows = interpret(encode.RESET + probe_sheets.width_sheet(PAPERS[80]), dots // 8)[0].rows
    whole = [
        head
        for place, head in enumerate(probe_sheets.head_widths(80))
        if _has_bar(rows[32 * place : 32 * place + 32], head)
    ]
    assert whole[-1] == dots == max(whole)


def _has_bar(rows: Sequence[bytes], dots: int) -> bool:
    """Return whether the three dots before ``dots`` are black from top to bottom."""
    return all(len(row) * 8 >= dots and row[dots // 8 - 1] & 0b111 == 0b111 for row in rows)
