"""The command line of ``luot-server``, and what it does instead of serving."""

import argparse
from collections.abc import Callable
from pathlib import Path

from config.clock import Clock
from config.program import make_parser
from config.settings import Settings
from server.startup.accounts import list_people, reset_password
from server.startup.backup import back_up_or_restore
from server.startup.office_file import export_office, import_office
from server.store import copy_stamp


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    command_line = make_parser("luot-server", "The server of one office.")
    actions = command_line.add_mutually_exclusive_group()  # done instead of serving
    actions.add_argument("--check", action="store_true", help="only say whether the settings can be used")
    actions.add_argument("--backup", action="store_true", help="only copy the database, as [server.backup] says")
    actions.add_argument("--restore", type=Path, metavar="COPY", help="only put a copy in the database's place")
    actions.add_argument(
        "--export-office", type=Path, metavar="FILE", help="only write the office to a TOML or XLSX file"
    )
    actions.add_argument(
        "--import-office", type=Path, metavar="FILE", help="only change the office by a TOML or XLSX file"
    )
    actions.add_argument("--reset-password", metavar="NAME", help="only give a person a new one-time password")
    actions.add_argument("--list-people", action="store_true", help="only list the people who may sign in")
    return command_line


def run_action(args: argparse.Namespace, settings: Settings, clock: Clock, ask: Callable[[str], str]) -> int | None:
    """Run the action of the command line; return its exit code, None for serving.

    ``ask``: shows a question and returns the answer. Raises ``ConfigError``, ``CannotOpen``.
    """

    def wall_ms() -> int:
        return clock.now().wall_ms

    if args.backup or args.restore is not None:
        return back_up_or_restore(settings, args.restore, copy_stamp(wall_ms()))
    if args.export_office is not None:
        return export_office(settings, args.export_office)
    if args.import_office is not None:
        return import_office(settings, args.import_office, clock, ask)
    if args.reset_password is not None:
        return reset_password(settings.machine.state, args.reset_password, wall_ms)
    if args.list_people:
        return list_people(settings.machine.state, wall_ms)
    return None
