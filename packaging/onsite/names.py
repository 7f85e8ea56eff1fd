"""Names for single devices: a udev rule that calls one adapter /dev/luot/<name>, wherever it turns up."""

import re
from collections.abc import Mapping

from onsite.arrange import reload_rules
from onsite.machine import Machine, Refused
from onsite.places import NAMES

NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,30}$")
HEAD = '# Written by "luot-site name"; one line for each device.\n'
# The nodes that can be named: udev's subsystem and how the kernel calls them.
NODES: Mapping[str, str] = {"tty": "tty*", "usbmisc": "lp*", "input": "event*"}
SAFE = re.compile(r"^[A-Za-z0-9:._+@/-]+$")


def name_device(machine: Machine, device: str, name: str) -> int:
    """Call what is now ``device`` /dev/luot/``name`` from here on."""
    if not NAME.match(name):
        raise Refused(f"{name!r} is no name; use small letters, digits and hyphens, such as counter-c1")
    told = machine.run(
        "udevadm", "info", "--query=property", f"--name={device}", why=f"{device} is not known", harmless=True
    )
    properties = dict(line.partition("=")[::2] for line in told.splitlines())
    line = rule(properties, name)
    path = machine.places.at(NAMES)
    machine.write(path, with_rule(path.read_text(encoding="utf-8") if path.exists() else HEAD, line, name))
    reload_rules(machine, f"--name-match={device}")
    machine.say(f"{device} is /dev/luot/{name} now; {by_what(properties)}")
    return 0


def rule(properties: Mapping[str, str], name: str) -> str:
    """One line of udev rules: by the serial number where the device has one, else by the socket it is plugged into."""
    subsystem = properties.get("SUBSYSTEM", "")
    if subsystem not in NODES:
        raise Refused(
            f"a device of the kind {subsystem or 'unknown'} cannot be named; take a serial port, a printer or a key pad"
        )
    match = [f'SUBSYSTEM=="{subsystem}"', f'KERNEL=="{NODES[subsystem]}"']
    key = _key(properties)
    value = properties[key]
    if not SAFE.match(value):
        raise Refused(f"{key}={value!r} cannot stand in a rule; write it into {NAMES} by hand")
    match.append(f'ENV{{{key}}}=="{value}"')
    if key == "ID_SERIAL_SHORT":  # two makers may number alike, and one adapter may have several ports
        match += [
            f'ENV{{{more}}}=="{properties[more]}"' for more in ("ID_VENDOR_ID", "ID_MODEL_ID") if more in properties
        ]
        if "ID_USB_INTERFACE_NUM" in properties:
            match.append(f'ENV{{ID_USB_INTERFACE_NUM}}=="{properties["ID_USB_INTERFACE_NUM"]}"')
    return ", ".join([*match, f'SYMLINK+="luot/{name}"', 'TAG+="systemd"'])


def by_what(properties: Mapping[str, str]) -> str:
    """What the name holds to, for the installer to know."""
    if _key(properties) == "ID_SERIAL_SHORT":
        return f"known by its serial number {properties['ID_SERIAL_SHORT']}, in whatever socket"
    return "it has no serial number, so the name belongs to this USB socket: put a label on it"


def with_rule(text: str, line: str, name: str) -> str:
    """The file with ``line`` instead of whatever had this name."""
    kept = [one for one in text.splitlines() if f'SYMLINK+="luot/{name}"' not in one]
    return "\n".join([*kept, line]) + "\n"


def _key(properties: Mapping[str, str]) -> str:
    for key in ("ID_SERIAL_SHORT", "ID_PATH"):
        if properties.get(key):
            return key
    raise Refused("this device has neither a serial number nor a path of its own; it cannot be told from others")
