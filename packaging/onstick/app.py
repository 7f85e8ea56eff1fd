"""The command line of ``cai-dat``, after it has checked the files of the stick."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from onsite.install import DEBIAN
from onsite.machine import InstallError, Machine
from onsite.paths import InstallPaths
from onstick.first_install import StickInstaller
from onstick.questions import ALL_QUESTIONS, NO, YES, Interview, NoAnswer

REFUSED, USAGE, UNSUITABLE, NOT_ROOT = 1, 64, 78, 77
NOTHING_CHANGED = "Máy này chưa bị thay đổi gì."
REQUIRED_MB = 1500  # Debian's packages take 450, the release 500 while it is built


def main(
    arguments: Sequence[str] | None = None,
    read_line: Callable[[], str] = sys.stdin.readline,
    run: Callable[[Sequence[str]], int] | None = None,
) -> int:
    """Set this machine up, or upgrade it; return 0 when done."""
    args = _parser().parse_args(arguments)
    root = args.root.resolve()
    is_live = root == Path("/") or bool(args.systemctl)
    systemctl = args.systemctl.split() if args.systemctl else ["systemctl"]
    machine = Machine(InstallPaths(root), args.dry_run, is_live, systemctl, _print_line)
    given = _given_answers(args)
    if given is None:
        return USAGE
    refusal = _refusal(args, root)
    if refusal is not None:
        print(f"{refusal[1]} {NOTHING_CHANGED}", file=sys.stderr)
        return refusal[0]
    interview = Interview(given, read_line, _print_line)
    extra = [] if root == Path("/") else ["--root", str(root)]
    extra += ["--systemctl", args.systemctl] if args.systemctl else []
    extra += ["--dry-run"] if args.dry_run else []
    times = ["--within", str(args.within), "--calm", str(args.calm)]
    installer = StickInstaller(args.stick.resolve(), machine, interview, run or _run, [*extra, *times])
    try:
        return installer.upgrade_or_install()
    except NoAnswer:
        print(f"\nChưa có câu trả lời nên dừng lại. {NOTHING_CHANGED}", file=sys.stderr)
    except InstallError as error:
        print(f"Chưa làm được: {error}", file=sys.stderr)
    except OSError as error:
        print(f"Chưa làm được: {error.filename or 'máy này'}: {error.strerror or error}", file=sys.stderr)
    return REFUSED


def _refusal(args: argparse.Namespace, root: Path) -> tuple[int, str] | None:
    """Return exit code and sentence when this machine cannot be set up."""
    if root != Path("/") or args.dry_run:
        return None
    system = platform.freedesktop_os_release()
    if (system.get("ID"), system.get("VERSION_ID")) != ("debian", DEBIAN):
        return (
            UNSUITABLE,
            f"Máy này chạy {system.get('PRETTY_NAME', 'hệ khác')}; bộ cài này chỉ dùng cho Debian {DEBIAN}.",
        )
    if os.geteuid() != 0:
        return NOT_ROOT, "Cần quyền root: gõ su - (hoặc dùng sudo) rồi chạy lại."
    architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout
    index = (args.stick / "debian/Packages").read_text(encoding="utf-8").splitlines()
    if f"Architecture: {architecture.strip()}" not in index:
        return UNSUITABLE, f"Bộ cài này không dùng được cho loại máy {architecture.strip()}."
    free_mb, is_new = shutil.disk_usage(root).free // 1_000_000, not InstallPaths(root).record.exists()
    if is_new and free_mb < REQUIRED_MB:  # an installed machine has Debian's packages; the installer checks the rest
        return REFUSED, f"Ổ đĩa chỉ còn trống {free_mb} MB, cần {REQUIRED_MB} MB. Ông/Bà xóa bớt rồi chạy lại."
    return None


def _given_answers(args: argparse.Namespace) -> Mapping[str, str] | None:
    """Return the answers of the command line; None when one of them is none."""
    given = {}
    for question in ALL_QUESTIONS:
        typed = getattr(args, question.name)
        if typed is None:
            continue
        answer = question.parse(typed) if typed.strip() else None
        if answer is None:
            print(f"--{question.name} {typed}: {', '.join(question.choices)}", file=sys.stderr)
            return None
        given[question.name] = answer
    return {
        **given,
        **({"go_on": args.go_on} if args.go_on else {}),
        **({"upgrade": args.upgrade} if args.upgrade else {}),
    }


def _run(command: Sequence[str]) -> int:
    """Run a program with its output on this terminal; return its exit code."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode


def _print_line(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cai-dat", description="Lượt from a stick, on a Debian 12 without a network.")
    parser.add_argument("--stick", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, default=Path("/"), help="below this folder, not on the running system")
    parser.add_argument("--systemctl", help="another program than systemctl, with --root")
    parser.add_argument("--check", action="store_true", help="only check the files of the stick")
    parser.add_argument("--dry-run", action="store_true", help="only show the steps")
    parser.add_argument("--within", type=float, default=90.0, help="seconds in which everything must be up")
    parser.add_argument("--calm", type=float, default=10.0, help="seconds for which it must then stay up")
    for question in ALL_QUESTIONS:
        parser.add_argument(
            f"--{question.name}", help=f"the answer in place of a question: {', '.join(question.choices)}"
        )
    parser.add_argument("--go-on", choices=(YES, NO), help="go on with an installation that was cut off")
    parser.add_argument("--upgrade", choices=(YES, NO), help="upgrade the release that is installed")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
