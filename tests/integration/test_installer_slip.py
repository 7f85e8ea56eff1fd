"""``luot-hardware slip``: test slips drawn and printed, with the printer's proof."""

from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from pytest import CaptureFixture

from hardware.installer.example import LINK
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.simulated.printers.profiles import PROFILES
from support.installing import closed_address, luot_hardware, printer_address, run_luot_hardware, settings_file
from support.scaled_time import mono_s
from support.slip_reading import read_code, read_text


def cut_slips(printer: SimulatedPrinter) -> int:
    return sum(piece["cut"] for piece in printer.state()["slips"])


def test_a_slip_is_drawn_by_the_halls_layout_without_a_printer(tmp_path: Path) -> None:
    layout = tmp_path / "slips.toml"
    layout.write_text(
        'ticket = [{ number = true }, { text = "receipt" }, '
        '{ mark = ["reprint", "test", "practice", "demo", "emergency"] }]',
        encoding="utf-8",
    )
    own = luot_hardware("slip", "--layout", layout, "--paper", 58, "--out", tmp_path / "own.png")
    shipped = luot_hardware("slip", "--paper", 58, "--out", tmp_path / "shipped.png")
    assert (own.code, shipped.code) == (0, 0)
    with Image.open(tmp_path / "own.png") as small, Image.open(tmp_path / "shipped.png") as whole:
        assert small.width == whole.width == 384
        assert small.height < whole.height / 2


def test_a_picture_that_cannot_be_written_is_a_fault_with_the_systems_reason() -> None:
    done = luot_hardware("slip", "--out", "/proc/slip.png")
    assert (done.code, done.out) == (2, "/proc/slip.png: No such file or directory\n")


def test_a_slip_for_a_slow_line_is_drawn_compact(tmp_path: Path) -> None:
    path = settings_file(
        tmp_path, f'[kiosk]\n[kiosk.printer]\nkind = "serial"\naddress = "{tmp_path}/p"\nbaud = 9600\n'
    )
    file = tmp_path / "slip.png"
    assert luot_hardware("slip", "--config", path, "--language", "vi", "--out", file).code == 0
    png = file.read_bytes()
    assert read_code(png) == [LINK]
    read = read_text(png)
    assert "Lĩnh vực: Hộ tịch" in read and "Thủ tục" not in read  # compact


def test_an_unusable_layout_ends_with_78_and_all_its_mistakes(tmp_path: Path) -> None:
    layout = tmp_path / "slips.toml"
    layout.write_text('ticket = [{ text = "titel" }, { rle = "solid" }]', encoding="utf-8")
    done = luot_hardware("slip", "--layout", layout, "--out", tmp_path / "slip.png")
    assert done.code == 78
    assert "did you mean 'title'?" in done.err and "did you mean 'rule'?" in done.err
    assert "the number must always be on the slip" in done.err
    assert not (tmp_path / "slip.png").exists()


def test_a_test_slip_is_printed_and_its_proof_is_shown(simulated_printer: SimulatedPrinter) -> None:
    done = luot_hardware(
        "slip", "--printer", printer_address(simulated_printer), "--model", "TM-T20II", "--language", "en"
    )
    assert (done.code, done.out) == (0, "The test slip is printed: the printer proved that it is done (GS r).\n")
    assert cut_slips(simulated_printer) == 1


def test_with_an_unknown_head_width_the_person_is_asked_to_check_the_edge(simulated_printer: SimulatedPrinter) -> None:
    done = luot_hardware("slip", "--printer", printer_address(simulated_printer), "--language", "en")
    assert done.code == 0
    assert "How wide the print head is, is unknown; this slip is 576 dots wide. Look at its right edge" in done.out


def test_premature_replies_of_a_device_that_prints_nothing_prove_no_test_slip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    (tmp_path / "profile.toml").write_text("speed_mm_s = 600\n", encoding="utf-8")
    with closing(SimulatedPrinter(mono_s=mono_s, make=PROFILES["spooler"])) as spooler:
        printer = f'kind = "network"\naddress = "{printer_address(spooler)}"\nprofile = "{tmp_path}/profile.toml"'
        path = settings_file(tmp_path, f"[kiosk.printer]\n{printer}\n")
        code = run_luot_hardware(monkeypatch, "slip", "--config", path)
        assert spooler.state()["slips"] == []
    out = capsys.readouterr().out
    assert code == 1, out
    assert "the printer proves nothing: look whether it came out" in out


def test_without_a_printer_the_slip_fails_with_advice() -> None:
    done = luot_hardware("slip", "--printer", closed_address())
    assert done.code == 2
    assert "Không in được phiếu: Mất kết nối với cổng thiết bị." in done.out
    assert "→ Kiểm tra nguồn điện và dây cắm." in done.out


def test_without_paper_the_slip_fails_with_the_reason(simulated_printer: SimulatedPrinter) -> None:
    simulated_printer.set_fault("paper_out", on=True)
    done = luot_hardware("slip", "--printer", printer_address(simulated_printer), "--language", "en")
    assert done.code == 2
    assert "paper out" in done.out and "→ Put a new roll in." in done.out


def test_an_unproved_slip_is_a_warning_to_look_at_the_paper(
    simulated_printer: SimulatedPrinter, tmp_path: Path
) -> None:
    (tmp_path / "profile.toml").write_text("fence = false\n", encoding="utf-8")
    printer = f'kind = "network"\naddress = "{printer_address(simulated_printer)}"\nprofile = "{tmp_path}/profile.toml"'
    done = luot_hardware(
        "slip", "--config", settings_file(tmp_path, f"[kiosk.printer]\n{printer}\n"), "--language", "en"
    )
    assert done.code == 1, done
    assert "the printer proves nothing: look whether it came out" in done.out


def test_without_any_printer_named_it_is_wrong_use() -> None:
    assert luot_hardware("slip").code == 64
