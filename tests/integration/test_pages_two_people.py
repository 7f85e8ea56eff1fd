"""Two people at one browser or counter: a page acts under its own name only."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from support.browser_pages import rest, sign_in, sit_down
from support.server_process import Api, Machine, journal, machine, office, request_id, running

COUNTERS = tuple(f"c{n}" for n in range(1, 13))


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    of = office(["CT"], {counter: ["CT"] for counter in COUNTERS})
    of["clerks"] += [{"id": f"ql{n}", "name": f"Quản lý {n}", "role": "manager"} for n in (1, 2)]
    where = machine(tmp_path_factory.mktemp("people"), of, threads=48)
    with running(where):
        yield where


@pytest.fixture
def api(hall: Machine) -> Api:
    return Api(hall.api)


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    yield context
    context.close()


@pytest.fixture
def tab(window: BrowserContext, hall: Machine) -> Callable[[str], Page]:
    """A tab of the one browser, signed in at a counter."""

    def opened(counter: str) -> Page:
        page = window.new_page()
        sit_down(page, Api(hall.api), hall.api, counter, "CT")
        return page

    return opened


def waiting(api: Api) -> str:
    """A visitor takes a number; its id."""
    return str(api.ok("/tickets", {"request_id": request_id(), "service": "CT", "station": "kiosk-1"})["id"])


def clerk_of(api: Api, counter: str) -> str | None:
    """Return the clerk whom the journal has at the counter."""
    rows = [row for row in journal(api) if row["kind"] == "counter.clerk" and row["counter"] == counter]
    return None if not rows else rows[-1]["data"]["clerk"]


def press(page: Page, selector: str, then: str) -> None:
    """Click in the front tab once the target rests, and wait for the result."""
    page.bring_to_front()
    rest(page)
    page.click(selector)
    page.wait_for_selector(then)


def test_each_tab_acts_under_the_name_that_stands_on_it(api: Api, tab: Callable[[str], Page]) -> None:
    first, second = tab("c1"), tab("c2")
    ticket, _ = waiting(api), waiting(api)
    press(first, "#do-next", "#do-start")
    press(second, "#do-next", "#do-start")
    calls = {row["counter"]: (row["ticket"], row["actor_id"]) for row in journal(api) if row["kind"] == "ticket.called"}
    assert calls["c1"] == (ticket, "nv-c1")
    assert calls["c2"][1] == "nv-c2"


def test_signing_out_ends_the_sign_in_of_that_page_only(api: Api, tab: Callable[[str], Page]) -> None:
    first, second = tab("c3"), tab("c4")
    press(second, "form[action$=sign-out] button", "select[name=counter]")
    assert (clerk_of(api, "c3"), clerk_of(api, "c4")) == ("nv-c3", None)
    waiting(api)
    press(first, "#do-next", "#do-start")
    assert [row["actor_id"] for row in journal(api) if row["kind"] == "ticket.called"][-1] == "nv-c3"


def test_a_manager_in_another_tab_does_not_lend_the_clerks_page_a_name(
    api: Api, hall: Machine, window: BrowserContext, tab: Callable[[str], Page]
) -> None:
    clerk, manager = tab("c5"), window.new_page()
    manager.clock.install()
    manager.goto(f"{hall.api}/?choose=1")
    press(manager, "form[action$='manager/sign-in'] button", ".nav")
    waiting(api)
    press(clerk, "#do-next", "#do-start")
    assert [row["actor_id"] for row in journal(api) if row["kind"] == "ticket.called"][-1] == "nv-c5"


def test_the_page_of_a_clerk_whose_counter_another_took_is_refused_with_the_others_name(
    api: Api, hall: Machine, browser: Browser, tab: Callable[[str], Page]
) -> None:
    page = tab("c6")
    form: dict[str, str | float | bool] = {"request_id": request_id(), "as": "c6:nv-c6"}
    elsewhere = browser.new_context()
    sign_in(elsewhere.new_page(), hall.api, "c6", "nv-c12")
    waiting(api)
    calls = sum(row["kind"] == "ticket.called" for row in journal(api))
    answer = page.request.post(f"{hall.api}/clerk/c6/do/next", form=form)
    assert answer.status == 409
    assert "Cán bộ c12" in answer.text()
    assert sum(row["kind"] == "ticket.called" for row in journal(api)) == calls
    expect(page.locator("#notices .alert")).to_contain_text("hiện do Cán bộ c12 phụ trách")
    expect(page.locator("select[name=counter]")).to_have_value("c6")
    elsewhere.close()


def test_a_page_that_shows_another_name_than_the_browser_has_by_now_is_refused(
    api: Api, hall: Machine, tab: Callable[[str], Page]
) -> None:
    page = tab("c7")
    before = journal(api)[-1]["seq"]
    for path in ("do/pause", "do/next", "help/x"):
        form: dict[str, str | float | bool] = {"request_id": request_id(), "as": "c7:nv-c8", "reason": "x"}
        answer = page.request.post(f"{hall.api}/clerk/c7/{path}", form=form)
        assert (answer.status, "tên khác tên ghi trên trang" in answer.text()) == (409, True), path
    assert page.request.post(f"{hall.api}/clerk/c7/here", form={"key": "1", "as": "c7:nv-c8"}).status == 409
    assert journal(api)[-1]["seq"] == before


def test_a_counter_where_this_browser_is_not_signed_in_asks_for_the_name_first(
    hall: Machine, tab: Callable[[str], Page]
) -> None:
    page = tab("c8")
    page.goto(f"{hall.api}/clerk/c9")
    assert page.locator("select[name=counter]").input_value() == "c9"
    assert page.request.post(f"{hall.api}/clerk/c9/do/open", form={"request_id": request_id()}).status == 401
    page.goto(f"{hall.api}/clerk/c8?panel=change")
    press(page, ".panel a:has-text('Quầy 10')", "select[name=counter]")
    assert page.locator("select[name=clerk]").input_value() == "nv-c8"


def test_a_managers_page_of_another_name_is_refused(hall: Machine, api: Api, window: BrowserContext) -> None:
    page = window.new_page()
    for name in ("ql1", "ql2"):
        assert page.request.post(f"{hall.api}/manager/sign-in", form={"manager": name}).ok
    before = journal(api)[-1]["seq"]
    answer = page.request.post(f"{hall.api}/manager/issuing/CT", form={"as": "manager:ql1"})
    assert (answer.status, "tên khác tên ghi trên trang" in answer.text()) == (409, True)
    assert journal(api)[-1]["seq"] == before
    answer = page.request.post(f"{hall.api}/manager/issuing/CT", form={"as": "manager:ql2"})
    assert "Quản lý 2" in answer.text()
    assert journal(api)[-1]["actor_id"] == "ql2"
    assert page.request.post(f"{hall.api}/manager/issuing/CT", form={"as": "manager:ql2", "on": "1"}).ok
