"""The Python files that the checks read."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("kiosk", "counter", "display", "server", "hardware", "config")
AREAS = (*PACKAGES, "tools", "bench", "packaging", "tests")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Described = ast.Module | ast.ClassDef | Function
"""A node that may have a docstring."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file. ``name``: its path from the root of the project."""

    name: str
    lines: int
    tree: ast.Module

    @property
    def area(self) -> str:
        """The top folder."""
        return self.name.partition("/")[0]

    def functions(self) -> Iterator[Function]:
        """Yield every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def classes(self) -> Iterator[ast.ClassDef]:
        """Yield the classes at the top of the module."""
        return (node for node in self.tree.body if isinstance(node, ast.ClassDef))

    def docstrings(self) -> Iterator[tuple[int, str]]:
        """Yield the line and the text of each docstring."""
        for node in ast.walk(self.tree):
            if isinstance(node, Described) and (text := ast.get_docstring(node)) is not None:
                yield node.body[0].lineno, text


def parse(name: str, text: str) -> Source:
    """Return the source with this text."""
    return Source(name, len(text.splitlines()), ast.parse(text))


def read(root: Path = ROOT) -> list[Source]:
    """Parse every Python file of the areas."""
    paths = (path for area in AREAS for path in sorted((root / area).rglob("*.py")))
    return [parse(str(path.relative_to(root)), path.read_text(encoding="utf-8")) for path in paths]
