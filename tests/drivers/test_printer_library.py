"""python-escpos as this project imports it: in one module, late, and without a trace."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hardware.printers.drawing.encoders import SlipForm, make_encoder
from hardware.printers.drawing.paper import PAPERS, SlipError
from hardware.printers.library import CodePages, Commands, NotOnCodePage
from hardware.printers.profile import Encoding, Profile, VietnameseCodePage
from hardware.slips.slip import Number, Qr, Slip, Text
from support.waiting import PATIENCE_S

PROFILE = Profile(native_qr=True, code_page=VietnameseCodePage(Encoding.TCVN3, 30, 31, confirmed=True))
SLIP = Slip("A001", (Text("Ưu tiên – 北京"), Text("Đến lượt"), Number("A001"), Qr("HTTPS://LUOT.VN/A")))
PROGRAM = f"""
import json, logging, os, sys, tempfile
import hardware.open.printer, hardware.printers.escpos
from hardware.printers.drawing.encoders import SlipForm, make_encoder
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.profile import *
from hardware.slips.slip import *
made, mkdtemp = [], tempfile.mkdtemp
tempfile.mkdtemp = lambda *given, **more: made.append(mkdtemp(*given, **more)) or made[-1]
before = dict(os.environ), tempfile.tempdir, list(logging.getLogger().handlers), logging.getLogger().level
early = "escpos" in sys.modules
sizes = [len(make_encoder(form, PAPERS[80], {PROFILE!r})({SLIP!r}).data) for form in SlipForm]
after = dict(os.environ), tempfile.tempdir, list(logging.getLogger().handlers), logging.getLogger().level
left = [folder for folder in made if os.path.exists(folder)]
print(json.dumps([early, "escpos" in sys.modules, before == after, sizes, len(made), left]))
""".replace("<Encoding.TCVN3: 'tcvn3'>", "Encoding.TCVN3").replace("<Align.LEFT: 'left'>", "Align.LEFT")


def test_the_library_is_loaded_with_the_first_slip_and_leaves_no_trace(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        timeout=PATIENCE_S,
    )
    early, loaded, unchanged, sizes, made, left = json.loads(ran.stdout)  # one line: the library itself printed none
    assert (early, loaded, unchanged) == (False, True, True)
    assert len(sizes) == len(SlipForm) and ran.stderr == ""
    assert made == 2 and left == []  # ours, and the library's own inside it
    assert not list(tmp_path.iterdir())


def test_a_full_disk_fails_one_slip_and_not_the_printers_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "hardware.printers.library")
    written = make_encoder(SlipForm.RASTER, PAPERS[80], PROFILE)
    with monkeypatch.context() as full, pytest.raises(SlipError, match="No space left"):
        full.setattr(tempfile, "mkdtemp", _no_space)
        written(SLIP)
    assert written(SLIP).data


def _no_space(*_arguments: object, **_more: object) -> str:
    raise OSError(28, "No space left on device")


def test_a_composer_has_no_printer_to_ask() -> None:
    with pytest.raises(NotImplementedError):
        Commands(576).paper_status()


def test_dots_that_read_like_a_real_time_command_are_broken_whatever_picture_holds_them() -> None:
    commands = Commands(576)
    commands.add_image([b"\x10\x04\x01" * 24] * 3)
    assert b"\x10\x04" not in commands.data() and commands.data().startswith(b"\x1dv0\0\x48\0\x03\0")


def test_a_letter_on_no_page_raises_instead_of_becoming_a_question_mark() -> None:
    pages = CodePages({"TCVN-3-1": 30, "TCVN-3-2": 31})
    with pytest.raises(NotOnCodePage):
        pages.encode("5 €", None)
    assert not pages.has("中") and not pages.has("€") and pages.has("ễ")


def test_text_of_plain_letters_leaves_the_printer_on_its_page() -> None:
    pages = CodePages({"TCVN-3-1": 30, "TCVN-3-2": 31})
    assert pages.encode("A012", None) == (b"A012", None)
    assert pages.encode("A012", 31) == (b"A012", 31)
    assert pages.encode("Quầy", 31) == (b"Qu\x1bt\x1e\xc7y", 30)
