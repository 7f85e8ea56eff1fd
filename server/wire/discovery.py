"""Find the hall's server by mDNS, for a station without an address.

An answer is a hint only: anybody on the network can give one. Trust comes from the enrolment alone.
"""

import logging
import re
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address

from zeroconf import BadTypeInNameException, Error, ServiceBrowser, ServiceInfo, ServiceStateChange, Zeroconf

log = logging.getLogger(__name__)

SERVICE_TYPE = "_luot._tcp.local."
OFFICE, BROKER = b"office", b"broker"
"""Keys of an announcement: the office's id, and the port of the broker for enrolled devices."""
SEARCH_S = 3.0
RESOLVE_MS = 2_000
MAX_HALLS = 16
"""The most answers that are looked at."""
_OFFICE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class FoundHall:
    """A hall that has answered. ``server``: its address, ``broker``: host and port, None without one."""

    office: str
    server: str
    broker: str | None = None


def find_hall(search_s: float = SEARCH_S, *, interfaces: Sequence[str] | None = None) -> FoundHall | None:
    """Return the only hall on the network; None without one or with several."""
    halls = find_halls(search_s, interfaces=interfaces)
    if len(halls) > 1:
        names = ", ".join(f"{hall.office} ({hall.server})" for hall in halls)
        log.warning("several halls answer: %s; write [link] server and office of the right one", names)
    return halls[0] if len(halls) == 1 else None


def find_halls(search_s: float = SEARCH_S, *, interfaces: Sequence[str] | None = None) -> Sequence[FoundHall]:
    """Return the halls that answer; it ends after ``search_s``, or soon after the first answer.

    ``interfaces``: the own addresses to search from; None: all. Without a network there are none.
    """
    names: dict[str, None] = {}
    has_answer = threading.Event()

    def note(*, name: str, state_change: ServiceStateChange, **_: object) -> None:
        if state_change is ServiceStateChange.Added and len(names) < MAX_HALLS:
            names[name] = None
            has_answer.set()

    try:
        with closing(Zeroconf() if interfaces is None else Zeroconf(interfaces=list(interfaces))) as zeroconf:
            browser = ServiceBrowser(zeroconf, SERVICE_TYPE, handlers=[note])
            if has_answer.wait(search_s):
                threading.Event().wait(search_s / 4)  # for further halls
            browser.cancel()
            resolved = [_resolve(zeroconf, name) for name in list(names)]
    except (OSError, Error) as error:
        log.warning("no hall can be searched for: %s", error)
        return []
    halls = [hall for info in resolved if info is not None and (hall := _hall(info)) is not None]
    return list(dict.fromkeys(halls))


def _resolve(zeroconf: Zeroconf, name: str) -> ServiceInfo | None:
    """Return the announcement with this name; None without an answer or for no name."""
    try:
        return zeroconf.get_service_info(SERVICE_TYPE, name, RESOLVE_MS)
    except BadTypeInNameException:
        return None


def _hall(info: ServiceInfo) -> FoundHall | None:
    """Return a hall from an announcement; None for one that cannot be right."""
    office = (info.properties.get(OFFICE) or b"").decode("ascii", "replace")
    addresses = sorted(info.parsed_addresses(), key=lambda address: ":" in address)
    if not _OFFICE_ID.fullmatch(office) or not addresses or not info.port:
        return None
    address = ip_address(addresses[0].partition("%")[0])
    host = f"[{address}]" if address.version == 6 else str(address)
    broker = (info.properties.get(BROKER) or b"").decode("ascii", "replace")
    has_broker = broker.isascii() and broker.isdigit() and 0 < int(broker[:6]) < 65_536
    return FoundHall(office, f"https://{host}:{info.port}", f"{host}:{int(broker)}" if has_broker else None)
