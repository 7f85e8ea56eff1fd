"""The commands of the hall: one function each, run in one transaction.

Most take the transaction, the actor, the current moment and the request, and return a ``CommandResult``; they raise
``Refused``, whose code the docstrings name ("Raises ``open_ticket``"). ``record_start`` and ``tick`` are the server's
own: its start, and all changes that are due by the clock; ``tick`` returns a ``Wake``, the moment at which it must run
again. ``Presence`` (in memory) has the last sign of life of each counter, which ``tick`` needs. ``counter_version`` and
``ticket_version`` go into a page's forms; the ``check_…`` functions refuse a form whose version, clerk or day is
outdated.
"""

from server.commands.assistance import (
    end_alarm,
    end_dispatch,
    go_as_sent,
    raise_alarm,
    send_colleague,
    take_alarm,
)
from server.commands.call_reports import acknowledge_call, report_call_seen
from server.commands.calling import counter_of_row
from server.commands.common import CommandResult, IdFactory
from server.commands.counters import call_next, set_ready, set_state, sign_in
from server.commands.dates import confirm_clock, enter_date
from server.commands.days import ClosedDay, close_day, open_day, reopen_day, resume_issuing, stop_issuing
from server.commands.device_trials import record_trial
from server.commands.dossiers import note_dossier
from server.commands.issue import issue
from server.commands.jobs import (
    ask_help,
    dismiss_slip,
    report_job,
    report_print,
    reprint,
    request_printer_job,
    take_help,
)
from server.commands.messages import (
    MAX_MESSAGE_LENGTH,
    message_counters,
    message_managers,
    see_counter_messages,
    see_managers_messages,
)
from server.commands.moves import move_ticket
from server.commands.notes import MAX_NOTE_LENGTH, note_ticket
from server.commands.office import (
    OfficeRefused,
    change_office,
    changed_office,
    edits_to_undo,
    refuse_past_dates,
    undo_change,
    undoing_edits,
    withdraw_change,
)
from server.commands.page_versions import (
    check_clerk,
    check_counter,
    check_day,
    check_ticket,
    counter_version,
    ticket_version,
)
from server.commands.people import enter_clerk, forget_clerk, name_clerk, name_clerks
from server.commands.practice import start_practice, stop_practice
from server.commands.presence import Presence
from server.commands.ratings import rate
from server.commands.roster import seat_today
from server.commands.scans import ScanMeaning, ScanResult, scan
from server.commands.services_today import lend_service, restore_services, take_service
from server.commands.setup import record_boot, record_start
from server.commands.timed import Wake, tick
from server.commands.undo import is_maker, undo_move
from server.domain.actor import SYSTEM, Actor
from server.domain.errors import Refusal, Refused
from server.domain.permissions import Role

__all__ = [
    "MAX_MESSAGE_LENGTH",
    "MAX_NOTE_LENGTH",
    "SYSTEM",
    "Actor",
    "ClosedDay",
    "CommandResult",
    "IdFactory",
    "OfficeRefused",
    "Presence",
    "Refusal",
    "Refused",
    "Role",
    "ScanMeaning",
    "ScanResult",
    "Wake",
    "acknowledge_call",
    "ask_help",
    "call_next",
    "change_office",
    "changed_office",
    "check_clerk",
    "check_counter",
    "check_day",
    "check_ticket",
    "close_day",
    "confirm_clock",
    "counter_of_row",
    "counter_version",
    "dismiss_slip",
    "edits_to_undo",
    "end_alarm",
    "end_dispatch",
    "enter_clerk",
    "enter_date",
    "forget_clerk",
    "go_as_sent",
    "is_maker",
    "issue",
    "lend_service",
    "message_counters",
    "message_managers",
    "move_ticket",
    "name_clerk",
    "name_clerks",
    "note_dossier",
    "note_ticket",
    "open_day",
    "raise_alarm",
    "rate",
    "record_boot",
    "record_start",
    "record_trial",
    "refuse_past_dates",
    "reopen_day",
    "report_call_seen",
    "report_job",
    "report_print",
    "reprint",
    "request_printer_job",
    "restore_services",
    "resume_issuing",
    "scan",
    "seat_today",
    "see_counter_messages",
    "see_managers_messages",
    "send_colleague",
    "set_ready",
    "set_state",
    "sign_in",
    "start_practice",
    "stop_issuing",
    "stop_practice",
    "take_alarm",
    "take_help",
    "take_service",
    "tick",
    "ticket_version",
    "undo_change",
    "undo_move",
    "undoing_edits",
    "withdraw_change",
]
