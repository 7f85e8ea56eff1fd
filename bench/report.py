"""The benchmark's table in docs/BENCHMARKS.md, its JSON file, and the comparison with the committed one."""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.figures import Figure, Statistic, Target, TargetResult

DOCS = Path(__file__).parents[1] / "docs"
PAGE, DATA = DOCS / "BENCHMARKS.md", DOCS / "benchmarks.json"
BEGIN, END = "<!-- make bench -->", "<!-- end of make bench -->"
SIGNS = {
    TargetResult.MISSED: "**missed**",
    TargetResult.MET: "met",
    TargetResult.AIM: "met, aim too",
    TargetResult.NO_TARGET: "",
}

QUIET_LOAD = 0.25
"""The load average for each core up to which a machine is quiet."""

Figures = Mapping[str, Sequence[Figure]]
"""The figures of each part."""


def write(figures: Figures, load: float, page: Path = PAGE, data: Path = DATA) -> None:
    """Write the table between the marks of ``page``, and the JSON file. Raises ``ValueError`` without the marks.

    ``load``: the load average of the machine before the run.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page}: {BEGIN} and {END} are missing")
    lines = [machine_line(load), "", *table(figures)]
    page.write_text("\n".join([f"{before}{BEGIN}", "", *lines, "", f"{END}{after}"]), encoding="utf-8")
    parts = {part: [figure.to_json() for figure in rows] for part, rows in figures.items()}
    data.write_text(
        json.dumps({"machine": machine() | {"load": load}, "parts": parts}, indent=1, ensure_ascii=False) + "\n"
    )


def machine() -> dict[str, Any]:
    """Return the properties of this machine on which the figures depend; no name."""
    memory_kb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024
    return {"cores": os.cpu_count(), "memory_gb": round(memory_kb / 1024**2), "python": platform.python_version()}


def machine_line(load: float) -> str:
    """Return a sentence about the machine and its load before the run."""
    facts = machine()
    busy = f"{load:.1f} other programs wanted a core when the run began."
    if load > QUIET_LOAD * facts["cores"]:
        busy += " **The machine was busy: only the ratios mean something, and less than on a quiet one.**"
    cores, memory_gb = facts["cores"], facts["memory_gb"]
    return f"Measured on {cores} cores with {memory_gb} GB of memory and Python {facts['python']}; {busy}"


def table(figures: Figures) -> Iterator[str]:
    """Yield the lines of the tables in Markdown, one table for each part."""
    for part, rows in figures.items():
        yield f"**{part}**" if rows else f"**{part}**: not measured"
        yield ""
        if not rows:
            continue
        yield "| figure | unit | median | p95 | p99 | ratio | to | noise | must / aim | result |"
        yield "|---|---|---|---|---|---|---|---|---|---|"
        yield from map(_row, rows)
        yield ""


def _row(figure: Figure) -> str:
    values = [number(value) for value in (figure.median, figure.p95, figure.p99, figure.ratio)]
    targets = "; ".join(map(_targets, figure.targets))
    noise = "" if figure.noise is None else f"{figure.noise * 100:.0f} %"
    cells = [figure.name, figure.unit, *values, figure.limit, noise, targets, SIGNS[figure.result()]]
    return f"| {' | '.join(cells)} |"


def _targets(target: Target) -> str:
    sign = "≥" if target.at_least else "≤"
    aim = "" if target.aim is None else f" / {number(target.aim)}"
    return f"{target.statistic.value} {sign} {number(target.must)}{aim}"


def number(value: float | None) -> str:
    """Return a number with three significant digits; nothing for None."""
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def compare(figures: Figures, committed: Path = DATA) -> Iterator[str]:
    """Yield a line for each figure of both runs: its ratio to the committed one."""
    if not committed.exists():
        yield "no committed figures to compare with"
        return
    earlier = {
        (part, row["name"]): row
        for part, rows in json.loads(committed.read_text(encoding="utf-8"))["parts"].items()
        for row in rows
    }
    for part, rows in figures.items():
        for figure in rows:
            row = earlier.get((part, figure.name))
            if row is not None:
                yield _comparison(part, figure, row)


def _comparison(part: str, figure: Figure, row: Mapping[str, Any]) -> str:
    """Compare ratios where there are some, else medians."""
    statistic = Statistic.MEDIAN if figure.ratio is None or row["ratio"] is None else Statistic.RATIO
    then, now = row[statistic.value], figure.value(statistic)
    change = now / then if then else float("nan")
    noise = max(figure.noise or 0.0, row["noise"] or 0.0)
    apart = abs(change - 1) > noise > 0
    mark = "  beyond the noise" if apart else ""
    values = f"{statistic.value} {number(now)} = {change:.2f} x {number(then)}"
    return f"{part}: {figure.name}: {values} (noise {noise:.0%}){mark}"
