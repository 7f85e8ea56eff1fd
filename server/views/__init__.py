"""Views: read-only models for the wire and for pages, made from one snapshot.

Messages of the wire: ``ticket``, ``tickets_page``, ``counter``, ``counters``, ``services``, ``catalogue``, ``job`` and
``journal_rows`` answer calls of the API. ``board``, ``office``, ``counter_picture`` and ``work_list`` (a station's open
jobs) are published as retained MQTT messages.

Page models: ``clerk_page`` with its entries, its buttons and the tickets that were looked up (with why they were
called), ``destinations`` (where a ticket can be sent), ``manager_now``, ``current_day``, ``days`` and
``visitor_ticket``. For the health page: ``unconfirmed_slips``, ``open_jobs`` (no result yet) and
``unsuccessful_jobs`` (the result is a failure, or unknown).

What the strip of all staff pages shows: ``strip``; messages between counters and managers: ``messages_with``.

Single facts about a ticket or counter: ``ticket_number``, ``allowed_moves``, ``progress_of`` (to notice that a clerk
dealt with a ticket), ``moved_ticket`` (after a move), ``desk_number`` (issued by a clerk), ``open_ticket_at``
and ``clerk_at`` a counter.

Reports of a day: ``day_report``, made from ``measured_tickets``, ``waiting_samples`` and ``counter_open_ms`` (how long
each counter was open); ``day_tickets`` for the CSV file. Changes of the office: ``planned_changes``,
``office_history`` and ``office_change``; ``office_of_day`` is the office of an earlier day.
"""

from server.store.queries import WHOLE_LISTS, AlarmRow, DeviceTrialRow, DispatchRow, MessageRow, StripRows
from server.views.assistance import messages_with, strip
from server.views.clerk import (
    ClerkPage,
    HelpCall,
    clerk_at,
    clerk_page,
    help_calls,
)
from server.views.clerk_buttons import ClerkButton
from server.views.counters import called, counter, counters
from server.views.day_report import day_report, open_day_figures
from server.views.demand import day_demand, demand_now, groups_in_order
from server.views.destinations import Destination, destinations
from server.views.history import (
    DayTicket,
    counter_open_ms,
    day_tickets,
    journal_rows,
    measured_tickets,
    waiting_samples,
)
from server.views.jobs import (
    StationJob,
    UnconfirmedSlip,
    device_trials,
    job,
    open_jobs,
    unconfirmed_slips,
    unsuccessful_jobs,
)
from server.views.looked_up import LookedUpTicket
from server.views.manager import (
    MAX_LISTED_DAYS,
    CurrentDay,
    DayInfo,
    ManagerNow,
    current_day,
    days,
    manager_now,
    neighbours,
    service_day,
)
from server.views.moved_ticket import MovedTicket, moved_ticket
from server.views.office_changes import (
    OfficeChange,
    office_change,
    office_history,
    office_of_day,
    people_in_line,
    planned_changes,
)
from server.views.open_ticket import OpenTicket
from server.views.pictures import board, counter_picture, notices, office, stations_with_work, work_list
from server.views.queue_entries import QueueEntry, ServedTicket
from server.views.services import catalogue, service, services
from server.views.tickets import (
    DeskNumber,
    TicketProgress,
    allowed_moves,
    desk_number,
    open_ticket_at,
    people_ahead,
    progress_of,
    ticket,
    ticket_by_id,
    ticket_number,
    tickets_page,
)
from server.views.visitors import VisitorTicket, visitor_ticket
from server.views.why_called import CallExplanation, Sentence

__all__ = [
    "MAX_LISTED_DAYS",
    "WHOLE_LISTS",
    "AlarmRow",
    "CallExplanation",
    "ClerkButton",
    "ClerkPage",
    "CurrentDay",
    "DayInfo",
    "DayTicket",
    "DeskNumber",
    "Destination",
    "DeviceTrialRow",
    "DispatchRow",
    "HelpCall",
    "LookedUpTicket",
    "ManagerNow",
    "MessageRow",
    "MovedTicket",
    "OfficeChange",
    "OpenTicket",
    "QueueEntry",
    "Sentence",
    "ServedTicket",
    "StationJob",
    "StripRows",
    "TicketProgress",
    "UnconfirmedSlip",
    "VisitorTicket",
    "allowed_moves",
    "board",
    "called",
    "catalogue",
    "clerk_at",
    "clerk_page",
    "counter",
    "counter_open_ms",
    "counter_picture",
    "counters",
    "current_day",
    "day_demand",
    "day_report",
    "day_tickets",
    "days",
    "demand_now",
    "desk_number",
    "destinations",
    "device_trials",
    "groups_in_order",
    "help_calls",
    "job",
    "journal_rows",
    "manager_now",
    "measured_tickets",
    "messages_with",
    "moved_ticket",
    "neighbours",
    "notices",
    "office",
    "office_change",
    "office_history",
    "office_of_day",
    "open_day_figures",
    "open_jobs",
    "open_ticket_at",
    "people_ahead",
    "people_in_line",
    "planned_changes",
    "progress_of",
    "service",
    "service_day",
    "services",
    "stations_with_work",
    "strip",
    "ticket",
    "ticket_by_id",
    "ticket_number",
    "tickets_page",
    "unconfirmed_slips",
    "unsuccessful_jobs",
    "visitor_ticket",
    "waiting_samples",
    "work_list",
]
