"""How each of our programs begins and is stopped: one option that names its file, one kind of log line, two signals."""

import argparse
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from config.load import ConfigError, leave, load_settings
from config.settings import Settings

LOG_LINE = "%(levelname)s %(name)s: %(message)s"

Section = TypeVar("Section")


def parser(program: str, about: str) -> argparse.ArgumentParser:
    """The command line with ``--config``, which every program has; further options are the program's own."""
    made = argparse.ArgumentParser(prog=program, description=about)
    made.add_argument("--config", type=Path, required=True, help="this machine's TOML file")
    return made


def told(path: Path, *, log_line: str = LOG_LINE) -> Settings:
    """The settings, with logging set as they say. A file that cannot be used ends the program with exit code 78."""
    try:
        settings = load_settings(path)
    except ConfigError as error:
        leave(error)
    logging.basicConfig(level=settings.machine.log.upper(), stream=sys.stderr, format=log_line)
    return settings


def begin(program: str, about: str, arguments: Sequence[str] | None) -> tuple[Path, Settings]:
    """The whole beginning of a program that has no options of its own: its file, and what stands in it."""
    path: Path = parser(program, about).parse_args(arguments).config
    return path, told(path)


def needed(section: Section | None, name: str, program: str, path: Path) -> Section:
    """The program's own section of its file; without it the program ends with exit code 78."""
    if section is None:
        leave(ConfigError([f"{path}: section [{name}] is missing; add it, or do not start {program} here"]))
    return section


def on_stop(stop: Callable[[], object]) -> None:
    """Call ``stop`` at SIGTERM and at Ctrl-C, in the main thread; it must only leave a word for the loop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop())
