"""Record that a person tried a device."""

from config.clock import Now
from server.commands.common import bad_request
from server.domain.actor import Actor, require_permission
from server.domain.device_trials import FAULTS, kind_of
from server.domain.errors import Need
from server.domain.facts import DeviceTried
from server.domain.permissions import Action
from server.store import Tx


def record_trial(tx: Tx, actor: Actor, now: Now, station: str, device: str, *, fault: str | None) -> None:
    """Record the trial of a device. ``fault`` None: it works. Raises ``bad_request`` for an unknown fault."""
    actor = require_permission(actor, Action.TRY_DEVICES)
    if fault is not None and fault not in FAULTS.get(kind_of(device), ()):
        raise bad_request(Need.REASON)
    tx.record(DeviceTried(station=station, device=device, works=fault is None, fault=fault), actor, now)
