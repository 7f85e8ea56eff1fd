"""A bare Debian 12 and the stick that it is set up from."""

import re
import shutil
from pathlib import Path

from tools.box.checks import expect
from tools.box.container import Container
from tools.box.image import call, report
from tools.box.scripts import XVFB

BARE_PACKAGES = "systemd,systemd-sysv,udev,dbus"
"""Packages of every Debian that boots, beside the least one that debootstrap makes."""
STICK = "/media/can-bo/USB CỦA AN"
"""Where the machine sees the stick: as a desktop mounts one whose name has spaces and Vietnamese letters."""
ANSWERS = "1\n\n\n\n\n"
"""Of somebody who takes the first line, and then each proposal."""
MAX_QUESTIONS, MAX_MINUTES = 5, 10
_QUESTION = re.compile(r"^Câu \d+\.", re.MULTILINE)


def make_bare_machine(folder: Path, box: Container) -> None:
    """Make a bare Debian with one file more, Xvfb: a container has no graphics card."""
    base, xvfb = folder / "bare", folder / "xvfb"
    if not (base / "whole").exists():
        report("making a bare Debian 12")
        shutil.rmtree(base, ignore_errors=True)
        call("debootstrap", "--variant=minbase", f"--include={BARE_PACKAGES}", "bookworm", str(base))
        (base / "whole").touch()
    if not (xvfb / "usr/bin/Xvfb").exists():
        xvfb.mkdir(exist_ok=True)
        call("sh", "-c", f"cd {xvfb} && apt-get download -qq xvfb && dpkg-deb -x xvfb_*.deb .")
    shutil.rmtree(box.root, ignore_errors=True)
    call("cp", "-a", "--reflink=auto", str(base), str(box.root))
    shutil.copy(xvfb / "usr/bin/Xvfb", box.root / "usr/bin/Xvfb")
    drop_in = box.root / "etc/systemd/system/luot-screen.service.d/test.conf"
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(XVFB, encoding="utf-8")
    (box.root / "etc/hostname").write_text(f"{box.host_name}\n", encoding="ascii")
    expect("the machine has no Python", not (box.root / "usr/bin/python3").exists())


def questions_in(output: str) -> int:
    """Return how many questions were asked."""
    return len(_QUESTION.findall(output))
