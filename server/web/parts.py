"""What the web's functions work with; ``app.py`` puts it together, a request finds it with ``parts()``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from flask import current_app

from config.clock import Now
from server.commands import Presence
from server.store.store import Store
from server.store.writer import Work
from server.web.live import Live
from server.web.scanned import ScannedSlips
from server.wire.messages import Board, Office, StationHealth
from server.wire.reports import Condition

Answer = TypeVar("Answer")


class Pictures(Protocol):
    """The pictures as they were published last."""

    @property
    def board(self) -> Board: ...

    @property
    def office(self) -> Office: ...


class Reports(Protocol):
    """What stations and devices report."""

    @property
    def linked(self) -> bool: ...

    def stations(self) -> Sequence[StationHealth]: ...


class Asker(Protocol):
    """The writer."""

    def ask(self, work: Work[Answer]) -> Answer: ...


class OwnParts(Protocol):
    """The server's own parts, each with its health."""

    def parts(self) -> Mapping[str, Condition]: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """``now`` and ``mono_s`` are the clocks of ``app.py``, ``new_id`` makes a request id,
    ``new_ticket_id`` a ticket's."""

    store: Store
    writer: Asker
    pictures: Pictures
    reports: Reports
    condition: OwnParts
    live: Live
    now: Callable[[], Now]
    mono_s: Callable[[], float]
    new_id: Callable[[], str]
    new_ticket_id: Callable[[], str]
    presence: Presence
    scanned: ScannedSlips
    mode: Literal["live", "demo"]
    epoch: str
    version: str
    visitor_url: str


def printing_stations(here: Parts) -> frozenset[str]:
    """The stations with a slip printer that ever reported, also those that are away now: their work waits."""
    return frozenset(station.station for station in here.reports.stations() if station.kind == "kiosk")


def parts() -> Parts:
    """The parts of the application that answers this request."""
    found: Parts = current_app.extensions["luot"]
    return found
