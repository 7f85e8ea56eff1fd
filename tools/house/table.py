"""The table of CONTRIBUTING: sizes, docstrings, shared names, and SQL statements of pages and commands."""

import ast
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.house.layout import duplicates, length
from tools.house.sources import PACKAGES, ROOT, Function, Source

PAGE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- make house -->", "<!-- end of make house -->"


def table(sources: Sequence[Source]) -> Iterator[str]:
    """Yield the lines of the table about the six packages, in Markdown."""
    own = [source for source in sources if source.area in PACKAGES]
    lines = [source.lines for source in own if source.lines]
    functions = [length(function) for source in own for function in source.functions()]
    public = [node for source in own for node in _public(source.tree)]
    described = sum(ast.get_docstring(node) is not None for node in public)
    longest = max(own, key=lambda source: source.lines)
    yield "| measure | value |"
    yield "|---|---|"
    yield f"| files with code | {len(lines)} |"
    yield f"| lines of a file: median, p90, longest | {_distribution(lines)} (`{longest.name}`) |"
    yield f"| functions | {len(functions)} |"
    yield f"| lines of a function: median, p90, longest | {_distribution(functions)} |"
    yield f"| public classes and functions with a docstring | {described} of {len(public)} |"
    yield f"| class names in two files | {len(duplicates(own))} |"


def write(lines: Sequence[str], page: Path = PAGE) -> None:
    """Put ``lines`` between the marks of ``page``. Raises ``ValueError`` when the marks are missing."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page}: {BEGIN} and {END} are missing")
    page.write_text("\n".join([f"{before}{BEGIN}", "", *lines, "", f"{END}{after}"]), encoding="utf-8")


def _public(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """Yield the classes and functions at the top of a module that others may use."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def _distribution(values: Sequence[int]) -> str:
    p90 = statistics.quantiles(values, n=10)[-1]
    return f"{statistics.median(values):.0f}, {p90:.0f}, {max(values)}"
