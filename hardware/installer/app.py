"""``luot-hardware``: ports, printers, signs and keypads for who installs them. Reads the command line, composes."""

import argparse
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from pydantic import BaseModel, ValidationError

from config import words as catalogue
from config.load import ConfigError, leave, load_settings, refused
from config.program import on_stop
from config.settings import Settings
from config.words import LANGUAGES, Words
from hardware.installer.arguments import Arguments
from hardware.installer.example import NAMES
from hardware.installer.site import EX_USAGE, Site
from hardware.printers.transports.transport import LinkError

FOREVER_S = 1e9
UNTIL_STOPPED = ("sign", "keys")
"""Ctrl-C is how these end; the others it breaks off."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 all well, 1 warnings, 2 faults, 64 wrong use, 78 settings that cannot be used."""
    words = catalogue.words(_language(arguments))
    given = parser(words).parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings = load_settings(given.config) if given.config is not None else None
        return COMMANDS[given.command](_site(given, settings, words), given)
    except ConfigError as error:
        leave(error)
    except ValidationError as error:
        leave(refused(error, BaseModel, given.config or given.command))
    except ValueError as error:  # a driver's sentence about its settings
        leave(ConfigError([str(error) if given.config is None else f"{given.config}: {error}"]))
    except LinkError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read along, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _site(given: argparse.Namespace, settings: Settings | None, words: Words) -> Site:
    over = threading.Event()
    if given.command in UNTIL_STOPPED:
        on_stop(over.set)

    def pause(seconds: float) -> bool:
        return not over.wait(seconds)

    def ask(question: str) -> str | None:
        if not sys.stdin.isatty():
            return None
        try:
            return input(f"{question} ").strip()
        except EOFError:
            return None

    return Site(
        words=words,
        say=lambda line: print(line, flush=True),
        ask=ask,
        mono_s=time.monotonic,
        wall_ms=lambda: time.time_ns() // 1_000_000,
        pause=pause,
        path=given.config,
        settings=settings,
        root=given.root,
    )


def _language(arguments: Sequence[str] | None) -> str:
    """Of the command line, else of the settings, before either is really read."""
    early = argparse.ArgumentParser(add_help=False)
    early.add_argument("--language", nargs="?")
    early.add_argument("--config", nargs="?", type=Path)
    given, _ = early.parse_known_args(arguments)
    if given.language in LANGUAGES:
        return str(given.language)
    try:
        return str(load_settings(given.config).machine.language) if given.config is not None else "vi"
    except ConfigError:  # told when it is read for good
        return "vi"


class Parser(argparse.ArgumentParser):
    """A command that is used wrongly must not look like a device that is broken, which is 2."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EX_USAGE, f"{self.prog}: {message}\n")


def parser(words: Words) -> argparse.ArgumentParser:
    """The command line, explained in the installer's language."""
    made = Parser(
        prog="luot-hardware",
        description=words("installer", "Kiểm tra cổng, máy in, bảng số, bàn phím và máy quét khi lắp đặt."),
        epilog=words("installer", "Mã kết thúc: 0 tốt, 1 cần chú ý, 2 có lỗi, 64 dùng sai lệnh, 78 cấu hình sai."),
    )
    may = Arguments(words, time.monotonic)
    shared = Parser(add_help=False)
    shared.add_argument("--config", type=Path, help=words("installer", "tệp TOML của máy này"))
    shared.add_argument("--language", choices=sorted(LANGUAGES), help=words("installer", "ngôn ngữ hiển thị"))
    about = words("installer", "đọc dev, sys, proc dưới thư mục này")
    shared.add_argument("--root", type=may.folder, default=Path("/"), help=about)
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (about, options) in _options(words).items():
        command = commands.add_parser(name, parents=[shared], help=about, description=about)
        options(command, may, words)
    return made


Options = Callable[[argparse.ArgumentParser, Arguments, Words], None]


def _ports_options(command: argparse.ArgumentParser, may: Arguments, words: Words) -> None:
    about = words("installer", "tìm cả máy in mạng: ở các máy này, hoặc ở các máy lân cận")
    command.add_argument("--network", nargs="*", type=may.host, metavar="HOST", help=about)


def _slip_options(command: argparse.ArgumentParser, may: Arguments, words: Words) -> None:
    command.add_argument("--layout", type=Path, help=words("installer", "tệp bố cục phiếu của trung tâm"))
    _printer(command, may, words, "--printer")
    about = words("installer", "đời máy in, như TM-T88V; xem luot-hardware models")
    command.add_argument("--model", type=may.model, help=about)
    command.add_argument("--out", type=may.file, help=words("installer", "vẽ vào tệp PNG này, không cần máy in"))
    command.add_argument("--example", choices=NAMES, default="plain", help=words("installer", "phiếu mẫu nào"))


def _printer(command: argparse.ArgumentParser, may: Arguments, words: Words, name: str) -> None:
    about = words("installer", "địa chỉ máy in: máy:cổng, /dev/usb/lp0 hoặc cổng nối tiếp")
    command.add_argument(name, type=may.printer, help=about, **({"nargs": "?"} if name == "address" else {}))  # type: ignore[arg-type]
    command.add_argument("--baud", type=may.baud, help=words("installer", "tốc độ của cổng nối tiếp"))
    command.add_argument("--paper", type=int, choices=(80, 58), help=words("installer", "khổ giấy, mm"))


