"""Printers by the name on their box: found however it is written, or refused with a reason; what was probed wins."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from config import devices
from config.load import ConfigError
from config.profiles import CodePage, PrinterProfile, load_profile, write_profile
from hardware.installer import sheets
from hardware.open_printer import form_of, known_of, profile_of
from hardware.printers import encode, models
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.models import Unfit
from hardware.printers.profile import CodePage as PageOfPrinter
from hardware.printers.profile import Encoding, Profile
from hardware.slip import Number, Slip
from recorded import printed


def named(name: str, **more: object) -> devices.Printer:
    return devices.Printer.model_validate({"kind": "network", "address": "p:9100", "model": name, **more})


@pytest.mark.parametrize("name", ["TM-T88V", "tm t88v", "tmt88v", "Epson TM-T88V", " TM_T88V "])
def test_a_printer_is_found_by_the_name_on_its_box(name: str) -> None:
    known = profile_of(named(name))
    assert (known.dots, known.dpi, known.cuts, known.native_qr) == (512, 180, True, True)
    assert known.code_page is not None and (known.code_page.page, known.code_page.capitals) == (30, 31)
    assert not known.code_page.confirmed


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
def test_what_is_known_of_a_model_shapes_its_slips(
    name: str, more: Mapping[str, object], facts: Mapping[str, object]
) -> None:
    known = profile_of(named(name, **more))
    assert {fact: getattr(known, fact) for fact in facts} == facts


def test_what_the_data_base_does_not_know_stays_as_for_all_printers() -> None:
    known, usual = profile_of(named("TM-T88V")), Profile()
    of_proof = ("answers", "fence", "process_id", "answer_s", "speed_mm_s", "buffer_bytes", "head_to_cutter_mm")
    assert [getattr(known, name) for name in of_proof] == [getattr(usual, name) for name in of_proof]


def test_a_slip_for_a_narrow_head_is_whole_when_its_model_is_named() -> None:
    slip, wide = Slip("A015", (Number("A015"),)), named("TM-T88V").model_copy(update={"model": None})
    cut, whole = (
        printed(encode.RESET + form_of(one, profile_of(one))[1](slip).data, 512 // 8)[0]
        for one in (wide, named("TM-T88V"))
    )
    # Ink in the last byte of the head: the number went on beyond it.
    assert any(row[-1] for row in cut.rows) and not any(row[-1] for row in whole.rows)


@pytest.mark.parametrize(
    ("name", "said"),
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
def test_a_model_that_cannot_be_used_is_refused_with_the_reason_or_near_names(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"model = '{name.replace('+', '.')}'.*{said}"):
        profile_of(named(name))


def test_what_was_probed_counts_for_more_than_the_model(tmp_path: Path) -> None:
    path = tmp_path / "printer.toml"
    page = CodePage(encoding="cp1258", page=52, confirmed=True)
    write_profile(path, PrinterProfile(native_qr=False, speed_mm_s=150, code_page=page))
    known = known_of(named("TM-T88V", profile=path))
    assert (known.native_qr, known.speed_mm_s, known.code_page) == (False, 150, page)
    assert (known.dots, known.dpi) == (512, 180)


def test_a_head_that_was_measured_goes_before_the_models_paper(tmp_path: Path) -> None:
    path = tmp_path / "printer.toml"
    write_profile(path, PrinterProfile(dots=360))
    assert known_of(named("TM-T88V", paper_mm=58, profile=path)).dots == 360


def test_a_written_profile_claims_only_what_somebody_saw(tmp_path: Path) -> None:
    path = tmp_path / "printer.toml"
    write_profile(path, PrinterProfile(fence=False))
    assert load_profile(path).model_fields_set == {"fence"}
    assert "\n# dpi = 203  # " in path.read_text()


def test_every_model_either_prints_slips_or_says_why_not() -> None:
    known = models.models()
    assert len(known) == 33 and not {"default", "simple"} & set(known)
    for name, model in known.items():
        assert models.find(name) is model
        if model.unfit is None:
            paper, encoder = form_of(one := named(name, paper_mm=model.mm or 80), profile_of(one))
            assert encoder(Slip("A001", (Number("A001"),))).data and paper.dots in (model.dots, 576)
    assert {name for name, model in known.items() if model.unfit is Unfit.STAR} == {"SP2000", "TSP600", "TUP500"}


def test_the_heads_and_pages_of_all_models_are_known() -> None:
    assert {512, 504, 576, 640} <= set(models.heads(80)) and {384, 432} <= set(models.heads(58))
    places = [(page.encoding.value, page.page) for page in models.vietnamese_pages()]
    assert places[0] == ("tcvn3", 30) and {("cp1258", 27), ("cp1258", 94), ("cp1258", 35)} <= set(places)


def test_a_probe_tries_the_models_own_pages_first_and_every_head_there_is() -> None:
    usual, clone = sheets.candidates(), sheets.candidates(models.find("POS-5890"))
    assert usual[0] == PageOfPrinter(Encoding.TCVN3, 30, 31) and set(usual) == set(clone)
    assert [page.page for page in clone[:2]] == [27, 94]
    assert PageOfPrinter(Encoding.CP1258, 32, 32) in usual
    assert {504, 512, 576, 640} <= set(sheets.heads(80)) and {360, 384, 416, 432} <= set(sheets.heads(58))


@pytest.mark.parametrize("dots", sheets.heads(80))
def test_the_outermost_mark_of_the_width_sheet_is_the_heads_own(dots: int) -> None:
    rows = printed(encode.RESET + sheets.width_sheet(PAPERS[80]), dots // 8)[0].rows
    whole = [head for place, head in enumerate(sheets.heads(80)) if _has_bar(rows[32 * place : 32 * place + 32], head)]
    assert whole[-1] == dots == max(whole)


def _has_bar(rows: Sequence[bytes], dots: int) -> bool:
    """Whether the three dots before ``dots`` are black from top to bottom."""
    return all(len(row) * 8 >= dots and row[dots // 8 - 1] & 0b111 == 0b111 for row in rows)
