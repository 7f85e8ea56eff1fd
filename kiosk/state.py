"""What a kiosk knows, what can happen to it, and what it wants done. Only data."""

from dataclasses import dataclass, field
from enum import StrEnum

from hardware.ports import Health, PrintResult, PrintState
from server.wire.messages import Board, Catalogue, IssueTicket, Job, Office, Problem, Procedure, Service, Ticket
from server.wire.newest import Trust
from server.wire.pace import Pulse
from server.wire.station import Beaten as Beaten
from server.wire.station import Linked as Linked


class Screen(StrEnum):
    HOME = "home"
    SERVICES = "services"
    PROCEDURES = "procedures"
    SEARCH = "search"
    CARD = "card"
    CONFIRM = "confirm"
    PRIORITY = "priority"
    NO_PAPER = "no_paper"
    WORKING = "working"
    RESULT = "result"
    NOTICE = "notice"


class Trouble(StrEnum):
    """Why there is no number, each with a sentence of its own."""

    NETWORK = "network"
    BUSY = "busy"
    BACK = "back"
    FULL = "full"
    STOPPED = "stopped"
    NO_COUNTER = "no_counter"
    OVER = "over"
    DAY = "day"
    SEE_STAFF = "see_staff"


class HelpState(StrEnum):
    NONE = "none"
    ASKING = "asking"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The kiosk's settings that its flow needs; seconds are real."""

    station: str
    language: str = "vi"
    languages: tuple[str, ...] = ("vi", "en")
    idle_s: float = 60.0
    ask_s: float = 20.0
    result_s: float = 15.0
    has_printer: bool = True


@dataclass(frozen=True, slots=True)
class Access:
    """What a visitor set for themselves; forgotten when they leave."""

    language: str = "vi"
    big: bool = False
    contrast: bool = False
    lowered: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """A number that was asked for: the same request until it is answered or given up."""

    ask: IssueTicket
    tries: int
    since_s: float
    retry_s: float | None = None
    wants_slip: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visitor was, to go back to."""

    screen: Screen
    page: int = 0


@dataclass(frozen=True, slots=True)
class State:
    bounds: Bounds
    access: Access
    screen: Screen = Screen.HOME
    page: int = 0
    trail: tuple[Place, ...] = ()
    service: str | None = None
    procedure: str | None = None
    priority: bool = False
    query: str = ""
    pending: Pending | None = None
    ticket: Ticket | None = None
    slip: PrintState | None = None
    slip_code: str | None = None
    list_job: str | None = None
    list_printed: bool = False
    paper_was_out: bool = False
    trouble: Trouble | None = None
    help: HelpState = HelpState.NONE
    help_request: str | None = None
    help_at_ms: int = 0
    help_s: float = 0.0
    touched_s: float = 0.0
    asked_s: float | None = None
    shown_s: float = 0.0
    # what the hall told
    office: Office | None = None
    board: Board | None = None
    office_trust: Trust[Office] = field(default_factory=Trust)
    board_trust: Trust[Board] = field(default_factory=Trust)
    catalogue: Catalogue | None = None
    pulse: Pulse = field(default_factory=Pulse)
    stale: bool = False
    told_ms: int = 0
    printer: Health | None = None
    jobs: tuple[str, ...] = ()
    job: str | None = None
    job_s: float = 0.0
    answers: tuple["AnswerJob", ...] = ()
    untold: tuple["TellPrinted", ...] = ()
    told: tuple["TellPrinted", ...] = ()
    catalogue_for: str | None = None
    asked_again_s: float = 0.0


# --- what happens --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Touched:
    """A target was tapped. ``fresh`` is a new request id, used if this tap starts a request."""

    target: str
    fresh: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time went by."""


@dataclass(frozen=True, slots=True)
class OfficeCame:
    """``asked_s``: when the server was asked, whose answer this is; None: it came over MQTT."""

    office: Office
    asked_s: float | None = None


@dataclass(frozen=True, slots=True)
class BoardCame:
    """As ``OfficeCame``."""

    board: Board
    asked_s: float | None = None


@dataclass(frozen=True, slots=True)
class CatalogueCame:
    """The catalogue; ``wanted`` is the mark under which the office picture named it."""

    catalogue: Catalogue
    wanted: str


@dataclass(frozen=True, slots=True)
class PrinterSeen:
    """The printer's cached health, at most a second old."""

    health: Health


@dataclass(frozen=True, slots=True)
class Issued:
    request_id: str
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class IssueRefused:
    request_id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class IssueLost:
    """Nobody knows whether the server did it."""

    request_id: str


@dataclass(frozen=True, slots=True)
class SlipDone:
    result: PrintResult


@dataclass(frozen=True, slots=True)
class HelpAnswered:
    request_id: str
    told: bool


@dataclass(frozen=True, slots=True)
class WorkCame:
    """The open jobs of this station, oldest first."""

    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobCame:
    job: Job


@dataclass(frozen=True, slots=True)
class JobGone:
    """The job could not be had; ``again``: nobody answered, so it is still wanted."""

    job: str
    again: bool


