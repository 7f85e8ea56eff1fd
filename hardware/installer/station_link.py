"""The server's report about this machine's stations, asked with the credentials of each station."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import urllib3

from config.box_token import stations_token
from config.http import ConnectionPool
from config.link import needs_enrolment
from config.settings import Settings

SERVER_TIMEOUT_S = 2.0
API_PATH = "/api/v1"
HEALTH_PATH = f"{API_PATH}/health"
PROGRAMS: Mapping[str, str] = {"sign": "node"}
"""Kind of a station -> its name in the enrolment, where that differs."""
UNAUTHORIZED, FORBIDDEN = 401, 403

Reports = Mapping[str, Mapping[str, Any]]
"""The stations that the server knows, by id, as rows of its JSON."""


class StationEnrolment(Enum):
    """The state of a station's enrolment. BOX: the station is a program of the hall's box, without one."""

    BOX = auto()
    ENROLLED = auto()
    MISSING = auto()
    REMOVED = auto()


class ServerContact(Enum):
    """The server's answer. HIDDEN: it knows the station, which may not read the health page."""

    REPORTED = auto()
    HIDDEN = auto()
    REFUSED = auto()
    UNTRUSTED = auto()
    SILENT = auto()


@dataclass(frozen=True, slots=True)
class StationLink:
    """One station's way to its server. ``station``: its id there; ``trust_pem`` empty: that of the system."""

    enrolment: StationEnrolment
    station: str
    server: str
    token: str | None = None
    trust_pem: str = ""


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """The answer to a question over a link."""

    contact: ServerContact
    reports: Reports


def link_of(settings: Settings, kind: str, station: str) -> StationLink:
    """Return the link of a station, which has the id ``station`` in the settings.

    ``kind``: kiosk, counter, display, sign.
    """
    if not needs_enrolment(settings):
        return StationLink(StationEnrolment.BOX, station, settings.link.server, stations_token(settings))
    stored = _stored_enrolment(settings.machine.state / f"enrolment-{PROGRAMS.get(kind, kind)}.json")
    if stored is None:
        return StationLink(StationEnrolment.MISSING, station, "")
    try:
        credentials, server = stored["credentials"], str(stored["server"])
        if credentials is None:
            return StationLink(StationEnrolment.REMOVED, station, server)
        id_there, token = str(credentials["device"]["id"]), str(credentials["token"])
        return StationLink(StationEnrolment.ENROLLED, id_there, server, token, str(credentials["trust_pem"]))
    except (KeyError, TypeError):
        return StationLink(StationEnrolment.MISSING, station, "")


def ask(link: StationLink) -> ServerAnswer:
    """Ask the server for its last reports."""
    headers = {} if link.token is None else {"Authorization": f"Bearer {link.token}"}
    try:
        tls = _trusting(link.trust_pem) if link.trust_pem else None
        with ConnectionPool(timeout=SERVER_TIMEOUT_S, retries=False, ssl_context=tls) as pool:
            response = pool.request("GET", link.server.rstrip("/") + HEALTH_PATH, headers=headers, redirect=False)
        if response.status in (UNAUTHORIZED, FORBIDDEN):
            return ServerAnswer(ServerContact.HIDDEN if response.status == FORBIDDEN else ServerContact.REFUSED, {})
        stations = {station["station"]: station for station in json.loads(response.data)["stations"]}
        return ServerAnswer(ServerContact.REPORTED, stations)
    except (urllib3.exceptions.SSLError, ssl.SSLError):
        return ServerAnswer(ServerContact.UNTRUSTED, {})
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError, RecursionError):
        return ServerAnswer(ServerContact.SILENT, {})


def links_of(settings: Settings) -> Mapping[str, StationLink]:
    """Return the link of each station of this machine, by its kind."""
    return {kind: link_of(settings, kind, station) for kind, station in stations_of(settings).items()}


def stations_of(settings: Settings) -> Mapping[str, str]:
    """Return the id of each station in the settings, by its kind."""
    sections = {
        "kiosk": settings.kiosk,
        "counter": settings.counter,
        "display": settings.display,
        "sign": settings.node,
    }
    return {kind: section.station for kind, section in sections.items() if section is not None}


def send(link: StationLink, path: str, body: Mapping[str, str | None]) -> int | None:
    """Send a request of the API; return the status, None without an answer."""
    headers = {"Content-Type": "application/json"}
    headers |= {} if link.token is None else {"Authorization": f"Bearer {link.token}"}
    url = f"{link.server.rstrip('/')}{API_PATH}/{path}"
    try:
        tls = _trusting(link.trust_pem) if link.trust_pem else None
        with ConnectionPool(timeout=SERVER_TIMEOUT_S, retries=False, ssl_context=tls) as pool:
            response = pool.request("POST", url, headers=headers, body=json.dumps(body).encode(), redirect=False)
        return int(response.status)
    except (urllib3.exceptions.HTTPError, ssl.SSLError):
        return None


def _stored_enrolment(path: Path) -> Mapping[str, Any] | None:
    """Return the file in which the station keeps its enrolment; None without a usable one."""
    try:
        stored = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return stored if isinstance(stored, dict) else None


def _trusting(pem: str) -> ssl.SSLContext:
    """Return a TLS context that trusts the certificates in ``pem`` only, like the station itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=pem)
    return context
