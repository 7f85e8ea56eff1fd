"""``luot-hardware`` without a device: what ``check`` says of files, and printers by their names."""

from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from PIL import Image

from config.load import load_settings
from config.words import words
from hardware.installer import catalogue, check, slips
from hardware.installer.arguments import Arguments
from hardware.installer.findings import Finding, Level
from hardware.installer.site import Site
from hardware.printers.profile import DOTS_PER_MM

OFFICE = Path(__file__).parents[2] / "config" / "demo" / "office.toml"


def site_of(folder: Path, text: str, said: list[str] | None = None, *, language: str = "vi") -> Site:
    """A person who reads, at a machine with these settings."""
    path = folder / "machine.toml"
    path.write_text(text, encoding="utf-8")
    return Site(
        words=words(language),
        say=(said if said is not None else []).append,
        ask=lambda _question: None,
        mono_s=lambda: 0.0,
        wall_ms=lambda: 0,
        pause=lambda _seconds: True,
        path=path,
        settings=load_settings(path),
        root=folder,
    )


def found(site: Site, level: Level) -> list[Finding]:
    assert site.settings is not None
    looked = [*check._settings(site, site.settings), *check._letters(site, site.settings)]
    return [one for one in looked if one.level is level]


def test_signs_of_the_office_that_cannot_be_drawn_are_a_warning_with_their_place(tmp_path: Path) -> None:
    text = OFFICE.read_text(encoding="utf-8").replace('hotline = "1022"', 'hotline = "☂ 1022"')
    (tmp_path / "office.toml").write_text(text, encoding="utf-8")
    for beside in OFFICE.parent.glob("*.json"):
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    (warning,) = found(site_of(tmp_path, '[server]\noffice = "office.toml"\n'), Level.WARNING)
    assert "☂ (U+2602 UMBRELLA): hotline" in warning.said and warning.todo


def test_an_office_of_which_every_sign_can_be_drawn_is_fine(tmp_path: Path) -> None:
    site = site_of(tmp_path, f'[server]\noffice = "{OFFICE}"\n')
    assert not found(site, Level.WARNING) and not found(site, Level.FAULT)


@pytest.mark.parametrize(("model", "said"), [("TM-T88X", "did you mean 'TM-T88"), ("TH230", "raster")])
def test_a_model_that_cannot_be_used_is_a_fault_of_the_settings(tmp_path: Path, model: str, said: str) -> None:
    text = f'[kiosk]\n[kiosk.printer]\nkind = "network"\naddress = "p:9100"\nmodel = "{model}"\n'
    (fault,) = found(site_of(tmp_path, text), Level.FAULT)
    assert said in fault.said


def test_models_are_listed_with_what_is_known_of_each(tmp_path: Path) -> None:
    said: list[str] = []
    site = site_of(tmp_path, "", said, language="en")
    assert catalogue.run(site, part="tm t88v") is Level.FINE
    assert said[0] == (
        "TM-T88V (Epson) · 80 mm · 512 dots · 180 dpi · cutter · draws QR codes · code pages tcvn3 30/31, cp1258 52"
    )
    assert any("CC BY 4.0" in line for line in said)
    said.clear()
    assert catalogue.run(site, part="T88X") is Level.WARNING and "TM-T88V" in said[1]
    said.clear()
    assert catalogue.run(site, part="th230") is Level.WARNING and "cannot be used" in said[0]
    assert not any("model =" in line for line in said)
    said.clear()
    assert catalogue.run(site, part="zzzz") is Level.WARNING and "luot-hardware probe" in said[1]


@pytest.mark.parametrize(("model", "dots", "dpi"), [("tm t88v", 512, 180), ("POS 5890", 384, 203)])
def test_a_slip_is_drawn_as_the_named_models_head_prints_it(tmp_path: Path, model: str, dots: int, dpi: int) -> None:
    said: list[str] = []
    out, site = tmp_path / "slip.png", site_of(tmp_path, "", said)
    assert slips.run(
        site, layout=None, paper_mm=None, out=out, name="plain", address=None, baud=None, model=model
    ) is Level.FINE  # fmt: skip
    with Image.open(out) as drawn:
        assert drawn.width == dots and f" {round(drawn.height / DOTS_PER_MM[dpi])} mm" in said[0]


@pytest.mark.parametrize(
    ("model", "said"), [("TM-T88", "TM-T88V"), ("th230", "TH230: cannot be used"), ("zzzz", "luot-hardware probe")]
)
def test_a_model_on_the_command_line_that_cannot_be_meant_is_wrong_use(model: str, said: str) -> None:
    with pytest.raises(ArgumentTypeError, match=said):
        Arguments(words("en"), lambda: 0.0).model(model)
