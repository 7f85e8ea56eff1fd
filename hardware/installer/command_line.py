"""The command line of ``luot-hardware``, with help in the installer's language."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from config.words import LANGUAGES, Words
from hardware.installer.arguments import ArgumentTypes
from hardware.installer.context import EX_USAGE
from hardware.installer.example import EXAMPLE_NAMES

FOREVER_S = 1e9  # until Ctrl-C


class Parser(argparse.ArgumentParser):
    """Exits with 64 on wrong use; argparse's 2 would mean a faulty device."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EX_USAGE, f"{self.prog}: {message}\n")


def make_parser(words: Words, mono_s: Callable[[], float]) -> argparse.ArgumentParser:
    """Return the parser. ``mono_s`` gives monotonic seconds."""
    parser = Parser(
        prog="luot-hardware",
        description=words("installer", "Kiểm tra cổng, máy in, bảng số, bàn phím và máy quét khi lắp đặt."),
        epilog=words("installer", "Mã kết thúc: 0 tốt, 1 cần chú ý, 2 có lỗi, 64 dùng sai lệnh, 78 cấu hình sai."),
    )
    types = ArgumentTypes(words, mono_s)
    shared = Parser(add_help=False)
    shared.add_argument("--config", type=Path, help=words("installer", "tệp TOML của máy này"))
    shared.add_argument("--language", choices=sorted(LANGUAGES), help=words("installer", "ngôn ngữ hiển thị"))
    help_text = words("installer", "đọc dev, sys, proc dưới thư mục này")
    shared.add_argument("--root", type=types.folder, default=Path("/"), help=help_text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (help_text, options) in _options(words).items():
        command = commands.add_parser(name, parents=[shared], help=help_text, description=help_text)
        options(command, types, words)
    return parser


Options = Callable[[argparse.ArgumentParser, ArgumentTypes, Words], None]
"""Adds the options of one command to its parser."""


def _ports_options(command: argparse.ArgumentParser, types: ArgumentTypes, words: Words) -> None:
    help_text = words("installer", "tìm cả máy in mạng: ở các máy này, hoặc ở các máy lân cận")
    command.add_argument("--network", nargs="*", type=types.host, metavar="HOST", help=help_text)


def _slip_options(command: argparse.ArgumentParser, types: ArgumentTypes, words: Words) -> None:
    command.add_argument("--layout", type=Path, help=words("installer", "tệp bố cục phiếu của trung tâm"))
    _printer(command, types, words, "--printer")
    help_text = words("installer", "đời máy in, như TM-T88V; xem luot-hardware models")
    command.add_argument("--model", type=types.model, help=help_text)
    command.add_argument("--out", type=types.file, help=words("installer", "vẽ vào tệp PNG này, không cần máy in"))
    command.add_argument("--example", choices=EXAMPLE_NAMES, default="plain", help=words("installer", "phiếu mẫu nào"))


def _printer(command: argparse.ArgumentParser, types: ArgumentTypes, words: Words, name: str) -> None:
    help_text = words("installer", "địa chỉ máy in: máy:cổng, /dev/usb/lp0 hoặc cổng nối tiếp")
    command.add_argument(name, type=types.printer, help=help_text, **({"nargs": "?"} if name == "address" else {}))  # type: ignore[arg-type]
    command.add_argument("--baud", type=types.baud, help=words("installer", "tốc độ của cổng nối tiếp"))
    command.add_argument("--paper", type=int, choices=(80, 58), help=words("installer", "khổ giấy, mm"))


def _probe_options(command: argparse.ArgumentParser, types: ArgumentTypes, words: Words) -> None:
    _printer(command, types, words, "address")
    command.add_argument("--out", type=types.file, help=words("installer", "ghi hồ sơ máy in vào tệp này"))
    help_text = words("installer", "không in gì: chỉ hỏi")
    command.add_argument("--no-print", action="store_true", help=help_text)
    help_text = words("installer", "trả lời trước: pages=1,letters=yes,dots=576,qr=yes,cutter=yes")
    command.add_argument("--answers", type=types.answers, default={}, metavar="NAME=ANSWER,…", help=help_text)


def _models_options(command: argparse.ArgumentParser, _: ArgumentTypes, words: Words) -> None:
    help_text = words("installer", "một phần tên máy in hoặc hãng; để trống: tất cả")
    command.add_argument("part", nargs="?", default="", metavar="NAME", help=help_text)


def _sign_options(command: argparse.ArgumentParser, types: ArgumentTypes, words: Words) -> None:
    command.add_argument("--counter", help=words("installer", "chỉ bảng số của quầy này"))
    command.add_argument("--pace", type=types.seconds, default=1.0, help=words("installer", "số giây cho mỗi bước"))


def _keys_options(command: argparse.ArgumentParser, types: ArgumentTypes, words: Words) -> None:
    command.add_argument(
        "port", nargs="?", type=types.port, help=words("installer", "cổng nối tiếp hoặc /dev/input/by-id/…")
    )
    command.add_argument("--baud", type=types.baud, default=9600, help=words("installer", "tốc độ của cổng nối tiếp"))
    command.add_argument(
        "--seconds", type=types.seconds, default=FOREVER_S, help=words("installer", "nghe trong bao lâu")
    )


def _json_options(command: argparse.ArgumentParser, _: ArgumentTypes, words: Words) -> None:
    command.add_argument("--json", action="store_true", help=words("installer", "trả lời dạng JSON"))


def _no_options(_command: argparse.ArgumentParser, _types: ArgumentTypes, _words: Words) -> None:
    """Add no options."""


def _check_options(command: argparse.ArgumentParser, types: ArgumentTypes, words: Words) -> None:
    _json_options(command, types, words)
    command.add_argument(
        "--no-devices", action="store_true", help=words("installer", "không hỏi thiết bị, chỉ xem cổng và máy")
    )


def _options(words: Words) -> Mapping[str, tuple[str, Options]]:
    """Return each command's description and the function that adds its options."""
    return {
        "ports": (words("installer", "liệt kê cổng và tên cố định của từng thiết bị"), _ports_options),
        "probe": (words("installer", "hỏi máy in biết làm gì và ghi hồ sơ máy in"), _probe_options),
        "models": (words("installer", "liệt kê các đời máy in đã biết"), _models_options),
        "slip": (words("installer", "in phiếu thử, hoặc vẽ phiếu ra tệp ảnh"), _slip_options),
        "sign": (words("installer", "thử bảng số: 8888, từng chữ số, rồi tắt"), _sign_options),
        "keys": (words("installer", "xem bàn phím và máy quét gửi gì"), _keys_options),
        "health": (words("installer", "tình trạng mọi thiết bị của máy này"), _json_options),
        "check": (words("installer", "kiểm tra máy đã sẵn sàng chưa"), _check_options),
        "ready": (words("installer", "thử từng thiết bị cùng một người, và ghi kết quả"), _no_options),
    }
