"""Pictures of every kiosk screen in Vietnamese and English, drawn from the demo office.

``scenes()`` is also what the layout test walks: each entry is a state that the kiosk can really be in.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from config.clock import Now
from config.office import load_office
from config.setup_notice import SetupNotice
from config.words import words
from hardware.ports import DeviceHealth, HealthState, PrintState
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from kiosk.flow.hall import HallData
from kiosk.flow.state import (
    Accessibility,
    FlowSettings,
    Helper,
    HelpState,
    KioskState,
    NoticeReason,
    PendingRequest,
    PrinterData,
    ScreenName,
    TrailEntry,
    Visit,
    with_hall,
    with_visit,
)
from kiosk.screens.draw import draw, make_panel, theme_of
from kiosk.screens.view import KioskView
from server.wire.messages import (
    Board,
    BoardService,
    Catalogue,
    CatalogueService,
    Day,
    Interval,
    IssueTicket,
    Office,
    OfficeCounter,
    OfficeGroup,
    Procedure,
    Rule,
    Service,
    Ticket,
    from_time,
)
from server.wire.station.liveness import ServerLiveness

OFFICE_FILE = Path(__file__).parent.parent.parent / "config" / "demo" / "office.toml"
AT_TIME = "2026-11-23T01:12:05.000Z"
NOW = Now(from_time(AT_TIME), 1_000_000, 1_000.0)
PORTRAIT = make_panel(1080, 1920, 299.0)
LANDSCAPE = make_panel(1920, 1080, 476.0)
WAITING_COUNTS = {"HT": 4, "CT": 6, "DD": 9, "CU": 2, "CC": 0, "KD": 1, "TK": 3, "HD": 12}
SETUP_NOTICE = SetupNotice("K7QX-4MPR-2HWD", "http://127.0.0.1:8470/setup")
REQUEST_ID = "0f0e0d0c-0b0a-4908-8706-050403020100"


@dataclass(frozen=True, slots=True)
class Shot:
    """One state to draw."""

    name: str
    state: KioskState


def office(*, mode: str = "live", **services: str) -> Office:
    """Return the demo office's picture; ``services`` sets states: ``HT="full"``."""
    definition = load_office(OFFICE_FILE)
    return Office.model_validate(
        {
            "office": definition.id,
            "epoch": "e7c1",
            "rev": 1,
            "at": AT_TIME,
            "name": dict(definition.name),
            "zone": definition.zone,
            "mode": mode,
            "day": Day(date="2026-11-23", state="open"),
            "rule": Rule(head_start_min=30, calls=3),
            "services": [
                Service(
                    id=service.id,
                    prefix=service.prefix,
                    name=dict(service.name),
                    state=services.get(service.id, "open"),  # type: ignore[arg-type]
                    counters=[counter.id for counter in definition.counters if service.id in counter.services],
                    outcome=service.outcome,
                    usual=service.usual,
                )
                for service in definition.services
            ],
            "counters": [
                OfficeCounter(id=counter.id, label=counter.label, zone=counter.zone) for counter in definition.counters
            ],
            "catalogue": "1",
            "hours": "07:30–11:30, 13:30–17:00",
            "hotline": definition.hotline,
            "visitor_url": "https://luot.phuongmau.example",
        }
    )


DECISION = "Quyết định số 1872/QĐ-BTP ngày 04/9/2020 của Bộ trưởng Bộ Tư pháp"
SERVICE_WORDS = {"XD": ["sửa nhà, cơi nới", "giấy phép xây"], "BT": ["người già neo đơn"], "TK": ["lấy giấy hẹn"]}


def catalogue() -> Catalogue:
    """Return the demo office's procedures, and its services with some words to search by."""
    definition = load_office(OFFICE_FILE)
    return Catalogue(
        etag="1",
        procedures=[
            Procedure(**procedure.model_dump(exclude={"demo_service_min"})) for procedure in definition.procedures
        ],
        services=[
            CatalogueService(id=service.id, name=service.name, synonyms=SERVICE_WORDS.get(service.id, []))
            for service in definition.services
        ],
    )


