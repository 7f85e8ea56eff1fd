"""The paths of Lượt on a machine. With another ``root`` all of them are below that folder."""

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
    "luot-backup.path",
    "luot-nightly.service",
    "luot-nightly.timer",
    "luot-settle.service",
)


@dataclass(frozen=True, slots=True)
class InstallPaths:
    """Paths of an installation.

    Constants are absolute paths as strings; :meth:`at` puts them below ``root``.
    """

    root: Path

    def at(self, path: str) -> Path:
        """Return the path of the machine, below ``root``."""
        return self.root / path.lstrip("/")

    @property
    def home(self) -> Path:
        """The releases, each in a folder of its own, and the link ``current``."""
        return self.at("/opt/luot")

    @property
    def current(self) -> Path:
        """The link to the release that runs."""
        return self.home / "current"

    @property
    def record(self) -> Path:
        """The file that records this installation: role, session, current and previous release."""
        return self.home / "site.json"

    @property
    def change(self) -> Path:
        """The file of a change of release that is under way.

        Its existence is what brings the change to its end after a power failure.
        """
        return self.home / "change.json"

    @property
    def lock(self) -> Path:
        """The lock of installers. Only root can write in its folder, and a restart of the machine removes it."""
        return self.at("/run/luot-site.lock")

    @property
    def settings(self) -> Path:
        """The machine's file: the settings of its programs."""
        return self.at("/etc/luot/hall.toml")

    @property
    def office(self) -> Path:
        """The office's file: services, counters, procedures."""
        return self.at("/etc/luot/office.toml")

    @property
    def state(self) -> Path:
        """The folder of the programs' data, such as the database."""
        return self.at("/var/lib/luot")

    @property
    def copies(self) -> Path:
        """The folder for copies of the database."""
        return self.at("/var/backups/luot")

    @property
    def units(self) -> Path:
        """The folder of systemd's units."""
        return self.at("/etc/systemd/system")

    def release(self, name: str) -> Path:
        """Return the folder of a release."""
        return self.home / name


# Path on the machine -> its file in a release's packaging, linked through ``current``: renaming that link switches
# programs and units together.
LINKS = {
    **{f"/etc/systemd/system/{unit}": f"systemd/{unit}" for unit in UNITS},
    "/usr/local/sbin/luot-site": "install",
    "/usr/local/bin/luot-hardware": "../venv/bin/luot-hardware",
}
# Files that are copied: they are read early or by programs that follow no links, and rarely change.
COPIED_FILES = {
    "/etc/systemd/system.conf.d/luot.conf": "systemd/watchdog.conf",
    "/etc/systemd/journald.conf.d/luot.conf": "systemd/journald.conf",
    "/etc/sysusers.d/luot.conf": "systemd/sysusers.conf",
    "/etc/tmpfiles.d/luot.conf": "systemd/tmpfiles.conf",
    "/etc/udev/rules.d/60-luot.rules": "udev/60-luot.rules",
}
XORG = "/etc/X11/xorg.conf.d/90-luot.conf"
DEVICE_NAMES_FILE = "/etc/udev/rules.d/61-luot-names.rules"

X11 = "x11"
KMSDRM = "kmsdrm"
NONE = "none"
SESSIONS = (X11, KMSDRM, NONE)
"""How the screens are driven: by an X server, by one program alone through the kernel, or not at all."""
SCREEN_PROGRAMS = ("kiosk", "display")


def session_links(session: str, programs: tuple[str, ...]) -> dict[str, str]:
    """Return the links that a session adds to :data:`LINKS`."""
    if session == NONE:
        return {}
    return {
        f"/etc/systemd/system/luot-{program}.service.d/10-screen.conf": f"systemd/screen-{session}.conf"
        for program in SCREEN_PROGRAMS
        if program in programs
    }


def copied_files(session: str) -> dict[str, str]:
    """Return :data:`COPIED_FILES` with those that the session adds."""
    return {**COPIED_FILES, XORG: "x11/90-luot.conf"} if session == X11 else COPIED_FILES


def link_target(file: str) -> str:
    """Return the target of the link to ``file`` of a release's packaging."""
    return normpath(f"/opt/luot/current/packaging/{file}")
