"""The last trial of each device."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from server.store import schema as t
from server.store.statement import Statement


@dataclass(frozen=True, slots=True)
class DeviceTrialRow:
    """The last trial of a device. ``at_ms``: UTC ms; ``by``: the id of the person; ``fault`` None: it works."""

    station: str
    device: str
    at_ms: int
    by: str
    works: bool
    fault: str | None


def device_trials(connection: Connection) -> list[DeviceTrialRow]:
    """Return the last trial of each device that was ever tried."""
    return [DeviceTrialRow(*row) for row in _TRIALS.all(connection)]


_TRIALS = Statement(
    select(*(t.device_trial.c[name] for name in ("station", "device", "at_ms", "by", "works", "fault"))).order_by(
        t.device_trial.c.station, t.device_trial.c.device
    )
)
