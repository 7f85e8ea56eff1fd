"""The child programs of a hall: commands, dependencies and readiness checks."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from config.address import split_address
from config.box_token import stations_token
from config.settings import Settings
from hardware.control_port import TOKEN_HEADER
from server.hall.supervisor.readiness import Check, all_checks, http_check, mqtt_check
from server.processes.program import Program

MODULES = {
    "simulated": "hardware.simulated.app",
    "server": "server.app",
    "kiosk": "kiosk.app",
    "counter": "counter.app",
    "display": "display.app",
}


def programs(settings: Settings, settings_file: Path) -> Iterator[Program]:
    """Yield the programs of this hall, which read the settings in ``settings_file``.

    Simulated devices and server start together; the stations start when both are ready.
    """

    def program(name: str, is_ready: Check, needs: tuple[str, ...] = ()) -> Program:
        command = (sys.executable, "-m", MODULES[name], "--config", str(settings_file))
        return Program(name, command, is_ready=is_ready, needs=needs, fatal_exit_code=os.EX_CONFIG)

    needs: tuple[str, ...] = ()
    if settings.simulated is not None:
        needs += ("simulated",)
        yield program("simulated", _control_port_check(settings, f"http://{settings.simulated.control}/devices"))
    if settings.server is not None:
        needs += ("server",)
        api = _api_check(settings, "office")
        yield program("server", all_checks(api, mqtt_check(*split_address(settings.link.broker))))
    for name in ("kiosk", "counter", "display"):
        station = getattr(settings, name)
        if station is not None:
            yield program(name, _station_check(settings, station), needs)


def _station_check(settings: Settings, station: Any) -> Check:
    """Return a check by the station's control port, else by the server's health report."""
    if getattr(station, "control", None) is not None:
        return _control_port_check(settings, f"http://{station.control}/state")
    return _api_check(settings, "health", lambda health: is_online(health, station.station))


def _api_check(settings: Settings, path: str, accept: Callable[[Any], bool] = lambda _: True) -> Check:
    """Return a check that the server answers a station of this machine.

    A live server answers it only with the token of the box, which the server makes at each start.
    """

    def credentials() -> Mapping[str, str]:
        token = stations_token(settings)
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    return http_check(f"{settings.link.server}/api/v1/{path}", credentials, accept)


def _control_port_check(settings: Settings, url: str) -> Check:
    return http_check(url, lambda: {TOKEN_HEADER: settings.machine.control_token})


def is_online(health: Any, station: str) -> bool:
    """Return whether the response of ``GET /api/v1/health`` has ``station`` as online."""
    rows = health.get("stations", []) if isinstance(health, dict) else []
    return any(row.get("station") == station and row.get("online") is True for row in rows)
