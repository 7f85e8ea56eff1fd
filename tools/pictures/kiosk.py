"""Pictures of every kiosk screen in Vietnamese and English, drawn from the demo office.

``scenes()`` is also what the layout test walks: each entry is a state that the kiosk can really be in.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from config.clock import Now
from config.office import load_office
from config.words import words
from hardware.ports import Health, PrintState
from hardware.ports import State as DeviceState
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from kiosk.parts import View
from kiosk.screens import draw, panel_of, theme_of
from kiosk.state import Access, Bounds, HelpState, Pending, Place, Screen, State, Trouble
from server.wire.messages import (
    Board,
    BoardService,
    Catalogue,
    Day,
    Interval,
    IssueTicket,
    Office,
    OfficeCounter,
    Procedure,
    Rule,
    Service,
    Ticket,
    from_time,
)
from server.wire.pace import Pulse

OFFICE_FILE = Path(__file__).parent.parent.parent / "config" / "demo" / "office.toml"
AT = "2026-11-23T01:12:05.000Z"
NOW = Now(from_time(AT), 1_000_000, 1_000.0)
PORTRAIT = panel_of(1080, 1920, 299.0)
LANDSCAPE = panel_of(1920, 1080, 476.0)
LONGEST = "2.000986"
WAITING = {"HT": 4, "CT": 6, "DD": 9, "CU": 2, "CC": 0, "KD": 1, "TK": 3, "HD": 12}
REQUEST = "0f0e0d0c-0b0a-4908-8706-050403020100"


@dataclass(frozen=True, slots=True)
class Shot:
    """One state to draw."""

    name: str
    state: State


def office(*, mode: str = "live", **services: str) -> Office:
    """The demo office as its picture; ``services`` sets states: ``HT="full"``."""
    file = load_office(OFFICE_FILE)
    return Office.model_validate(
        {
            "office": file.id,
            "epoch": "e7c1",
            "rev": 1,
            "at": AT,
            "name": dict(file.name),
            "zone": file.zone,
            "mode": mode,
            "day": Day(date="2026-11-23", state="open"),
            "rule": Rule(head_start_min=30, calls=3),
            "services": [
                Service(
                    id=one.id,
                    prefix=one.prefix,
                    name=dict(one.name),
                    state=services.get(one.id, "open"),  # type: ignore[arg-type]
                    counters=[counter.id for counter in file.counters if one.id in counter.services],
                    outcome=one.outcome,
                    usual=one.usual,
                )
                for one in file.services
            ],
            "counters": [OfficeCounter(id=one.id, label=one.label, zone=one.zone) for one in file.counters],
            "catalogue": "1",
            "hours": "07:30–11:30, 13:30–17:00",
            "hotline": file.hotline,
            "visitor_url": "https://luot.phuongmau.example",
        }
    )


def catalogue() -> Catalogue:
    file = load_office(OFFICE_FILE)
    return Catalogue(
        etag="1",
        procedures=[Procedure(**one.model_dump(exclude={"demo_service_min"})) for one in file.procedures],
    )


def board(*, wait_min: Interval | None = None) -> Board:
    """Counts for every service; ``wait_min``: the forecast of Hộ tịch, which the server does not give yet."""
    return Board(
        office="mau",
        epoch="e7c1",
        rev=1,
        seq=1,
        at=AT,
        day="2026-11-23",
        counters=[],
        calls=[],
        missed=[],
        services=[
            BoardService(id=one, waiting=n, wait_min=wait_min if one == "HT" else None) for one, n in WAITING.items()
        ],
    )


def ticket(number: str = "A015", *, ticket_class: str = "ordinary", procedure: str | None = "1.001193") -> Ticket:
    return Ticket.model_validate(
        {
            "id": "t-9f2c",
            "rev": 1,
            "number": number,
            "day": "2026-11-23",
            "service": "HT",
            "procedure": procedure,
            "class": ticket_class,
            "state": "waiting",
            "issued_at": AT,
            "queue_ms": 0,
            "counter": None,
            "calls": 0,
            "leg": 1,
            "outcome": None,
            "ahead": 4,
            "counters": ["c2"],
            "wait_min": None,
            "moves": [],
            "link": "7rW2mQ9xKfT4bZ1cVnE8sA",
        }
    )


def rest(access: Access | None = None, **bounds: object) -> State:
    """A kiosk in an open hall, at rest."""
    access = access or Access()
    limits = replace(Bounds("kiosk-1"), **bounds)  # type: ignore[arg-type]
    return State(
        limits,
        access,
        office=office(),
        board=board(),
        catalogue=catalogue(),
        touched_s=NOW.mono_s,
        pulse=Pulse(at_s=NOW.mono_s),
        told_ms=NOW.wall_ms,
    )


def longest_procedure(language: str) -> Procedure:
    return max(catalogue().procedures, key=lambda one: len(one.name.get(language) or one.name["vi"]))


def shots(access: Access) -> Iterator[Shot]:
    """Every screen and every error, with the longest names there are."""
    home = rest(access)
    assert home.office is not None

    def at(screen: Screen, **more: Any) -> State:
        return replace(home, screen=screen, trail=(Place(Screen.HOME),), **more)

    long = longest_procedure(access.language)
    elsewhere = next(one for one in catalogue().procedures if one.place)
    most_text = max(catalogue().procedures, key=lambda one: sum(map(len, one.papers)) + len(one.full_name))
    ask = IssueTicket(request_id=REQUEST, service="HT", station="kiosk-1")
    closed = {one.id: "closed" for one in home.office.services}
    shut = home.office.model_copy(
        update={
            "services": office(**closed).services,
            "day": Day(date="2026-11-23", state="closed", reason=None, next_open="2026-11-25T00:30:00.000Z"),
        }
    )
    yield Shot("home", home)
    yield Shot("home-demo", replace(home, office=home.office.model_copy(update={"mode": "demo"})))
    yield Shot("home-stale", replace(home, stale=True))
    yield Shot("home-help", replace(home, help=HelpState.SENT))
    yield Shot("home-nohelp", replace(home, help=HelpState.FAILED))
    yield Shot("starting", replace(home, office=None, board=None, catalogue=None, stale=True))
    yield Shot("closed", replace(home, office=shut))
    holiday = Day(
        date="2026-11-24", state="closed", reason="Ngày Văn hóa Việt Nam", next_open="2026-11-25T00:30:00.000Z"
    )
    yield Shot("holiday", replace(home, office=shut.model_copy(update={"day": holiday})))
    lunch = Day(date="2026-11-23", state="lunch", next_open="2026-11-23T06:30:00.000Z")
    yield Shot("lunch", replace(home, office=shut.model_copy(update={"day": lunch})))
    yield Shot("day", replace(home, office=shut.model_copy(update={"day": Day(date=None, state="none")})))
    mixed = office(CT="full", DD="closed", CU="no_counter")
    few = [one.model_copy(update={"left": 3}) if one.id == "HT" else one for one in mixed.services]
    for page in range(3):
        yield Shot(f"services-{page + 1}", at(Screen.SERVICES, page=page))
    yield Shot("services-shut", replace(at(Screen.SERVICES), office=mixed.model_copy(update={"services": few})))
    for page in range(2):
        yield Shot(f"procedures-{page + 1}", at(Screen.PROCEDURES, service="HT", page=page))
    yield Shot("search-empty", at(Screen.SEARCH))
    yield Shot("search", at(Screen.SEARCH, query="khai sinh"))
    yield Shot("search-page", at(Screen.SEARCH, query="dang ky", page=1))
    yield Shot("search-everyday", at(Screen.SEARCH, query="mat so do"))
    yield Shot("search-elsewhere", at(Screen.SEARCH, query="ho chieu"))
    yield Shot("search-similar", at(Screen.SEARCH, query="hoc bong"))
    yield Shot("search-none", at(Screen.SEARCH, query="xyz"))
    yield Shot("card", at(Screen.CARD, service="HT", procedure="1.001193"))
    yield Shot("card-printed", at(Screen.CARD, service="HT", procedure="1.001193", list_printed=True))
    for page in range(3):
        yield Shot(
            f"card-long-{page + 1}",
            at(Screen.CARD, service=most_text.service, procedure=most_text.code, page=page),
        )
    yield Shot("card-elsewhere", at(Screen.CARD, service=None, procedure=elsewhere.code))
    yield Shot("confirm", at(Screen.CONFIRM, service="HT", procedure="1.001193"))
    yield Shot("confirm-wait", replace(at(Screen.CONFIRM, service="HT"), board=board(wait_min=(20, 35))))
    yield Shot("confirm-long", at(Screen.CONFIRM, service=long.service, procedure=long.code, priority=True))
    yield Shot("confirm-return", at(Screen.CONFIRM, service="TK"))
    yield Shot("confirm-many", at(Screen.CONFIRM, service="HD"))
    yield Shot("confirm-nobody", at(Screen.CONFIRM, service="CC"))
    yield Shot("priority", at(Screen.PRIORITY, service="HT", procedure="1.001193"))
    yield Shot("nopaper", at(Screen.NO_PAPER, service="HT", printer=Health(DeviceState.FAULT, "paper_out")))
    yield Shot("nopaper-fault", at(Screen.NO_PAPER, service="HT", printer=Health(DeviceState.FAULT, "cutter")))
    yield Shot("working", at(Screen.WORKING, service="HT", pending=Pending(ask, 1, NOW.mono_s)))
    given = at(Screen.RESULT, service="HT", ticket=ticket(), slip=PrintState.PRINTED, shown_s=NOW.mono_s - 3)
    yield Shot("result", given)
    told = given.ticket.model_copy(update={"wait_min": (20, 35)}) if given.ticket else None
    yield Shot("result-wait", replace(given, ticket=told))
    yield Shot("result-printing", replace(given, slip=PrintState.PRINTING))
    four = ticket("M1015", ticket_class="priority", procedure=long.code)
    yield Shot("result-long", replace(given, ticket=four))
    yield Shot("fault-paper", replace(given, slip=PrintState.HELD, slip_code="paper_out"))
    yield Shot("fault-torn", replace(given, slip=PrintState.UNKNOWN, slip_code="torn"))
    yield Shot("fault-held", replace(given, slip=PrintState.HELD, slip_code="cover"))
    yield Shot("fault-printer", replace(given, slip=PrintState.FAILED, slip_code="cover"))
    yield Shot("fault-unknown", replace(given, slip=PrintState.UNKNOWN))
    yield Shot("fault-long", replace(given, slip=PrintState.UNKNOWN, ticket=four))
    yield Shot("no-slip", replace(given, slip=None))
    for trouble in Trouble:
        pending = Pending(ask, 5, 0.0) if trouble in (Trouble.BUSY, Trouble.BACK) else None
        yield Shot(f"notice-{trouble}", at(Screen.NOTICE, service="CT", trouble=trouble, pending=pending))
    later = [one.model_copy(update={"next_open": "2026-11-25T00:30:00.000Z"}) for one in home.office.services]
    reopening = home.office.model_copy(update={"services": later})
    for trouble in (Trouble.FULL, Trouble.STOPPED):
        yield Shot(
            f"notice-{trouble}-when",
            replace(at(Screen.NOTICE, service="CT", trouble=trouble), office=reopening),
        )
    yield from _without_slips(home, at, long)
    yield from _stopped(home, at)
    yield Shot("idle", at(Screen.CONFIRM, service="HT", procedure="1.001193", asked_s=NOW.mono_s - 4))


def _without_slips(home: State, at: Callable[..., State], long: Procedure) -> Iterator[Shot]:
    """No paper, a fault of the printer, or no server: on every screen before a number is taken."""
    out, fault = Health(DeviceState.FAULT, "paper_out"), Health(DeviceState.FAULT, "cutter")
    yield Shot("home-nopaper", replace(home, printer=out))
    yield Shot("home-fault", replace(home, printer=fault))
    yield Shot("services-nopaper", at(Screen.SERVICES, printer=out))
    yield Shot("card-nopaper", at(Screen.CARD, service="HT", procedure="1.001193", printer=out))
    yield Shot("confirm-nopaper", at(Screen.CONFIRM, service="HT", procedure="1.001193", printer=out))
    yield Shot("confirm-stale", at(Screen.CONFIRM, service=long.service, procedure=long.code, stale=True))
    yield Shot("nopaper-back", at(Screen.NO_PAPER, service="HT", printer=Health(DeviceState.READY), paper_was_out=True))
    yield Shot("nopaper-mended", at(Screen.NO_PAPER, service="HT", printer=Health(DeviceState.READY)))


def _stopped(home: State, at: Callable[..., State]) -> Iterator[Shot]:
    """Services that staff stopped: one of them, and all."""
    assert home.office is not None
    later, reason = "2026-11-25T00:30:00.000Z", "Cán bộ phụ trách đi họp tại Ủy ban nhân dân thành phố đến hết ngày"
    stopped = {"state": "closed", "stopped": True, "reason": reason, "next_open": later}

    def with_services(change: dict[str, object], *only: str) -> Office:
        assert home.office is not None
        services = [
            service.model_copy(update=change) if not only or service.id in only else service
            for service in home.office.services
        ]
        return home.office.model_copy(update={"services": services})

    one = with_services(stopped, "XD")
    yield Shot("services-stopped", at(Screen.SERVICES, office=one))
    yield Shot("notice-stopped-reason", at(Screen.NOTICE, service="XD", trouble=Trouble.STOPPED, office=one))
    bare = with_services({"state": "closed", "stopped": True}, "XD")
    yield Shot("notice-over-long", at(Screen.NOTICE, service="XD", trouble=Trouble.OVER))
    yield Shot("notice-stopped-bare", at(Screen.NOTICE, service="XD", trouble=Trouble.STOPPED, office=bare))
    yield Shot("all-stopped", replace(home, office=with_services(stopped)))


def view_of(state: State, panel: Panel = PORTRAIT) -> View:
    return View(state, words(state.access.language), NOW, panel)


def make(folder: Path) -> list[Path]:
    """Every screen in both languages, portrait and landscape; a few with bigger text, contrast and lowered controls."""
    made: list[Path] = []
    for language in ("vi", "en"):
        for shot in shots(Access(language)):
            made.append(_save(folder / f"kiosk-{shot.name}-{language}.png", shot.state))
            made.append(_save(folder / f"kiosk-landscape-{shot.name}-{language}.png", shot.state, LANDSCAPE))
        for suffix, access in (
            ("big", Access(language, big=True)),
            ("contrast", Access(language, contrast=True)),
            ("lowered", Access(language, lowered=True)),
        ):
            chosen = ("home", "services-1", "confirm", "result", "search", "card", "priority")
            for shot in shots(access):
                if shot.name in chosen:
                    made.append(  # noqa: PERF401
                        _save(folder / f"kiosk-{shot.name}-{suffix}-{language}.png", shot.state)
                    )
    return made


def _save(path: Path, state: State, panel: Panel = PORTRAIT) -> Path:
    surface = pygame.Surface((panel.width_px, panel.height_px))
    paint(surface, draw(view_of(state, panel)), panel, theme_of(state))
    pygame.image.save(surface, path)
    return path
