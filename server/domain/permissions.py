"""Permissions: one table of the roles that may do each action.

Commands and pages check permissions only here. The table has every move of a ticket, every other command, and the pages
of staff.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from server.domain.errors import Refusal, Refused
from server.domain.moves import Move


class Role(StrEnum):
    """The role of an actor.

    ``STATION``: a kiosk, keypad or scanner, for the person who uses it; ``SYSTEM``: the server, by its clock.
    """

    VISITOR = "visitor"
    STATION = "station"
    CLERK = "clerk"
    LEAD_CLERK = "lead_clerk"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    PROGRAM = "program"
    SYSTEM = "system"


class Action(StrEnum):
    """Anything but a move of a ticket that a role may be allowed to do."""

    CALL_NEXT = "call_next"  # the key "next"; ``CALL`` is the move of one ticket
    SET_COUNTER_STATE = "set_counter_state"
    SIGN_IN = "sign_in"
    SET_READY = "set_ready"
    ACKNOWLEDGE_CALL = "acknowledge_call"
    NOTE_DOSSIER = "note_dossier"
    RATE = "rate"
    SCAN = "scan"

    REPRINT = "reprint"
    USE_PRINTER = "use_printer"  # a test slip, a new roll, clearing the printer's buffer
    DISMISS_SLIP = "dismiss_slip"  # remove an unconfirmed slip from the list for staff
    TAKE_HELP = "take_help"  # go to the visitor who called for help at a kiosk

    REPORT_PRINT = "report_print"
    REPORT_JOB = "report_job"
    REPORT_CALL_SEEN = "report_call_seen"
    ASK_HELP = "ask_help"

    OPEN_DAY = "open_day"
    CLOSE_DAY = "close_day"
    REOPEN_DAY = "reopen_day"
    CONFIRM_CLOCK = "confirm_clock"  # the wall clock's date is right
    ENTER_DATE = "enter_date"  # today is another date than the wall clock's
    STOP_ISSUING = "stop_issuing"
    RESUME_ISSUING = "resume_issuing"

    SEE_COUNTER = "see_counter"  # the clerk page
    SEE_HALL = "see_hall"  # the manager's pages
    SEE_HEALTH = "see_health"  # the health page


_ANYBODY = frozenset({Role.VISITOR, Role.STATION, Role.CLERK, Role.MANAGER, Role.SYSTEM})
_STAFF = frozenset({Role.CLERK, Role.MANAGER})
_STAFF_OR_SCHEDULE = _STAFF | {Role.SYSTEM}
_AT_COUNTER = frozenset({Role.CLERK, Role.STATION})
_AT_COUNTER_OR_MANAGER = _AT_COUNTER | {Role.MANAGER}

ROLES: Mapping[Move | Action, frozenset[Role]] = MappingProxyType(
    {
        Move.ISSUE: _STAFF | {Role.STATION},
        Move.CALL: _AT_COUNTER | {Role.SYSTEM},
        Move.CALL_CHOSEN: _AT_COUNTER,
        Move.RECALL: _AT_COUNTER,
        Move.START: _AT_COUNTER,
        Move.FINISH: _AT_COUNTER | {Role.SYSTEM},
        Move.FINISH_NEXT: _AT_COUNTER,
        Move.NO_SHOW: _AT_COUNTER,
        Move.RETURN: _AT_COUNTER_OR_MANAGER,
        Move.REQUEUE: _AT_COUNTER | {Role.SYSTEM},
        Move.HOLD: _AT_COUNTER,
        Move.RESUME: _AT_COUNTER,
        Move.RELEASE: _AT_COUNTER | {Role.SYSTEM},
        Move.TRANSFER: _AT_COUNTER,
        Move.DEFER: _STAFF | {Role.VISITOR},
        Move.RECLASSIFY: _STAFF,
        Move.REOPEN: _AT_COUNTER,
        Move.CANCEL: _STAFF | {Role.VISITOR},
        Move.EXPIRE: frozenset({Role.SYSTEM}),
        Action.CALL_NEXT: _AT_COUNTER_OR_MANAGER,
        Action.SET_COUNTER_STATE: _AT_COUNTER_OR_MANAGER,
        Action.SIGN_IN: _AT_COUNTER_OR_MANAGER,
        Action.SET_READY: _AT_COUNTER_OR_MANAGER,
        Action.ACKNOWLEDGE_CALL: _AT_COUNTER_OR_MANAGER,
        Action.NOTE_DOSSIER: _AT_COUNTER_OR_MANAGER,
        Action.RATE: _AT_COUNTER_OR_MANAGER,
        Action.SCAN: _ANYBODY,
        Action.REPRINT: _AT_COUNTER_OR_MANAGER,
        Action.USE_PRINTER: _STAFF,
        Action.DISMISS_SLIP: _STAFF,
        Action.TAKE_HELP: _STAFF,
        Action.REPORT_PRINT: _ANYBODY,
        Action.REPORT_JOB: _ANYBODY,
        Action.REPORT_CALL_SEEN: _ANYBODY,
        Action.ASK_HELP: _ANYBODY,
        Action.OPEN_DAY: _STAFF_OR_SCHEDULE,
        Action.CLOSE_DAY: _STAFF_OR_SCHEDULE,
        Action.REOPEN_DAY: _STAFF_OR_SCHEDULE,
        Action.CONFIRM_CLOCK: _STAFF_OR_SCHEDULE,
        Action.ENTER_DATE: _STAFF_OR_SCHEDULE,
        Action.STOP_ISSUING: _STAFF_OR_SCHEDULE,
        Action.RESUME_ISSUING: _STAFF_OR_SCHEDULE,
        Action.SEE_COUNTER: frozenset({Role.CLERK}),
        Action.SEE_HALL: _STAFF,
        Action.SEE_HEALTH: _STAFF,
    }
)
"""The roles that may do each action.

Scans, reports of stations and calls for help are accepted from anybody, because the server listens on loopback only.
"""


def may(role: Role, action: Move | Action) -> bool:
    """Return whether ``role`` may do ``action``."""
    return role in ROLES[action]


def require_permission(role: Role, action: Move | Action) -> None:
    """Raise ``forbidden`` unless ``role`` may do ``action``."""
    if not may(role, action):
        raise Refused(Refusal.FORBIDDEN)
