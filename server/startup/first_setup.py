"""The first set-up: its code, and its pages before there is an office."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from config.address import split_address
from config.notify import SystemdNotifier
from config.office import OfficeSettings
from config.settings import ServerSettings, Settings
from server import commands
from server.access.access import Access
from server.access.setup_progress import SetupProgress
from server.network.names import BoxNames, url_host
from server.startup.office_choice import StoredOfficeChoice
from server.startup.setup_code_display import SetupCodeDisplay
from server.store import Writer
from server.web.shared.context import AppContext
from server.web.shared.identity import secret_key
from server.web.shared.serving.http_server import serving
from server.web.shared.serving.limits import ReceiveLimits
from server.web.staff.setup.app import MAX_BODY_BYTES, create_setup_app
from server.web.staff.setup.context import ReachableAt, SetupContext

log = logging.getLogger("server")

POLL_INTERVAL_S = 0.25
"""How often the phase before the office looks for a stop; choosing the office ends it at once."""
THREADS = 80
"""Threads of the pages before there is an office: more than the calls and pages that are answered at once."""


def setup_page(server: ServerSettings) -> str:
    """Return the address of the set-up page, which only this machine reaches."""
    return f"http://{server.loopback_address}/setup"


@dataclass(frozen=True, slots=True)
class FirstSetup:
    """The parts of the set-up in this run of the server.

    ``early_pages`` holds the set-up's pages from before the office. ``finish_hooks`` are called after the last step.
    """

    settings: Settings
    server: ServerSettings
    access: Access
    progress: SetupProgress
    choice: StoredOfficeChoice
    display: SetupCodeDisplay
    early_pages: ExitStack
    finish_hooks: list[Callable[[], None]]
    new_id: Callable[[], str]

    def context(self, hall: AppContext | None) -> SetupContext:
        """Return the context of the set-up's pages; ``hall``: None before there is an office."""
        return SetupContext(
            access=self.access,
            progress=self.progress,
            offices=self.choice,
            hall=hall,
            refresh_code=self.display.refresh,
            addresses=lambda: self._addresses(hall),
            on_finished=self._finish,
            new_id=self.new_id,
        )

    def _finish(self) -> None:
        log.info("the first set-up is finished")
        for hook in self.finish_hooks:
            hook()

    def _addresses(self, hall: AppContext | None) -> ReachableAt:
        """Return where the staff and visitors of this hall reach it."""
        if hall is None or hall.network is None or not self.server.is_beyond_loopback:
            visitors = self.server.visitor_url if hall is None else hall.visitor_url()
            return ReachableAt((f"http://{self.server.loopback_address}/",), visitors)
        return ReachableAt(tuple(staff_urls(self.server, hall.network.names)), hall.visitor_url())

    def wait_for_office(self, mono_s: Callable[[], float], stop: threading.Event, notifier: SystemdNotifier) -> bool:
        """Serve the set-up's pages until the office is chosen.

        Return False for a stop before that. The pages stay until ``early_pages`` is closed, when those of the hall
        take over.
        """
        if self.choice.is_made:
            return True
        app = create_setup_app(self.context(None), secret_key(self.settings.machine.state))
        limits = ReceiveLimits(body_bytes=MAX_BODY_BYTES)
        self.early_pages.enter_context(serving("listen", self.server.loopback_address, app, THREADS, mono_s, limits))
        log.info("waiting for the first set-up: %s", setup_page(self.server))
        notifier.ready("waiting for the first set-up")
        while not self.choice.made.wait(notifier.limit_wait(POLL_INTERVAL_S)):
            notifier.alive()
            if stop.is_set():
                notifier.stopping()
                return False
        notifier.status("starting the hall")
        return True


def staff_urls(server: ServerSettings, names: BoxNames) -> Sequence[str]:
    """Return the addresses of the staff's pages for other machines: by name, and by number."""
    port = split_address(server.listen)[1]
    hosts = [*[name for name in names.names if name.endswith(".local")][:1], names.main_address or ""]
    return [f"https://{url_host(host)}:{port}/" for host in hosts if host]


def open_first_setup(
    settings: Settings,
    server: ServerSettings,
    access: Access,
    choice: StoredOfficeChoice,
    resources: ExitStack,
    *,
    new_id: Callable[[], str],
) -> FirstSetup:
    """Show the set-up code while nobody is administrator; ``resources`` ends that."""
    display = SetupCodeDisplay(access.setup_code.current, settings.machine.state, setup_page(server))
    resources.enter_context(closing(display))
    progress, early_pages = SetupProgress(access.database), resources.enter_context(ExitStack())
    return FirstSetup(settings, server, access, progress, choice, display, early_pages, finish_hooks=[], new_id=new_id)


def record_start(writer: Writer, office: OfficeSettings | None, server: ServerSettings) -> None:
    """Record the start of the server; at the first, store the office of its file."""
    if office is None:
        writer.ask(commands.record_boot)
    elif writer.ask(lambda tx, now: commands.record_start(tx, now, office)):
        log.info("first start: the office %s is filled from %s", office.id, server.office)
