"""The driver of the slip printer against ``luot-simulated`` as a process."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import urllib3

from config.devices import PrinterSettings
from config.load import EX_CONFIG
from config.words import words
from hardware.open.printer import open_printer
from hardware.ports import PrintResult, PrintState, Proof
from support.http_pools import http_pool
from support.server_process import ROOT, free_ports, need
from support.waiting import PATIENCE_S
from tools.pictures.slip import CASES, link, slip

HTTP = http_pool(retries=False, timeout=PATIENCE_S)


def start(config: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hardware.simulated.app", "--config", str(config)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )


def written(folder: Path, simulated: dict[str, Any] | None) -> Path:
    config = folder / "hall.toml"
    config.write_text(tomli_w.dumps({} if simulated is None else {"simulated": simulated}), encoding="utf-8")
    return config


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Return the control port and the printer's port of a process.

    The paper is 58 mm wide.
    """
    control, printer = free_ports(2)
    simulated = {
        "control": f"127.0.0.1:{control}",
        "printer": {"listen": f"127.0.0.1:{printer}", "paper_mm": 58, "speed_mm_s": 1000.0},
    }
    process = start(written(tmp_path, simulated))
    try:
        end_s, pause = time.monotonic() + PATIENCE_S, threading.Event()
        while True:
            try:
                HTTP.request("GET", f"http://127.0.0.1:{control}/devices")
                break
            except urllib3.exceptions.HTTPError:
                assert time.monotonic() < end_s, "the simulated devices did not start"
                pause.wait(0.02)
        yield control, printer
    finally:
        process.send_signal(signal.SIGTERM)
        _, output = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, output


def test_a_slip_leaves_through_its_settings_and_is_read_from_the_paper(ports: tuple[int, int], tmp_path: Path) -> None:
    control, port = ports
    settings = PrinterSettings(kind="network", address=f"127.0.0.1:{port}", paper_mm=58)
    results: queue.SimpleQueue[PrintResult] = queue.SimpleQueue()
    opened = open_printer(settings, tmp_path / "state", time.monotonic, lambda: 0, results.put)
    assert opened is not None
    printer, journal = opened
    with closing(printer):
        printer.print_slip("t-1", slip(CASES[1], words("vi")), results.put)
        assert results.get(timeout=PATIENCE_S) == PrintResult("t-1", PrintState.PRINTED, Proof.FENCE)
    assert journal.unconfirmed() == ()
    base = f"http://127.0.0.1:{control}"
    [piece] = json.loads(HTTP.request("GET", f"{base}/printer").data)["slips"]
    assert piece["cut"] and not piece["taken"]
    paper = tmp_path / "paper.png"
    paper.write_bytes(HTTP.request("GET", f"{base}/printer/slips/{piece['n']}.png").data)
    program = need("zbarimg")
    run = subprocess.run(
        [program, "-q", "--raw", paper], capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    assert run.stdout.strip() == link()


def test_without_its_section_the_process_ends_with_the_reason(tmp_path: Path) -> None:
    process = start(written(tmp_path, None))
    _, output = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == EX_CONFIG
    assert "section [simulated] is missing" in output


@pytest.mark.parametrize("which", ["control", "printer"])
def test_with_a_port_in_use_the_process_ends_with_the_reason(tmp_path: Path, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        [free] = free_ports(1)
        control, printer = (port, free) if which == "control" else (free, port)
        listen = {"control": f"127.0.0.1:{control}", "printer": {"listen": f"127.0.0.1:{printer}"}}
        process = start(written(tmp_path, listen))
        _, output = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == EX_CONFIG
    assert str(port) in output and "[simulated]" in output and "already in use" in output, output
