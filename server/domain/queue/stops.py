"""The stops at which a ticket goes back to the clerk who sent it elsewhere.

"To the cashier and back to me": the ticket waits for another service first, and when it is finished there it waits
again where it was sent from, with its sort key. The stops are a stack, because a cashier may send it elsewhere in turn.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from server.domain.queue.counter import CounterState


@dataclass(frozen=True, slots=True)
class Stop:
    """The place to which a ticket goes back.

    Its service and procedure there, and the counter and the clerk that sent it. ``clerk`` None: nobody was signed in
    there.
    """

    service: str
    procedure: str | None
    counter: str
    clerk: str | None

    def data(self) -> dict[str, Any]:
        """Return the stop as a fact and the table have it."""
        return asdict(self)


Stops = tuple[Stop, ...]
"""The stops of a ticket; the last one is the next to be reached."""

Pin = tuple[str | None, str | None]
"""The only counter, and the only clerk, who may call a ticket; None: any."""


def stops_of(rows: Sequence[Mapping[str, Any]] | None) -> Stops:
    """Return the stops of a ticket's row or of a fact."""
    return tuple(Stop(row["service"], row["procedure"], row["counter"], row["clerk"]) for row in rows or ())


def stops_data(stops: Stops) -> list[dict[str, Any]] | None:
    """Return the stops as a fact and the table have them; None without any."""
    return [stop.data() for stop in stops] or None


def stops_after(stops: Stops, service: str) -> Stops:
    """Return the stops that are left when a clerk sends the ticket on to ``service``.

    The next stop is reached, whichever counter serves it, when it is at that service.
    """
    return stops[:-1] if stops and stops[-1].service == service else stops


def lasting_pin(pin: Pin, counter_of_clerk: str | None, able: Collection[str]) -> Pin:
    """Return the pin of a ticket that comes back after it was missed.

    It is none if the counter or clerk of the pin cannot call it now. ``counter_of_clerk``: where the clerk of the pin
    is, None: nowhere; ``able``: the counters that are not closed and may serve the ticket's service now.
    """
    counter, clerk = pin
    if clerk is not None:
        return None, (clerk if counter_of_clerk in able else None)
    return (counter if counter in able else None), None


def pin_at_stop(stop: Stop, counter_of_clerk: str | None, state: CounterState, serving: Sequence[str]) -> Pin:
    """Return the pin of a ticket that goes back to ``stop``.

    It is the clerk who sent it, wherever that clerk is now; else the counter, unless that is closed; else nobody.
    ``counter_of_clerk``: where the clerk is, None: nowhere; ``state``: of the stop's counter; ``serving``: the counters
    that may serve the stop's service now.
    """
    if stop.clerk is not None and counter_of_clerk in serving:
        return None, stop.clerk
    is_usable = state is not CounterState.CLOSED and stop.counter in serving
    return (stop.counter if is_usable else None), None
