"""Lend services to counters, and take services from them, for the open day.

The settings of the office stay as they are: the next day begins with them.
"""

from collections.abc import Iterable
from dataclasses import replace

from config.clock import Now
from server.commands.calling import call_ready_counters
from server.commands.common import require_counter, require_counter_in_use, require_open_day, require_service
from server.domain.actor import SYSTEM, Actor, require_permission
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import CounterServicesToday, TicketUnpinned
from server.domain.office import ServicesToday
from server.domain.permissions import Action
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import counter_row, tickets_of, tickets_pinned_to


def lend_service(
    tx: Tx,
    actor: Actor,
    now: Now,
    counter: str,
    service: str,
    *,
    taken_from: str | None = None,
    any_clerk: bool = False,
) -> None:
    """Give a counter one more service for today.

    ``taken_from``: the counter from which it is moved there; None: none.
    ``any_clerk``: its clerk serves it although it is not on the clerk's own list; without, a clerk whose list lacks it
    is a refusal (``not_allowed``, need ``own_list``), because the service would stay without effect. Raises also
    ``day_closed``, ``not_found``, ``unknown_service``.
    """
    actor = _require_today(tx, actor, counter, service)
    require_counter_in_use(tx, counter)
    if not any_clerk:
        _require_on_own_list(tx, counter, service)
    before = _today(tx, counter)
    after = replace(before, taken=_without(before.taken, service))
    if service not in tx.office.counters[counter].services:
        after = replace(after, added=_with(before.added, service))
    is_for_any_clerk = any_clerk and not _is_on_own_list(tx, counter, service)
    if is_for_any_clerk:
        after = replace(after, added=_with(after.added, service), any_clerk=_with(before.any_clerk, service))
    _record(tx, actor, now, counter, after)
    if taken_from is not None and taken_from != counter:
        _take(tx, actor, now, taken_from, service)
    call_ready_counters(tx, now)


def take_service(tx: Tx, actor: Actor, now: Now, counter: str, service: str, *, is_confirmed: bool = False) -> None:
    """Take a lent service, or one of the settings, from a counter for today.

    Tickets of the service that are pinned to the counter may be called anywhere then. While people wait for a service
    that no other counter has, it is a refusal (``not_allowed``, need ``last_counter``) unless ``is_confirmed``. Raises
    also ``day_closed``, ``not_found``, ``unknown_service``.
    """
    actor = _require_today(tx, actor, counter, service)
    if not is_confirmed and tx.office.counters_of(service) == [counter]:
        _require_nobody_waits(tx, counter, service)
    _take(tx, actor, now, counter, service)
    call_ready_counters(tx, now)


def restore_services(tx: Tx, actor: Actor, now: Now, counter: str, *, is_confirmed: bool = False) -> None:
    """Let a counter serve the services of the settings again. Refusals as of ``take_service``."""
    actor = require_permission(actor, Action.LEND_SERVICES)
    require_open_day(tx)
    require_counter(tx, counter)
    for service in _today(tx, counter).added:
        if not is_confirmed and tx.office.counters_of(service) == [counter]:
            _require_nobody_waits(tx, counter, service)
    lent = _today(tx, counter).added
    _record(tx, actor, now, counter, ServicesToday())
    _unpin(tx, now, counter, lent)
    call_ready_counters(tx, now)


def _require_today(tx: Tx, actor: Actor, counter: str, service: str) -> Actor:
    """Return the actor in the role that may lend services. Raises the refusals that all commands share."""
    actor = require_permission(actor, Action.LEND_SERVICES)
    require_open_day(tx)
    require_counter(tx, counter)
    require_service(tx, service)
    return actor


def _today(tx: Tx, counter: str) -> ServicesToday:
    return tx.office.today.counters.get(counter, ServicesToday())


def _take(tx: Tx, actor: Actor, now: Now, counter: str, service: str) -> None:
    """Record that the counter does not serve the service today, and unpin its tickets."""
    if service not in tx.office.services_of(counter):
        return
    before = _today(tx, counter)
    after = ServicesToday(_without(before.added, service), before.taken, _without(before.any_clerk, service))
    if service in tx.office.counters[counter].services:
        after = replace(after, taken=_with(before.taken, service))
    _record(tx, actor, now, counter, after)
    _unpin(tx, now, counter, (service,))


def _record(tx: Tx, actor: Actor, now: Now, counter: str, after: ServicesToday) -> None:
    if after != _today(tx, counter):
        fact = CounterServicesToday(
            counter=counter, added=list(after.added), taken=list(after.taken), any_clerk=list(after.any_clerk)
        )
        tx.record(fact, actor, now)


def _unpin(tx: Tx, now: Now, counter: str, services: Iterable[str]) -> None:
    """End the pins of these services to a counter that does not serve them now."""
    lost = frozenset(services) - frozenset(tx.office.services_of(counter))
    for ticket in tickets_pinned_to(tx.connection, tx.day, counter):
        if ticket.service in lost:
            tx.record(TicketUnpinned(ticket=ticket.id, counter=counter), SYSTEM, now)


def _is_on_own_list(tx: Tx, counter: str, service: str) -> bool:
    """Return whether the clerk of the counter serves the service by the own list.

    True where nobody sits there, or the clerk has no list.
    """
    clerk = counter_row(tx.connection, counter).clerk or tx.office.counters[counter].clerk
    person = tx.office.clerks.get(clerk or "")
    return person is None or person.may_serve(service)


def _require_on_own_list(tx: Tx, counter: str, service: str) -> None:
    if not _is_on_own_list(tx, counter, service):
        clerk = counter_row(tx.connection, counter).clerk or tx.office.counters[counter].clerk
        name = tx.office.clerks[clerk or ""].name
        values = {"name": name, "service": service, "counter": tx.office.counters[counter].label}
        raise Refused(Refusal.NOT_ALLOWED, need=Need.OWN_LIST, values=values)


def _require_nobody_waits(tx: Tx, counter: str, service: str) -> None:
    states = (TicketState.WAITING, TicketState.HELD)
    waiting = sum(row.service == service for row in tickets_of(tx.connection, tx.day, states))
    if waiting:
        values = {"n": waiting, "service": service, "counter": tx.office.counters[counter].label}
        raise Refused(Refusal.NOT_ALLOWED, need=Need.LAST_COUNTER, values=values)


def _with(services: tuple[str, ...], service: str) -> tuple[str, ...]:
    return services if service in services else (*services, service)


def _without(services: tuple[str, ...], service: str) -> tuple[str, ...]:
    return tuple(other for other in services if other != service)
