"""From rows to what travels and what pages show: read-only, over one consistent reading."""

from server.views.desk import ClerkPage, Why, clerk_page, why
from server.views.hall import ManagerNow, days, manager_now
from server.views.history import Samples, day_rows, open_ms, waiting_samples
from server.views.pictures import board, counter_picture, office, work
from server.views.printing import Slip, Work, open_work, unclear_slips, undone_work
from server.views.tickets import (
    catalogue,
    counter,
    counters,
    job,
    moves_of,
    services,
    ticket,
)

__all__ = [
    "ClerkPage",
    "ManagerNow",
    "Samples",
    "Slip",
    "Why",
    "Work",
    "board",
    "catalogue",
    "clerk_page",
    "counter",
    "counter_picture",
    "counters",
    "day_rows",
    "days",
    "job",
    "manager_now",
    "moves_of",
    "office",
    "open_ms",
    "open_work",
    "services",
    "ticket",
    "unclear_slips",
    "undone_work",
    "waiting_samples",
    "why",
    "work",
]