@dataclass(frozen=True, slots=True)
class JobDone:
    """A job that brings out no paper ended: ``state`` is ``DONE``, or failed or unknown."""

    job: str
    state: str


@dataclass(frozen=True, slots=True)
class Untold:
    """The server did not answer, so it has not heard this."""

    tell: "TellPrinted"


What = (
    Touched
    | Ticked
    | OfficeCame
    | BoardCame
    | CatalogueCame
    | Linked
    | Beaten
    | PrinterSeen
    | Issued
    | IssueRefused
    | IssueLost
    | SlipDone
    | HelpAnswered
    | WorkCame
    | JobCame
    | JobGone
    | JobDone
    | Untold
)


# --- what is wanted ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Issue:
    """Ask the server for a number; the answer comes as Issued, IssueRefused or IssueLost."""

    ask: IssueTicket


@dataclass(frozen=True, slots=True)
class Print:
    """Print the slip of a ticket. ``job`` names it at the printer: a ticket's id, or ``WORK`` and a job's id.
    ``mark``: reprint, staff or test."""

    job: str
    ticket: Ticket | None
    language: str
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class PrintList:
    """Print the list of papers of a procedure."""

    job: str
    procedure: str
    language: str


@dataclass(frozen=True, slots=True)
class TellPrinted:
    """Tell the server what the printer proved about a ticket's slip."""

    ticket: str
    state: PrintState
    proof: str


@dataclass(frozen=True, slots=True)
class AskHelp:
    request_id: str


@dataclass(frozen=True, slots=True)
class FetchPictures:
    """Read office and board over HTTP: the link is new, or a picture is doubted. They come back with ``asked_s``."""

    asked_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class ReportForged:
    """Log that a picture came over MQTT that the server does not know."""

    picture: Office | Board


@dataclass(frozen=True, slots=True)
class FetchCatalogue:
    """Read the procedures; ``wanted`` comes back with them."""

    wanted: str


@dataclass(frozen=True, slots=True)
class FetchJob:
    job: str


@dataclass(frozen=True, slots=True)
class ChangeRoll:
    """A new roll is in; ends in ``JobDone``."""

    job: str


@dataclass(frozen=True, slots=True)
class ClearPrinter:
    """Drop what the printer still holds; ends in ``JobDone``."""

    job: str


@dataclass(frozen=True, slots=True)
class LookAfter:
    """Staff looked after the slips of a ticket; ends in ``JobDone``."""

    job: str
    ticket: Ticket | None


@dataclass(frozen=True, slots=True)
class AnswerJob:
    """``state``: a ``PrintState``, or ``DONE`` for what was no slip."""

    job: str
    state: str
    proof: str


Effect = (
    Issue
    | Print
    | PrintList
    | TellPrinted
    | AskHelp
    | FetchPictures
    | ReportForged
    | FetchCatalogue
    | FetchJob
    | ChangeRoll
    | ClearPrinter
    | LookAfter
    | AnswerJob
)
Effects = tuple[Effect, ...]


DONE = "done"
"""How a job ended that brings out no paper."""

# What the names of jobs at the printer begin with, where they are not tickets.
WORK = "work-"
LIST = "list-"


# --- looking things up ---------------------------------------------------------------------------------

RETURN = "returned"
GUIDANCE = "advice"


def service(state: State, service_id: str | None) -> Service | None:
    """The service as the office shows it now."""
    if state.office is None or service_id is None:
        return None
    return next((one for one in state.office.services if one.id == service_id), None)


def service_for(state: State, outcome: str) -> Service | None:
    """The service whose turns end like this: ``RETURN`` of results, ``GUIDANCE``."""
    services = state.office.services if state.office else []
    return next((one for one in services if one.outcome == outcome), None)


def fields(state: State) -> list[Service]:
    """The services a visitor chooses from, the usual ones first."""
    services = state.office.services if state.office else []
    chosen = [one for one in services if one.outcome not in (RETURN, GUIDANCE)]
    return sorted(chosen, key=lambda one: not one.usual)


def procedures(state: State, service_id: str | None) -> list[Procedure]:
    """The procedures of a service, the usual ones first."""
    if state.catalogue is None or service_id is None:
        return []
    mine = [one for one in state.catalogue.procedures if one.service == service_id]
    usual = set(state.catalogue.usual)
    return sorted(mine, key=lambda one: one.code not in usual)


def procedure(state: State, code: str | None) -> Procedure | None:
    if state.catalogue is None or code is None:
        return None
    return next((one for one in state.catalogue.procedures if one.code == code), None)


def waiting(state: State, service_id: str) -> int | None:
    """How many wait for a service; None where the hall has not said."""
    services = state.board.services if state.board else []
    return next((one.waiting for one in services if one.id == service_id), None)


def wait_min(state: State, service_id: str) -> tuple[int, int] | None:
    """The forecast for a ticket issued now, where the server gave one."""
    services = state.board.services if state.board else []
    return next((one.wait_min for one in services if one.id == service_id), None)


def is_open(state: State) -> bool:
    """Whether numbers are issued at all."""
    return state.office is not None and any(one.state == "open" for one in state.office.services)
