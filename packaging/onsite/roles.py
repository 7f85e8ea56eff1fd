"""What a machine is for: which of our programs run on it, and which Debian packages those need."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from onsite.machine import Refused
from onsite.places import KMSDRM, SCREEN_PROGRAMS, X11

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
ALONE = ("kiosk", "counters", "display", "sign")
WHY_ALONE = (
    "the server answers on its own machine only, until stations can be enrolled: what is installed here will wait"
    " for a server on this machine. Take --role all-in-one, with everything at one PC"
)

EXAMPLES = ("hall-one-box", "hall-serial", "hall-desk", "sign-node")

BASE = ("python3", "python3-venv", "ca-certificates", "systemd-timesyncd")
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
    """The Debian packages of this machine."""
    wanted = [*BASE, *PACKAGES.get(session, ())]
    for program in programs:
        wanted += PACKAGES.get(program, ())
    return wanted


def sections(settings: Path) -> dict[str, object]:
    """The machine's file as it stands. Raises :class:`Refused` when it is no TOML."""
    try:
        return tomllib.loads(settings.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Refused(f"{settings}: {error}") from error


def programs_of(role: str, told: Mapping[str, object]) -> tuple[str, ...]:
    """The role's programs that the machine's file has a section for. Raises :class:`Refused` when none has."""
    found = tuple(one for one in PROGRAMS[role] if SECTIONS.get(one, one) in told)
    if not found:
        wanted = ", ".join(SECTIONS.get(one, one) for one in PROGRAMS[role])
        raise Refused(f"role {role}: the machine's file has none of the sections {wanted}")
    return found


def check_session(session: str, programs: Sequence[str]) -> None:
    """Raises :class:`Refused` for what cannot be: two programs cannot both have the screen to themselves."""
    if session == KMSDRM and all(one in programs for one in SCREEN_PROGRAMS):
        raise Refused("kmsdrm gives the screens to one program; with kiosk and TV at one PC take --session x11")


def units_of(session: str, programs: Sequence[str]) -> list[str]:
    """The units that start with the machine."""
    units = ["luot.target", *(f"luot-{one}.service" for one in programs), "luot-nightly.timer", "luot-settle.service"]
    if "server" in programs:
        units.append("luot-backup.timer")
    if session == X11 and any(one in programs for one in SCREEN_PROGRAMS):
        units.append("luot-screen.service")
    return units
