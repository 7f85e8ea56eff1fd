"""Makes the gettext catalogues from the code and ``config/words.json``; ``--check`` only says what is stale.

Message ids are the Vietnamese texts, contexts are the surfaces. A text that the code uses and words.json does not
know, or that has no English, is an error: a hall's citizens would see it untranslated.
"""

import ast
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

ROOT = Path(__file__).parent.parent
CODE = ("kiosk", "counter", "display", "server", "hardware", "config")
WORDS = ROOT / "config" / "words.json"
LOCALE = ROOT / "config" / "locale"
NAMES = frozenset({"words", "w", "_"})
_NOTE = re.compile(r"\s*\[[^\]]*\]\s*$")
_TEMPLATE = re.compile(
    r"""\b(?:words|w)\(\s*(?P<q>["'])(?P<surface>[a-z_]+)(?P=q)\s*,\s*(?P<r>["'])(?P<text>.+?)(?P=r)\s*[,)]"""
)


@dataclass(frozen=True, slots=True)
class Use:
    """One place in the code that shows a text."""

    surface: str
    text: str
    where: str


def main() -> int:
    """Write the catalogues, or with ``--check`` compare; prints every mistake, exit 1 if there is one."""
    check = "--check" in sys.argv[1:]
    known = texts()
    mistakes = [f"{use.where}: ({use.surface}) {use.text!r} is not in config/words.json" for use in unknown(known)]
    mistakes += [f"config/words.json: ({s}) {t!r} is not NFC" for s, t in known if unicodedata.normalize("NFC", t) != t]
    made = {LOCALE / "en" / "LC_MESSAGES" / name: data for name, data in catalogue("en", known).items()}
    for path, data in made.items():
        if check:
            if not path.exists() or path.read_bytes() != data:
                mistakes.append(f"{path.relative_to(ROOT)} is stale; run make words")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    for mistake in mistakes:
        print(mistake, file=sys.stderr)
    return 1 if mistakes else 0


def texts() -> dict[tuple[str, str], str]:
    """(surface, Vietnamese) → English, the notes of the collection stripped."""
    surfaces = json.loads(WORDS.read_text(encoding="utf-8"))
    return {
        (surface, entry["vi"]): _NOTE.sub("", entry["en"]) for surface, entries in surfaces.items() for entry in entries
    }


def unknown(known: dict[tuple[str, str], str]) -> list[Use]:
    """Texts that the code shows and the collection lacks."""
    return [use for use in uses() if not known.get((use.surface, use.text))]


def uses() -> Iterator[Use]:
    """Every call of the form ``words("surface", "text", …)`` in code and templates."""
    for part in CODE:
        for path in sorted((ROOT / part).rglob("*.py")):
            yield from _in_python(path)
        for path in sorted([*(ROOT / part).rglob("*.html"), *(ROOT / part).rglob("*.svg")]):
            yield from _in_template(path)


def _in_python(path: Path) -> Iterator[Use]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first, second = node.args[:2]
        if (
            name in NAMES
            and isinstance(first, ast.Constant)
            and isinstance(second, ast.Constant)
            and isinstance(first.value, str)
            and isinstance(second.value, str)
        ):
            yield Use(first.value, second.value, f"{path.relative_to(ROOT)}:{node.lineno}")


def _in_template(path: Path) -> Iterator[Use]:
    text = path.read_text(encoding="utf-8")
    for found in _TEMPLATE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Use(found["surface"], found["text"], f"{path.relative_to(ROOT)}:{line}")


def catalogue(language: str, known: dict[tuple[str, str], str]) -> dict[str, bytes]:
    """The .po and .mo of one language, the same bytes for the same words."""
    made = Catalog(locale=language, project="luot", charset="utf-8", fuzzy=False)
    made.header_comment = "# Made by tools/words.py from config/words.json; edit that and run `make words`."
    made.revision_date = made.creation_date = None  # type: ignore[assignment]
    for (surface, text), english in sorted(known.items()):
        if english:
            made.add(text, english, context=surface)
    po, mo = BytesIO(), BytesIO()
    write_po(po, made, width=0, omit_header=False)
    write_mo(mo, made)
    steady = re.sub(rb'^"(POT-Creation-Date|PO-Revision-Date|Generated-By):.*\n', b"", po.getvalue(), flags=re.M)
    return {"messages.po": steady, "messages.mo": _without_dates(mo.getvalue())}


def _without_dates(mo: bytes) -> bytes:
    """A .mo holds the header with its dates; the same length of blanks keeps the offsets right."""
    return re.sub(rb"(?<=\n)(POT-Creation-Date|PO-Revision-Date): [^\n]*", lambda m: b"X-Blank: ".ljust(len(m[0])), mo)


if __name__ == "__main__":
    raise SystemExit(main())
