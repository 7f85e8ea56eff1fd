"""Make the gettext catalogues from ``config/words.json``; ``--check`` reports what is stale.

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
PACKAGES = ("kiosk", "counter", "display", "server", "hardware", "config")
WORDS = ROOT / "config" / "words.json"
LOCALE = ROOT / "config" / "locale"
LOOKUP_NAMES = frozenset({"words", "w", "_", "TextId"})
_TRANSLATORS_NOTE = re.compile(r"\s*\[[^\]]*\]\s*$")
_LOOKUP_IN_TEMPLATE = re.compile(
    r"""\b(?:words|w)\(\s*(?P<q>["'])(?P<surface>[a-z_]+)(?P=q)\s*,\s*(?P<r>["'])(?P<text>.+?)(?P=r)\s*[,)]"""
)


@dataclass(frozen=True, slots=True)
class TextUse:
    """One place in the code that shows a text. ``where``: file and line."""

    surface: str
    text: str
    where: str


def main() -> int:
    """Write the catalogues, or with ``--check`` compare them.

    Prints every mistake; returns 1 if there is one.
    """
    check = "--check" in sys.argv[1:]
    collection = texts()
    mistakes = [
        f"{use.where}: ({use.surface}) {use.text!r} is not in config/words.json" for use in missing_texts(collection)
    ]
    mistakes += [
        f"config/words.json: ({surface}) {text!r} is not NFC"
        for surface, text in collection
        if unicodedata.normalize("NFC", text) != text
    ]
    made = {LOCALE / "en" / "LC_MESSAGES" / name: data for name, data in catalogue("en", collection).items()}
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
    """Return (surface, Vietnamese) → English, without the notes of the collection."""
    surfaces = json.loads(WORDS.read_text(encoding="utf-8"))
    return {
        (surface, entry["vi"]): _TRANSLATORS_NOTE.sub("", entry["en"])
        for surface, entries in surfaces.items()
        for entry in entries
    }


def missing_texts(collection: dict[tuple[str, str], str]) -> list[TextUse]:
    """Return the texts that the code shows and the collection lacks."""
    return [use for use in uses() if not collection.get((use.surface, use.text))]


def uses() -> Iterator[TextUse]:
    """Yield every call like ``words("surface", "text", …)`` or ``TextId("surface", "text")`` in code and templates."""
    for part in PACKAGES:
        for path in sorted((ROOT / part).rglob("*.py")):
            yield from _in_python(path)
        for path in sorted([*(ROOT / part).rglob("*.html"), *(ROOT / part).rglob("*.svg")]):
            yield from _in_template(path)


def _in_python(path: Path) -> Iterator[TextUse]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first, second = node.args[:2]
        if (
            name in LOOKUP_NAMES
            and isinstance(first, ast.Constant)
            and isinstance(second, ast.Constant)
            and isinstance(first.value, str)
            and isinstance(second.value, str)
        ):
            yield TextUse(first.value, second.value, f"{path.relative_to(ROOT)}:{node.lineno}")


def _in_template(path: Path) -> Iterator[TextUse]:
    text = path.read_text(encoding="utf-8")
    for match in _LOOKUP_IN_TEMPLATE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield TextUse(match["surface"], match["text"], f"{path.relative_to(ROOT)}:{line}")


def catalogue(language: str, collection: dict[tuple[str, str], str]) -> dict[str, bytes]:
    """Return the .po and .mo of one language, the same bytes for the same words."""
    made = Catalog(locale=language, project="luot", charset="utf-8", fuzzy=False)
    made.header_comment = "# Made by tools/words.py from config/words.json; edit that and run `make words`."
    made.revision_date = made.creation_date = None  # type: ignore[assignment]
    for (surface, text), english in sorted(collection.items()):
        if english:
            made.add(text, english, context=surface)
    po, mo = BytesIO(), BytesIO()
    write_po(po, made, width=0, omit_header=False)
    write_mo(mo, made)
    reproducible = re.sub(rb'^"(POT-Creation-Date|PO-Revision-Date|Generated-By):.*\n', b"", po.getvalue(), flags=re.M)
    return {"messages.po": reproducible, "messages.mo": _without_dates(mo.getvalue())}


def _without_dates(mo: bytes) -> bytes:
    """Blank the dates in the header of a .mo.

    The same length of blanks keeps the offsets right.
    """
    return re.sub(rb"(?<=\n)(POT-Creation-Date|PO-Revision-Date): [^\n]*", lambda m: b"X-Blank: ".ljust(len(m[0])), mo)


if __name__ == "__main__":
    raise SystemExit(main())
