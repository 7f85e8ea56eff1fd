"""The promises of the set-up, tried one after the other on a booted Debian."""

import json
import re
import time
from collections.abc import Sequence
from functools import partial

from tools.box.container import BrokenPromise, Container
from tools.box.image import report
from tools.box.scripts import CABLE, CALL, HALL, HEALTH, TICKET, XVFB

# Options of the installer: seconds until the programs must run, and for how long they must go on running.
SHORT_TIMEOUTS = ("--within", "40", "--calm", "3")
WHEELS = ("--wheels", "/wheels")
ALL_UNITS = ("server", "kiosk", "counter", "display", "screen")
OUR_UNITS = ("systemctl", "list-units", "--all", "--no-legend", "luot*.service", "luot*.timer", "luot.target")


def prove(container: Container) -> None:
    """Do all that an installer does, and let happen what may happen to an office."""
    container.boot()
    report("a Debian 12 with systemd has started")
    numbers = [_install(container)]
    _stop_programs(container)
    numbers += [_upgrade(container), _undo_bad_release(container), _kill_change(container), _roll_back(container)]
    _copy_database(container)
    numbers.append(_cut_power(container))
    consecutive = [int(number[1:]) for number in numbers] == list(range(1, len(numbers) + 1))
    expect("numbers go on without a gap or a repetition", consecutive, numbers)
    _uninstall(container)


def prove_sign(container: Container) -> None:
    """Prove the small computer behind one sign, with the example's file as it is.

    A pseudo-terminal is its port. A hall's server runs on the same machine, because no server accepts other machines
    yet.
    """
    install = ("/second/packaging/install", "install", "--role", "sign", "--session", "none", "--example", "sign-node")
    container.run(*install, *WHEELS)
    (container.root / "srv/hall.toml").write_text(HALL, encoding="utf-8")
    shown = container.root / "srv/shown"
    container.run("systemd-run", "--unit=cable", "python3", "-c", CABLE)
    container.wait_until("the cable is there", partial(container.output_of, "ls", "/dev/luot/sign"))
    container.run("luot-site", "start", *SHORT_TIMEOUTS)
    expect("the sign's program runs", container.active("sign") and container.show("sign", "Type") == "notify")
    others = [unit for unit in ALL_UNITS if container.active(unit)]
    expect("nothing else runs", not others, others)
    container.run("install", "-d", "-o", "luot", "/srv/hall")
    container.run("cp", "/second/config/examples/office.toml", "/second/config/demo/procedures.json", "/srv/hall")
    server = "/opt/luot/current/venv/bin/luot-server"
    container.run("systemd-run", "--unit=hall", "--property=User=luot", server, "--config", "/srv/hall.toml")
    container.wait_until(
        "the server has a report of the sign", lambda: '"sign-c1"' in container.output_of("python3", "-c", HEALTH)
    )
    number = container.run("python3", "-c", CALL)
    recovery_s = container.wait_until(f"the sign shows {number}", lambda: number.encode() in shown.read_bytes())
    report(f"a sign alone: shows {number} {recovery_s:.1f} s after the call")
    recovery_s = restarted_s(container, "sign", "STOP")
    shown.write_bytes(b"")
    container.wait_until(f"the sign shows {number} again", lambda: number.encode() in shown.read_bytes())
    report(f"sign after SIGSTOP: runs again after {recovery_s:.1f} s, shows {number} again")
    container.run("systemctl", "stop", "hall")
    container.run("luot-site", "uninstall", "--purge")
    left = container.output_of(*OUR_UNITS)
    expect("nothing is left", left == "" and not (container.root / "etc/luot").exists(), left)
    report("a sign alone: removed")


# --- the steps of an all-in-one machine ----------------------------------------------------------------


def _install(container: Container) -> str:
    """Install from wheels, twice, and start; return the first number."""
    container.run("/first/packaging/install", "install", "--role", "all-in-one", "--session", "x11", *WHEELS)
    again = container.run("/first/packaging/install", "install", *WHEELS)
    repeated = [
        line for line in again.splitlines() if line.startswith(("building", "write", "link", "systemctl disable"))
    ]
    expect("nothing is built or written twice", not repeated, again)
    expect("an example is no office", "example" in container.refuses("luot-site", "start"))
    edit(container, "etc/luot/office.toml", "Phường Ví Dụ", "Phường Thử")
    edit(container, "etc/luot/hall.toml", "[server]\n", "[server]\nalways_open = true\n")
    drop_in = container.root / "etc/systemd/system/luot-screen.service.d/test.conf"
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(XVFB, encoding="utf-8")
    container.run("systemctl", "daemon-reload")
    container.run("luot-site", "start", *SHORT_TIMEOUTS)
    expect("everything runs", container.active(*ALL_UNITS))
    expect("the timers run", container.active("backup.timer", "nightly.timer"))
    number = ticket(container)
    report(f"installed from wheels, started; first number {number}")
    errors = container.output_of("udevadm", "test", "--action=add", "/sys/class/mem/null")
    expect("udev reads the rules", "60-luot.rules:" not in errors, errors)
    return number


def _stop_programs(container: Container) -> None:
    """Let systemd restart a program that hangs, and two that were killed."""
    for unit, signal_name in (("kiosk", "STOP"), ("server", "KILL"), ("screen", "KILL")):
        recovery_s = restarted_s(container, unit, signal_name)
        report(f"{unit} after SIG{signal_name}: runs again after {recovery_s:.1f} s")
    container.wait_until("all are back", lambda: container.active(*ALL_UNITS))


