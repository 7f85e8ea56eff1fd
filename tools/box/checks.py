"""Common parts of the proofs."""

import json
import re
from collections.abc import Callable, Sequence

from tools.box.container import BrokenPromise, Container
from tools.box.scripts import TICKET

# Options of the installer: seconds until the programs must run, and for how long they must go on running.
SHORT_TIMEOUTS = ("--within", "60", "--calm", "3")
WHEELS = ("--wheels", "/wheels")
ALL_UNITS = ("server", "kiosk", "counter", "display", "screen")
OUR_UNITS = ("systemctl", "list-units", "--all", "--no-legend", "luot*.service", "luot*.timer", "luot.target")
CODE = re.compile(r"set-up code ([0-9A-Z][0-9A-Z -]+[0-9A-Z])")
TAKING_OVER_S = 60.0
"""How long a server that has just become active may refuse connections: the hall takes over from the set-up's pages."""


def expect(promise: str, kept: object, evidence: str | Sequence[str] = "") -> None:
    """Raise :class:`BrokenPromise` with the evidence unless ``kept``."""
    if not kept:
        raise BrokenPromise(f"not kept: {promise}\n{evidence}")


def edit(container: Container, path: str, old: str, new: str) -> None:
    """Replace a text in a file of the machine."""
    file = container.root / path
    text = file.read_text(encoding="utf-8")
    expect(f"{path} holds {old!r}", old in text)
    file.write_text(text.replace(old, new), encoding="utf-8")


def restarted_s(container: Container, unit: str, signal_name: str) -> float:
    """Send a signal to a unit's process; return the seconds until another one is active."""
    before = container.show(unit, "MainPID")
    container.run("sh", "-c", f"kill -{signal_name} {before}")
    return container.wait_until(
        f"{unit} is back", lambda: container.show(unit, "MainPID") not in ("0", before) and container.active(unit)
    )


def ticket(container: Container, server: str) -> str:
    """Take a number from the server, once it runs."""
    container.wait_until("the server answers", lambda: container.active("server"))
    return container.run("python3", "-c", TICKET, server)


def release(container: Container) -> str:
    """Return the release of the server's running process."""
    line = container.output_of("sh", "-c", f"tr '\\0' ' ' < /proc/{container.show('server', 'MainPID')}/cmdline")
    running = re.search(r"/opt/luot/([^/]+)/venv/bin/python", line)
    recorded = json.loads((container.root / "opt/luot/site.json").read_text(encoding="utf-8"))["release"]
    if running is None or running[1] != recorded:
        raise BrokenPromise(f"the server that runs is {line!r}, recorded is {recorded}")
    return running[1]


def setup_code(container: Container) -> str:
    """Return the newest set-up code of the journal."""
    container.wait_until("the set-up code is in the journal", lambda: CODE.search(container.log_of("server")))
    return str(CODE.findall(container.log_of("server"))[-1])


def retried_s(container: Container, description: str, action: Callable[[], object]) -> float:
    """Wait until ``action`` returns true; a server that refuses the connection is asked again."""

    def tried() -> object:
        try:
            return action()
        except OSError:
            return False

    return container.wait_until(description, tried, TAKING_OVER_S)
