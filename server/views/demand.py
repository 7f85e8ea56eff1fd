"""The order of services and groups at the kiosk today."""

from collections.abc import Sequence

from server.commands.demand import BY_DEMAND, measured_demand
from server.domain.calendar import local_date
from server.domain.demand_order import Demand, by_demand, group_demand
from server.store import Snapshot
from server.store.queries import day_row, last_day

__all__ = ["day_demand", "demand_now", "groups_in_order", "services_in_order"]


def day_demand(snapshot: Snapshot) -> Demand | None:
    """Return the demand that was counted when the open day began.

    None where services are ordered by hand. While no day is open, it is that of the last day.
    """
    if snapshot.office.rules.order_by != BY_DEMAND:
        return None
    connection, day = snapshot.connection, snapshot.head.day
    row = last_day(connection) if day is None else day_row(connection, day)
    return None if row is None else row.demand


def demand_now(snapshot: Snapshot, weeks: int) -> Demand:
    """Return the demand that a day would have that opened today."""
    return measured_demand(snapshot, local_date(snapshot.now.wall_ms, snapshot.office.zone), weeks)


def services_in_order(services: Sequence[str], demand: Demand | None) -> Sequence[str]:
    """Return services in the order of the kiosk."""
    return services if demand is None else by_demand(services, demand)


def groups_in_order(snapshot: Snapshot, demand: Demand | None) -> Sequence[str]:
    """Return the ids of the groups in the order of the kiosk."""
    groups = snapshot.office.groups
    if demand is None:
        return list(groups)
    members = {group.id: group.services for group in groups.values()}
    return by_demand(list(groups), group_demand(members, demand))
