"""Fixtures that tests of several devices share."""

import os
import pty
import tty
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from escpos_bench import EscposBench
from printer_links import PtyCable
from serial_bench import FarEnd

from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.simulated.terminal import Terminal
from support.scaled_time import mono_s


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Closes the parts that a test has opened."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def cable() -> Iterator[PtyCable]:
    """A pseudo-terminal in place of a device file."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    cable = PtyCable(ours, theirs, Path(os.ttyname(theirs)))
    yield cable
    cable.pull()


@pytest.fixture
def far_end(tmp_path: Path) -> Iterator[FarEnd]:
    """The far end of a serial bus."""
    received = bytearray()
    with closing(Terminal(tmp_path / "line", received.extend)) as terminal:
        yield FarEnd(tmp_path / "line", received, terminal)


@pytest.fixture
def paper_printer() -> Iterator[SimulatedPrinter]:
    """A simulated printer on the network that prints as fast as possible."""
    printer = SimulatedPrinter("127.0.0.1", 0, paper_mm=80, speed_mm_s=1e6, roll_mm=80_000, mono_s=mono_s)
    yield printer
    printer.close()


@pytest.fixture
def bench(paper_printer: SimulatedPrinter, tmp_path: Path) -> Iterator[EscposBench]:
    """The driver of ``paper_printer``."""
    bench = EscposBench(paper_printer.address, tmp_path / "printer.jsonl")
    yield bench
    bench.close()