def _upgrade(container: Container) -> str:
    """Change to the second release."""
    began = time.monotonic()
    container.run("/second/packaging/install", "upgrade", *WHEELS, *SHORT_TIMEOUTS)
    expect("the second release runs", release(container).startswith("0.0.2"))
    number = ticket(container)
    report(f"upgraded in {time.monotonic() - began:.0f} s; next number {number}")
    return number


def _undo_bad_release(container: Container) -> str:
    """Change to a release whose kiosk does not stay up."""
    output = container.refuses("/bad/packaging/install", "upgrade", *WHEELS, *SHORT_TIMEOUTS)
    undone = release(container).startswith("0.0.2") and "undone" in output
    expect("a release that does not come up is undone", undone, output)
    container.wait_until("everything runs", lambda: container.active(*ALL_UNITS))
    number = ticket(container)
    report(f"a bad release was undone; next number {number}")
    return number


def _kill_change(container: Container) -> str:
    """Kill an upgrade's installer, then its service three times, then cut the power."""
    installer = container.start_command("/last/packaging/install", "upgrade", *WHEELS, *SHORT_TIMEOUTS)
    change = container.root / "opt/luot/change.json"
    container.wait_until("the change is under way", change.exists)
    installer.kill()
    for _ in range(3):
        container.wait_until("the change goes on", lambda: container.show("settle", "MainPID") not in ("", "0"))
        container.output_of("sh", "-c", f"kill -KILL {container.show('settle', 'MainPID')}")
    expect("the change is still under way", change.exists())
    container.cut_power()
    container.boot()
    container.wait_until("the change has ended", lambda: not change.exists())
    expect("an upgrade whose installer was killed ends well", release(container).startswith("0.0.4"))
    number = ticket(container)
    report(f"installer and change were killed, then the power was cut; next number {number}")
    return number


def _roll_back(container: Container) -> str:
    """Change back to the second release."""
    container.run("luot-site", "roll-back", *SHORT_TIMEOUTS)
    expect("the release before runs", release(container).startswith("0.0.2"))
    number = ticket(container)
    report(f"rolled back; next number {number}")
    return number


def _copy_database(container: Container) -> None:
    """Run what the timers start: the copy and the nightly restart."""
    container.run("systemctl", "start", "luot-backup.service")
    expect("there are copies", list((container.root / "var/backups/luot").glob("luot-*.db")))
    container.run("systemctl", "start", "luot-nightly.service")
    container.wait_until("the nightly restart is over", lambda: container.active(*ALL_UNITS))


def _cut_power(container: Container) -> str:
    container.cut_power()
    container.boot()
    recovery_s = container.wait_until(
        "everything runs by itself after a power cut", lambda: container.active(*ALL_UNITS)
    )
    number = ticket(container)
    report(f"power cut: everything runs {recovery_s:.1f} s after systemd was up; next number {number}")
    return number


def _uninstall(container: Container) -> None:
    """Remove the programs, then the data too."""
    for unit in ("server", "kiosk", "counter", "display"):
        exposure = container.output_of(
            "systemd-analyze", "security", "--no-pager", f"luot-{unit}.service"
        ).splitlines()[-1]
        report(f"{unit}: {exposure}")
    container.run("luot-site", "uninstall")
    expect(
        "the data stay",
        (container.root / "var/lib/luot/luot.db").exists() and (container.root / "etc/luot/hall.toml").exists(),
    )
    expect("the programs are gone", not (container.root / "opt/luot").exists())
    left = container.output_of(*OUR_UNITS)
    expect("no unit is left", left == "", left)
    container.run("/first/packaging/install", "uninstall", "--purge")
    expect(
        "nothing is left", not (container.root / "var/lib/luot").exists() and not (container.root / "etc/luot").exists()
    )
    report("removed")


# --- parts of the steps --------------------------------------------------------------------------------


def restarted_s(container: Container, unit: str, signal_name: str) -> float:
    """Send a signal to a unit's process; return the seconds until another one is active."""
    before = container.show(unit, "MainPID")
    container.run("sh", "-c", f"kill -{signal_name} {before}")
    return container.wait_until(
        f"{unit} is back", lambda: container.show(unit, "MainPID") not in ("0", before) and container.active(unit)
    )


def ticket(container: Container) -> str:
    """Take a number from the server, once it runs."""
    container.wait_until("the server answers", lambda: container.active("server"))
    return container.run("python3", "-c", TICKET)


def release(container: Container) -> str:
    """Return the release of the server's running process."""
    line = container.output_of("sh", "-c", f"tr '\\0' ' ' < /proc/{container.show('server', 'MainPID')}/cmdline")
    running = re.search(r"/opt/luot/([^/]+)/venv/bin/python", line)
    recorded = json.loads((container.root / "opt/luot/site.json").read_text(encoding="utf-8"))["release"]
    if running is None or running[1] != recorded:
        raise BrokenPromise(f"the server that runs is {line!r}, recorded is {recorded}")
    return running[1]


def edit(container: Container, path: str, old: str, new: str) -> None:
    """Replace a text in a file of the machine."""
    file = container.root / path
    text = file.read_text(encoding="utf-8")
    expect(f"{path} holds {old!r}", old in text)
    file.write_text(text.replace(old, new), encoding="utf-8")


def expect(promise: str, kept: object, evidence: str | Sequence[str] = "") -> None:
    """Raise :class:`BrokenPromise` with the evidence unless ``kept``."""
    if not kept:
        raise BrokenPromise(f"not kept: {promise}\n{evidence}")
