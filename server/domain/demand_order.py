"""The kiosk's order by demand, which is the numbers issued in the last weeks.

A day has one order: the numbers are counted when it opens. Services that are not counted stand where people put them.
"""

from collections.abc import Container, Iterable, Mapping, Sequence

Demand = Mapping[str, int]
"""How many numbers of each counted service were issued. A new service is not counted."""


def counted(services: Iterable[str], issued: Mapping[str, int], added: Container[str]) -> Demand:
    """Return the demand of ``services``. ``issued``: their numbers; ``added``: those that are new."""
    return {service: issued.get(service, 0) for service in services if service not in added}


def by_demand(ids: Sequence[str], demand: Demand) -> list[str]:
    """Return the services, those of most numbers first.

    Of equal ones in the order of ``ids``. A service that is not counted keeps its place in ``ids``.
    """
    order = sorted((id_ for id_ in ids if id_ in demand), key=lambda id_: -demand[id_])
    for place, id_ in enumerate(ids):
        if id_ not in demand:
            order.insert(place, id_)
    return order


def group_demand(groups: Mapping[str, Sequence[str]], demand: Demand) -> Demand:
    """Return the demand of groups, from their services.

    A group without a counted service is not counted.
    """
    counted_of = {group: [id_ for id_ in services if id_ in demand] for group, services in groups.items()}
    return {group: sum(demand[id_] for id_ in ids) for group, ids in counted_of.items() if ids}
