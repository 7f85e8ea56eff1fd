"""The documents name files, modules, functions, classes and targets of ``make`` that exist.

A name of the past may stand in one place only: in the paragraph **Changed:** of a decision, as "`old` is now `new`".
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), *DECISIONS]
GLOSSARY = ROOT / "docs" / "GLOSSARY.md"
PRODUCT = ("kiosk", "counter", "display", "server", "hardware", "config")
FOLDERS = (*PRODUCT, "packaging", "tools", "bench", "tests", "docs")
SOURCES = (".py", ".js", ".html", ".css", ".svg")

FOREIGN = {
    "DecodePDU": "pymodbus",
    "FramerRTU": "pymodbus",
    "BroadcastChannel": "browsers",
    "Font.render": "pygame",
    "HttpOnly": "cookies",
    "ETag": "HTTP",
    "Host": "HTTP",
    "Origin": "HTTP",
    "Err": "what a sign shows",
    "WatchdogSec": "systemd",
    "hardware/signs/alpha.py": "the invented driver of docs/drivers.md",
}
"""Name -> whose it is, or why our code does not define it."""

SPAN = re.compile(r"`([^`]+)`")
FENCE = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
CHANGED = re.compile(r"^\*\*Changed:\*\*.*?(?:\n\n|\Z)", re.DOTALL | re.MULTILINE)
PAST = re.compile(r"`([^`]+)`\sis\snow\s`")
PATH = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w.*/-]*")
FUNCTION = re.compile(r"([\w/]+\.(?:py|js)):(\w+(?:\.\w+)?)")
MODULE = re.compile(rf"(?:{'|'.join((*PRODUCT, 'tools', 'bench'))})(?:\.\w+)+")
CLASS = re.compile(r"[A-Z]+[a-z][A-Za-z]*(?:\.\w+)*(?:\(.*\))?")
CODE_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*(?:\(.*\))?")
DEFINED = re.compile(
    r"^\s*(?:class|def|async def|function|const|let)\s+(\w+)"  # classes and functions, of scripts too
    r"|^\s*(\w+)\s*(?::[^=\n]+)?(?:=|$)"  # constants, fields, members of enums
    r"|^\s*(\w+):\s",  # fields of dataclasses and arguments on lines of their own
    re.MULTILINE,
)


@cache
def files() -> frozenset[str]:
    """Return the relative paths of all files that documents may name."""
    return frozenset(
        str(path.relative_to(ROOT))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


@cache
def defined() -> frozenset[str]:
    """Return the names of all classes, functions, constants and fields of the sources."""
    sources = (path for path in files() if path.endswith((".py", ".js")))
    texts = ((ROOT / path).read_text(encoding="utf-8") for path in sources)
    return frozenset(name for text in texts for match in DEFINED.finditer(text) for name in match.groups() if name)


def spans(text: str) -> Iterator[str]:
    """Yield the spans in code font, without blocks and without former names."""
    text = FENCE.sub("", text)
    past = {name for paragraph in CHANGED.findall(text) for name in PAST.findall(paragraph)}
    yield from (" ".join(span.split()) for span in SPAN.findall(text) if span not in past)


def path_exists(path: str) -> bool:
    """Return whether a path, a pattern or a path's end is in the tree."""
    if PATH.match(path):
        return any(ROOT.glob(path.rstrip("/")))
    return any(f"/{file}".endswith(f"/{path}") for file in files())


def function_exists(path: str, name: str) -> bool:
    """Return whether the file defines the function, method (``Class.method``), class or table (a constant)."""
    if not (ROOT / path).is_file():
        return False
    text = (ROOT / path).read_text(encoding="utf-8")
    definition = r"^\s*(?:class|def|async def|export const|function) {0}\b|^{0}(?:: .+)? = "
    return all(re.search(definition.format(part), text, re.MULTILINE) for part in name.split("."))


