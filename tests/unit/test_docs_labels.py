"""The documents name keys, pages and messages by the texts that the screens really show.

In the Vietnamese guides **bold** and “quotes” are texts of a screen or a slip, or titles of a guide; *italics* stress
a word. In the English pages *italics* and "quotes" are such texts, or messages of a log; what else stands so is listed
here.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from tools.words import PACKAGES, texts

ROOT = Path(__file__).parent.parent.parent
GUIDES = sorted((ROOT / "docs" / "vi").glob("*.md"))
ENGLISH = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

PROSE = {
    "README.md": {
        "Follow a ticket",
        "first come, first served, sent automatically to the right counter",
        "first come, first served; a priority ticket counts as taken 30 minutes earlier",
        "đến trước phục vụ trước, tự động đến đúng quầy giao dịch",
    },
    "API.md": {"A015"},
    "ARCHITECTURE.md": {"Follow a ticket", "ask", "listen"},
    "BENCHMARKS.md": {"met, aim too"},
    "CONFIG.md": {"office", "02 [ address 'W' payload 03 ] checksum", "13:30-17:00"},
    "OPERATIONS.md": {
        "power on after loss",
        "58 mm USB toys",
        "standard system utilities",
        "Nodes",
    },
    "SIGNS.md": {"silent", "wrong", "turned a frame down"},
    "SLIP.md": {"–", "·", "-"},
    "drivers.md": {"offline"},
}
"""Page -> what stands in italics or quotes there and is no text of a screen."""

BOLD = re.compile(r"(?<!\*)\*\*(?![\s*])([^*]+?)(?<!\s)\*\*(?!\*)")
ITALIC = re.compile(r"(?<![\w*])\*(?![\s*])([^*\n]+?)(?<![\s*])\*(?![\w*])")
CURLY = re.compile(r"“([^”]+)”")
STRAIGHT = re.compile(r'(?<![\w=\[(])"([^"\n]+)"')
HEAD = re.compile(r"[?.:]$")
"""A bold beginning of a paragraph, which is the guide's own."""

REPORTS = re.compile(r"^\| Màn hình hoặc trang quản lý báo \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", re.MULTILINE)


def prose(page: Path) -> str:
    """The page without its code."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`]*`", "", text)


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" .:").casefold()


@cache
def _patterns() -> Sequence[re.Pattern[str]]:
    """Return a pattern for each text of a screen, and for its first sentences."""
    return list(_compiled())


def _compiled() -> Iterator[re.Pattern[str]]:
    shown = {text for (_, vietnamese), english in texts().items() for text in (vietnamese, english) if text}
    for text in shown:
        if len(re.sub(r"\{\w+\}|\W", "", text)) < 2:
            continue  # nothing but blanks to fill
        sentences = re.split(r"(?<=[.?!])\s+", text)
        for end in range(1, len(sentences) + 1):
            known = re.escape(plain(" ".join(sentences[:end])))
            yield re.compile(re.sub(r"\\\{\w+\\\}", ".+", known))


SOURCES = re.sub(
    r'"\s*\n\s*f?"',
    "",
    "\n".join(path.read_text(encoding="utf-8") for part in PACKAGES for path in sorted((ROOT / part).rglob("*.py"))),
)
"""The programs, whose log messages an English page may quote; strings over several lines joined."""

TITLES = {plain(page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")) for page in GUIDES}


def is_shown(label: str) -> bool:
    """Return whether a screen shows a text or its first sentences; … is a gap."""
    wanted = plain(label)
    if "…" in wanted:
        parts = [re.escape(part.strip()) for part in wanted.split("…")]
        return any(re.fullmatch(r".+".join(parts), plain(vietnamese)) for _, vietnamese in texts())
    return any(pattern.fullmatch(wanted) for pattern in _patterns())


def guide_labels(page: Path) -> Iterator[str]:
    text = prose(page)
    yield from (label for label in BOLD.findall(text) if not HEAD.search(label))
    yield from CURLY.findall(text)
    for table in REPORTS.findall(text):
        for row in table.splitlines():
            cell = row.split("|")[1].strip()
            yield from [cell] if is_shown(cell) else cell.split(", ")


def english_labels(page: Path) -> Iterator[str]:
    text = prose(page)
    for pattern in (ITALIC, CURLY, STRAIGHT):
        yield from (label for label in pattern.findall(text) if label not in PROSE.get(page.name, ()))


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_a_guide_names_only_what_a_screen_shows(page: Path) -> None:
    labels = list(guide_labels(page))
    assert labels
    assert [label for label in labels if not is_shown(label) and plain(label) not in TITLES] == []


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.name)
def test_an_english_page_names_only_what_a_screen_shows(page: Path) -> None:
    assert [label for label in english_labels(page) if not is_shown(label) and label not in SOURCES] == []


@pytest.mark.parametrize("page", PROSE)
def test_no_exception_outlives_its_page(page: str) -> None:
    text = prose(next(file for file in ENGLISH if file.name == page))
    stressed = {label for pattern in (ITALIC, CURLY, STRAIGHT) for label in pattern.findall(text)}
    assert PROSE[page] - stressed == set()


def test_a_text_that_no_screen_shows_is_noticed() -> None:
    assert is_shown("Mở quầy") and is_shown("Cần kết thúc số A015 trước") and is_shown("Roll changed")
    assert not is_shown("Hãy mở quầy ngay") and not is_shown("paper changed") and not is_shown("Bấm vào đây")
