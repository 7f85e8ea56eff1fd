"""Start and stop each program: the command line, settings and logging, signals, systemd notification."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from config.load import ConfigError, exit_with, load_settings
from config.notify import SystemdNotifier, notifier_from_environment
from config.settings import Settings

log = logging.getLogger(__name__)

SECTION_BY_PROGRAM = {"luot-sign": "node"}
"""The settings sections of programs whose section has another name than the program."""

LOG_FORMAT = "%(levelname)s %(name)s: %(message)s"
MAX_CLOSING_S = 10.0
"""After a failed thread the program has this long to close in order; then it is ended."""
EX_SOFTWARE = 70  # sysexits.h: internal software error
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

ProgramSection = TypeVar("ProgramSection")


def make_parser(program: str, description: str) -> argparse.ArgumentParser:
    """Return a command line with ``--config``; the caller adds the program's own options."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--config", type=Path, required=True, help="this machine's TOML file")
    return parser


def load_settings_or_exit(path: Path, *, log_format: str = LOG_FORMAT) -> Settings:
    """Load settings and configure logging; exit 78 on a bad file."""
    try:
        settings = load_settings(path)
    except ConfigError as error:
        exit_with(error)
    logging.basicConfig(level=settings.machine.log.upper(), stream=sys.stderr, format=log_format)
    return settings


def parse_command_line(program: str, description: str, arguments: Sequence[str] | None) -> tuple[Path, Settings]:
    """Return the settings file and its settings, for a program without options of its own.

    ``--check`` ends the program with 0 or 78.
    """
    parser = make_parser(program, description)
    parser.add_argument("--check", action="store_true", help="only say whether the settings can be used")
    args = parser.parse_args(arguments)
    settings = load_settings_or_exit(args.config)
    if args.check:
        section = SECTION_BY_PROGRAM.get(program, program.removeprefix("luot-"))
        require_section(getattr(settings, section), section, program, args.config)
        print(f"{args.config}: all right")
        raise SystemExit(0)
    return args.config, settings


def require_section(section: ProgramSection | None, name: str, program: str, path: Path) -> ProgramSection:
    """Return the program's own section of its file; exit 78 without one."""
    if section is None:
        exit_with(ConfigError([f"{path}: section [{name}] is missing; add it, or do not start {program} here"]))
    return section


def on_stop_signal(stop: Callable[[], object]) -> None:
    """Call ``stop`` at SIGTERM and at Ctrl-C, in a thread of its own.

    ``stop`` must only signal the main loop. It does not run in the main thread, which may be waiting inside SDL, which
    no signal interrupts, or may hold a lock that ``stop`` needs.
    """
    read_fd, write_fd = os.pipe()
    os.set_blocking(write_fd, False)
    signal.set_wakeup_fd(write_fd, warn_on_full_buffer=False)
    for number in STOP_SIGNALS:
        signal.signal(number, lambda _number, _frame: None)

    def listen() -> None:
        while True:
            for number in os.read(read_fd, 64):
                if number in STOP_SIGNALS:
                    stop()

    threading.Thread(target=listen, name="signals", daemon=True).start()


def start_systemd_notifier(mono_s: Callable[[], float], stop: Callable[[], object]) -> SystemdNotifier:
    """Return the systemd notifier; also end the program when a thread has an uncaught exception.

    The exception is logged and ``stop`` is called. The program closes in order, or is ended after ``MAX_CLOSING_S``,
    and systemd or ``luot-hall`` starts it again, because the state after such an exception is unknown. Threads that may
    continue (``config.threads``) catch their own exceptions.
    """
    notifier = notifier_from_environment(os.environ, mono_s)
    end_after_failed_thread(notifier, stop)
    return notifier


def end_after_failed_thread(notifier: SystemdNotifier, stop: Callable[[], object]) -> None:
    """End the program when a thread has an uncaught exception, as ``start_systemd_notifier`` does."""

    def end_program(failure: threading.ExceptHookArgs) -> None:
        name = "?" if failure.thread is None else failure.thread.name
        log.critical(
            "the thread %r has ended: %s; this program ends, to be started again",
            name,
            failure.exc_value or failure.exc_type,
            exc_info=failure.exc_value,
        )
        notifier.status(f"the thread {name!r} has ended: {failure.exc_type.__name__}; this program ends")
        forced_exit = threading.Timer(MAX_CLOSING_S, os._exit, (EX_SOFTWARE,))
        forced_exit.daemon = True
        forced_exit.start()
        stop()

    threading.excepthook = end_program