def module_exists(name: str) -> bool:
    """Return whether a dotted name is a module, or a name that a module defines."""
    path = name.replace(".", "/")
    if f"{path}.py" in files() or (ROOT / path).is_dir():
        return True
    parent, _, last = path.rpartition("/")
    return f"{parent}.py" in files() and last in (ROOT / f"{parent}.py").read_text(encoding="utf-8")


def is_defined(name: str) -> bool:
    """Return whether each part of ``Class``, ``Class.member`` or ``function(…)`` is defined in the tree."""
    return all(part in defined() for part in name.partition("(")[0].split("."))


def unknown(span: str) -> bool:
    """Return whether a span looks like our names, and is not in the tree."""
    if span in FOREIGN:
        return False
    if function := FUNCTION.fullmatch(span):
        return not function_exists(*function.groups())
    word = span.split()[0] if PATH.match(span) else span
    if PATH.fullmatch(word) or (word.endswith(SOURCES) and "//" not in word):
        return not path_exists(word)
    if MODULE.fullmatch(span):
        return not module_exists(span)
    if command := re.match(rf"python -m ({MODULE.pattern})", span):
        return not module_exists(command[1])
    if CLASS.fullmatch(span) and not span.isupper():
        return not is_defined(span)
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_names_of_code_in_a_document_exist(page: Path) -> None:
    assert sorted({span for span in spans(page.read_text(encoding="utf-8")) if unknown(span)}) == []


@pytest.mark.parametrize("name", FOREIGN)
def test_no_foreign_name_outlives_its_page(name: str) -> None:
    assert any(name in spans(page.read_text(encoding="utf-8")) for page in PAGES)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name[:4])
def test_a_name_of_the_past_is_gone(page: Path) -> None:
    for paragraph in CHANGED.findall(page.read_text(encoding="utf-8")):
        for name in PAST.findall(paragraph):
            assert unknown(name), name


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name[:4])
def test_a_decision_has_number_title_date_and_a_decision(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(rf"# {page.name[:4]} · .*[^.]", lines[0]), lines[0]
    assert re.match(r"20\d\d-\d\d-\d\d · (accepted|superseded by \d{4})", lines[2]), lines[2]
    assert lines[1] == ""
    for word in ("Context", "Decision"):
        assert any(line.startswith(f"**{word}.**") for line in lines), word


def terms() -> list[tuple[str, str]]:
    """Return the rows of the glossary's part "Terms of the code": term and meaning."""
    _, _, part = GLOSSARY.read_text(encoding="utf-8").partition("## Terms of the code\n")
    return re.findall(r"^\| ([^|]+) \| (.+) \|$", part, re.MULTILINE)[1:]


def test_each_term_in_code_font_is_in_the_code() -> None:
    names = {span for term, meaning in terms() for span in SPAN.findall(term)}
    assert len(names) >= 200
    assert sorted(name for name in names if not CODE_NAME.fullmatch(name) or not is_defined(name)) == []


def test_the_terms_of_the_code_are_in_the_order_of_the_alphabet() -> None:
    words = [term.replace("`", "").casefold() for term, _ in terms()]
    assert words == sorted(words)
    assert len(words) == len(set(words))


def test_a_name_that_the_tree_does_not_have_is_noticed() -> None:
    there = (
        "server/app.py",
        "server/app.py:main",
        "server/app.py:CHECK_PARTS_EVERY_S",
        "server/web/api/table.py:ENDPOINTS",
        "server/web/static/staff/live.js:followVersion",
        "config.threads",
        "RestartingThread",
        "tests/system/",
        "app.py",
    )
    assert [span for span in there if unknown(span)] == []
    gone = (
        "server/ear.py",
        "server/app.py:ear",
        "server/app.py:EARS",
        "server/app.py:ServerSetup.ear",
        "server/web/static/staff/live.js:followEar",
        "config.ears",
        "HearingThread",
        "tests/hearing/",
        "ear.py",
        "Tap.hearing",
    )
    assert [span for span in gone if not unknown(span)] == []
    assert list(spans("`a` **x**\n\n**Changed:** `old` is now `new`.\n")) == ["a", "new"]
