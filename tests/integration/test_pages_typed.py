"""Letters that are typed or scanned into the clerk page are no presses.

The page's clock stands and is put forward.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from support.browser_pages import ALONE_MS, ROW_MS, Desk, rest, sit_down
from support.server_process import Api, Machine, journal, machine, office, running

DOSSIER = "H29.001.02-260126-120001"
COUNTERS = tuple(f"c{n}" for n in range(1, 15))
SERVICES = tuple(f"S{n}" for n in range(1, 15))


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    of = office(
        SERVICES[:13], {counter: [service] for counter, service in zip(COUNTERS[:13], SERVICES[:13], strict=True)}
    )
    where = machine(tmp_path_factory.mktemp("typed"), of, threads=48)
    with running(where):
        yield where


@pytest.fixture
def serving(hall: Machine, browser: Browser) -> Iterator[Callable[[int], Desk]]:
    """Sit down as a clerk who serves somebody; the page's clock stands still."""
    contexts = []

    def sit(number: int) -> Desk:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        contexts.append(context)
        at = sit_down(context.new_page(), Api(hall.api), hall.api, f"c{number}", f"S{number}")
        at.serving()
        at.page.clock.pause_at(at.page.evaluate("Date.now()") + ROW_MS)
        at.page.clock.run_for(ROW_MS)
        return at

    yield sit
    for context in contexts:
        context.close()


def typed(page: Page, text: str, apart_ms: int, *, end: str | None = None) -> None:
    """Type ``text`` with this time between the letters; let every effect happen."""
    for letter in text:
        page.keyboard.press(letter)
        page.clock.run_for(apart_ms)
    if end is not None:
        page.keyboard.press(end)
    page.clock.run_for(ROW_MS)


def facts(at: Desk) -> list[str]:
    """Return the kinds of facts that the journal has of this counter."""
    return [row["kind"] for row in journal(at.api) if row["counter"] == at.counter]


@pytest.mark.parametrize(("number", "apart_ms"), [(1, 4), (2, 30)])
def test_a_scanner_that_types_hands_its_text_on_and_presses_nothing(
    serving: Callable[[int], Desk], number: int, apart_ms: int
) -> None:
    at = serving(number)
    before = facts(at)
    with at.page.expect_response("**/scans"):
        typed(at.page, DOSSIER, apart_ms, end="Enter")
    assert facts(at) == [*before, "ticket.dossier_noted"]


@pytest.mark.parametrize(("number", "apart_ms"), [(3, 60), (4, 130), (5, 500), (6, 680)])
def test_text_that_a_hand_types_into_the_page_does_nothing(
    serving: Callable[[int], Desk], number: int, apart_ms: int
) -> None:
    at = serving(number)
    before = facts(at)
    typed(at.page, "h2ls vqpn", apart_ms, end="Enter")
    assert facts(at) == before
    expect(at.page.locator(".panel")).to_have_count(0)


def test_a_scan_presses_nothing_of_what_has_the_focus(serving: Callable[[int], Desk]) -> None:
    at = serving(7)
    before = facts(at)
    at.page.focus("#do-finish")
    with at.page.expect_response("**/scans"):
        typed(at.page, DOSSIER, 4, end="Enter")
    assert facts(at) == [*before, "ticket.dossier_noted"]


def test_a_scan_into_a_form_is_taken_out_of_it_and_sends_no_form(serving: Callable[[int], Desk]) -> None:
    at = serving(8)
    at.page.goto(f"{at.base}/clerk/c8?panel=hold")
    before = facts(at)
    at.page.fill("input[name=other]", "sao")
    at.page.focus("input[name=other]")
    at.page.clock.run_for(ROW_MS)
    with at.page.expect_response("**/scans"):
        typed(at.page, DOSSIER, 4, end="Enter")
    assert at.page.input_value("input[name=other]") == "sao"
    assert facts(at) == [*before, "ticket.dossier_noted"]


def test_a_scan_into_the_field_for_dossiers_is_sent_as_it_stands(serving: Callable[[int], Desk]) -> None:
    at = serving(9)
    at.page.goto(f"{at.base}/clerk/c9?panel=dossier")
    rest(at.page)
    at.page.focus("input[name=code]")
    with at.page.expect_response("**/do/dossier"):
        typed(at.page, DOSSIER, 4, end="Enter")
    expect(at.page.locator("#notices")).to_contain_text("Đã ghi mã hồ sơ")


def test_a_number_pad_whose_program_is_down_chooses_and_confirms_nothing(serving: Callable[[int], Desk]) -> None:
    at = serving(10)
    before = facts(at)
    for focus in ("#do-finish", "input[value=received]"):
        at.page.focus(focus)
        for key in ("Numpad1", "Numpad5", "NumpadEnter"):
            at.page.keyboard.press(key)
            at.page.clock.run_for(ROW_MS)
    assert facts(at) == before
    expect(at.page.locator("input[value=received]")).to_be_checked()


def test_a_letter_alone_presses_its_key_and_alt_presses_at_once(serving: Callable[[int], Desk]) -> None:
    at = serving(11)
    at.page.keyboard.press("p")
    at.page.clock.run_for(ALONE_MS)
    at.page.wait_for_selector(".panel-pause")
    at.page.clock.run_for(ROW_MS)
    at.page.keyboard.press("Escape")
    at.page.wait_for_selector(".panel", state="detached")
    at.page.clock.run_for(ROW_MS)
    at.page.keyboard.press("Alt+h")
    at.page.wait_for_selector("table.recent")
    assert facts(at)[-1] == "ticket.finished"


@pytest.mark.parametrize(("number", "mode", "pressed"), [(12, "alt", True), (13, "off", False)])
def test_letter_keys_can_want_alt_or_be_off(
    serving: Callable[[int], Desk], number: int, mode: str, pressed: bool
) -> None:
    at = serving(number)
    at.page.goto(f"{at.base}/clerk/c{number}?panel=keys")
    rest(at.page)
    at.page.locator(f"label:has(input[value={mode}])").click()
    at.page.goto(f"{at.base}/clerk/c{number}")
    before = facts(at)
    at.page.clock.run_for(ROW_MS)
    typed(at.page, "h", ALONE_MS)
    assert facts(at) == before
    at.page.keyboard.press("Alt+h")
    if pressed:
        at.page.wait_for_selector("table.recent")
    else:
        at.page.clock.run_for(ROW_MS)
        expect(at.page.locator("#do-finish")).to_be_visible()
    assert (facts(at)[-1] == "ticket.finished") is pressed
