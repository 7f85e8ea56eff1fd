"""The guides that lie beside a person are one printed page each."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.server_process import ROOT
from tools.stick.documents import copy_documents

ONE_PAGE = ("dien-tap", "ki-ot", "mat-dien", "mo-dong-ngay", "phong-lam-viec", "quan-tri")
_PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture(scope="module")
def guides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guides")
    copy_documents(ROOT / "docs", folder)
    return folder / "vi"


def test_a_guide_for_one_person_is_one_page_of_a4(guides: Path, browser: Browser) -> None:
    page = browser.new_page()
    pages = {}
    for name in (*ONE_PAGE, "so-tay-quan-tri"):
        page.goto((guides / f"{name}.html").as_uri())
        pages[name] = len(_PAGE.findall(page.pdf(prefer_css_page_size=True)))
    page.close()
    assert pages.pop("so-tay-quan-tri") > 1, "the pages are not counted"
    assert pages == dict.fromkeys(ONE_PAGE, 1)
