"""Write the documents' tables from the code: settings and refusals. ``--check`` reports what is stale.

``docs/CONFIG.md`` comes from the settings, the tables of refusals from their catalogue (``tools/refusal_docs.py``).
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from config.office import OfficeSettings
from config.profiles import PrinterProfile
from config.settings import Settings
from tools import refusal_docs

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "docs" / "CONFIG.md"

_PLAIN = {"str": "text", "int": "whole number", "float": "number", "bool": "true, false", "Path": "path"}

HEAD = """# Settings

Made by `python -m tools.docs` from `settings.py`, `devices.py`, `signs.py`, `twins.py`, `profiles.py` and
`office.py` in `config`; edit those.

**One TOML file** configures a machine, with one section for each program that runs on it; a hall on one machine has
them all in one file (`config/demo/hall.toml` is the demonstration's). A program whose section is missing does not run
there. The *office*, that is its services, counters, procedures and hours, is read from a second file at the first start
and is kept in the database after that.

Unknown names, wrong values and missing settings stop the start: all mistakes are reported at once, each with file,
section and a suggestion, and the program ends with exit code 78. Paths are relative to the working folder, except
`[server] office` and `[kiosk.printer] layout` and `profile`, which are relative to the folder of the TOML file.
`luot-server --config FILE --check` checks a file without starting anything.
"""

PROFILE = """
## A printer's profile

The properties of one printer are in a small file of its own, which `[kiosk.printer] profile` names and
`luot-hardware probe` writes. A value that the file does not have comes from `[kiosk.printer] model` (width, resolution,
cutter, QR codes, code page). Without a model a printer is treated as having the abilities of all printers: it prints
dots and answers questions.
"""

PARTS: Sequence[tuple[str, type[BaseModel]]] = (
    ("\n## One machine\n", Settings),
    (PROFILE, PrinterProfile),
    ("\n## The office\n", OfficeSettings),
)


def main() -> int:
    """Write or check the pages; return 1 when a check finds one stale."""
    stale = [path for path, page in PAGES.items() if not path.exists() or path.read_text(encoding="utf-8") != page()]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale; run python -m tools.docs", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(PAGES[path](), encoding="utf-8")
    return 0


def settings_page() -> str:
    """Return docs/CONFIG.md as the settings have it."""
    return "".join((HEAD, *(line for head, model in PARTS for line in (head, *_sections(model, "")))))


PAGES: Mapping[Path, Callable[[], str]] = {
    CONFIG: settings_page,
    refusal_docs.API: refusal_docs.api_page,
    refusal_docs.VIETNAMESE: refusal_docs.vietnamese_page,
}


def _sections(model: type[BaseModel], name: str) -> Iterator[str]:
    plain = {key: field for key, field in model.model_fields.items() if not list(_tables(field.annotation, ""))}
    if plain:
        title = f"`{name}`" if name else "top of the file"
        yield f"\n### {title}\n\n"
        if name and model.__doc__:
            yield f"{' '.join(model.__doc__.split())}\n\n"
        yield "| setting | values | default | meaning |\n|---|---|---|---|\n"
        for key, field in plain.items():
            yield f"| `{key}` | {_values(field)} | {_default(field)} | {field.description or ''} |\n"
    for key, field in model.model_fields.items():
        path = f"{name.strip('[]')}.{key}".lstrip(".")
        tables = list(_tables(field.annotation, path))
        for title, inner in tables:
            yield from _sections(inner, title)


def _tables(annotation: Any, path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the tables that a setting at ``path`` may hold, each with its title.

    Titles are ``[path]``, ``[[path]]`` for a list of tables, and ``[path.<name>]`` for a table of them.
    """
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield f"[{path}]", annotation
    elif get_origin(annotation) in (tuple, list):
        yield from ((f"[{title}]", inner) for title, inner in _tables(get_args(annotation)[0], path))
    elif get_origin(annotation) is dict:
        yield from _tables(get_args(annotation)[1], f"{path}.<name>")
    elif isinstance(annotation, UnionType) or get_origin(annotation) in (Union, Annotated):
        for inner in get_args(annotation):
            yield from _tables(inner, path)


def _values(field: FieldInfo) -> str:
    limits = [
        f"{sign} {getattr(rule, name):g}"
        for rule in field.metadata
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if getattr(rule, name, None) is not None
    ]
    return " ".join([_type(field.annotation), *limits])


def _type(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if annotation is type(None):
        return "none"
    if isinstance(annotation, UnionType) or get_origin(annotation) is Union:
        return " or ".join(_type(inner) for inner in get_args(annotation))
    if get_origin(annotation) in (tuple, list):
        return f"list of {_type(get_args(annotation)[0])}"
    if get_origin(annotation) is dict:
        return "table"
    if hasattr(annotation, "__metadata__"):
        return _type(annotation.__origin__)
    name: str = annotation.__name__
    return _PLAIN.get(name, name)


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "must be given"
    value = field.default
    if value is None or value == "" or value == () or value == []:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (tuple, list)):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{value}`"


if __name__ == "__main__":
    raise SystemExit(main())
