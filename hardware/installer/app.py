"""``luot-hardware``: the installer's commands for ports, printers, signs and keypads."""

import argparse
import logging
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from config import words as catalogue
from config.load import ConfigError, config_error, exit_with, load_settings
from config.program import on_stop_signal
from config.settings import Settings
from config.words import LANGUAGES, Words
from hardware.installer.command_line import make_parser
from hardware.installer.context import InstallerContext
from hardware.printers.transports.transport import LinkError

UNTIL_STOPPED = ("sign", "keys")
"""Ctrl-C is the normal end of these commands; it aborts the others."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: fine, 1: warnings, 2: faults, 64: wrong use, 78: settings that cannot be used.
    """
    words = catalogue.words(_language(arguments))
    args = make_parser(words, time.monotonic).parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings = load_settings(args.config) if args.config is not None else None
        return COMMANDS[args.command](_make_context(args, settings, words), args)
    except ConfigError as error:
        exit_with(error)
    except ValidationError as error:
        exit_with(config_error(error, BaseModel, args.config or args.command))
    except ValueError as error:  # a driver's sentence about its settings
        exit_with(ConfigError([str(error) if args.config is None else f"{args.config}: {error}"]))
    except LinkError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _make_context(args: argparse.Namespace, settings: Settings | None, words: Words) -> InstallerContext:
    stopped = threading.Event()
    if args.command in UNTIL_STOPPED:
        on_stop_signal(stopped.set)

    def pause(seconds: float) -> bool:
        return not stopped.wait(seconds)

    def ask(question: str) -> str | None:
        if not sys.stdin.isatty():
            return None
        try:
            return input(f"{question} ").strip()
        except EOFError:
            return None

    return InstallerContext(
        words=words,
        show=lambda line: print(line, flush=True),
        ask=ask,
        mono_s=time.monotonic,
        wall_ms=lambda: time.time_ns() // 1_000_000,
        pause=pause,
        path=args.config,
        settings=settings,
        root=args.root,
    )


def _language(arguments: Sequence[str] | None) -> str:
    """Return the language of the command line, else of the settings, before either is checked."""
    early = argparse.ArgumentParser(add_help=False)
    early.add_argument("--language", nargs="?")
    early.add_argument("--config", nargs="?", type=Path)
    args, _ = early.parse_known_args(arguments)
    if args.language in LANGUAGES:
        return str(args.language)
    try:
        return str(load_settings(args.config).machine.language) if args.config is not None else "vi"
    except ConfigError:  # reported when the settings are loaded
        return "vi"


def _ports(context: InstallerContext, args: argparse.Namespace) -> int:
    from hardware.installer.commands import ports

    return ports.run(context, network=args.network)


def _probe(context: InstallerContext, args: argparse.Namespace) -> int:
    from hardware.installer.commands import probe

    return probe.run(
        context,
        address=args.address,
        baud=args.baud,
        paper_mm=args.paper,
        out=args.out,
        prints=not args.no_print,
        answers=args.answers,
    )


def _models(context: InstallerContext, args: argparse.Namespace) -> int:
    from hardware.installer.commands import models

    return models.run(context, part=args.part)


def _slip(context: InstallerContext, args: argparse.Namespace) -> int:
    from hardware.installer.commands import slip

    return slip.run(
        context,
        layout=args.layout,
        paper_mm=args.paper,
        out=args.out,
        name=args.example,
        address=args.printer,
        baud=args.baud,
        model=args.model,
    )


def _sign(context: InstallerContext, args: argparse.Namespace) -> int:
    from hardware.installer.commands import sign

    return sign.run(context, counter=args.counter, pace_s=args.pace)


def _keys(context: InstallerContext, args: argparse.Namespace) -> int:
    from hardware.installer.commands import keys

    return keys.run(context, port=args.port, baud=args.baud, seconds=args.seconds)


def _health(context: InstallerContext, args: argparse.Namespace) -> int:
    from hardware.installer.commands import health

    return health.run(context, json_wanted=args.json)


def _check(context: InstallerContext, args: argparse.Namespace) -> int:
    from hardware.installer.commands import check

    return check.run(context, json_wanted=args.json, devices=not args.no_devices)


def _ready(context: InstallerContext, _args: argparse.Namespace) -> int:
    from hardware.installer.commands import ready

    return ready.run(context, new_id=lambda: str(uuid.uuid4()))


# Each command imports only its own module, for a quick start: a list of ports needs no drawing of slips.
COMMANDS: Mapping[str, Callable[[InstallerContext, argparse.Namespace], int]] = {
    "ports": _ports,
    "probe": _probe,
    "models": _models,
    "slip": _slip,
    "sign": _sign,
    "keys": _keys,
    "health": _health,
    "check": _check,
    "ready": _ready,
}


if __name__ == "__main__":
    raise SystemExit(main())
