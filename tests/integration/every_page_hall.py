"""A hall in which every page has something to show, and its paths."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from account_web import AccountWeb
from core_hall import MINUTE, Hall, clerk, kiosk, manager, request_id
from device_web import DeviceWeb
from flask import Flask
from people_desk import PeopleDesk, signed_in
from playwright.sync_api import Browser
from test_web_ready import ReportedDevices
from werkzeug.routing import Rule

from server import commands
from server.access.api_tokens import Scope
from server.access.device import DeviceDetails, NewDevice
from server.access.pending import EnrolmentRequest
from server.commands import Actor
from server.domain.facts.kinds import FactKind
from server.domain.moves import Move
from server.domain.office_changes import Edit, Part, parts_of
from server.domain.permissions import Action, Role
from server.web.shared.serving.http_server import serving
from server.web.staff.admin.office.sections import ORDERED, SECTIONS, SINGLE
from server.web.staff.app import create_app
from server.web.staff.practice.halls import EXTENSION
from server.web.visitors.app import create_visitor_app
from server.wire.messages import AskHelp, DeviceKind, JudgeDevice, Printed, RaiseAlarm
from support.scaled_time import mono_s
from support.server_process import free_ports

MONDAY_AFTER = "2026-11-30"
NO_PAGES = ("api.", "static", "logo.", "stream.", "openid.", "hall_display.clip")
"""Beginnings of the names of views without a page. ``openid.`` needs a provider: ``test_pages_openid.py``."""
GONE = ("/v/wrong",)
"""Paths of pages that say that there is nothing."""
WHILE_SERVING = (
    "hold", "transfer", "finish_next", "note", "correct", "dossier", "find", "issue", "pause", "keys", "change",
    "chosen",
)  # fmt: skip
WHILE_CALLED = ("/clerk/c1", *(f"/clerk/c1?panel={panel}" for panel in ("no_show", "cancel", "reclassify", "reprint")))
PLACES: Mapping[str, Sequence[str]] = {
    "clerk.sign_in_page": ("/?choose=1",),
    "clerk.counter_page": (
        "/clerk/c1", *(f"/clerk/c1?panel={panel}" for panel in WHILE_SERVING), "/clerk/c1?panel=ticket&ticket={ticket}",
    ),
    "assistance.messages_page": ("/messages", "/messages?at=c1"),
    "people.new_page": ("/admin/people/new", "/admin/people/new?clerk=an"),
    "access_log.page": ("/admin/log", "/admin/log?subject={person_id}"),
}  # fmt: skip
"""The states and forms of views that have more than one page."""


class EveryPageHall:
    """A hall with accounts and a chief of all roles."""

    def __init__(self, folder: Path) -> None:
        self.web = AccountWeb(folder)
        self.hall: Hall = self.web.hall
        bench = self.web.bench
        self.chief = bench.person("Nguyễn Văn Quản", Role.CLERK, Role.LEAD_CLERK, Role.MANAGER, Role.ADMINISTRATOR)
        self.devices = DeviceWeb(self.web)
        self.web.app = create_app(replace(self.web.app.extensions["luot"], reports=ReportedDevices()), b"k" * 32)
        self.app = self.web.app
        self.visitors = create_visitor_app(self.app.extensions["luot"], requests_per_s=1000)
        self.actor = Actor(Role.CLERK, self.chief.id)
        self.visitor_token = ""
        self.ids: dict[str, str] = {
            "counter": "c1",
            "service": "HT",
            "date": "2026-11-23",
            "form": "csv",
            "action": "next",
        }

    def close(self) -> None:
        self.app.extensions[EXTENSION].close()
        self.web.close()

    def furnish(self) -> None:
        """Let something of each kind happen, once the chief has taken counter 1."""
        self._serve()
        self._ask_for_help()
        self._change_services()
        self._change_office()
        self._register()

    def _act(self, command: Any, actor: Actor, *values: Any, **options: Any) -> Any:
        return self.hall.ask(lambda tx, now: command(tx, actor, now, *values, **options))

    def _serve(self) -> None:
        """Let the chief call at counter 1, and counter 2 have a break."""
        hall = self.hall
        hall.state("c1", "open", actor=self.actor)
        hall.open("c2", "c3")
        issued = [hall.issued(service) for service in ("HT", "HT", "CT", "DD", "HT", "CT")]
        hall.issue("CT", "priority")
        self.called = hall.next("c1", actor=self.actor)
        hall.next("c3")
        held = hall.next("c2")
        assert held is not None
        hall.move(held, "start", counter="c2")
        hall.move(held, "hold", counter="c2", due_min=10, reason="Chờ bản sao")
        hall.state("c2", "paused", reason="Nghỉ giải lao")
        self.visitor_token, self.ids["ticket"] = issued[4].visitor_token or "", issued[4].ticket or ""
        self._act(commands.report_print, kiosk(), self.ids["ticket"], Printed(station="kiosk-1", state="unknown"))

    def _ask_for_help(self) -> None:
        self._act(commands.ask_help, kiosk(), AskHelp(request_id=request_id(), station="kiosk-1"))
        alarm = RaiseAlarm(request_id=request_id(), station="page-c2")
        self._act(commands.raise_alarm, clerk("c2"), "c2", alarm)
        ask = AskHelp(request_id=request_id(), station="-")
        self._act(commands.send_colleague, manager(), ask, "c1", counter="c2")
        self._act(commands.message_counters, manager(), request_id(), "c1", "Mời xem lại hồ sơ của B001.")
        self._act(commands.message_managers, self.actor, request_id(), "c1", "Máy in sắp hết giấy.")

    def _change_services(self) -> None:
        self._act(commands.lend_service, manager(), "c2", "DD", any_clerk=True)
        self._act(commands.take_service, manager(), "c3", "CT")
        stop = {"until_at_ms": self.hall.clock.wall_ms + 60 * MINUTE, "ask": "bàn hướng dẫn"}
        self._act(commands.stop_issuing, manager(), "CT", "Mất kết nối phần mềm", **stop)

    def _change_office(self) -> None:
        actor = Actor(Role.ADMINISTRATOR, self.chief.id)
        with self.hall.read() as snapshot:
            parts = parts_of(snapshot.office)
        group = {"name": {"vi": "Tư pháp"}, "services": ["HT", "CT"]}
        notice = {"text": {"vi": "Chiều nay trung tâm nhận hồ sơ đến 16:00."}, "since": None, "until": None}
        edits = [Edit(Part.NOTICE, "n1", None, notice), Edit(Part.GROUP, "g1", None, group)]
        self.ids["change_id"] = self._act(commands.change_office, actor, edits)
        counter = parts[(Part.COUNTER, "c3")]
        later = [Edit(Part.COUNTER, "c3", {"label": counter["label"]}, {"label": "3A"})]
        self._act(commands.change_office, actor, later, date=MONDAY_AFTER)

    def _register(self) -> None:
        bench, app = self.web.bench, self.app.extensions["luot"]
        for device, kind, counters in (("tv-2", DeviceKind.DISPLAY, ()), ("desk-3", DeviceKind.COUNTER, ("c3",))):
            details = DeviceDetails(f"Máy {device}", "Cửa phụ", counters)
            bench.access.devices.enrol(self.chief.id, NewDevice(device, kind, details, device, None, "192.168.1.30"))
        waiting = self.devices.enrolment.pending.begin_browser(EnrolmentRequest(DeviceKind.BROWSER, "10.0.0.9"))
        hook = bench.access.web_hooks.create(
            self.chief.id, "https://vi-du.vn/nhan", [FactKind("ticket.issued")], is_local=False, next_seq=1
        )
        ends_ms = bench.now_ms + 86_400_000
        bench.access.api_tokens.create(self.chief.id, "Bảng điện tử", [Scope.READ_BOARD], ends_ms)
        role = bench.access.roles.create(self.chief.id, "Người tiếp đón", [Move.ISSUE, Action.TAKE_HELP])
        person = bench.person("Lê Hoàng Phương Thảo Nguyên", Role.CLERK, Role.AUDITOR)
        while bench.try_wrong(person.sign_in_name) == "refused":
            pass
        tried = {"request_id": request_id(), "station": "counters-1", "device": "sign-c1", "fault": "segments"}
        app.writer.ask(lambda tx, now: commands.record_trial(tx, manager(), now, JudgeDevice.model_validate(tried)))
        self.ids |= {
            "device_id": "tv-2", "pending_id": waiting.id, "hook_id": hook.id, "person_id": person.id,
            "path": "clerk/c1", "role_id": role.id,
        }  # fmt: skip

    def serve_called(self) -> None:
        """Let the chief serve the visitor of counter 1."""
        assert self.called is not None
        self.hall.move(self.called, "start", counter="c1", actor=self.actor)

    def staff_paths(self) -> list[str]:
        """Return the paths of all pages of staff."""
        return [path for rule in self._pages(self.app) for path in self._paths(self.app, rule)]

    def visitor_paths(self) -> list[str]:
        """Return the paths of all pages of visitors."""
        self.ids |= {"token": self.visitor_token, "step": "defer"}
        return [path for rule in self._pages(self.visitors) for path in self._paths(self.visitors, rule)] + list(GONE)

    @staticmethod
    def _pages(app: Flask) -> Sequence[Rule]:
        rules = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))
        return sorted((rule for rule in rules if not rule.endpoint.startswith(NO_PAGES)), key=str)

    def _paths(self, app: Flask, rule: Rule) -> Iterator[str]:
        """Yield the paths of a view: each section of the office, each state."""
        sections = self._sections(rule) if "key" in rule.arguments else ({},)
        for values in sections:
            ids = self.ids | values
            missing = rule.arguments - ids.keys()
            assert not missing, f"EveryPageHall.ids lacks {missing} for the page {rule}"
            path = app.url_map.bind("127.0.0.1").build(rule.endpoint, {name: ids[name] for name in rule.arguments})
            yield from (place.format_map(ids) for place in PLACES.get(rule.endpoint, (path,)))

    def _sections(self, rule: Rule) -> Iterator[dict[str, str]]:
        """Yield the sections that have the page of ``rule``, each with one part."""
        with self.hall.read() as snapshot:
            parts = parts_of(snapshot.office)
        for section in SECTIONS:
            ids = [id_ for part, id_ in parts if part is section.part and part not in SINGLE]
            has_page = {"office.new_page": section.added is not None, "office.order_page": section.part in ORDERED}
            if "item_id" in rule.arguments:
                yield from ({"key": section.key, "item_id": id_} for id_ in ids[:1])
            elif has_page.get(rule.endpoint, True):
                yield {"key": section.key}


@contextmanager
def every_page_hall(folder: Path, browser: Browser) -> Iterator[tuple[EveryPageHall, PeopleDesk, str]]:
    """Serve the furnished hall; yield it with the chief's browser, and the visitors' address."""
    with ExitStack() as resources:
        hall = resources.enter_context(closing(EveryPageHall(folder)))
        (port,) = free_ports(1)
        visitors = f"127.0.0.1:{port}"
        resources.enter_context(serving("visitors", visitors, hall.visitors, 8, mono_s))
        desk = resources.enter_context(signed_in(hall.web, browser, hall.chief))
        for path in ("/sign-in", "/practice/start"):
            form: dict[str, str | float | bool] = {"request_id": request_id(), "counter": "c1"}
            assert desk.page.request.post(f"{desk.base}{path}", form=form).ok, path
        hall.furnish()
        yield hall, desk, f"http://{visitors}"
