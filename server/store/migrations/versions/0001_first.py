"""The first schema: office, days, tickets with legs, calls, counters, requests, jobs, and the journal."""

from server.store.migrations.first_schema import counters, days, jobs, journal, office, tickets

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# In an order in which each table comes after those it refers to.
STEPS = (
    office.create_calendar,
    office.create_clerk,
    jobs.create_help_call,
    journal.create_journal,
    office.create_office,
    days.create_queue_clock,
    office.create_service,
    office.create_clerk_name,
    office.create_counter,
    days.create_day,
    days.create_hours,
    office.create_procedure,
    office.create_counter_service,
    counters.create_counter_state,
    days.create_day_service,
    days.create_issued,
    days.create_series,
    tickets.create_ticket,
    counters.create_call,
    jobs.create_job,
    tickets.create_leg,
    jobs.create_request,
    tickets.create_visitor_link,
    counters.create_seen,
    journal.make_append_only,
)


def upgrade() -> None:
    for step in STEPS:
        step()
