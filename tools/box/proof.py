"""The promises of an all-in-one machine, tried one after the other on a booted Debian."""

import time

from tools.box.checks import (
    ALL_UNITS,
    OUR_UNITS,
    SHORT_TIMEOUTS,
    WHEELS,
    edit,
    expect,
    release,
    restarted_s,
    ticket,
)
from tools.box.container import Container
from tools.box.hall_pages import HallPages
from tools.box.image import report
from tools.box.scripts import PRINTER, XVFB

LOCAL = "http://127.0.0.1:8469"
"""The server's address for its own machine, because ``listen`` is beyond loopback."""
SETTINGS = (
    ("[server]\n", "[server]\nalways_open = true\n"),
    ('listen = "127.0.0.1:8470"', 'listen = "0.0.0.0:8470"'),
    ('visitors = "127.0.0.1:8471"', 'visitors = "0.0.0.0:8471"'),
    ('kind = "embedded"', 'kind = "mosquitto"\nnetwork = "0.0.0.0:8883"'),
    ('kind = "usb"\naddress = "/dev/luot/printer"', 'kind = "network"\naddress = "127.0.0.1:9100"'),
)
"""Changes of the example: other machines, and a simulated printer."""


def prove(box: Container) -> HallPages:
    """Install, set up, work, and survive the faults of an office; return the hall's pages."""
    box.boot()
    report("a Debian 12 with systemd has started")
    _install(box)
    hall = HallPages(box, LOCAL)
    _set_up(hall)
    numbers = [_work(hall)]
    _stop_programs(box)
    numbers += [_upgrade(box), _undo_bad_release(box), _kill_change(box), _roll_back(box)]
    _copy_database(box)
    numbers.append(_cut_power(box))
    consecutive = [int(number[1:]) for number in numbers] == list(range(1, len(numbers) + 1))
    expect("numbers go on without a gap or a repetition", consecutive, numbers)
    for number in numbers[1:]:
        hall.call_next(number)
    report("the clerk's session outlived all that; every number was called")
    return hall


def remove(box: Container) -> None:
    """Remove the programs, then the data too."""
    for unit in ("server", "kiosk", "counter", "display"):
        exposure = box.output_of("systemd-analyze", "security", "--no-pager", f"luot-{unit}.service").splitlines()[-1]
        report(f"{unit}: {exposure}")
    box.run("luot-site", "uninstall")
    expect(
        "the data stay",
        (box.root / "var/lib/luot/luot.db").exists() and (box.root / "etc/luot/hall.toml").exists(),
    )
    expect("the programs are gone", not (box.root / "opt/luot").exists())
    left = box.output_of(*OUR_UNITS)
    expect("no unit is left", left == "", left)
    box.run("/first/packaging/install", "uninstall", "--purge")
    expect("nothing is left", not (box.root / "var/lib/luot").exists() and not (box.root / "etc/luot").exists())
    report("removed")


# --- the steps ----------------------------------------------------------------------------------------------------


def _install(box: Container) -> None:
    """Install from wheels, twice, and start."""
    box.run("/first/packaging/install", "install", "--role", "all-in-one", "--session", "x11", *WHEELS)
    again = box.run("/first/packaging/install", "install", *WHEELS)
    repeated = [
        line for line in again.splitlines() if line.startswith(("building", "write", "link", "systemctl disable"))
    ]
    expect("nothing is built or written twice", not repeated, again)
    expect("no office is made up", not (box.root / "etc/luot/office.toml").exists())
    for old, new in SETTINGS:
        edit(box, "etc/luot/hall.toml", old, new)
    draw_without_card(box)
    box.run("luot-site", "start", *SHORT_TIMEOUTS)
    expect("everything runs", box.active(*ALL_UNITS))
    expect("the timers run", box.active("backup.timer", "nightly.timer"))
    report("installed from wheels, started without an office")
    errors = box.output_of("udevadm", "test", "--action=add", "/sys/class/mem/null")
    expect("udev reads the rules", "60-luot.rules:" not in errors, errors)


def draw_without_card(box: Container) -> None:
    """Let the screen's unit run Xvfb, because a container has no graphics card."""
    drop_in = box.root / "etc/systemd/system/luot-screen.service.d/test.conf"
    drop_in.parent.mkdir(parents=True, exist_ok=True)
    drop_in.write_text(XVFB, encoding="utf-8")
    box.run("systemctl", "daemon-reload")


