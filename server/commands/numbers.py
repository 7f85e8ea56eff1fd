"""The next number of a series.

The sequence of a series has no gaps and no end. The running number that people see follows the one before it in the
range of the series, so that a range may begin anywhere, begin again, or change while a day is open.
"""

from config.clock import Now
from server.commands.kept import last_number_of_series
from server.domain.errors import Need, Refusal, Refused
from server.domain.number_range import NumberRange
from server.domain.office import ServiceDefinition
from server.domain.practice import FIRST_NUMBER
from server.domain.queue.numbering import digits_of, format_number
from server.store import Tx
from server.store.queries import numbers_in_use


def next_number(tx: Tx, now: Now, day: str, service: ServiceDefinition) -> tuple[int, str]:
    """Return the next sequence of the service's series, and its number.

    In a practice they go from ``FIRST_NUMBER`` on, without an end. Raises ``full`` at the end of a range that stops,
    and while every number of one that begins again is in use.
    """
    numbers = tx.office.numbers_of(service.id)
    if tx.head.practice:
        numbers = NumberRange(first=FIRST_NUMBER, digits=numbers.digits)
    last_seq, last = last_number_of_series(tx, day, service.prefix)
    seq = last_seq + 1
    if last_seq and last is None:
        previous: int | None = numbers.value_at(last_seq)
    else:
        previous = None if last is None else digits_of(last)
    value = numbers.after(previous)
    if value is not None and value - numbers.first + 1 != seq:  # the range began again, or was changed today
        in_use = {digits_of(number) for number in numbers_in_use(tx.connection, tx.office.id, day, service.prefix)}
        value = numbers.next_free(previous, in_use)
    if value is None:
        when_ms = None if numbers.wraps else tx.office.opens_after_today_ms(now.wall_ms, service.id)
        raise Refused(Refusal.FULL, need=Need.RANGE, values={"service": service.id, "when_ms": when_ms})
    return seq, format_number(service.prefix, value, numbers.digits)
