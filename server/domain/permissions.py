"""Permissions: the one table of the actions that each role may do.

API, pages, their keys and the devices ask this table and nothing else: every role has the union of some named groups.
What no group contains for a role is denied.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from server.domain.moves import Move


class Role(StrEnum):
    """The role of an actor.

    Of several roles of one person, the journal records the first one here that grants the action. ``STATION``: a
    kiosk, keypad or scanner, for the person who uses it; ``STAFF``: a person by a role that the office composed
    itself; ``PROGRAM``: another program with an API token; ``SYSTEM``:
    the server, by its clock.
    """

    VISITOR = "visitor"
    STATION = "station"
    CLERK = "clerk"
    LEAD_CLERK = "lead_clerk"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    STAFF = "staff"
    PROGRAM = "program"
    SYSTEM = "system"


PERSONS_ROLES = (Role.CLERK, Role.LEAD_CLERK, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR)
"""The roles of this table that an account can have, in the order of lists."""


class Action(StrEnum):
    """Anything but a move of a ticket that a role may be allowed to do."""

    UNDO_MOVE = "undo_move"  # take back the own last move of a ticket
    CALL_NEXT = "call_next"  # the key "next"; ``CALL`` is the move of one ticket
    SET_COUNTER_STATE = "set_counter_state"
    DIRECT_COUNTERS = "direct_counters"  # open, pause or close a counter of somebody else, or sign others in there
    SIGN_IN = "sign_in"  # take a counter, or leave it
    SET_READY = "set_ready"
    ACKNOWLEDGE_CALL = "acknowledge_call"
    NOTE_DOSSIER = "note_dossier"
    RAISE_ALARM = "raise_alarm"  # the staff alarm of a counter
    NOTE_TICKET = "note_ticket"  # write a note about a ticket, or remove it
    RATE = "rate"
    SCAN = "scan"

    REPRINT = "reprint"
    USE_PRINTER = "use_printer"  # a test slip, a new roll, clearing the printer's buffer
    DISMISS_SLIP = "dismiss_slip"  # remove an unconfirmed slip from the list for staff
    TRY_DEVICES = "try_devices"  # try each device of the hall, and record whether it works
    MEND_DEVICES = "mend_devices"  # restart a station's program, make a copy of the database now
    TAKE_HELP = "take_help"  # go to the visitor who called for help at a kiosk, or where the manager sends one
    TAKE_ALARM = "take_alarm"  # go to the counter of a staff alarm, and end the alarm
    SEND_COLLEAGUE = "send_colleague"  # ask a colleague to go to a kiosk or counter
    SEND_MESSAGE = "send_message"  # from a counter to the managers
    MESSAGE_COUNTERS = "message_counters"  # to the counters, and read those that the counters send

    REPORT_PRINT = "report_print"
    REPORT_JOB = "report_job"
    REPORT_CALL_SEEN = "report_call_seen"
    ASK_HELP = "ask_help"

    OPEN_DAY = "open_day"
    CLOSE_DAY = "close_day"
    REOPEN_DAY = "reopen_day"
    PRACTISE = "practise"  # start and end a practice of the whole hall
    CONFIRM_CLOCK = "confirm_clock"  # the wall clock's date is right
    ENTER_DATE = "enter_date"  # today is another date than the wall clock's
    STOP_ISSUING = "stop_issuing"
    RESUME_ISSUING = "resume_issuing"
    LEND_SERVICES = "lend_services"  # give a counter one more service for today, or take one from it
    PUT_NOTICE = "put_notice"  # a notice on the hall's screens, the only part of the office that it allows to change

    SEE_OFFICE = "see_office"  # services, procedures and hours of the day
    SEE_BOARD = "see_board"  # the numbers on the hall's screens
    SEE_TICKETS = "see_tickets"
    SEE_JOBS = "see_jobs"  # the work of a station's printer, with the visitor's link
    SEE_COUNTER = "see_counter"  # the clerk page
    SEE_HALL = "see_hall"  # the manager's page of the hall now
    SEE_REPORTS = "see_reports"  # the figures of a day
    SEE_HEALTH = "see_health"  # the health page
    SEE_JOURNAL = "see_journal"
    SEE_ACCOUNT = "see_account"  # the person's own account
    SEE_ADMINISTRATION = "see_administration"  # the pages of people, devices, programs and network, to read
    SEE_ACCESS_LOG = "see_access_log"

    MANAGE_OFFICE = "manage_office"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_PROGRAMS = "manage_programs"
    MANAGE_NETWORK = "manage_network"


Permission = Move | Action
Permissions = frozenset[Permission]

VISITORS_CHOICES: Permissions = frozenset({Move.DEFER, Move.CANCEL, Action.UNDO_MOVE})
COUNTER_WORK: Permissions = frozenset(
    {
        Move.CALL,
        Move.CALL_CHOSEN,
        Move.RECALL,
        Move.START,
        Move.FINISH,
        Move.FINISH_NEXT,
        Move.NO_SHOW,
        Move.RETURN,
        Move.REQUEUE,
        Move.HOLD,
        Move.RESUME,
        Move.RELEASE,
        Move.TRANSFER,
        Move.REOPEN,
        Move.REJOIN,
        Action.UNDO_MOVE,
        Action.CALL_NEXT,
        Action.SET_COUNTER_STATE,
        Action.SIGN_IN,
        Action.SET_READY,
        Action.ACKNOWLEDGE_CALL,
        Action.NOTE_DOSSIER,
        Action.RAISE_ALARM,
    }
)
KEYPAD_WORK: Permissions = COUNTER_WORK - {Action.SIGN_IN}
"""A keypad or a program signs nobody in: it acts for the clerk of the day."""
QUEUE_WORK: Permissions = frozenset(
    {Move.ISSUE, Move.RETURN, Move.DEFER, Move.RECLASSIFY, Move.CANCEL, Move.CORRECT, Action.UNDO_MOVE}
)
SLIP_WORK: Permissions = frozenset({Action.REPRINT, Action.USE_PRINTER, Action.DISMISS_SLIP, Action.TAKE_HELP})
KIOSK_REPORTS: Permissions = frozenset({Action.REPORT_PRINT, Action.REPORT_JOB, Action.ASK_HELP})
STATION_REPORTS: Permissions = KIOSK_REPORTS | {Action.REPORT_CALL_SEEN, Action.RATE}
DAY_WORK: Permissions = frozenset(
    {
        Action.OPEN_DAY,
        Action.CLOSE_DAY,
        Action.REOPEN_DAY,
        Action.PRACTISE,
        Action.CONFIRM_CLOCK,
        Action.ENTER_DATE,
        Action.STOP_ISSUING,
        Action.RESUME_ISSUING,
    }
)
STAFFING: Permissions = frozenset(
    {
        Action.SET_COUNTER_STATE,
        Action.SIGN_IN,
        Action.DIRECT_COUNTERS,
        Action.LEND_SERVICES,
        Action.PUT_NOTICE,
        Action.SEND_COLLEAGUE,
        Action.MESSAGE_COUNTERS,
        Action.TAKE_ALARM,
    }
)
SCREENS: Permissions = frozenset({Action.SEE_OFFICE, Action.SEE_BOARD})
HALL_READING: Permissions = SCREENS | {Action.SEE_TICKETS, Action.SEE_HALL, Action.SEE_HEALTH}
CARE_OF_DEVICES: Permissions = frozenset({Action.TRY_DEVICES, Action.MEND_DEVICES})
OWN_DEVICES: Permissions = frozenset({Action.SEE_HEALTH, Action.TRY_DEVICES})
"""A person in front of a station tries its devices (``luot-hardware ready``)."""
STATION_READING: Permissions = SCREENS | {
    Action.SEE_TICKETS,
    Action.SEE_JOBS,
    Action.SEE_HEALTH,
    Action.SEE_JOURNAL,
}
ADMINISTRATION: Permissions = frozenset(
    {
        Action.SEE_ADMINISTRATION,
        Action.SEE_ACCESS_LOG,
        Action.MANAGE_OFFICE,
        Action.MANAGE_PEOPLE,
        Action.MANAGE_DEVICES,
        Action.MANAGE_PROGRAMS,
        Action.MANAGE_NETWORK,
    }
)
OWN_ACCOUNT: Permissions = frozenset({Action.SEE_ACCOUNT})

_CLERK: Permissions = (
    COUNTER_WORK
    | QUEUE_WORK
    | SLIP_WORK
    | HALL_READING
    | OWN_ACCOUNT
    | {Action.SCAN, Action.SEE_COUNTER, Action.NOTE_TICKET, Action.TAKE_ALARM, Action.SEND_MESSAGE}
)


SCOPES: Mapping[str, Permissions] = MappingProxyType(
    {
        "read:board": SCREENS,
        "read:journal": frozenset({Action.SEE_JOURNAL}),
        "read:reports": frozenset({Action.SEE_REPORTS}),
        "issue": frozenset({Action.SEE_OFFICE, Move.ISSUE}),
        "call": KEYPAD_WORK | QUEUE_WORK - {Move.ISSUE} | {Action.SEE_OFFICE, Action.SEE_TICKETS},
        "direct": frozenset({Action.SEE_OFFICE, Action.LEND_SERVICES, Action.STOP_ISSUING, Action.RESUME_ISSUING}),
        "appointments": frozenset(),
        "devices": frozenset({Action.SEE_HEALTH}),
    }
)
"""The permissions of each scope; a token has those of its scopes (``server.access.api_tokens.Scope``)."""

DEVICE_KINDS: Mapping[str, Permissions] = MappingProxyType(
    {
        "kiosk": SCREENS | KIOSK_REPORTS | OWN_DEVICES | {Move.ISSUE, Action.SCAN, Action.SEE_TICKETS, Action.SEE_JOBS},
        "counter": SCREENS | KEYPAD_WORK | OWN_DEVICES | {Action.SCAN, Action.RATE, Action.SEE_TICKETS},
        "display": SCREENS | {Action.REPORT_CALL_SEEN},
        "node": frozenset(),
        "browser": SCREENS | {Action.REPORT_CALL_SEEN},  # as the hall's display; a person signs in there beside it
    }
)
"""The permissions of an enrolled device by its kind, out of those of ``Role.STATION``."""

PERMISSIONS: Mapping[Role, Permissions] = MappingProxyType(
    {
        Role.VISITOR: VISITORS_CHOICES,
        Role.STATION: COUNTER_WORK
        | STATION_REPORTS
        | STATION_READING
        | OWN_DEVICES
        | {Move.ISSUE, Action.SCAN, Action.REPRINT},
        Role.CLERK: _CLERK,
        Role.LEAD_CLERK: _CLERK | DAY_WORK | STAFFING | {Action.SEE_REPORTS} | CARE_OF_DEVICES,
        Role.MANAGER: QUEUE_WORK
        | SLIP_WORK
        | DAY_WORK
        | STAFFING
        | HALL_READING
        | OWN_ACCOUNT
        | {Action.SEE_REPORTS, Action.SEE_JOURNAL}
        | CARE_OF_DEVICES,
        Role.ADMINISTRATOR: ADMINISTRATION
        | HALL_READING
        | OWN_ACCOUNT
        | {Action.USE_PRINTER, Action.TAKE_ALARM, Action.PUT_NOTICE}
        | CARE_OF_DEVICES,
        Role.AUDITOR: HALL_READING
        | OWN_ACCOUNT
        | {Action.SEE_REPORTS, Action.SEE_JOURNAL, Action.SEE_ADMINISTRATION, Action.SEE_ACCESS_LOG},
        Role.STAFF: frozenset(),
        Role.PROGRAM: frozenset[Permission]().union(*SCOPES.values()),
        Role.SYSTEM: STATION_REPORTS
        | DAY_WORK
        | {Move.CALL, Move.FINISH, Move.REQUEUE, Move.RELEASE, Move.EXPIRE, Action.SCAN},
    }
)
"""THE table: the permissions of each role."""


def may(role: Role, action: Permission) -> bool:
    """Return whether ``role`` may do ``action``."""
    return action in PERMISSIONS[role]


@cache
def in_order(roles: frozenset[Role]) -> tuple[Role, ...]:
    """Return the roles in the order of ``Role``."""
    return tuple(role for role in Role if role in roles)


def any_may(roles: Iterable[Role], action: Permission) -> bool:
    """Return whether one of ``roles`` may do ``action``."""
    return any(may(role, action) for role in roles)


def scope_permissions(scopes: Iterable[str]) -> Permissions:
    """Return the permissions of a token with these scopes; an unknown scope gives none."""
    return frozenset[Permission]().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))


def device_permissions(kind: str) -> Permissions:
    """Return the permissions of an enrolled device of this kind; an unknown kind gives none."""
    return DEVICE_KINDS.get(kind, frozenset())


@cache
def persons_roles_for(action: Permission) -> tuple[Role, ...]:
    """Return the roles of persons that may do ``action``, for the sentence of a refusal.

    ``LEAD_CLERK`` is left out where every clerk may do it.
    """
    roles = tuple(role for role in PERSONS_ROLES if may(role, action))
    return tuple(role for role in roles if role is not Role.LEAD_CLERK or Role.CLERK not in roles)
