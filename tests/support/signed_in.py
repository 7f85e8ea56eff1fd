"""People of a live hall, who sign in at its real pages."""

import time
from collections.abc import Collection, Mapping
from contextlib import closing

from playwright.sync_api import Page

from config.box_token import FILE_NAME, read_token
from server.access.access import Access
from server.domain.permissions import Role
from support.browser_pages import WAIT_MS, Desk, rest
from support.server_process import Api, Machine

PASSWORD = "bốn con cá vàng"
"""The password of everybody."""
ADMINISTRATOR = "Quản Trị Mẫu"
CLERK = "Trần Thị Bình"
CLERK_NAME = "tran-thi-binh"
"""The clerk, and the name under which this clerk signs in."""
PEOPLE: Mapping[str, Collection[Role]] = {ADMINISTRATOR: {Role.ADMINISTRATOR}, CLERK: {Role.CLERK}}


def add_people(where: Machine, people: Mapping[str, Collection[Role]] = PEOPLE) -> None:
    """Create these people in the accounts of a server that does not run yet."""
    where.state.mkdir(parents=True, exist_ok=True)
    with closing(Access.open(where.state, lambda: time.time_ns() // 1_000_000)) as access:
        for name, roles in people.items():
            person = access.people.create("test", name, "vi", roles)
            access.people.set_password("test", person.id, PASSWORD)


def box_token(where: Machine) -> str:
    """Return the token of the box whose server runs."""
    token = read_token(where.state / FILE_NAME)
    assert token is not None
    return token


def enter_password(page: Page, name: str = CLERK_NAME, password: str = PASSWORD) -> None:
    """Fill in the form of the sign-in page, and send it by the keyboard."""
    page.get_by_label("Tên đăng nhập").fill(name)
    page.get_by_label("Mật khẩu").fill(password)
    rest(page)
    page.keyboard.press("Enter")


def take_counter(page: Page, base: str, counter: str, name: str = CLERK_NAME) -> None:
    """Sign in and take a counter. The page's clock can be advanced from then on."""
    page.set_default_timeout(WAIT_MS)
    page.clock.install()
    page.goto(f"{base}/?lang=vi")
    enter_password(page, name)
    page.select_option("select[name=counter]", counter)
    rest(page)
    page.click("form[action$=sign-in] button")
    page.wait_for_selector("#do-open, #do-next")


def open_desk(page: Page, api: Api, base: str, counter: str, service: str, name: str = CLERK_NAME) -> Desk:
    """Sign in, take the counter and open it."""
    take_counter(page, base, counter, name)
    rest(page)
    page.click("#do-open")
    page.wait_for_selector("#do-next")
    page.wait_for_load_state("load")
    return Desk(api, base, page, counter, service)
