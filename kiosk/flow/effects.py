"""Effects of the kiosk, besides those of every station. Only data; ``kiosk.effects`` carries them out.

``job``, ``ticket`` and ``procedure`` are ids where their type is ``str``. ``proof`` is a value of
``hardware.ports.Proof``.
"""

from dataclasses import dataclass

from hardware.ports import PrintState
from server.wire.messages import Board, IssueTicket, Office, Ticket
from server.wire.station.effects import Fetch, FetchLogo, LogForgedPicture

# The printer knows each print job by a name: the id of its ticket. For jobs of staff and lists of documents the name is
# one of these prefixes and an id.
STAFF_JOB_PREFIX = "work-"
DOCUMENT_LIST_PREFIX = "list-"

DONE = "done"
"""The result of a job that was carried out and prints nothing."""


# --- numbers and help ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestTicket:
    """Request a number from the server; ends in ``TicketReceived``, ``IssueRefused`` or ``IssueUnanswered``."""

    request: IssueTicket


@dataclass(frozen=True, slots=True)
class RequestHelp:
    """Call staff to this kiosk; ends in ``HelpAnswered``."""

    request_id: str


# --- the printer ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrintSlip:
    """Print the slip of a ticket, or the test slip; ends in ``PrintFinished``.

    ``job``: its name at the printer, which is a ticket's id, or ``STAFF_JOB_PREFIX`` and a job's id. ``origin``: why it
    is printed (reprint, staff or test; None: the visitor took a number).
    """

    job: str
    ticket: Ticket | None
    language: str
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class PrintList:
    """Print the documents that a procedure requires; ends in ``PrintFinished``."""

    job: str
    procedure: str
    language: str


@dataclass(frozen=True, slots=True)
class RecordNewRoll:
    """Record that staff put in a new roll of paper; ends in ``JobFinished``."""

    job: str


@dataclass(frozen=True, slots=True)
class ClearPrinter:
    """Drop the data that the printer still holds; ends in ``JobFinished``."""

    job: str


@dataclass(frozen=True, slots=True)
class DismissSlips:
    """Drop the unconfirmed slips of a ticket; ends in ``JobFinished``.

    Staff looked after them.
    """

    job: str
    ticket: Ticket | None


# --- reports to the server -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportPrint:
    """Report the print state of a ticket's slip. Ends in ``ReportFailed`` if the server does not answer."""

    ticket: str
    state: PrintState
    proof: str


@dataclass(frozen=True, slots=True)
class ReportJob:
    """Report the result of a job of staff. ``state``: a ``PrintState``, or ``DONE`` for a job that prints nothing."""

    job: str
    state: str
    proof: str


# --- reading from the server ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FetchCatalogue:
    """Read the procedures; ends in ``CatalogueReceived`` with the same ``etag`` (the catalogue's version)."""

    etag: str


@dataclass(frozen=True, slots=True)
class FetchJob:
    """Read a job of staff; ends in ``JobReceived`` or ``JobUnavailable``."""

    job: str


PrinterEffect = PrintSlip | PrintList | RecordNewRoll | ClearPrinter | DismissSlips
ServerEffect = (
    RequestTicket
    | RequestHelp
    | ReportPrint
    | ReportJob
    | Fetch
    | FetchLogo
    | LogForgedPicture[Board | Office]
    | FetchCatalogue
    | FetchJob
)
Effect = PrinterEffect | ServerEffect
Effects = tuple[Effect, ...]
