"""How each of our programs begins and is stopped: one option that names its file, one kind of log line, two signals."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from config.load import ConfigError, leave, load_settings
from config.notify import Supervisor, supervisor
from config.settings import Settings

log = logging.getLogger(__name__)

SECTIONS = {"luot-sign": "node"}
LOG_LINE = "%(levelname)s %(name)s: %(message)s"
CLOSING_S = 10.0
EX_SOFTWARE = 70
STOPPING = (signal.SIGTERM, signal.SIGINT)

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
    made = parser(program, about)
    made.add_argument("--check", action="store_true", help="only say whether the settings can be used")
    args = made.parse_args(arguments)
    settings = told(args.config)
    if args.check:
        section = SECTIONS.get(program, program.removeprefix("luot-"))
        needed(getattr(settings, section), section, program, args.config)
        print(f"{args.config}: all right")
        raise SystemExit(0)
    return args.config, settings


def needed(section: Section | None, name: str, program: str, path: Path) -> Section:
    """The program's own section of its file; without it the program ends with exit code 78."""
    if section is None:
        leave(ConfigError([f"{path}: section [{name}] is missing; add it, or do not start {program} here"]))
    return section


def on_stop(stop: Callable[[], object]) -> None:
    """Call ``stop`` at SIGTERM and at Ctrl-C, in a thread of its own; it must only leave a word for the loop.

    The main thread may be waiting inside SDL, which no signal ends, or hold a lock that ``stop`` needs.
    """
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for number in STOPPING:
        signal.signal(number, lambda _number, _frame: None)

    def listen() -> None:
        while True:
            for number in os.read(heard, 64):
                if number in STOPPING:
                    stop()

    threading.Thread(target=listen, name="signals", daemon=True).start()


def supervised(mono_s: Callable[[], float], stop: Callable[[], object]) -> Supervisor:
    """Return the supervisor of this program. A thread that ends by a mistake of ours calls ``stop``.

    The program then closes in order, or is ended after ``CLOSING_S``, and whoever started it starts it again: nobody
    knows what a thread that is gone has left undone. Threads that may run again do so by themselves
    (``config.threads``) and do not come here.
    """
    told_to = supervisor(os.environ, mono_s)

    def ended(died: threading.ExceptHookArgs) -> None:
        name = "?" if died.thread is None else died.thread.name
        log.critical(
            "the thread %r has ended: %s; this program ends, to be started again",
            name,
            died.exc_value or died.exc_type,
            exc_info=died.exc_value,
        )
        told_to.status(f"the thread {name!r} has ended: {died.exc_type.__name__}; this program ends")
        last = threading.Timer(CLOSING_S, os._exit, (EX_SOFTWARE,))
        last.daemon = True
        last.start()
        stop()

    threading.excepthook = ended
    return told_to
