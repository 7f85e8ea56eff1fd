"""What can be asked of the hall: one function each, in one transaction, taking the actor and what it needs."""

from server.commands.asking import Answer, Ids
from server.commands.calling import acknowledge, seen
from server.commands.counters import call_next, set_ready, set_state, sign_in
from server.commands.days import Closed, close_day, open_day, resume_issuing, stop_issuing
from server.commands.issue import issue
from server.commands.jobs import ask_help, finish_job, printed, reprint, take_help
from server.commands.moves import move_ticket
from server.commands.presence import Presence
from server.commands.scans import scan
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
    "Presence",
    "Refusal",
    "Refused",
    "Role",
    "Wake",
    "acknowledge",
    "ask_help",
    "call_next",
    "close_day",
    "finish_job",
    "issue",
    "move_ticket",
    "open_day",
    "printed",
    "reprint",
    "resume_issuing",
    "scan",
    "seen",
    "set_ready",
    "set_state",
    "sign_in",
    "start",
    "stop_issuing",
    "take_help",
    "tick",
]
