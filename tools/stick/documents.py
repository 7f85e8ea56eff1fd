"""The guides on the stick, as pages that any browser shows and prints."""

import re
import shutil
from html import escape, unescape
from pathlib import Path

from markdown_it import MarkdownIt

GUIDES = ("OPERATIONS.md", "CONFIG.md", "SIGNS.md", "SLIP.md")
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}code{overflow-wrap:anywhere}"
    "td,th{border:1px solid #999;padding:.2em .5em;vertical-align:top}pre{background:#eee;padding:.6em;overflow-x:auto}"
    "img{max-width:100%}"
    "@page{size:A4;margin:9mm 12mm}"
    "@media print{body{font-size:9.5pt;line-height:1.27;max-width:none;margin:0;padding:0}table{display:table}"
    "h1{font-size:15pt;margin:0 0 4pt}h2{font-size:11.5pt;margin:7pt 0 2pt}p,ul,ol,table{margin:2.5pt 0}"
    "ul,ol{padding-left:14pt}td,th{padding:1pt 4pt}a{color:inherit;text-decoration:none}tr,li{break-inside:avoid}}"
)
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_IMAGE = re.compile(r'<img src="([^"]+)"')
_HEADING = re.compile(r"<h([1-6])>(.*?)</h[1-6]>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def copy_documents(docs: Path, folder: Path) -> list[str]:
    """Make a page of each guide in ``folder``, with its pictures; return the pages' names."""
    sources = [*sorted((docs / "vi").glob("*.md")), *(docs / name for name in GUIDES)]
    pages = {source.resolve(): folder / source.relative_to(docs).with_suffix(".html") for source in sources}
    for source, page in pages.items():
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(_page(source, page, pages), encoding="utf-8")
    return [str(page.relative_to(folder)) for page in pages.values()]


def _page(source: Path, page: Path, pages: dict[Path, Path]) -> str:
    """Return the HTML of a guide. A link to a document that is not on the stick becomes plain text."""
    text = source.read_text(encoding="utf-8").replace("- [ ] ", "- ☐ ")

    def linked(match: re.Match[str]) -> str:
        target, _, anchor = match[1].partition("#")
        if not target or "://" in target:
            return match[0]
        other = pages.get((source.parent / target).resolve())
        if other is None:
            return match[2]
        up = "../" if page.parent != other.parent and page.parent.name == "vi" else ""
        down = "vi/" if page.parent != other.parent and other.parent.name == "vi" else ""
        return f'<a href="{up}{down}{other.name}{"#" + anchor if anchor else ""}">{match[2]}</a>'

    body = _LINK.sub(linked, MarkdownIt("commonmark").enable("table").render(text))
    body = _HEADING.sub(lambda match: f'<h{match[1]} id="{_anchor(match[2])}">{match[2]}</h{match[1]}>', body)
    for picture in _IMAGE.findall(body):
        target = page.parent / picture
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source.parent / picture, target)
    title = _TITLE.search(text)
    return (
        f'<!doctype html><html lang="{"vi" if source.parent.name == "vi" else "en"}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title[1] if title else source.stem)}</title><style>{STYLE}</style>\n{body}</html>\n"
    )


def _anchor(heading: str) -> str:
    """Return the name by which the documents link to a heading, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", unescape(_TAG.sub("", heading)).lower()).replace(" ", "-")
