"""The tables. Their constraints refuse impossible states, in addition to the checks of the commands.

Times: ``*_at_ms`` is the wall clock (UTC ms, for showing), ``*_ms`` is queue time (for order and durations). All rows
except those of ``NEVER_JOURNALLED`` follow from the journal; a replay gives the same rows. The rest of the store
imports this package as ``t`` (tables).
"""

from server.store.schema.assistance import (
    ALARM_IS_OPEN,
    DISPATCH_IS_OPEN,
    MESSAGE_IS_UNREAD,
    alarm,
    dispatch,
    message,
)
from server.store.schema.base import metadata
from server.store.schema.counters import call, counter_state, seen
from server.store.schema.days import DAY_IS_OPEN, counter_today, day, day_service, hours, issued, queue_clock, series
from server.store.schema.devices import device_trial
from server.store.schema.jobs import JOB_IS_OPEN, help_call, job, request
from server.store.schema.journal import journal
from server.store.schema.office import (
    calendar,
    clerk,
    clerk_name,
    counter,
    counter_service,
    notice,
    office,
    office_change,
    procedure,
    service,
)
from server.store.schema.tickets import (
    TICKET_IS_OPEN,
    TICKET_IS_RESTRICTED,
    TICKET_IS_WAITING,
    dossier,
    leg,
    rating,
    ticket,
    ticket_before,
    ticket_note,
    visitor_link,
)

NEVER_JOURNALLED = frozenset({"visitor_link", "clerk_name", "dossier", "message", "ticket_note"})
"""Tables with personal data, which a replay must not restore.

Visitors' tokens, dossier codes, clerks' notes about tickets, names of clerks, and messages between counters and
managers.
"""

NOT_FROM_THE_START = frozenset({"ticket_before"})
"""Tables that a database of an earlier release gets empty, while a replay fills them: they are not compared."""

__all__ = [
    "ALARM_IS_OPEN",
    "DAY_IS_OPEN",
    "DISPATCH_IS_OPEN",
    "JOB_IS_OPEN",
    "MESSAGE_IS_UNREAD",
    "NEVER_JOURNALLED",
    "NOT_FROM_THE_START",
    "TICKET_IS_OPEN",
    "TICKET_IS_RESTRICTED",
    "TICKET_IS_WAITING",
    "alarm",
    "calendar",
    "call",
    "clerk",
    "clerk_name",
    "counter",
    "counter_service",
    "counter_state",
    "counter_today",
    "day",
    "day_service",
    "device_trial",
    "dispatch",
    "dossier",
    "help_call",
    "hours",
    "issued",
    "job",
    "journal",
    "leg",
    "message",
    "metadata",
    "notice",
    "office",
    "office_change",
    "procedure",
    "queue_clock",
    "rating",
    "request",
    "seen",
    "series",
    "service",
    "ticket",
    "ticket_before",
    "ticket_note",
    "visitor_link",
]
