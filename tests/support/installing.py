"""Run ``luot-hardware``, as a process or in this one on the scaled clock."""

import json
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from hardware.installer import app
from hardware.simulated.printers.printer import SimulatedPrinter
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Finished:
    """A command that has ended: its exit code and output."""

    code: int
    out: str
    err: str

    def findings(self) -> dict[str, dict[str, str]]:
        """Return the findings of ``--json`` by code."""
        return {finding["code"]: finding for finding in json.loads(self.out)["findings"]}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "hardware.installer.app", *map(str, arguments)]


def luot_hardware(*arguments: object, cwd: Path = ROOT) -> Finished:
    """Run ``luot-hardware`` without a terminal."""
    ended = subprocess.run(
        command(*arguments), cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
    )
    return Finished(ended.returncode, ended.stdout, ended.stderr)


def run_luot_hardware(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run ``luot-hardware`` on the scaled clock, for tests of reply times. Return the exit code."""
    monkeypatch.setattr(app, "time", SimpleNamespace(monotonic=mono_s, time_ns=time.time_ns))
    return app.main([*map(str, arguments), "--language", "en"])


def settings_file(folder: Path, text: str) -> Path:
    """Write a machine's settings with ``text``; no server answers at their address."""
    path = folder / "machine.toml"
    path.write_text(f'[machine]\nstate = "{folder}"\n[link]\nserver = "http://127.0.0.1:1"\n{text}', encoding="utf-8")
    return path


def ready_root(folder: Path) -> Path:
    """Make the system files of a machine whose clock is synchronised and that has sound."""
    root = folder / "root"
    for name, text in (("run/systemd/timesync/synchronized", ""), ("proc/asound/cards", " 0 [PCH ]: HDA-Intel\n")):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "dev").mkdir()
    return root


def closed_address() -> str:
    """Return an address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def printer_address(printer: SimulatedPrinter) -> str:
    return "{}:{}".format(*printer.address)
