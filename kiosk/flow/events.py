"""Events of the kiosk, besides those of every station. Only data. ``job`` is an id where its type is ``str``."""

from dataclasses import dataclass

from config.setup_notice import SetupNotice
from hardware.ports import DeviceHealth, PrintResult
from kiosk.flow.effects import ReportPrint
from kiosk.flow.taps import Tap
from server.wire.messages import Board, Catalogue, Job, Office, Problem, Ticket
from server.wire.station.events import (
    BrokerConnectionChanged,
    HeartbeatReceived,
    LogoFetched,
    PictureReceived,
    PicturesFetched,
    Tick,
)


@dataclass(frozen=True, slots=True)
class Touched:
    """A target was tapped. ``request_id``: a new id, used if this tap starts a request."""

    tap: Tap
    request_id: str


# --- from the hall -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CatalogueReceived:
    """The procedures. ``etag``: the version that was asked for, as the office picture named it."""

    catalogue: Catalogue
    etag: str


# --- answers to a visitor's requests -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TicketReceived:
    """The server issued a number."""

    request_id: str
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class IssueRefused:
    """The server refused a number."""

    request_id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class IssueUnanswered:
    """The server did not answer, so the number may or may not have been issued."""

    request_id: str


@dataclass(frozen=True, slots=True)
class HelpAnswered:
    """A call for help reached the server, or did not."""

    request_id: str
    sent: bool


# --- printer and jobs ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrinterHealthRead:
    """The printer's cached health, at most a second old."""

    health: DeviceHealth


@dataclass(frozen=True, slots=True)
class PrintFinished:
    """The printer reported the result of a print job. A second result may follow once the printer has paper again."""

    result: PrintResult


@dataclass(frozen=True, slots=True)
class ReportFailed:
    """The server did not answer this report."""

    report: ReportPrint


@dataclass(frozen=True, slots=True)
class JobsListed:
    """The ids of this station's open jobs as the server lists them, oldest first.

    ``helper``: the id of the call for help to which a member of staff is on the way; None: nobody is.
    """

    jobs: tuple[str, ...]
    helper: str | None = None


@dataclass(frozen=True, slots=True)
class JobReceived:
    """The job that was fetched."""

    job: Job


@dataclass(frozen=True, slots=True)
class JobUnavailable:
    """The job could not be fetched. ``retry``: the server did not answer, so it is fetched again later."""

    job: str
    retry: bool


@dataclass(frozen=True, slots=True)
class JobFinished:
    """A job that prints nothing ended. ``state``: ``DONE``, failed or unknown."""

    job: str
    state: str


@dataclass(frozen=True, slots=True)
class SetupNoticeRead:
    """The set-up code of this machine's server appeared, changed or went away (None)."""

    notice: SetupNotice | None


Event = (
    Touched
    | Tick
    | BrokerConnectionChanged
    | HeartbeatReceived
    | PictureReceived[Board | Office]
    | PicturesFetched[Board | Office]
    | CatalogueReceived
    | LogoFetched
    | TicketReceived
    | IssueRefused
    | IssueUnanswered
    | HelpAnswered
    | PrinterHealthRead
    | PrintFinished
    | ReportFailed
    | JobsListed
    | JobReceived
    | JobUnavailable
    | JobFinished
    | SetupNoticeRead
)