def _set_up(hall: HallPages) -> None:
    """Set the hall up at its pages, after which it opens itself to other machines."""
    (hall.box.root / "srv/printer.toml").write_text(PRINTER, encoding="utf-8")
    simulated = "/opt/luot/current/venv/bin/luot-simulated"
    hall.box.run("systemd-run", "--unit=printer", simulated, "--config", "/srv/printer.toml")
    expect("without an administrator the server stays on loopback", not hall.is_open())
    hall.make_administrator()
    hall.choose_office("one-stop")
    hall.test_printer()
    shown = hall.finish()
    expect("the last page says where the hall is", f"https://{hall.box.address}:8470/" in shown, shown)
    opened_s = hall.box.wait_until("the hall opens itself to other machines", hall.is_open)
    report(f"set up at its pages, test slip printed; open to other machines {opened_s:.1f} s later")


def _work(hall: HallPages) -> str:
    """Return a number that a clerk on another machine has called and printed."""
    number = ticket(hall.box, LOCAL)
    hall.clerk_starts()
    hall.call_next(number)
    hall.print_again()
    hall.box.run("systemctl", "stop", "printer")  # it runs from the first release, which upgrades remove
    report(f"number {number}: taken, called by a clerk over HTTPS, printed by the kiosk")
    return number


def _stop_programs(box: Container) -> None:
    """Let systemd restart a program that hangs, and two that were killed."""
    for unit, signal_name in (("kiosk", "STOP"), ("server", "KILL"), ("screen", "KILL")):
        recovery_s = restarted_s(box, unit, signal_name)
        report(f"{unit} after SIG{signal_name}: runs again after {recovery_s:.1f} s")
    box.wait_until("all are back", lambda: box.active(*ALL_UNITS))


def _upgrade(box: Container) -> str:
    """Change to the second release."""
    began = time.monotonic()
    box.run("/second/packaging/install", "upgrade", *WHEELS, *SHORT_TIMEOUTS)
    expect("the second release runs", release(box).startswith("0.0.2"))
    number = ticket(box, LOCAL)
    report(f"upgraded in {time.monotonic() - began:.0f} s; next number {number}")
    return number


def _undo_bad_release(box: Container) -> str:
    """Change to a release whose kiosk does not stay up."""
    output = box.refuses("/bad/packaging/install", "upgrade", *WHEELS, *SHORT_TIMEOUTS)
    undone = release(box).startswith("0.0.2") and "undone" in output
    expect("a release that does not come up is undone", undone, output)
    box.wait_until("everything runs", lambda: box.active(*ALL_UNITS))
    number = ticket(box, LOCAL)
    report(f"a bad release was undone; next number {number}")
    return number


def _kill_change(box: Container) -> str:
    """Kill an upgrade's installer, then its service three times, then cut the power."""
    installer = box.start_command("/last/packaging/install", "upgrade", *WHEELS, *SHORT_TIMEOUTS)
    change = box.root / "opt/luot/change.json"
    box.wait_until("the change is under way", change.exists)
    installer.kill()
    for _ in range(3):
        box.wait_until("the change goes on", lambda: box.show("settle", "MainPID") not in ("", "0"))
        box.output_of("sh", "-c", f"kill -KILL {box.show('settle', 'MainPID')}")
    expect("the change is still under way", change.exists())
    box.cut_power()
    box.boot()
    box.wait_until("the change has ended", lambda: not change.exists())
    expect("an upgrade whose installer was killed ends well", release(box).startswith("0.0.4"))
    number = ticket(box, LOCAL)
    report(f"installer and change were killed, then the power was cut; next number {number}")
    return number


def _roll_back(box: Container) -> str:
    """Change back to the second release."""
    box.run("luot-site", "roll-back", *SHORT_TIMEOUTS)
    expect("the release before runs", release(box).startswith("0.0.2"))
    number = ticket(box, LOCAL)
    report(f"rolled back; next number {number}")
    return number


def _copy_database(box: Container) -> None:
    """Run what the timers start: the copy and the nightly restart."""
    box.run("systemctl", "start", "luot-backup.service")
    expect("there are copies", list((box.root / "var/backups/luot").glob("luot-*.db")))
    box.run("systemctl", "start", "luot-nightly.service")
    box.wait_until("the nightly restart is over", lambda: box.active(*ALL_UNITS))


def _cut_power(box: Container) -> str:
    box.cut_power()
    box.boot()
    recovery_s = box.wait_until("everything runs by itself after a power cut", lambda: box.active(*ALL_UNITS))
    number = ticket(box, LOCAL)
    report(f"power cut: everything runs {recovery_s:.1f} s after systemd was up; next number {number}")
    return number
