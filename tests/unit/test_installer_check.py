"""``luot-hardware`` without a device: checks of files, and printers by their names."""

from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from PIL import Image

from config.load import load_settings
from config.words import words
from hardware.installer.arguments import ArgumentTypes
from hardware.installer.commands import check, models, slip
from hardware.installer.context import InstallerContext
from hardware.installer.findings import Finding, Level
from hardware.printers.profile import DOTS_PER_MM

OFFICE = Path(__file__).parents[2] / "config" / "demo" / "office.toml"


def context_of(folder: Path, text: str, lines: list[str] | None = None, *, language: str = "vi") -> InstallerContext:
    """Return a command's context with these settings; ``lines`` collects its output."""
    path = folder / "machine.toml"
    path.write_text(text, encoding="utf-8")
    return InstallerContext(
        words=words(language),
        show=(lines if lines is not None else []).append,
        ask=lambda _question: None,
        mono_s=lambda: 0.0,
        wall_ms=lambda: 0,
        pause=lambda _seconds: True,
        path=path,
        settings=load_settings(path),
        root=folder,
    )


def findings_at(context: InstallerContext, level: Level) -> list[Finding]:
    """Return the findings of this level about the settings and their characters."""
    assert context.settings is not None
    findings = [
        *check.check_settings(context, context.settings),
        *check.check_characters(context, context.settings),
    ]
    return [finding for finding in findings if finding.level is level]


def test_undrawable_characters_of_the_office_are_a_warning_with_their_place(tmp_path: Path) -> None:
    text = OFFICE.read_text(encoding="utf-8").replace('hotline = "1022"', 'hotline = "☂ 1022"')
    (tmp_path / "office.toml").write_text(text, encoding="utf-8")
    for data_file in OFFICE.parent.glob("*.json"):
        (tmp_path / data_file.name).write_bytes(data_file.read_bytes())
    (warning,) = findings_at(context_of(tmp_path, '[server]\noffice = "office.toml"\n'), Level.WARNING)
    assert "☂ (U+2602 UMBRELLA): hotline" in warning.text and warning.todo


def test_an_office_without_undrawable_characters_is_fine(tmp_path: Path) -> None:
    context = context_of(tmp_path, f'[server]\noffice = "{OFFICE}"\n')
    assert not findings_at(context, Level.WARNING) and not findings_at(context, Level.FAULT)


@pytest.mark.parametrize(("model", "mistake"), [("TM-T88X", "did you mean 'TM-T88"), ("TH230", "raster")])
def test_a_model_that_cannot_be_used_is_a_fault_of_the_settings(tmp_path: Path, model: str, mistake: str) -> None:
    text = f'[kiosk]\n[kiosk.printer]\nkind = "network"\naddress = "p:9100"\nmodel = "{model}"\n'
    (fault,) = findings_at(context_of(tmp_path, text), Level.FAULT)
    assert mistake in fault.text


def test_models_are_listed_with_their_properties(tmp_path: Path) -> None:
    lines: list[str] = []
    context = context_of(tmp_path, "", lines, language="en")
    assert models.run(context, part="tm t88v") is Level.FINE
    assert lines[0] == (
        "TM-T88V (Epson) · 80 mm · 512 dots · 180 dpi · cutter · draws QR codes · code pages tcvn3 30/31, cp1258 52"
    )
    assert any("CC BY 4.0" in line for line in lines)
    lines.clear()
    assert models.run(context, part="T88X") is Level.WARNING and "TM-T88V" in lines[1]
    lines.clear()
    assert models.run(context, part="th230") is Level.WARNING and "cannot be used" in lines[0]
    assert not any("model =" in line for line in lines)
    lines.clear()
    assert models.run(context, part="zzzz") is Level.WARNING and "luot-hardware probe" in lines[1]


@pytest.mark.parametrize(("model", "dots", "dpi"), [("tm t88v", 512, 180), ("POS 5890", 384, 203)])
def test_a_slip_is_drawn_as_wide_as_the_models_head(tmp_path: Path, model: str, dots: int, dpi: int) -> None:
    lines: list[str] = []
    out, context = tmp_path / "slip.png", context_of(tmp_path, "", lines)
    assert slip.run(
        context, layout=None, paper_mm=None, out=out, name="plain", address=None, baud=None, model=model
    ) is Level.FINE  # fmt: skip
    with Image.open(out) as drawn:
        assert drawn.width == dots and f" {round(drawn.height / DOTS_PER_MM[dpi])} mm" in lines[0]


@pytest.mark.parametrize(
    ("model", "message"), [("TM-T88", "TM-T88V"), ("th230", "TH230: cannot be used"), ("zzzz", "luot-hardware probe")]
)
def test_an_unusable_model_on_the_command_line_is_wrong_use(model: str, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        ArgumentTypes(words("en"), lambda: 0.0).model(model)
