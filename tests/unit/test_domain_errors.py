"""The tree of errors that ``server.domain.errors`` draws is the tree of the classes."""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

from server.domain import errors

SERVER = Path(__file__).parents[2] / "server"
_ROW = re.compile(r"^(?P<indent> +)(?P<name>[A-Z]\w+) {2,}\S", re.MULTILINE)


def drawn() -> dict[str, str | None]:
    """Return each error of the docstring with the one that it stands below."""
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for row in _ROW.finditer(errors.__doc__ or ""):
        depth = len(row["indent"]) // 4 - 1
        path = [*path[:depth], row["name"]]
        parents[row["name"]] = path[-2] if depth else None
    return parents


def classes() -> Iterator[tuple[str, list[str]]]:
    """Yield the public classes of the server with their bases.

    A private error does not leave its module. The halls of the demonstration are a program of their own.
    """
    for path in SERVER.rglob("*.py"):
        if "hall" in path.relative_to(SERVER).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, [ast.unparse(base).rpartition(".")[2] for base in node.bases]


def test_the_tree_shows_every_error_below_its_base() -> None:
    bases = dict(classes())
    known: dict[str, str | None] = {}
    while True:
        new = {
            name: next((base for base in of if base in known), None)
            for name, of in bases.items()
            if name not in known and any(base in known or _is_builtin(base) for base in of)
        }
        if not new:
            break
        known |= new
    assert drawn() == known


def _is_builtin(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)
