"""Where everything of Lượt is on a machine. With another ``root`` all of it lies below that folder."""

from dataclasses import dataclass
from os.path import normpath
from pathlib import Path

UNITS = (
    "luot.target",
    "luot-server.service",
    "luot-kiosk.service",
    "luot-counter.service",
    "luot-display.service",
    "luot-sign.service",
    "luot-screen.service",
    "luot-backup.service",
    "luot-backup.timer",
    "luot-nightly.service",
    "luot-nightly.timer",
    "luot-settle.service",
)


@dataclass(frozen=True, slots=True)
class Places:
    """Paths as the running system knows them are strings; as we reach them, :meth:`at` puts them below ``root``."""

    root: Path

    def at(self, path: str) -> Path:
        """``path`` of the machine, as we reach it."""
        return self.root / path.lstrip("/")

    @property
    def home(self) -> Path:
        """The releases, each in a folder of its own, and the link ``current``."""
        return self.at("/opt/luot")

    @property
    def current(self) -> Path:
        return self.home / "current"

    @property
    def record(self) -> Path:
        """What is installed here and how: role, session, which release before this one."""
        return self.home / "site.json"

    @property
    def change(self) -> Path:
        """A change of release that is under way; its being there is what brings it to its end after a power cut."""
        return self.home / "change.json"

    @property
    def lock(self) -> Path:
        """Held by whoever changes the machine; in a folder that only root can write, and gone after a start."""
        return self.at("/run/luot-site.lock")

    @property
    def settings(self) -> Path:
        return self.at("/etc/luot/hall.toml")

    @property
    def office(self) -> Path:
        return self.at("/etc/luot/office.toml")

    @property
    def state(self) -> Path:
        return self.at("/var/lib/luot")

    @property
    def copies(self) -> Path:
        return self.at("/var/backups/luot")

    @property
    def units(self) -> Path:
        return self.at("/etc/systemd/system")

    def release(self, name: str) -> Path:
        return self.home / name


# What the machine reads -> what it is in a release's packaging, as links through ``current``: one rename of that link
# changes programs and units together.
LINKS = {
    **{f"/etc/systemd/system/{unit}": f"systemd/{unit}" for unit in UNITS},
    "/usr/local/sbin/luot-site": "install",
    "/usr/local/bin/luot-hardware": "../venv/bin/luot-hardware",
}
# And as copies: what is read early or by programs that follow no links, and hardly ever changes.
COPIES = {
    "/etc/systemd/system.conf.d/luot.conf": "systemd/watchdog.conf",
    "/etc/systemd/journald.conf.d/luot.conf": "systemd/journald.conf",
    "/etc/sysusers.d/luot.conf": "systemd/sysusers.conf",
    "/etc/tmpfiles.d/luot.conf": "systemd/tmpfiles.conf",
    "/etc/udev/rules.d/60-luot.rules": "udev/60-luot.rules",
}
XORG = "/etc/X11/xorg.conf.d/90-luot.conf"
NAMES = "/etc/udev/rules.d/61-luot-names.rules"

X11 = "x11"
KMSDRM = "kmsdrm"
NONE = "none"
SESSIONS = (X11, KMSDRM, NONE)
SCREEN_PROGRAMS = ("kiosk", "display")


def session_links(session: str, programs: tuple[str, ...]) -> dict[str, str]:
    """What a session adds to :data:`LINKS`."""
    if session == NONE:
        return {}
    return {
        f"/etc/systemd/system/luot-{program}.service.d/10-screen.conf": f"systemd/screen-{session}.conf"
        for program in SCREEN_PROGRAMS
        if program in programs
    }


def copies(session: str) -> dict[str, str]:
    """:data:`COPIES`, with what the session adds."""
    return {**COPIES, XORG: "x11/90-luot.conf"} if session == X11 else COPIES


def link_target(part: str) -> str:
    """Where the link to ``part`` of a release's packaging points."""
    return normpath(f"/opt/luot/current/packaging/{part}")
