"""Measure everything that has a target: ``python -m bench``.

Run ``make bench``. It writes the table of ``docs/BENCHMARKS.md``. ``--only PART``, which may be repeated, measures some
parts, prints their table and writes nothing. Exit code 1 when a target that must be kept is missed, or an answer was
wrong.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import urllib3

from bench import report, with_accounts
from bench.context import BenchContext
from bench.figures import Figure, TargetResult, WrongAnswer
from bench.parts import calls, crowd, devices, history, idle, overload, pages, screens, start, tickets, waiting
from bench.trees import compile_programs
from support.server_process import ROOT

PARTS: Mapping[str, Callable[[BenchContext], list[Figure]]] = {
    "tickets": tickets.measure,
    "calls": calls.measure,
    "accounts": with_accounts.measure,
    "waiting": waiting.measure,
    "pages": pages.measure,
    "crowd": crowd.measure,
    "overload": overload.measure,
    "screens": screens.measure,
    "devices": devices.measure,
    "start": start.measure,
    "idle": idle.measure,
    "history": history.measure,
}
PART_FAILURES = (WrongAnswer, AssertionError, urllib3.exceptions.HTTPError)
"""The errors of a part: a wrong answer, or a program that does not answer in time."""
FOLDER = ROOT / "var" / "bench"
"""The folder of a run's databases, on the disk of the repository: a hall's database is on a real disk too."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; return 1 when a target is missed or an answer was wrong."""
    only = _parse(arguments)
    load = os.getloadavg()[0]
    figures, wrong = _measure(only or list(PARTS))
    print("\n".join(["", report.machine_line(load), "", *report.table(figures)]))
    print("\n".join(report.compare(figures)))
    if not only and not wrong:
        report.write(figures, load)
        print(f"written: {report.PAGE.relative_to(ROOT)}, {report.DATA.relative_to(ROOT)}")
    missed = [
        f"{part}: {figure.name}"
        for part, rows in figures.items()
        for figure in rows
        if figure.result() is TargetResult.MISSED
    ]
    for line in (*wrong, *(f"missed: {name}" for name in missed)):
        print(line)
    return 1 if missed or wrong else 0


def _parse(arguments: Sequence[str] | None) -> list[str]:
    parser = argparse.ArgumentParser(prog="bench", description="Measure everything that has a target.")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="a part to measure; may be repeated")
    only: list[str] = parser.parse_args(arguments).only or []
    return only


def _measure(parts: Sequence[str]) -> tuple[dict[str, list[Figure]], list[str]]:
    """Return the figures of each part, and a sentence for each part that failed."""
    figures: dict[str, list[Figure]] = {}
    wrong: list[str] = []
    start_s = time.monotonic()
    compile_programs(ROOT)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=FOLDER) as folder:
        for number, part in enumerate(parts, 1):

            def progress(text: str, part: str = part, number: int = number) -> None:
                minutes, seconds = divmod(round(time.monotonic() - start_s), 60)
                print(f"{minutes:2}:{seconds:02}  {number}/{len(parts)} {part}: {text}", flush=True)

            try:
                figures[part] = PARTS[part](BenchContext(Path(folder), progress))
            except PART_FAILURES as error:
                wrong.append(f"wrong answer: {part}: {error}")
                progress(wrong[-1])
    return figures, wrong


if __name__ == "__main__":
    sys.exit(main())
