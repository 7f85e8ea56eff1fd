"""The kiosk's state: settings, current visit, hall, printer, and jobs of staff."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from config.setup_notice import SetupNotice
from hardware.ports import DeviceHealth, PrintState
from kiosk.flow.effects import Effects, ReportJob, ReportPrint
from kiosk.flow.hall import HallData
from server.wire.messages import IssueTicket, Ticket


class ScreenName(StrEnum):
    """The kiosk's screens; the values are those of the control port."""

    HOME = "home"
    GROUPS = "groups"  # groups of services, where the office has some
    SERVICES = "services"
    PROCEDURES = "procedures"
    SEARCH = "search"
    PROCEDURE = "card"
    CONFIRM = "confirm"
    PRIORITY = "priority"  # choose the group with priority
    NO_PAPER = "no_paper"  # choose whether to take a number without a slip
    WORKING = "working"  # the number is being requested
    RESULT = "result"
    NOTICE = "notice"


class NoticeReason(StrEnum):
    """Why there is no number, or none yet; each has a text of its own. The values are those of the control port."""

    NETWORK = "network"  # the server is silent
    BUSY = "busy"  # the server is busy, or did not answer in time
    RECONNECTED = "back"  # the server is alive again
    FULL = "full"  # the service has no numbers left
    STOPPED = "stopped"  # the service is closed: outside its hours, or stopped by staff
    NO_COUNTER = "no_counter"  # no counter serves the service today
    ELSEWHERE = "elsewhere"  # the service is handled at another place
    OPEN_AGAIN = "over"  # the service issues numbers again
    TAKEN = "taken"  # the same touches took a number of this service, which waits
    DAY_NOT_OPENED = "day"  # the office has not opened its service day
    SEE_STAFF = "see_staff"  # any other refusal


class HelpState(StrEnum):
    """The result of a call for help."""

    NONE = "none"
    ASKING = "asking"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """The settings that the kiosk's flow needs. Seconds are real, also in a demonstration that runs faster.

    ``language``: in which a visit begins; ``languages``: those that a visitor may choose. ``idle_s``: without a touch,
    until the kiosk asks whether anybody is there. ``ask_s``: until an unanswered question ends the visit. ``result_s``:
    how long a printed number stays on the screen. ``station``: the id of this kiosk.
    """

    station: str
    language: str = "vi"
    languages: tuple[str, ...] = ("vi", "en")
    idle_s: float = 60.0
    ask_s: float = 20.0
    result_s: float = 15.0
    has_printer: bool = True


