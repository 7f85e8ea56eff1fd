"""The rows that the writer keeps (``KeptRows``). The first command that needs one reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from server.domain.office import StoppedService
from server.store import Tx
from server.store.queries import CounterRow, counter_rows, last_number, ready_counters, stopped_services


def last_number_of_series(tx: Tx, day: str, prefix: str) -> tuple[int, str | None]:
    """Return the last number of a series of the open ``day``, as ``last_number`` does."""
    last = tx.kept.last_numbers.get(prefix)
    if last is None:
        last = last_number(tx.connection, tx.office.id, day, prefix)
        tx.kept = tx.kept.with_number(prefix, *last)
    return last


def stopped_now(tx: Tx) -> Mapping[str, StoppedService]:
    """Return the services whose issuing is stopped today, as ``stopped_services`` does."""
    if tx.kept.stopped is None:
        tx.kept = replace(tx.kept, stopped=stopped_services(tx.connection, tx.day))
    assert tx.kept.stopped is not None
    return tx.kept.stopped


def clerks_at_counters(tx: Tx) -> Mapping[str, str | None]:
    """Return the id of the clerk signed in at each counter, or None."""
    if tx.kept.clerks is None:
        clerks = {counter: row.clerk for counter, row in counter_rows(tx.connection).items()}
        tx.kept = replace(tx.kept, clerks=clerks)
    assert tx.kept.clerks is not None
    return tx.kept.clerks


def counters_ready_now(tx: Tx) -> Sequence[CounterRow]:
    """Return the counters that are ready for a call, as ``ready_counters`` does."""
    if not tx.kept.may_be_ready:
        return ()
    rows = ready_counters(tx.connection)
    if not rows:
        tx.kept = replace(tx.kept, may_be_ready=False)
    return rows
