"""Every page of the page tables is usable, wide, narrow, and by keyboard."""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path

import pytest
from access_bench import cheap_hashes
from every_page_hall import GONE, WHILE_CALLED, every_page_hall
from playwright.sync_api import Browser, Page

from support.browser_pages import overflow_px, violations

WIDE, NARROW = (1366, 768), (360, 740)
HEAD = """() => [
  document.querySelectorAll("h1").length === 1 ? "" : "not one h1",
  document.title.trim() ? "" : "no title",
  document.documentElement.lang === "vi" ? "" : "wrong lang",
].filter(Boolean)"""
OPEN_ALL = """() => { for (const part of document.querySelectorAll("details")) part.open = true; }"""
KEYBOARD = """() => {
  const shows = (part) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(part);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  };
  const faultOf = (control) => {
    if (control.tabIndex < 0) return "Tab passes it by";
    if (control.tabIndex > 0) return "it is out of order";
    control.focus();
    if (document.activeElement !== control) return "it takes no focus";
    const box = control.closest("label");
    if (!shows(control) && !(box && shows(box))) return "its focus is not visible";
    const tab = new KeyboardEvent("keydown", { key: "Tab", bubbles: true, cancelable: true });
    return control.dispatchEvent(tab) ? "" : "Tab does not leave it";
  };
  const natural = "a[href], button, input, select, textarea, summary";
  const names = `${natural}, [role=button], [role=link], [onclick], [tabindex="0"]`;
  return [...document.querySelectorAll(names)]
    .filter((control) => !control.disabled && control.checkVisibility({ visibilityProperty: true }))
    .map((control) => [faultOf(control), control.outerHTML.slice(0, 150)])
    .filter(([fault]) => fault).map((fault) => fault.join(": "));
}"""
"""After one press of Tab: a focus that a script moves from there is shown as the keyboard's."""


def faults_of(page: Page, address: str) -> Iterator[str]:
    """Yield the faults of the page at an address."""
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.goto(address)
    yield from page.evaluate(HEAD)
    page.evaluate(OPEN_ALL)
    page.keyboard.press("Tab")
    yield from page.evaluate(KEYBOARD)
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(OPEN_ALL)
        if report := violations(page):
            yield f"at {width} px: {report}"
        if wider_px := overflow_px(page):
            yield f"{wider_px} px wider than {width} px"


def pages_of(page: Page, base: str, paths: Iterable[str]) -> Iterator[str]:
    """Yield the addresses that answer with a page, not with a file or a fragment."""
    for path in paths:
        answer = page.request.get(base + path)
        assert answer.ok or path in GONE, f"{path}: {answer.status}"
        if answer.headers["content-type"].startswith("text/html") and "<html" in answer.text():
            yield base + path


def walk(page: Page, base: str, paths: Sequence[str]) -> list[str]:
    """Return the faults of all pages at ``paths``."""
    addresses = list(pages_of(page, base, paths))
    return [f"{address}: {fault}" for address in addresses for fault in faults_of(page, address)]


@pytest.mark.long
def test_every_page_is_usable_wide_narrow_and_by_the_keyboard(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    cheap_hashes(monkeypatch)
    with every_page_hall(tmp_path, browser) as (hall, desk, visitors):
        faults = walk(desk.page, desk.base, WHILE_CALLED)
        hall.serve_called()
        faults += walk(desk.page, desk.base, hall.staff_paths())
        faults += walk(desk.page, visitors, hall.visitor_paths())
    assert not faults, "\n".join(faults)


def test_the_walk_notices_what_a_person_cannot_use(browser: Browser) -> None:
    page = browser.new_page()
    body = (
        "<style>a { outline: none }</style><a href='/'>Đi</a><p role='button' style='width: 2000px; color: #999'>x</p>"
    )
    page.route("**/*", lambda route: route.fulfill(status=HTTPStatus.OK, content_type="text/html", body=body))
    faults = "\n".join(faults_of(page, "http://hall.test/"))
    page.close()
    for fault in (
        "not one h1", "no title", "wrong lang", "its focus is not visible: <a", "Tab passes it by: <p",
        "at 1366 px: ", "at 360 px: ", "px wider than 360 px",
    ):  # fmt: skip
        assert fault in faults, faults
