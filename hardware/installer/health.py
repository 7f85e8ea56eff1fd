"""``luot-hardware health``: the health of this machine's devices, by whoever knows it.

A station that runs holds its devices, so the hall's server is asked what it reported; the devices of a station that
does not run are opened here for a moment.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import urllib3

from config.settings import Settings
from hardware.installer import phrases
from hardware.installer.devices import address_of, healths, holder, nodes, opened
from hardware.installer.findings import Finding, Level
from hardware.installer.report import report
from hardware.installer.site import Site
from hardware.open_printer import profile_of
from hardware.ports import Health, State
from hardware.printers.conversation import QUESTIONS

PATIENCE_S = 4.0
ASK_S = 2.0
HEALTH = "/api/v1/health"


def run(site: Site, *, json_wanted: bool) -> int:
    """Print the table, or JSON; the worst level is the exit code."""
    return report(site, (findings,), json_wanted=json_wanted)


def findings(site: Site, settings: Settings) -> Iterator[Finding]:
    """One for each device of this machine."""
    known, mine = told_by_server(settings), _stations(settings)
    running = {kind: known[name] for kind, name in mine.items() if _online(known.get(name))}
    for station in running.values():
        yield from _reported(station, site)
    free = frozenset(mine) - frozenset(running)
    try:
        yield from (_node(site, name) for name in nodes(settings) if "counter" in free)
        with opened(site, settings, free) as devices:
            for name, health in healths(site, devices, _patience_s(settings)).items():
                yield _held(site, settings, name, health) or phrases.of_health(name, health, site.words)
    except ValueError as error:
        yield Finding(Level.FAULT, "settings", site.words("installer", "Cấu hình"), str(error))


def _patience_s(settings: Settings) -> float:
    """A printer that answers late has said nothing before its first round of questions is over."""
    printer = settings.kiosk.printer if settings.kiosk is not None else None
    return PATIENCE_S + (len(QUESTIONS) * profile_of(printer).answer_s if printer is not None else 0.0)


def _node(site: Site, name: str) -> Finding:
    """A sign that hears the broker and reports to the server: nothing of it is wired to this machine."""
    words = site.words
    said = words("installer", "nhận số qua mạng, không nối với máy này")
    todo = words("installer", "Hỏi lại khi máy chủ chạy.")
    return Finding(Level.WARNING, name, phrases.name(name, words), said, todo)


def _held(site: Site, settings: Settings, name: str, health: Health) -> Finding | None:
    """What is said of a device that another program holds, while nobody can be asked what it knows."""
    program = holder(site, address_of(settings, name)) if health.state is State.OFFLINE else None
    if program is None:
        return None
    words = site.words
    said = words("installer", "đang được dùng bởi {program}", program=program)
    todo = words("installer", "Hỏi lại khi máy chủ chạy, hoặc dừng chương trình đó trước.")
    return Finding(Level.WARNING, name, phrases.name(name, words), said, todo)


def _stations(settings: Settings) -> dict[str, str]:
    """Kind → id of the stations of this machine."""
    sections = {
        "kiosk": settings.kiosk,
        "counter": settings.counter,
        "display": settings.display,
        "sign": settings.node,
    }
    return {kind: section.station for kind, section in sections.items() if section is not None}


def _online(station: Mapping[str, Any] | None) -> bool:
    return station is not None and station.get("online") is True


def told_by_server(settings: Settings) -> Mapping[str, Mapping[str, Any]]:
    """The stations as the server knows them, by id; none when it does not answer."""
    try:
        answer = urllib3.request(
            "GET", settings.link.server.rstrip("/") + HEALTH, timeout=ASK_S, retries=False, preload_content=True
        )
        body = json.loads(answer.data)
        return {station["station"]: station for station in body["stations"]}
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _reported(station: Mapping[str, Any], site: Site) -> Iterator[Finding]:
    for device in station.get("devices", []):
        state = device.get("state")
        health = Health(
            State(state) if state in set(State) else State.UNKNOWN,
            device.get("code"),
            device.get("detail") or "",
            device.get("left_slips"),
        )
        name, node = str(device.get("device")), site.settings.node if site.settings is not None else None
        if name == "sign" and node is not None:  # a node has one and calls it so
            name = f"sign-{node.counter}"
        finding = phrases.of_health(name, health, site.words)
        if device.get("device") == "screen":  # a machine may have several: each belongs to a station
            finding = replace(finding, about=f"{finding.about} {station['station']}")
        since = str(device.get("since") or "")
        said = (
            f"{finding.said} · {site.words('health', 'Từ {time}', time=at)}" if (at := _local(since)) else finding.said
        )
        yield replace(finding, said=said, since=since)


def _local(wire_time: str) -> str:
    """The moment as this machine's clock on the wall shows it; empty for what is none."""
    try:
        return f"{datetime.fromisoformat(wire_time).astimezone():%H:%M %d/%m}"
    except ValueError:
        return ""
