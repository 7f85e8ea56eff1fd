"""Every page has its picture in ``docs/SCREENS.md``."""

from contextlib import closing
from pathlib import Path

from every_page_hall import NO_PAGES, EveryPageHall
from flask import Flask

from support.server_process import ROOT
from tools.pictures.pages import PICTURES, WITHOUT_PICTURE


def pages_of(app: Flask) -> set[str]:
    """Return the names of the views that answer GET, without files and streams."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return {rule.endpoint for rule in rules if not rule.endpoint.startswith(NO_PAGES)}


def test_every_page_has_a_picture_or_a_reason_for_none(tmp_path: Path) -> None:
    with closing(EveryPageHall(tmp_path)) as hall:
        views = pages_of(hall.app) | pages_of(hall.visitors)
    assert views == PICTURES.keys() | WITHOUT_PICTURE.keys()
    assert not PICTURES.keys() & WITHOUT_PICTURE.keys()


def test_every_picture_is_in_the_document() -> None:
    document = (ROOT / "docs/SCREENS.md").read_text(encoding="utf-8")
    assert [name for name in PICTURES.values() if f"](pictures/{name}.png)" not in document] == []