@dataclass(frozen=True, slots=True)
class Accessibility:
    """Language and access aids, as the visitor set them.

    ``contrast``: high contrast. ``low_reach``: all controls in the lower part of the screen.
    """

    language: str = "vi"
    large_text: bool = False
    contrast: bool = False
    low_reach: bool = False


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A request for a number, sent unchanged until it is answered or given up. Moments are monotonic seconds.

    ``tries``: how often it was sent since ``since_s``. ``retry_at_s``: when it is sent again; None: no retry is due.
    ``wants_slip``: a slip is printed for the number.
    """

    request: IssueTicket
    tries: int
    since_s: float
    retry_at_s: float | None = None
    wants_slip: bool = True


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """A screen to go back to."""

    screen: ScreenName
    page: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """The data of one visitor. ``end_visit`` replaces it as a whole, so that nothing reaches the next visitor.

    ``group``: the id of the chosen group of services. ``service`` and ``procedure``: id and code of the chosen ones.
    ``page``: of the list on the screen, from 0.
    ``priority``: they said that they belong to a group with priority. ``trail``: the screens to go back to, the last
    one at the end. ``query``: the text typed in the search. ``pending``: the request for a number that has no answer
    yet. ``ticket``: the number that was issued in this visit. ``slip_state``: the print state of their slip; None:
    there is no slip. ``slip_code``: the printer's code word for what is wrong with it, None: nothing. ``list_job``: the
    list of documents being printed; ``list_printed``: it came out. ``paper_was_out``: paper was out when the kiosk
    asked about a number without a slip. ``reason``: that of the notice on the screen; on other screens without meaning.
    ``help_request``: the id of the newest call for help, sent at ``help_called_at_s``. ``idle_question_at_s``: since
    when the kiosk asks whether anybody is there; None: it does not. ``countdown_start_at_s``: when the result's
    countdown began. Moments are monotonic seconds.
    """

    access: Accessibility = field(default_factory=Accessibility)
    screen: ScreenName = ScreenName.HOME
    page: int = 0
    trail: tuple[TrailEntry, ...] = ()
    group: str | None = None
    service: str | None = None
    procedure: str | None = None
    priority: bool = False
    query: str = ""
    pending: PendingRequest | None = None
    ticket: Ticket | None = None
    slip_state: PrintState | None = None
    slip_code: str | None = None
    list_job: str | None = None
    list_printed: bool = False
    paper_was_out: bool = False
    reason: NoticeReason | None = None
    help: HelpState = HelpState.NONE
    help_request: str | None = None
    help_called_at_s: float = 0.0
    last_touch_at_s: float = 0.0
    idle_question_at_s: float | None = None
    countdown_start_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PrinterData:
    """The printer's health, and the reports about its slips.

    ``health`` None: not read yet. ``reports``: the newest report for each of the last slips. ``unsent``: those that the
    server did not answer.
    """

    health: DeviceHealth | None = None
    reports: tuple[ReportPrint, ...] = ()
    unsent: tuple[ReportPrint, ...] = ()


@dataclass(frozen=True, slots=True)
class JobQueue:
    """The jobs of staff for this kiosk, oldest first.

    ``open``: ids of the jobs to be done, the one under way too. ``current``: the id of the job under way, since
    ``since_s`` (monotonic); None: none is. ``reports``: the results of the newest ended jobs.
    """

    open: tuple[str, ...] = ()
    current: str | None = None
    since_s: float = 0.0
    reports: tuple[ReportJob, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenNumber:
    """A number that a touch sequence took: the request for it, and the number."""

    request_id: str
    number: str


@dataclass(frozen=True, slots=True)
class TouchSequence:
    """Touches without a long pause, and the numbers that they took, by service.

    The office may issue one waiting number of a service to one sequence. ``last_at_s``: the last touch (monotonic).
    """

    last_at_s: float = 0.0
    taken: Mapping[str, TakenNumber] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Helper:
    """A member of staff who is on the way to this kiosk.

    ``call``: the id of the visitor's call for help; ``shown_until_s``: when it is shown no more (monotonic), if the
    server does not say before that the help is over. ``asked_again``: a visitor has called once more since then.
    """

    call: str
    shown_until_s: float
    asked_again: bool = False


@dataclass(frozen=True, slots=True)
class KioskState:
    """The whole state of the kiosk between two events. ``helper``: None: nobody is on the way."""

    settings: FlowSettings
    visit: Visit = field(default_factory=Visit)
    hall: HallData = field(default_factory=HallData)
    printer: PrinterData = field(default_factory=PrinterData)
    jobs: JobQueue = field(default_factory=JobQueue)
    touches: TouchSequence = field(default_factory=TouchSequence)
    helper: Helper | None = None
    setup_notice: SetupNotice | None = None  # while the server of this machine has no administrator


Step = tuple[KioskState, Effects]
"""The next state, and the effects to carry out."""


def end_visit(state: KioskState) -> KioskState:
    """Replace the whole visit.

    The next one begins in the kiosk's own language, with touches of its own.
    """
    return replace(state, visit=Visit(Accessibility(state.settings.language)), touches=TouchSequence())


def with_visit(state: KioskState, **changes: Any) -> KioskState:
    """Return the state with these fields of the visit changed."""
    return replace(state, visit=replace(state.visit, **changes))


def with_hall(state: KioskState, **changes: Any) -> KioskState:
    """Return the state with these fields of the hall changed."""
    return replace(state, hall=replace(state.hall, **changes))
