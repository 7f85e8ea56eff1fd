"""The parts of the server that the web uses.

``server.app`` makes the context, ``current_context()`` returns it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from flask import current_app

from config.clock import Now
from server.access.access import Access
from server.access.enrolment import Enrolment
from server.commands import Presence
from server.display_content.browser import BrowserDisplay
from server.network.hall_network import HallNetwork
from server.store import Store, Work
from server.web.shared.live import LiveVersion
from server.web.shared.office_files import OfficeFiles
from server.web.shared.scanned_slips import ScannedSlips
from server.wire.messages import Board, Office, StationHealth
from server.wire.reports import ReportableHealth

Answer = TypeVar("Answer")


class PublishedPictures(Protocol):
    """The newest published pictures (the whole state of a topic, retained by the MQTT broker)."""

    @property
    def board(self) -> Board: ...

    @property
    def office(self) -> Office: ...


class StationReports(Protocol):
    """The health that stations and devices report; ``connected``: the server reaches the MQTT broker."""

    @property
    def connected(self) -> bool: ...

    def stations(self) -> Sequence[StationHealth]: ...


class CommandQueue(Protocol):
    """Runs commands one after the other, in the writer's thread; ``ask`` waits for the result."""

    def ask(self, work: Work[Answer]) -> Answer: ...


class ServerParts(Protocol):
    """The health of the server's own parts, by name."""

    def parts(self) -> Mapping[str, ReportableHealth]: ...


@dataclass(frozen=True, slots=True)
class AppContext:
    """Everything that the web's functions work with.

    ``store`` is for reading, ``writer`` runs the commands. ``pictures`` are the newest published states, ``reports``
    the health of stations, ``server_health`` that of the server's own parts. ``live_version`` changes whenever a page
    would. ``now`` and ``mono_s`` (monotonic, seconds) are the clocks of the program; ``new_id`` makes a request id,
    ``new_ticket_id`` the id of a ticket. ``presence`` has the time of the last sign of life of each counter,
    ``scanned_slips`` the last scan there. ``mode``: a real hall or a demonstration. ``epoch`` is new at each start of
    the server, ``version`` is the program's; ``visitor_url`` returns the address of the visitors' pages. ``access``
    knows people, devices and programs; None: a demonstration. ``enrolment`` enrols devices; None: over no listener.
    ``network``: the names and certificates of the box; None in a demonstration, which stays on loopback.
    ``box_token``: that of the box's own stations. ``office_files``: the office as TOML; None: not on pages.
    ``begin_device_test`` makes a station try a device until ``end_device_test``; ``restart_station`` ends its program,
    which is then started again. ``want_copy``: a copy of the database is made now; raises ``OSError``. ``display``: the
    hall's display in a browser.
    """

    store: Store
    writer: CommandQueue
    pictures: PublishedPictures
    reports: StationReports
    server_health: ServerParts
    live_version: LiveVersion
    now: Callable[[], Now]
    mono_s: Callable[[], float]
    new_id: Callable[[], str]
    new_ticket_id: Callable[[], str]
    presence: Presence
    scanned_slips: ScannedSlips
    mode: Literal["live", "demo"]
    epoch: str
    version: str
    visitor_url: Callable[[], str]
    access: Access | None = None
    enrolment: Enrolment | None = None
    network: HallNetwork | None = None
    box_token: str | None = field(default=None, repr=False)
    office_files: OfficeFiles | None = None
    begin_device_test: Callable[[str, str], None] = lambda station, device: None
    end_device_test: Callable[[str, str], None] = lambda station, device: None
    restart_station: Callable[[str], None] = lambda station: None
    want_copy: Callable[[], None] = lambda: None
    display: BrowserDisplay = field(default_factory=BrowserDisplay, repr=False)


def printing_stations(context: AppContext) -> frozenset[str]:
    """Return all stations with a slip printer that have ever reported.

    Disconnected stations count too: their jobs wait.
    """
    return frozenset(station.station for station in context.reports.stations() if has_printer(station))


def has_printer(station: StationHealth) -> bool:
    """Return whether a station prints slips. A kiosk that lists other devices only has no printer."""
    names = {device.device for device in station.devices}
    return station.kind == "kiosk" and ("printer" in names or not names)


def current_context() -> AppContext:
    """Return the context of the application that handles this request."""
    context: AppContext = current_app.extensions["luot"]
    return context
