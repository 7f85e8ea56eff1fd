"""Roles of a machine: its programs, and the Debian packages that these need."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from onsite.machine import InstallError
from onsite.paths import KMSDRM, SCREEN_PROGRAMS, X11

# Role of a machine -> the programs that it may run.
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "all-in-one": ("server", "kiosk", "counter", "display", "sign"),
    "server": ("server",),
    "kiosk": ("kiosk",),
    "counters": ("counter",),
    "display": ("display",),
    "sign": ("sign",),
}
SECTIONS: Mapping[str, str] = {"sign": "node"}
"""The section of the machine's file that a program needs, where it is not called like the program."""
STATION_ROLES = ("kiosk", "counters", "display", "sign")
WHY_STATION_WAITS = (
    "a station on a machine of its own works once it is enrolled: it shows a code, which an administrator types on the"
    " page of devices. With everything at one PC take --role all-in-one"
)

EXAMPLES = ("hall-one-box", "hall-serial", "hall-desk", "sign-node")
WITHOUT_SCREEN = ("hall-desk",)
"""The examples in which no program of ours draws on a screen: the PC's own desktop has it."""

BASE = ("python3", "python3-venv", "ca-certificates", "systemd-timesyncd")
# Session or program -> the Debian packages that it needs in addition.
PACKAGES: Mapping[str, tuple[str, ...]] = {
    X11: (
        "xserver-xorg-core",
        "xserver-xorg-input-libinput",
        "xserver-xorg-video-fbdev",
        "xserver-xorg-video-vesa",
        "xinit",
        "x11-xserver-utils",
        "xinput",
        "libx11-6",
        "libxext6",
        "libxcursor1",
        "libxi6",
        "libxfixes3",
        "libxrandr2",
        "libxss1",
    ),
    KMSDRM: ("libdrm2", "libgbm1", "libegl1", "libgles2"),
    "display": ("libasound2", "alsa-utils"),
}


def packages(session: str, programs: Sequence[str]) -> list[str]:
    """Return the Debian packages that this machine needs."""
    has_screen = any(program in SCREEN_PROGRAMS for program in programs)
    wanted = [*BASE, *(PACKAGES.get(session, ()) if has_screen else ())]
    for program in programs:
        wanted += PACKAGES.get(program, ())
    return wanted


def sections(settings: Path) -> dict[str, object]:
    """Return the sections of the machine's file, unchecked. Raises :class:`InstallError` when it is no TOML."""
    try:
        return tomllib.loads(settings.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InstallError(f"{settings}: {error}") from error


def programs_of(role: str, file_sections: Mapping[str, object]) -> tuple[str, ...]:
    """Return the role's programs that the machine's file has a section for.

    Raises :class:`InstallError` when there is none.
    """
    programs = tuple(name for name in PROGRAMS[role] if SECTIONS.get(name, name) in file_sections)
    if not programs:
        wanted = ", ".join(SECTIONS.get(name, name) for name in PROGRAMS[role])
        raise InstallError(f"role {role}: the machine's file has none of the sections {wanted}")
    return programs


def check_session(session: str, programs: Sequence[str]) -> None:
    """Raise :class:`InstallError` for two programs that each need the screen alone."""
    if session == KMSDRM and all(name in programs for name in SCREEN_PROGRAMS):
        raise InstallError("kmsdrm gives the screens to one program; with kiosk and TV at one PC take --session x11")


COPY_UNITS = ("luot-backup.timer", "luot-backup.path")
"""The units that start the copies: every evening, and when somebody asks for one."""


def units_of(session: str, programs: Sequence[str]) -> list[str]:
    """Return the units that start with the machine."""
    units = [
        "luot.target",
        *(f"luot-{program}.service" for program in programs),
        "luot-nightly.timer",
        "luot-settle.service",
    ]
    if "server" in programs:
        units += COPY_UNITS
    if session == X11 and any(name in programs for name in SCREEN_PROGRAMS):
        units.append("luot-screen.service")
    return units
