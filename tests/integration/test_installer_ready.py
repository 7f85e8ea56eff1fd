"""``luot-hardware check``: each fault of a machine is found once, with advice."""

import json
import os
import shutil
import subprocess
import time
from collections import namedtuple
from pathlib import Path

import pytest
from pytest import CaptureFixture

from hardware.installer import app, port_checks
from hardware.installer.commands import check
from hardware.installer.ports import Port, PortKind
from hardware.simulated.printers.printer import SimulatedPrinter
from support.installing import ROOT, command, luot_hardware, printer_address, ready_root, settings_file

Usage = namedtuple("Usage", ("total", "used", "free"))


def test_check_reports_that_a_machine_is_ready(tmp_path: Path, simulated_printer: SimulatedPrinter) -> None:
    address = printer_address(simulated_printer)
    printer = f'[kiosk]\n[kiosk.printer]\nkind = "network"\naddress = "{address}"\nmodel = "TM-T20II"\n'
    done = luot_hardware(
        "check", "--config", settings_file(tmp_path, printer), "--json", "--root", ready_root(tmp_path)
    )
    assert done.code == 0, done
    assert {finding["level"] for finding in done.findings().values()} == {"fine"}
    assert {"settings", "clock", "disk", "printer"} <= set(done.findings())


def test_check_reports_every_fault_with_advice(tmp_path: Path) -> None:
    root = ready_root(tmp_path)
    (root / "run/systemd/timesync/synchronized").unlink()
    (root / "proc/asound/cards").write_text("--- no soundcards ---\n", encoding="utf-8")
    (root / "dev/ttyUSB0").touch()
    text = (
        '[kiosk]\n[kiosk.printer]\nkind = "serial"\naddress = "/dev/ttyUSB1"\n'
        f'[display]\n[machine]\nstate = "{tmp_path}"\n'
    )
    path = tmp_path / "machine.toml"
    path.write_text(text, encoding="utf-8")
    done = luot_hardware("check", "--config", path, "--json", "--no-devices", "--root", root)
    findings = done.findings()
    assert done.code == 2
    assert {code: finding["level"] for code, finding in findings.items()} == {
        "settings": "fine",
        "head": "warning",
        "port:printer": "fault",
        "clock": "warning",
        "disk": "fine",
        "sound": "fault",
    }
    assert "/dev/ttyUSB0" in findings["port:printer"]["todo"]
    assert all(finding["todo"] for finding in findings.values() if finding["level"] != "fine")


@pytest.mark.parametrize(
    ("more", "level", "text"),
    [
        ("", "warning", "its width in dots is unknown; slips are 576 dots wide"),
        ("paper_mm = 58", "warning", "its width in dots is unknown; slips are 384 dots wide"),
        ('model = "TM-T88V"', "fine", "512 dots"),
        ('profile = "printer.toml"', "fine", "576 dots"),
    ],
    ids=["unknown", "unknown 58", "model", "profile"],
)
def test_check_reports_whether_the_width_of_the_print_head_is_known(
    tmp_path: Path, more: str, level: str, text: str, capsys: CaptureFixture[str]
) -> None:
    (tmp_path / "printer.toml").write_text("dots = 576\n", encoding="utf-8")
    path = settings_file(tmp_path, f'[kiosk]\n[kiosk.printer]\nkind = "network"\naddress = "127.0.0.1:1"\n{more}\n')
    arguments = [
        "check",
        "--config",
        path,
        "--no-devices",
        "--json",
        "--language",
        "en",
        "--root",
        ready_root(tmp_path),
    ]
    app.main([str(argument) for argument in arguments])
    findings = json.loads(capsys.readouterr().out)["findings"]
    (head,) = (finding for finding in findings if finding["code"] == "head")
    assert (head["level"], head["said"], bool(head["todo"])) == (level, text, level == "warning")


def levels_of(subject: str, out: str) -> list[tuple[str, str]]:
    """Return (code, level) of each finding about ``subject``, in their order."""
    findings = [(finding["code"], finding["level"]) for finding in json.loads(out)["findings"]]
    return [(code, level) for code, level in findings if code == subject or code.endswith(f":{subject}")]


def test_a_mistake_in_the_settings_is_the_only_finding_about_them(tmp_path: Path) -> None:
    path = settings_file(tmp_path, f'[kiosk]\n[kiosk.printer]\nlayout = "{tmp_path}/none.toml"\n')
    done = luot_hardware("check", "--config", path, "--no-devices", "--json", "--root", ready_root(tmp_path))
    assert done.code == 2, done
    assert levels_of("settings", done.out) == [("settings", "fault")]


@pytest.mark.parametrize(("fault", "user"), [("kind", ""), ("rights", "this"), ("rights", "services")])
def test_an_unusable_port_is_reported_once(
    tmp_path: Path, fault: str, user: str, monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    root = ready_root(tmp_path)
    (root / "dev/ttyS7").touch()
    path = settings_file(tmp_path, '[kiosk]\n[kiosk.printer]\nkind = "serial"\naddress = "/dev/ttyS7"\n')
    if fault == "kind":
        monkeypatch.setattr(port_checks, "port_of", lambda _name, _root: Port(PortKind.PRINTER, Path("/dev/ttyS7")))
    elif user == "this":
        monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith("ttyS7"))
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(port_checks, "usable_by_services", lambda _status, _kind: False)
    assert app.main(["check", "--config", str(path), "--no-devices", "--json", "--root", str(root)]) == 2
    assert levels_of("printer", capsys.readouterr().out) == [(f"{fault}:printer", "fault")]


@pytest.mark.parametrize(("free_mb", "level", "code"), [(199, "fault", 2), (200, "warning", 1), (1000, "fine", 0)])
def test_the_level_of_a_full_disk_depends_on_its_free_space(
    tmp_path: Path, free_mb: int, level: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free_mb * 1_000_000))
    path, root = settings_file(tmp_path, ""), ready_root(tmp_path)
    assert app.main(["check", "--config", str(path), "--no-devices", "--json", "--root", str(root)]) == code
    assert levels_of("disk", capsys.readouterr().out) == [("disk", level)]


def test_a_clock_with_an_empty_battery_is_a_fault_even_if_synchronised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "EARLIEST_MS", time.time_ns() // 1_000_000 + 86_400_000)
    path, root = settings_file(tmp_path, ""), ready_root(tmp_path)
    assert app.main(["check", "--config", str(path), "--no-devices", "--json", "--root", str(root)]) == 2
    assert levels_of("clock", capsys.readouterr().out) == [("clock", "fault")]


def test_a_closed_output_pipe_causes_no_traceback(tmp_path: Path) -> None:
    arguments = [*command("check", "--config", settings_file(tmp_path, ""), "--no-devices")]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
