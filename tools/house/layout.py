"""Rules of the layout: class names are unique, files and functions are short."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tools.house.rule import Breach, Rule
from tools.house.sources import PACKAGES, Function, Source

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
SHARED_NAMES: Mapping[str, str] = {}
"""Class names that may stand in more than one file of the packages, each with the reason."""


def long_files(source: Source) -> Iterator[Breach]:
    """Yield the file if it has more than ``MAX_FILE_LINES`` lines."""
    if source.lines > MAX_FILE_LINES:
        yield Breach(source.lines, f"{source.lines} lines")


def long_functions(source: Source) -> Iterator[Breach]:
    """Yield the functions of more than ``MAX_FUNCTION_LINES`` lines."""
    for function in source.functions():
        lines = length(function)
        if lines > MAX_FUNCTION_LINES:
            yield Breach(function.lineno, f"`{function.name}` has {lines} lines")


RULES: Sequence[Rule] = (
    Rule(f"a file has at most {MAX_FILE_LINES} lines", long_files, (*PACKAGES, "bench", "packaging")),
    Rule(
        f"a function has at most {MAX_FUNCTION_LINES} lines", long_functions, (*PACKAGES, "tools", "bench", "packaging")
    ),
)


def shared_names(sources: Sequence[Source]) -> Iterator[str]:
    """Yield a sentence for each class name of two files that ``SHARED_NAMES`` does not allow."""
    for name, files in duplicates(sources).items():
        if name not in SHARED_NAMES:
            yield f"class {name} is defined in {', '.join(files)} (a name means one thing)"


def duplicates(sources: Sequence[Source]) -> dict[str, list[str]]:
    """Return each class name that several files of the packages define, with those files."""
    files_by_name: defaultdict[str, list[str]] = defaultdict(list)
    for source in sources:
        if source.area in PACKAGES:
            for node in source.classes():
                files_by_name[node.name].append(source.name)
    return {name: files for name, files in sorted(files_by_name.items()) if len(files) > 1}


def length(function: Function) -> int:
    """Return the lines of a function without its decorators and its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines
