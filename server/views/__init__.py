"""From rows to what travels and what pages show: read-only, over one consistent reading."""

from server.views.desk import ClerkPage, Why, clerk_page, why
from server.views.hall import ManagerNow, day_rows, days, manager_now
from server.views.pictures import board, counter_picture, office, work
from server.views.tickets import (
    catalogue,
    counter,
    counters,
    job,
    services,
    ticket,
)

__all__ = [
    "ClerkPage",
    "ManagerNow",
    "Why",
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
    "office",
    "services",
    "ticket",
    "why",
    "work",
]
