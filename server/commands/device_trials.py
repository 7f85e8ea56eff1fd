"""Record that a person tried a device."""

from config.clock import Now
from config.device_trials import FAULTS, kind_of
from server.commands.common import CommandResult, bad_request, idempotent
from server.domain.actor import Actor, require_permission
from server.domain.errors import Need
from server.domain.facts import DeviceTried
from server.domain.permissions import Action
from server.store import Tx
from server.wire.messages import JudgeDevice


def record_trial(tx: Tx, actor: Actor, now: Now, request: JudgeDevice) -> CommandResult:
    """Record the trial of a device. Raises ``bad_request`` for an unknown fault."""
    actor = require_permission(actor, Action.TRY_DEVICES)
    if request.fault is not None and request.fault not in FAULTS.get(kind_of(request.device), ()):
        raise bad_request(Need.REASON)

    def run() -> CommandResult:
        works = request.fault is None
        tried = DeviceTried(station=request.station, device=request.device, works=works, fault=request.fault)
        tx.record(tried, actor, now, is_command_result=True)
        return CommandResult()

    return idempotent(tx, actor, now, request, "", run)
