"""What can be asked of the hall: one function each, in one transaction, taking the actor and what it needs."""

from server.commands.asking import Answer, Ids
from server.commands.calling import acknowledge, seen
from server.commands.counters import call_next, set_ready, set_state, sign_in
from server.commands.dates import confirm_clock, tell_date
from server.commands.days import Closed, close_day, open_day, reopen_day, resume_issuing, stop_issuing
from server.commands.dossiers import note_dossier
from server.commands.drawn import check_clerk, check_counter, check_day, check_ticket, counter_mark, ticket_mark
from server.commands.issue import issue
from server.commands.jobs import ask_help, finish_job, printed, reprint, slip_seen, station_job, take_help
from server.commands.moves import move_ticket
from server.commands.presence import Presence
from server.commands.ratings import rate
from server.commands.scans import Meaning, Scanned, scan
from server.commands.setup import start
from server.commands.timed import Wake, tick
from server.domain.errors import Refusal, Refused
from server.domain.ticket import Role
from server.store.facts import SYSTEM, Actor

__all__ = [
    "SYSTEM",
    "Actor",
    "Answer",
    "Closed",
    "Ids",
    "Meaning",
    "Presence",
    "Refusal",
    "Refused",
    "Role",
    "Scanned",
    "Wake",
    "acknowledge",
    "ask_help",
    "call_next",
    "check_clerk",
    "check_counter",
    "check_day",
    "check_ticket",
    "close_day",
    "confirm_clock",
    "counter_mark",
    "finish_job",
    "issue",
    "move_ticket",
    "note_dossier",
    "open_day",
    "printed",
    "rate",
    "reopen_day",
    "reprint",
    "resume_issuing",
    "scan",
    "seen",
    "set_ready",
    "set_state",
    "sign_in",
    "slip_seen",
    "start",
    "station_job",
    "stop_issuing",
    "take_help",
    "tell_date",
    "tick",
    "ticket_mark",
]
