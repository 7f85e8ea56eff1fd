"""Make the container's Debian, the wheels, and the releases that are installed into it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.box.container import RELEASES, BrokenPromise

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "packaging"))

from onsite.release import release_name  # noqa: E402 - not installed, it is what installs
from onsite.roles import PROGRAMS, packages  # noqa: E402

LANDED = "79ca51f6931b"
"""The last release without accounts; halls that run it have an office file."""
BASE_PACKAGES = "systemd,systemd-sysv,dbus,udev,python3,python3-venv,ca-certificates"


def make_machines(folder: Path, names: Sequence[str]) -> None:
    """Prepare ``folder`` for the proof, with a root for each machine. A Debian and wheels in it are reused."""
    base, wheels = folder / "debian", folder / "wheels"
    if not (base / "whole").exists():  # the mark of a complete Debian
        report("making a Debian 12")
        _make_debian(base)
    if not wheels.exists():
        report("fetching the locked wheels")
        lock = str(ROOT / "requirements.lock")
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--require-hashes"]
        call(*pip, "-r", lock, "-d", str(wheels))
    for name in names:
        shutil.rmtree(folder / name, ignore_errors=True)
        call("cp", "-a", "--reflink=auto", str(base), str(folder / name))
        (folder / name / "etc/hostname").write_text(f"luot-{name}\n", encoding="ascii")
    for name, version in RELEASES.items():
        export(folder / name, version, LANDED if name == "landed" else "HEAD")
    _break_kiosk(folder / "bad")


def name_of(source: Path) -> str:
    """Return the name of the release in ``source``."""
    return release_name(source)


def report(line: str) -> None:
    """Print a line of progress."""
    print(f"site: {line}", flush=True)


def call(*command: str) -> None:
    """Run a command outside. Raises :class:`BrokenPromise` with the end of its output when it fails."""
    completed = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    if completed.returncode != 0:
        output = (completed.stdout + completed.stderr)[-2000:]
        raise BrokenPromise(f"{' '.join(command[:4])} …: exit code {completed.returncode}\n{output}")


def _make_debian(base: Path) -> None:
    """Make a Debian with the packages of an all-in-one machine."""
    shutil.rmtree(base, ignore_errors=True)
    mirrors = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Codename: bookworm"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    call("debootstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", "bookworm", str(base), *mirrors[:1])
    _copy_apt_settings(base)
    wanted = packages("x11", PROGRAMS["all-in-one"])
    call("chroot", str(base), "apt-get", "update", "-qq")
    call(
        "chroot", str(base), "apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted, "xvfb", "mosquitto"
    )
    call("chroot", str(base), "systemctl", "disable", "mosquitto")  # our server starts one of its own
    (base / "whole").touch()


def export(source: Path, version: str, commit: str) -> None:
    """Put a commit into ``source``, under this version."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir()
    tree = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=True).stdout
    subprocess.run(["tar", "x", "-C", str(source)], input=tree, check=True)
    project = source / "pyproject.toml"
    text = re.sub(r'^version = ".*"', f'version = "{version}"', project.read_text(encoding="utf-8"), flags=re.M)
    project.write_text(text, encoding="utf-8")


def _break_kiosk(source: Path) -> None:
    """Let the kiosk end as soon as it runs.

    Its ``--check`` before the change must not notice.
    """
    program = source / "kiosk/app.py"
    text = program.read_text(encoding="utf-8")
    broken_run = "def _run(*_: object) -> None:\n    raise SystemExit(3)\n\n\ndef _ran("
    if "def _run(" not in text:
        raise BrokenPromise("kiosk/app.py has no _run to break")
    program.write_text(text.replace("def _run(", broken_run), encoding="utf-8")


def _copy_apt_settings(root: Path) -> None:
    """Copy the machine's apt sources and name resolution into the container."""
    for name in ("etc/apt/sources.list", "etc/apt/sources.list.d", "etc/apt/keyrings", "etc/hosts", "etc/resolv.conf"):
        outside, inside = Path("/") / name, root / name
        if outside.is_dir():
            shutil.copytree(outside, inside, dirs_exist_ok=True)
        elif outside.exists():
            inside.unlink(missing_ok=True)
            shutil.copy(outside, inside)
