"""Devices that nobody has tried for too long."""

from config.device_trials import TRIALS, kind_of
from server import views
from server.domain.device_trials import is_outdated
from server.store import Snapshot
from server.web.shared.context import AppContext


def untried_count(snapshot: Snapshot, context: AppContext) -> int:
    """Return how many devices were not tried for too long."""
    trials = {(trial.station, trial.device): trial.at_ms for trial in views.device_trials(snapshot)}
    return sum(
        is_outdated(trials.get((station.station, device.device)), snapshot.now.wall_ms)
        for station in context.reports.stations()
        for device in station.devices
        if kind_of(device.device) in TRIALS
    )