def _probe_options(command: argparse.ArgumentParser, may: Arguments, words: Words) -> None:
    _printer(command, may, words, "address")
    command.add_argument("--out", type=may.file, help=words("installer", "ghi hồ sơ máy in vào tệp này"))
    about = words("installer", "không in gì: chỉ hỏi")
    command.add_argument("--no-print", action="store_true", help=about)
    about = words("installer", "trả lời trước: pages=1,letters=yes,dots=576,qr=yes,cutter=yes")
    command.add_argument("--answers", type=may.answers, default={}, metavar="NAME=ANSWER,…", help=about)


def _models_options(command: argparse.ArgumentParser, _: Arguments, words: Words) -> None:
    about = words("installer", "một phần tên máy in hoặc hãng; để trống: tất cả")
    command.add_argument("part", nargs="?", default="", metavar="NAME", help=about)


def _sign_options(command: argparse.ArgumentParser, may: Arguments, words: Words) -> None:
    command.add_argument("--counter", help=words("installer", "chỉ bảng số của quầy này"))
    command.add_argument("--pace", type=may.seconds, default=1.0, help=words("installer", "số giây cho mỗi bước"))


def _keys_options(command: argparse.ArgumentParser, may: Arguments, words: Words) -> None:
    command.add_argument(
        "port", nargs="?", type=may.port, help=words("installer", "cổng nối tiếp hoặc /dev/input/by-id/…")
    )
    command.add_argument("--baud", type=may.baud, default=9600, help=words("installer", "tốc độ của cổng nối tiếp"))
    command.add_argument(
        "--seconds", type=may.seconds, default=FOREVER_S, help=words("installer", "nghe trong bao lâu")
    )


def _json_options(command: argparse.ArgumentParser, _: Arguments, words: Words) -> None:
    command.add_argument("--json", action="store_true", help=words("installer", "trả lời dạng JSON"))


def _check_options(command: argparse.ArgumentParser, may: Arguments, words: Words) -> None:
    _json_options(command, may, words)
    command.add_argument(
        "--no-devices", action="store_true", help=words("installer", "không hỏi thiết bị, chỉ xem cổng và máy")
    )


def _options(words: Words) -> Mapping[str, tuple[str, Options]]:
    """Each command: what it does, and what it can be told."""
    return {
        "ports": (words("installer", "liệt kê cổng và tên cố định của từng thiết bị"), _ports_options),
        "probe": (words("installer", "hỏi máy in biết làm gì và ghi hồ sơ máy in"), _probe_options),
        "models": (words("installer", "liệt kê các đời máy in đã biết"), _models_options),
        "slip": (words("installer", "in phiếu thử, hoặc vẽ phiếu ra tệp ảnh"), _slip_options),
        "sign": (words("installer", "thử bảng số: 8888, từng chữ số, rồi tắt"), _sign_options),
        "keys": (words("installer", "xem bàn phím và máy quét gửi gì"), _keys_options),
        "health": (words("installer", "tình trạng mọi thiết bị của máy này"), _json_options),
        "check": (words("installer", "kiểm tra máy đã sẵn sàng chưa"), _check_options),
    }


def _ports(site: Site, given: argparse.Namespace) -> int:
    from hardware.installer import listing

    return listing.run(site, network=given.network)


def _probe(site: Site, given: argparse.Namespace) -> int:
    from hardware.installer import probing

    return probing.run(
        site,
        address=given.address,
        baud=given.baud,
        paper_mm=given.paper,
        out=given.out,
        prints=not given.no_print,
        answers=given.answers,
    )


def _models(site: Site, given: argparse.Namespace) -> int:
    from hardware.installer import catalogue

    return catalogue.run(site, part=given.part)


def _slip(site: Site, given: argparse.Namespace) -> int:
    from hardware.installer import slips

    return slips.run(
        site,
        layout=given.layout,
        paper_mm=given.paper,
        out=given.out,
        name=given.example,
        address=given.printer,
        baud=given.baud,
        model=given.model,
    )


def _sign(site: Site, given: argparse.Namespace) -> int:
    from hardware.installer import signs

    return signs.run(site, counter=given.counter, pace_s=given.pace)


def _keys(site: Site, given: argparse.Namespace) -> int:
    from hardware.installer import keys

    return keys.run(site, port=given.port, baud=given.baud, seconds=given.seconds)


def _health(site: Site, given: argparse.Namespace) -> int:
    from hardware.installer import health

    return health.run(site, json_wanted=given.json)


def _check(site: Site, given: argparse.Namespace) -> int:
    from hardware.installer import check

    return check.run(site, json_wanted=given.json, devices=not given.no_devices)


# Each command loads what it needs and no more: a list of ports wants no drawing of slips.
COMMANDS: Mapping[str, Callable[[Site, argparse.Namespace], int]] = {
    "ports": _ports,
    "probe": _probe,
    "models": _models,
    "slip": _slip,
    "sign": _sign,
    "keys": _keys,
    "health": _health,
    "check": _check,
}


if __name__ == "__main__":
    raise SystemExit(main())
