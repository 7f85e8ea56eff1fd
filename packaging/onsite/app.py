"""The command line of ``packaging/install``, on an installed machine ``luot-site``."""

import argparse
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from onsite import record as notes
from onsite.arrange import programs_here
from onsite.install import Wish, install, roll_back, start, uninstall, upgrade
from onsite.machine import Machine, Refused
from onsite.names import name_device
from onsite.places import NONE, SCREEN_PROGRAMS, SESSIONS, X11, Places
from onsite.roles import EXAMPLES, PROGRAMS
from onsite.settle import Time, settle

SOURCE = Path(__file__).resolve().parents[2]
REFUSED = 1
LOOKS_ONLY = ("status", "settle")  # settle is what an upgrade has started and waits for


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when done; 1 with the reason when not."""
    args = _parser().parse_args(arguments)
    root = args.root.resolve()
    systemctl = args.systemctl.split() if args.systemctl else ["systemctl"]
    live = root == Path("/") or bool(args.systemctl)
    machine = Machine(Places(root), args.dry_run, live, systemctl, _say)
    clock = Time(time.monotonic, threading.Event().wait)
    os.umask(0o022)  # not the administrator's own: luot must read what is written here, and only root may change it
    try:
        if args.command in LOOKS_ONLY or machine.dry:
            return _do(args, machine, clock)
        with machine.alone():
            return _do(args, machine, clock)
    except Refused as refused:
        print(refused, file=sys.stderr)
    except OSError as error:  # a full or failing disk, most of all
        print(f"{error.filename or 'this machine'}: {error.strerror or error}", file=sys.stderr)
    return REFUSED


def _do(args: argparse.Namespace, machine: Machine, clock: Time) -> int:
    wish = Wish(
        args.source, args.role or "all-in-one", args.session or X11, args.example or EXAMPLES[0],
        args.wheels, args.within, args.calm,
    )  # fmt: skip
    match args.command:
        case "install":
            return install(machine, _asked(args, wish))
        case "start":
            return start(machine, clock, wish)
        case "upgrade":
            return upgrade(machine, clock, wish)
        case "roll-back":
            return roll_back(machine, clock, wish, forget=args.forget_numbers)
        case "uninstall":
            return uninstall(machine, purge=args.purge)
        case "name":
            return name_device(machine, args.device, args.name)
        case "settle":
            return settle(machine, clock)
    return status(machine)


def status(machine: Machine) -> int:
    """What is installed here and how it is; 0 when everything runs."""
    record, change = notes.read_record(machine), notes.read_change(machine)
    if record is None:
        print("nothing is installed here")
        return REFUSED
    print(
        f"release {record.release} (before: {record.previous or 'none'}), role {record.role}, screen {record.session}"
    )
    if record.outcome:
        print(f"last change: {record.outcome}")
    if change is not None:
        print(f"under way: {change.before} -> {change.after}, {change.stage}")
    if not machine.live:
        return 0
    found = machine.active([f"luot-{one}.service" for one in programs_here(machine)])
    for unit, state in found.items():
        print(f"{unit:24} {state}")
    return 0 if all(state == "active" for state in found.values()) else REFUSED


def _asked(args: argparse.Namespace, wish: Wish) -> Wish:
    """The two questions of an installation, at a terminal and where the command line left them open."""
    if not sys.stdin.isatty():
        return wish
    role = args.role or _ask("What is this PC for?", tuple(PROGRAMS))
    example = args.example or _ask("Which set-up is nearest?", EXAMPLES)
    screens = any(one in SCREEN_PROGRAMS for one in PROGRAMS[role])
    session = args.session or (_ask("How is the screen driven?", SESSIONS) if screens else NONE)
    return Wish(wish.source, role, session, example, wish.wheels, wish.within_s, wish.calm_s)


def _ask(question: str, among: Sequence[str]) -> str:
    while True:
        print(f"{question} {', '.join(among)} [{among[0]}] ", end="", flush=True)
        answer = sys.stdin.readline().strip() or among[0]
        if answer in among:
            return answer


def _say(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="luot-site", description="Lượt on a Debian 12 machine.")
    always = argparse.ArgumentParser(add_help=False)
    always.add_argument(
        "--root", type=Path, default=Path("/"), help="set up below this folder instead of the running system"
    )
    always.add_argument("--dry-run", action="store_true", help="only say what would be done")
    always.add_argument("--systemctl", help="another program than systemctl, with --root")
    always.add_argument("--source", type=Path, default=SOURCE, help="the unpacked source; usually this one")
    always.add_argument("--wheels", type=Path, help="install from this folder of wheels, without a network")
    always.add_argument("--within", type=float, default=90.0, help="seconds in which everything must be up")
    always.add_argument("--calm", type=float, default=10.0, help="seconds for which it must then stay up")
    always.set_defaults(role=None, session=None, example=None)
    commands = made.add_subparsers(dest="command", required=True)
    setting = commands.add_parser("install", parents=[always], help="set this machine up, or mend it")
    setting.add_argument("--role", choices=tuple(PROGRAMS), help="what this machine is for")
    setting.add_argument("--session", choices=SESSIONS, help="how its screens are driven")
    setting.add_argument("--example", choices=EXAMPLES, help="which example its settings start from")
    commands.add_parser("start", parents=[always], help="check the settings and start everything")
    commands.add_parser(
        "upgrade", parents=[always], help="change to this source's release; undone if it does not come up"
    )
    back = commands.add_parser("roll-back", parents=[always], help="change back to the release before")
    back.add_argument("--forget-numbers", action="store_true", help="even if numbers given since then are lost")
    gone = commands.add_parser("uninstall", parents=[always], help="take everything away but the data")
    gone.add_argument("--purge", action="store_true", help="the data too")
    named = commands.add_parser("name", parents=[always], help="give a device a name below /dev/luot")
    named.add_argument("device", help="such as /dev/ttyUSB0")
    named.add_argument("name", help="such as counter-c1")
    commands.add_parser("status", parents=[always], help="what is installed and how it is")
    commands.add_parser("settle", parents=[always], help="bring a change of release to its end (luot-settle.service)")
    return made


if __name__ == "__main__":
    raise SystemExit(main())
