"""The command line of ``packaging/install``, on an installed machine ``luot-site``."""

import argparse
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from onsite import change_log
from onsite.configure import installed_programs
from onsite.finish_change import Clock, finish_change
from onsite.install import InstallOptions, install, roll_back, start, uninstall, upgrade
from onsite.machine import InstallError, Machine
from onsite.names import name_device
from onsite.paths import NONE, SCREEN_PROGRAMS, SESSIONS, X11, InstallPaths
from onsite.roles import EXAMPLES, PROGRAMS, WITHOUT_SCREEN

SOURCE = Path(__file__).resolve().parents[2]
REFUSED = 1  # exit code of a command that failed
WITHOUT_LOCK = ("status", "settle")  # an upgrade holds the lock while it waits for "settle"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 1 with the reason when not."""
    args = _parser().parse_args(arguments)
    root = args.root.resolve()
    systemctl = args.systemctl.split() if args.systemctl else ["systemctl"]
    is_live = root == Path("/") or bool(args.systemctl)
    machine = Machine(InstallPaths(root), args.dry_run, is_live, systemctl, _print_line)
    clock = Clock(time.monotonic, threading.Event().wait)
    os.umask(0o022)  # not the administrator's: the user luot must read these files, and only root may change them
    try:
        if args.command in WITHOUT_LOCK or machine.dry_run:
            return _run_command(args, machine, clock)
        with machine.exclusive():
            return _run_command(args, machine, clock)
    except InstallError as error:
        print(error, file=sys.stderr)
    except OSError as error:  # a full or failing disk, most of all
        print(f"{error.filename or 'this machine'}: {error.strerror or error}", file=sys.stderr)
    return REFUSED


def _run_command(args: argparse.Namespace, machine: Machine, clock: Clock) -> int:
    options = InstallOptions(
        args.source, args.role or "all-in-one", args.session or _usual_session(args.example),
        args.example or EXAMPLES[0], args.wheels, args.within, args.calm,
    )  # fmt: skip
    match args.command:
        case "install":
            return install(machine, _ask_missing_options(args, options))
        case "start":
            return start(machine, clock, options)
        case "upgrade":
            return upgrade(machine, clock, options)
        case "roll-back":
            return roll_back(machine, clock, options, forget=args.forget_numbers)
        case "uninstall":
            return uninstall(machine, purge=args.purge)
        case "name":
            return name_device(machine, args.device, args.name)
        case "settle":
            return finish_change(machine, clock)
    return status(machine)


def status(machine: Machine) -> int:
    """Print the installed release and its state; return 0 when everything runs."""
    record, change = change_log.read_record(machine), change_log.read_change(machine)
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
    if not machine.is_live:
        return 0
    states = machine.unit_states([f"luot-{program}.service" for program in installed_programs(machine)])
    for unit, state in states.items():
        print(f"{unit:24} {state}")
    return 0 if all(state == "active" for state in states.values()) else REFUSED


def _ask_missing_options(args: argparse.Namespace, options: InstallOptions) -> InstallOptions:
    """Ask for role and example at a terminal, where the command line left them open."""
    if not sys.stdin.isatty():
        return options
    role = args.role or _ask("What is this PC for?", tuple(PROGRAMS))
    example = args.example or _ask("Which set-up is nearest?", EXAMPLES)
    screens = any(program in SCREEN_PROGRAMS for program in PROGRAMS[role]) and example not in WITHOUT_SCREEN
    session = args.session or (_ask("How is the screen driven?", SESSIONS) if screens else NONE)
    return InstallOptions(options.source, role, session, example, options.wheels, options.within_s, options.calm_s)


def _usual_session(example: str | None) -> str:
    return NONE if example in WITHOUT_SCREEN else X11


def _ask(question: str, choices: Sequence[str]) -> str:
    while True:
        print(f"{question} {', '.join(choices)} [{choices[0]}] ", end="", flush=True)
        answer = sys.stdin.readline().strip() or choices[0]
        if answer in choices:
            return answer


def _print_line(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="luot-site", description="Lượt on a Debian 12 machine.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--root", type=Path, default=Path("/"), help="set up below this folder instead of the running system"
    )
    common.add_argument("--dry-run", action="store_true", help="only say what would be done")
    common.add_argument("--systemctl", help="another program than systemctl, with --root")
    common.add_argument("--source", type=Path, default=SOURCE, help="the unpacked source; usually this one")
    common.add_argument("--wheels", type=Path, help="install from this folder of wheels, without a network")
    common.add_argument("--within", type=float, default=90.0, help="seconds in which everything must be up")
    common.add_argument("--calm", type=float, default=10.0, help="seconds for which it must then stay up")
    common.set_defaults(role=None, session=None, example=None)
    commands = parser.add_subparsers(dest="command", required=True)
    install_parser = commands.add_parser("install", parents=[common], help="set this machine up, or mend it")
    install_parser.add_argument("--role", choices=tuple(PROGRAMS), help="what this machine is for")
    install_parser.add_argument("--session", choices=SESSIONS, help="how its screens are driven")
    install_parser.add_argument("--example", choices=EXAMPLES, help="which example its settings start from")
    commands.add_parser(
        "start",
        parents=[common],
        help="check the settings, start everything, and restart what runs with earlier settings",
    )
    commands.add_parser(
        "upgrade", parents=[common], help="change to this source's release; undone if it does not come up"
    )
    roll_back_parser = commands.add_parser("roll-back", parents=[common], help="change back to the release before")
    roll_back_parser.add_argument(
        "--forget-numbers", action="store_true", help="even if numbers given since then are lost"
    )
    uninstall_parser = commands.add_parser("uninstall", parents=[common], help="take everything away but the data")
    uninstall_parser.add_argument("--purge", action="store_true", help="the data too")
    name_parser = commands.add_parser("name", parents=[common], help="give a device a name below /dev/luot")
    name_parser.add_argument("device", help="such as /dev/ttyUSB0")
    name_parser.add_argument("name", help="such as counter-c1")
    commands.add_parser("status", parents=[common], help="what is installed and how it is")
    commands.add_parser("settle", parents=[common], help="bring a change of release to its end (luot-settle.service)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
