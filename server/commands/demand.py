"""Count the demand by which the kiosk orders services."""

from datetime import date as calendar_date
from datetime import timedelta

from server.domain.calendar import local_ms
from server.domain.demand_order import Demand, counted
from server.store import Snapshot, Tx
from server.store.queries import day_row, last_day, numbers_issued, services_added_since

BY_DEMAND = "demand"
"""The value of ``Rules.order_by``."""


def measured_demand(source: Tx | Snapshot, date: str, weeks: int) -> Demand:
    """Return the numbers of each service in the weeks before ``date``.

    A service that was added in these weeks is not counted.
    """
    office = source.office
    first = (calendar_date.fromisoformat(date) - timedelta(weeks=weeks)).isoformat()
    issued = numbers_issued(source.connection, first, date)
    added = services_added_since(source.connection, first, local_ms(first, 0, office.zone))
    return counted(office.services_offered, issued, added)


def demand_at_opening(tx: Tx, date: str | None, goes_on: str | None) -> Demand | None:
    """Return the demand of a day that opens.

    None where the office orders services by hand. A day that continues another one, and a day without a date, have the
    demand of the day before.
    """
    rules = tx.office.rules
    if rules.order_by != BY_DEMAND:
        return None
    if date is not None and goes_on is None:
        return measured_demand(tx, date, rules.order_weeks)
    before = last_day(tx.connection) if goes_on is None else day_row(tx.connection, goes_on)
    return None if before is None else before.demand