def board(*, wait_min: Interval | None = None) -> Board:
    """Return the board with counts for every service.

    ``wait_min``: the forecast of Hộ tịch, which the server does not give yet.
    """
    return Board(
        office="mau",
        epoch="e7c1",
        rev=1,
        seq=1,
        at=AT_TIME,
        day="2026-11-23",
        counters=[],
        calls=[],
        missed=[],
        services=[
            BoardService(id=service, waiting=waiting, wait_min=wait_min if service == "HT" else None)
            for service, waiting in WAITING_COUNTS.items()
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
            "issued_at": AT_TIME,
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


def idle_kiosk(access: Accessibility | None = None, **settings: Any) -> KioskState:
    """Return a kiosk in an open hall, at rest."""
    return KioskState(
        replace(FlowSettings("kiosk-1"), **settings),
        Visit(access or Accessibility(), last_touch_at_s=NOW.mono_s),
        HallData(
            office=office(),
            board=board(),
            catalogue=catalogue(),
            liveness=ServerLiveness(last_proof_at_s=NOW.mono_s),
            picture_at_ms=NOW.wall_ms,
        ),
    )


def on_screen(home: KioskState, screen: ScreenName, *, health: DeviceHealth | None = None, **visit: Any) -> KioskState:
    """Return ``home`` after its visitor went to ``screen``; ``visit`` sets fields of the visit."""
    state = with_visit(home, screen=screen, trail=(TrailEntry(ScreenName.HOME),), **visit)
    return replace(state, printer=PrinterData(health))


def longest_procedure(language: str) -> Procedure:
    return max(catalogue().procedures, key=lambda procedure: len(procedure.name.get(language) or procedure.name["vi"]))


def shots(access: Accessibility) -> Iterator[Shot]:
    """Yield every screen and every notice, with the longest names there are."""
    home, longest = idle_kiosk(access), longest_procedure(access.language)
    yield from _at_home(home)
    yield from _choosing(home)
    yield from _showing_procedures(home)
    yield from _confirming(home, longest)
    yield from _results(home, longest)
    yield from _notices(home)
    yield from _without_slips(home, longest)
    yield from _stopped(home)
    asked_at_s = NOW.mono_s - 4
    yield Shot(
        "idle", on_screen(home, ScreenName.CONFIRM, service="HT", procedure="1.001193", idle_question_at_s=asked_at_s)
    )


def _at_home(home: KioskState) -> Iterator[Shot]:
    """Yield the home screen: open, closed for each reason, and before anything was received."""
    open_office = office()
    yield Shot("home", home)
    yield Shot("home-demo", with_hall(home, office=open_office.model_copy(update={"mode": "demo"})))
    yield Shot("home-practice", with_hall(home, office=open_office.model_copy(update={"mode": "practice"})))
    yield Shot("home-stale", with_hall(home, stale=True))
    yield Shot("home-help", with_visit(home, help=HelpState.SENT))
    yield Shot("home-helper", replace(home, helper=Helper("h-1", NOW.mono_s + 300)))
    yield Shot("home-nohelp", with_visit(home, help=HelpState.FAILED))
    starting = with_hall(home, office=None, board=None, catalogue=None, stale=True)
    yield Shot("starting", starting)
    yield Shot("setup", replace(with_hall(starting, picture_at_ms=0), setup_notice=SETUP_NOTICE))
    yield Shot("home-setup", replace(home, setup_notice=SETUP_NOTICE))
    closed_office = office(**{service.id: "closed" for service in open_office.services})
    tomorrow, opens = "2026-11-24", "2026-11-25T00:30:00.000Z"
    days = {
        "closed": Day(date="2026-11-23", state="closed", reason=None, next_open=opens),
        "holiday": Day(date=tomorrow, state="closed", reason="Ngày Văn hóa Việt Nam", next_open=opens),
        "lunch": Day(date="2026-11-23", state="lunch", next_open="2026-11-23T06:30:00.000Z"),
        "day": Day(date=None, state="none"),
    }
    for name, day in days.items():
        yield Shot(name, with_hall(home, office=closed_office.model_copy(update={"day": day})))


def _choosing(home: KioskState) -> Iterator[Shot]:
    """Yield services, procedures, and what a search finds."""
    for page in range(3):
        yield Shot(f"services-{page + 1}", on_screen(home, ScreenName.SERVICES, page=page))
    mixed = office(CT="full", DD="closed", CU="no_counter")
    services = [service.model_copy(update={"left": 3}) if service.id == "HT" else service for service in mixed.services]
    few_left = mixed.model_copy(update={"services": services})
    yield Shot("services-shut", with_hall(on_screen(home, ScreenName.SERVICES), office=few_left))
    yield from _in_groups(home)
    for page in range(2):
        yield Shot(f"procedures-{page + 1}", on_screen(home, ScreenName.PROCEDURES, service="HT", page=page))
    yield Shot("search-empty", on_screen(home, ScreenName.SEARCH))
    yield Shot("search", on_screen(home, ScreenName.SEARCH, query="khai sinh"))
    yield Shot("search-page", on_screen(home, ScreenName.SEARCH, query="dang ky", page=1))
    yield Shot("search-everyday", on_screen(home, ScreenName.SEARCH, query="mat so do"))
    yield Shot("search-elsewhere", on_screen(home, ScreenName.SEARCH, query="ho chieu"))
    yield Shot("search-similar", on_screen(home, ScreenName.SEARCH, query="hoc bong"))
    yield Shot("search-service", on_screen(home, ScreenName.SEARCH, query="dat dai"))
    yield Shot("search-service-words", on_screen(home, ScreenName.SEARCH, query="neo don"))
    yield Shot("search-none", on_screen(home, ScreenName.SEARCH, query="xyz"))


GROUPS = (
    ("Hộ tịch, chứng thực và nuôi con nuôi", "Civil status, certification and adoption", ("HT", "CT")),
    (
        "Tài nguyên, môi trường, nông nghiệp, phát triển nông thôn, thủy lợi, phòng chống thiên tai và lâm nghiệp",
        "Natural resources, environment, agriculture, rural development, irrigation, disasters and forestry",
        ("DD",),
    ),
    ("Công an", "Police", ("CU", "CC")),
    ("Kinh doanh, công thương", "Business, industry and trade", ("KD",)),
    ("Lao động, người có công và xã hội", "Labour, people with merit and welfare", ("BT", "NC", "GN")),
    ("Giáo dục, văn hóa", "Education and culture", ("GD", "VH")),
)


def _in_groups(home: KioskState) -> Iterator[Shot]:
    """Yield an office with groups: one is full, and some services are in none."""
    mixed = office(KD="full")
    groups = [
        OfficeGroup(id=f"g{position}", name={"vi": vi, "en": en}, services=list(services))
        for position, (vi, en, services) in enumerate(GROUPS, 1)
    ]
    grouped = with_hall(home, office=mixed.model_copy(update={"groups": groups}))
    for page in range(2):
        yield Shot(f"groups-{page + 1}", on_screen(grouped, ScreenName.GROUPS, page=page))
    yield Shot("groups-services", on_screen(grouped, ScreenName.SERVICES, group="g1"))
    yield Shot("groups-long", on_screen(grouped, ScreenName.SERVICES, group="g2"))


def _showing_procedures(home: KioskState) -> Iterator[Shot]:
    """Yield a short procedure, the longest one, and one of elsewhere."""
    procedures = catalogue().procedures
    short: dict[str, Any] = {"service": "HT", "procedure": "1.001193"}
    yield Shot("card", on_screen(home, ScreenName.PROCEDURE, **short))
    announced = [
        procedure.model_copy(update={"legal_time": "05 ngày làm việc", "decision": DECISION})
        if procedure.code == short["procedure"]
        else procedure
        for procedure in procedures
    ]
    versions = with_hall(home, catalogue=Catalogue(etag="2", procedures=announced))
    yield Shot("card-announced", on_screen(versions, ScreenName.PROCEDURE, **short))
    yield Shot("card-printed", on_screen(home, ScreenName.PROCEDURE, **short, list_printed=True))
    most_text = max(procedures, key=lambda procedure: sum(map(len, procedure.papers)) + len(procedure.full_name))
    for page in range(3):
        state = on_screen(home, ScreenName.PROCEDURE, service=most_text.service, procedure=most_text.code, page=page)
        yield Shot(f"card-long-{page + 1}", state)
    elsewhere = next(procedure for procedure in procedures if procedure.place)
    yield Shot("card-elsewhere", on_screen(home, ScreenName.PROCEDURE, service=None, procedure=elsewhere.code))


def _confirming(home: KioskState, longest: Procedure) -> Iterator[Shot]:
    """Yield the screens from the confirmation to the request for a number."""
    yield Shot("confirm", on_screen(home, ScreenName.CONFIRM, service="HT", procedure="1.001193"))
    forecast = board(wait_min=(20, 35))
    yield Shot("confirm-wait", with_hall(on_screen(home, ScreenName.CONFIRM, service="HT"), board=forecast))
    long: dict[str, Any] = {"service": longest.service, "procedure": longest.code}
    yield Shot("confirm-long", on_screen(home, ScreenName.CONFIRM, **long, priority=True))
    yield Shot("confirm-return", on_screen(home, ScreenName.CONFIRM, service="TK"))
    yield Shot("confirm-many", on_screen(home, ScreenName.CONFIRM, service="HD"))
    yield Shot("confirm-nobody", on_screen(home, ScreenName.CONFIRM, service="CC"))
    yield Shot("priority", on_screen(home, ScreenName.PRIORITY, service="HT", procedure="1.001193"))
    paper_out, fault = DeviceHealth(HealthState.FAULT, "paper_out"), DeviceHealth(HealthState.FAULT, "cutter")
    yield Shot("nopaper", on_screen(home, ScreenName.NO_PAPER, service="HT", health=paper_out))
    yield Shot("nopaper-fault", on_screen(home, ScreenName.NO_PAPER, service="HT", health=fault))
    pending = PendingRequest(_request(), 1, NOW.mono_s)
    yield Shot("working", on_screen(home, ScreenName.WORKING, service="HT", pending=pending))


def _results(home: KioskState, longest: Procedure) -> Iterator[Shot]:
    """Yield the number, whatever became of its slip."""
    printed: dict[str, Any] = {"slip_state": PrintState.PRINTED, "countdown_start_at_s": NOW.mono_s - 3}
    result = on_screen(home, ScreenName.RESULT, service="HT", ticket=ticket(), **printed)
    yield Shot("result", result)
    yield Shot("result-wait", with_visit(result, ticket=ticket().model_copy(update={"wait_min": (20, 35)})))
    yield Shot("result-printing", with_visit(result, slip_state=PrintState.PRINTING))
    long_ticket = ticket("M1015", ticket_class="priority", procedure=longest.code)
    yield Shot("result-long", with_visit(result, ticket=long_ticket))
    yield Shot("fault-paper", with_visit(result, slip_state=PrintState.HELD, slip_code="paper_out"))
    yield Shot("fault-torn", with_visit(result, slip_state=PrintState.UNKNOWN, slip_code="torn"))
    yield Shot("fault-held", with_visit(result, slip_state=PrintState.HELD, slip_code="cover"))
    yield Shot("fault-printer", with_visit(result, slip_state=PrintState.FAILED, slip_code="cover"))
    yield Shot("fault-unknown", with_visit(result, slip_state=PrintState.UNKNOWN))
    yield Shot("fault-long", with_visit(result, slip_state=PrintState.UNKNOWN, ticket=long_ticket))
    yield Shot("no-slip", with_visit(result, slip_state=None))


def _notices(home: KioskState) -> Iterator[Shot]:
    """Yield every reason why there is no number."""
    for reason in NoticeReason:
        may_repeat = reason in (NoticeReason.BUSY, NoticeReason.RECONNECTED)
        pending = PendingRequest(_request(), 5, 0.0) if may_repeat else None
        yield Shot(f"notice-{reason}", on_screen(home, ScreenName.NOTICE, service="CT", reason=reason, pending=pending))
    elsewhere = {"place": "Chi nhánh Văn phòng Đăng ký đất đai, 12 đường Hùng Vương", "state": "no_counter"}
    services = [service.model_copy(update=elsewhere) for service in office().services]
    state = on_screen(home, ScreenName.NOTICE, service="CT", reason=NoticeReason.ELSEWHERE)
    yield Shot("notice-elsewhere-place", with_hall(state, office=office().model_copy(update={"services": services})))
    reopens = {"next_open": "2026-11-25T00:30:00.000Z"}
    for reason, service_state in ((NoticeReason.FULL, "full"), (NoticeReason.STOPPED, "closed")):
        changes = reopens | {"state": service_state}
        services = [service.model_copy(update=changes) for service in office().services]
        state = on_screen(home, ScreenName.NOTICE, service="CT", reason=reason)
        yield Shot(f"notice-{reason}-when", with_hall(state, office=office().model_copy(update={"services": services})))


def _request() -> IssueTicket:
    return IssueTicket(request_id=REQUEST_ID, service="HT", station="kiosk-1")


def _without_slips(home: KioskState, longest: Procedure) -> Iterator[Shot]:
    """Yield every screen before a number while there is no slip or server."""
    paper_out, fault = DeviceHealth(HealthState.FAULT, "paper_out"), DeviceHealth(HealthState.FAULT, "cutter")
    ready = DeviceHealth(HealthState.READY)
    short: dict[str, Any] = {"service": "HT", "procedure": "1.001193"}
    long: dict[str, Any] = {"service": longest.service, "procedure": longest.code}
    yield Shot("home-nopaper", replace(home, printer=PrinterData(paper_out)))
    yield Shot("home-fault", replace(home, printer=PrinterData(fault)))
    yield Shot("services-nopaper", on_screen(home, ScreenName.SERVICES, health=paper_out))
    yield Shot("card-nopaper", on_screen(home, ScreenName.PROCEDURE, **short, health=paper_out))
    yield Shot("confirm-nopaper", on_screen(home, ScreenName.CONFIRM, **short, health=paper_out))
    yield Shot("confirm-stale", with_hall(on_screen(home, ScreenName.CONFIRM, **long), stale=True))
    yield Shot("nopaper-back", on_screen(home, ScreenName.NO_PAPER, service="HT", health=ready, paper_was_out=True))
    yield Shot("nopaper-mended", on_screen(home, ScreenName.NO_PAPER, service="HT", health=ready))


def _stopped(home: KioskState) -> Iterator[Shot]:
    """Yield services that staff stopped: one of them, and all."""
    next_open, reason = "2026-11-25T00:30:00.000Z", "Cán bộ phụ trách đi họp tại Ủy ban nhân dân thành phố đến hết ngày"
    stopped = {"state": "closed", "stopped": True, "reason": reason, "next_open": next_open}

    def with_services(change: dict[str, object], *only: str) -> Office:
        services = [
            service.model_copy(update=change) if not only or service.id in only else service
            for service in office().services
        ]
        return office().model_copy(update={"services": services})

    notice = on_screen(home, ScreenName.NOTICE, service="XD", reason=NoticeReason.STOPPED)
    with_reason = with_services(stopped, "XD")
    without_reason = with_services({"state": "closed", "stopped": True}, "XD")
    yield Shot("services-stopped", with_hall(on_screen(home, ScreenName.SERVICES), office=with_reason))
    yield Shot("notice-stopped-reason", with_hall(notice, office=with_reason))
    yield Shot("notice-over-long", with_visit(notice, reason=NoticeReason.OPEN_AGAIN))
    yield Shot("notice-stopped-bare", with_hall(notice, office=without_reason))
    yield Shot("all-stopped", with_hall(home, office=with_services(stopped)))


def view_of(state: KioskState, panel: Panel = PORTRAIT) -> KioskView:
    return KioskView(state, words(state.visit.access.language), NOW, panel)


def make(folder: Path) -> list[Path]:
    """Draw every screen in both languages, portrait and landscape.

    A few are drawn with bigger text, contrast and lowered controls too.
    """
    paths: list[Path] = []
    for language in ("vi", "en"):
        for shot in shots(Accessibility(language)):
            paths.append(_save(folder / f"kiosk-{shot.name}-{language}.png", shot.state))
            paths.append(_save(folder / f"kiosk-landscape-{shot.name}-{language}.png", shot.state, LANDSCAPE))
        for suffix, access in (
            ("big", Accessibility(language, large_text=True)),
            ("contrast", Accessibility(language, contrast=True)),
            ("lowered", Accessibility(language, low_reach=True)),
        ):
            with_settings = ("home", "services-1", "confirm", "result", "search", "card", "priority")
            for shot in shots(access):
                if shot.name in with_settings:
                    paths.append(  # noqa: PERF401
                        _save(folder / f"kiosk-{shot.name}-{suffix}-{language}.png", shot.state)
                    )
    return paths


def _save(path: Path, state: KioskState, panel: Panel = PORTRAIT) -> Path:
    surface = pygame.Surface((panel.width_px, panel.height_px))
    paint(surface, draw(view_of(state, panel)), panel, theme_of(state))
    pygame.image.save(surface, path)
    return path
