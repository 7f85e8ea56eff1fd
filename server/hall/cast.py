"""Who plays in a hall: the table of child programs, what each needs and when it is ready."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.address import split
from config.settings import Settings
from hardware.control_port import TOKEN_HEADER
from server.hall import checks
from server.hall.children import Spec

MODULES = {
    "simulated": "hardware.simulated.app",
    "server": "server.app",
    "kiosk": "kiosk.app",
    "counter": "counter.app",
    "display": "display.app",
}


def cast(settings: Settings, file: Path) -> Iterator[Spec]:
    """The children of this hall. Devices and the server start together; the stations need both."""

    def spec(name: str, ready: checks.Attempt, needs: tuple[str, ...] = ()) -> Spec:
        command = (sys.executable, "-m", MODULES[name], "--config", str(file))
        return Spec(name, command, ready=ready, needs=needs)

    base: tuple[str, ...] = ()
    if settings.simulated is not None:
        base += ("simulated",)
        yield spec("simulated", _control_ready(settings, f"http://{settings.simulated.control}/devices"))
    if settings.server is not None:
        base += ("server",)
        answers = checks.http(f"{settings.link.server}/api/v1/office")
        yield spec("server", checks.every(answers, checks.mqtt(*split(settings.link.broker))))
    for name in ("kiosk", "counter", "display"):
        station = getattr(settings, name)
        if station is not None:
            yield spec(name, _station_ready(settings, station), base)


def _station_ready(settings: Settings, station: Any) -> checks.Attempt:
    """By its control port where it has one; else when the server's board of health says it is online."""
    if getattr(station, "control", None) is not None:
        return _control_ready(settings, f"http://{station.control}/state")
    return checks.http(f"{settings.link.server}/api/v1/health", lambda health: is_online(health, station.station))


def _control_ready(settings: Settings, url: str) -> checks.Attempt:
    return checks.http(url, headers={TOKEN_HEADER: settings.machine.control_token})


def is_online(health: Any, station: str) -> bool:
    """Whether the answer of ``GET /api/v1/health`` names ``station`` as online."""
    stations = health.get("stations", []) if isinstance(health, dict) else []
    return any(one.get("station") == station and one.get("online") is True for one in stations)
