"""The health of the hall's network: open addresses, certificate, announcement, sign-in by a provider."""

from collections.abc import Callable, Sequence

from hardware.ports import DeviceHealth, HealthState
from server.monitoring.server_health import ServerPart
from server.network.problems import NetworkProblem

MAX_DETAIL = 200


def network_part(problems: Callable[[], Sequence[NetworkProblem]]) -> ServerPart:
    """Return the part for the network. ``problems`` returns those of now, the worst first."""

    def check() -> DeviceHealth:
        worst = next(iter(problems()), None)
        if worst is None:
            return DeviceHealth(HealthState.READY)
        state = HealthState.FAULT if worst.fault.stops_machines else HealthState.WARNING
        return DeviceHealth(state, worst.fault.value, worst.text[:MAX_DETAIL])

    return ServerPart(check)
