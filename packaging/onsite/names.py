"""Names for single devices: a udev rule links an adapter as /dev/luot/<name>, in any socket."""

import re
from collections.abc import Mapping

from onsite.configure import reload_rules
from onsite.machine import InstallError, Machine
from onsite.paths import DEVICE_NAMES_FILE

VALID_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,30}$")
FILE_HEADING = '# Written by "luot-site name"; one line for each device.\n'
# The devices that can be named: udev's subsystem -> pattern of the kernel's names.
KERNEL_NAMES: Mapping[str, str] = {"tty": "tty*", "usbmisc": "lp*", "input": "event*"}
SAFE_VALUE = re.compile(r"^[A-Za-z0-9:._+@/-]+$")


def name_device(machine: Machine, device: str, name: str) -> int:
    """Give ``device`` the permanent name /dev/luot/``name``."""
    if not VALID_NAME.match(name):
        raise InstallError(f"{name!r} is no name; use small letters, digits and hyphens, such as counter-c1")
    output = machine.run(
        "udevadm", "info", "--query=property", f"--name={device}", failure=f"{device} is not known", read_only=True
    )
    properties = dict(line.partition("=")[::2] for line in output.splitlines())
    line = rule(properties, name)
    path = machine.paths.at(DEVICE_NAMES_FILE)
    machine.write(path, with_rule(path.read_text(encoding="utf-8") if path.exists() else FILE_HEADING, line, name))
    reload_rules(machine, f"--name-match={device}")
    machine.show(f"{device} is /dev/luot/{name} now; {binding_of(properties)}")
    return 0


def rule(properties: Mapping[str, str], name: str) -> str:
    """Return the udev rule that names the device.

    It matches by the serial number where the device has one, else by the socket that it is plugged into.
    """
    subsystem = properties.get("SUBSYSTEM", "")
    if subsystem not in KERNEL_NAMES:
        raise InstallError(
            f"a device of the kind {subsystem or 'unknown'} cannot be named; take a serial port, a printer or a key pad"
        )
    conditions = [f'SUBSYSTEM=="{subsystem}"', f'KERNEL=="{KERNEL_NAMES[subsystem]}"']
    key = _identifying_property(properties)
    value = properties[key]
    if not SAFE_VALUE.match(value):
        raise InstallError(f"{key}={value!r} cannot stand in a rule; write it into {DEVICE_NAMES_FILE} by hand")
    conditions.append(f'ENV{{{key}}}=="{value}"')
    if key == "ID_SERIAL_SHORT":  # two makers may number alike, and one adapter may have several ports
        conditions += [
            f'ENV{{{property_name}}}=="{properties[property_name]}"'
            for property_name in ("ID_VENDOR_ID", "ID_MODEL_ID")
            if property_name in properties
        ]
        if "ID_USB_INTERFACE_NUM" in properties:
            conditions.append(f'ENV{{ID_USB_INTERFACE_NUM}}=="{properties["ID_USB_INTERFACE_NUM"]}"')
    return ", ".join([*conditions, f'SYMLINK+="luot/{name}"', 'TAG+="systemd"'])


def binding_of(properties: Mapping[str, str]) -> str:
    """Return a sentence about the name's binding: to a serial number, or to a socket."""
    if _identifying_property(properties) == "ID_SERIAL_SHORT":
        return f"known by its serial number {properties['ID_SERIAL_SHORT']}, in whatever socket"
    return "it has no serial number, so the name belongs to this USB socket: put a label on it"


def with_rule(text: str, line: str, name: str) -> str:
    """Return the file with ``line`` in the place of the rule that had this name."""
    other_rules = [existing for existing in text.splitlines() if f'SYMLINK+="luot/{name}"' not in existing]
    return "\n".join([*other_rules, line]) + "\n"


def _identifying_property(properties: Mapping[str, str]) -> str:
    """Return the udev property that identifies the device: serial number, else socket."""
    for key in ("ID_SERIAL_SHORT", "ID_PATH"):
        if properties.get(key):
            return key
    raise InstallError("this device has neither a serial number nor a path of its own; it cannot be told from others")
