"""A clerk's browser at counter 1 of a hall with a kiosk."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from support.browser_pages import Desk, sit_down
from support.server_process import Api, Machine, machine, office, request_id, running

CODE = "H29.001.02-260126-120001"
CARD = "001099012345|123456789|Nguyễn Văn Mẫu|01021999|Nam|Thôn Mẫu, Xã Mẫu|15042021"


@contextmanager
def health_hall(folder: Path) -> Iterator[Machine]:
    """Run a server whose counters 1 and 2 serve HT and CT, with a manager."""
    of = office(["HT", "CT"], {"c1": ["HT"], "c2": ["CT"]})
    of["clerks"].append({"id": "ql", "name": "Quản lý", "role": "manager"})
    hall = machine(folder, of, threads=32)
    with running(hall):
        yield hall


@contextmanager
def health_desk(hall: Machine, browser: Browser) -> Iterator[Desk]:
    """Sit down at the idle counter 1; serve all tickets at the end."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    desk = sit_down(context.new_page(), Api(hall.api), hall.api, "c1", "HT")
    yield desk
    context.close()
    for state in ("called", "serving", "held", "waiting", "no_show"):
        for ticket in desk.api.get(f"/tickets?state={state}")[1]["items"]:
            serve(desk.api, ticket)


def move(api: Api, ticket: str, name: str, **more: Any) -> Any:
    body = {"request_id": request_id(), "move": name, "counter": "c1", "station": "counters-1"} | more
    return api.ok(f"/tickets/{ticket}/moves", body)


def serve(api: Api, ticket: dict[str, Any]) -> None:
    """Bring the ticket to its end, from whatever state it is in."""
    if ticket["state"] == "no_show":
        ticket = move(api, ticket["id"], "return")
    if ticket["state"] == "held":
        ticket = move(api, ticket["id"], "resume")
    if ticket["state"] == "waiting":
        api.ok("/counters/c1/state", {"request_id": request_id(), "state": "open"})
        ticket = move(api, ticket["id"], "call_chosen", reason="dọn")
    if ticket["state"] == "called":
        ticket = move(api, ticket["id"], "start")
    move(api, ticket["id"], "finish", outcome="received")


# --- scans -----------------------------------------------------------------------------------------------


def unread(desk: Desk, why: str, counter: str = "c1") -> None:
    """Report a scan whose text the server does not get."""
    body = {"station": "counters-1", "why": why}
    assert desk.api.post(f"/counters/{counter}/unread-scan", body)[0] == 204


def scan(desk: Desk, text: str, counter: str | None = "c1") -> tuple[int, dict[str, Any]]:
    status, body = desk.api.post("/scans", {"station": "counters-1", "counter": counter, "text": text})
    return status, dict(body)


# --- the health page and its slips -----------------------------------------------------------------------


def health(desk: Desk, language: str = "vi") -> Page:
    desk.page.goto(f"{desk.base}/staff/health?lang={language}")
    return desk.page


def card(page: Page, name: str) -> Locator:
    return page.locator(".health li", has=page.get_by_role("heading", name=name, exact=True))


def report_print(desk: Desk, ticket: dict[str, Any], state: str) -> None:
    """Report the state of a ticket's slip, as the kiosk does."""
    desk.api.ok(f"/tickets/{ticket['id']}/print", {"station": "kiosk-1", "state": state})


def open_jobs(desk: Desk, kind: str) -> list[str]:
    """Return the kiosk's open jobs of this kind."""
    facts = desk.api.get("/journal?limit=1000")[1]["items"]
    made = [fact["data"]["job"] for fact in facts if fact["kind"] == "job.made" and fact["data"]["kind"] == kind]
    done = {fact["data"]["job"] for fact in facts if fact["kind"] == "job.done"}
    return [job for job in made if job not in done]


def open_job(desk: Desk, kind: str) -> str:
    """Return the kiosk's only open job of this kind."""
    (job,) = open_jobs(desk, kind)
    return job


def answer(desk: Desk, job: str, state: str = "done") -> None:
    """Report the result of a job, as the kiosk does."""
    assert desk.api.post(f"/jobs/{job}/result", {"station": "kiosk-1", "state": state})[0] == 204
