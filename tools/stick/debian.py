"""The stick's Debian packages: resolved for an empty machine, fetched, indexed."""

import hashlib
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from onsite.roles import BASE, PACKAGES
from onstick.plan import BROKER_PACKAGES, SSH_PACKAGES
from tools.stick.command import StickError, output_of

DEBIAN_MIRROR = "http://deb.debian.org"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = (("debian", "bookworm"), ("debian", "bookworm-updates"), ("debian-security", "bookworm-security"))
SYSTEM = ("systemd", "systemd-sysv", "dbus", "udev")
"""Parts of every Debian that boots. They are there already, but an upgrade of another package may need a newer one."""

_FETCHED = re.compile(r"^'[^']+' (\S+_\S+\.deb) \d+ ", re.MULTILINE)
_EPOCH = re.compile(r"_\d+%3a")


def wanted_packages() -> list[str]:
    """Return the names of all packages that any role needs."""
    of_roles = [name for names in PACKAGES.values() for name in names]
    return sorted({*BASE, *of_roles, *BROKER_PACKAGES, *SSH_PACKAGES, *SYSTEM})


def fetch_packages(names: Sequence[str], folder: Path, work: Path, mirror: str) -> int:
    """Put the packages and everything that they depend on into ``folder``; return how many.

    ``work`` keeps the fetched files for the next stick. apt checks Debian's signature.
    """
    options = _apt_options(work, mirror)
    output_of(["apt-get", *options, "update"])
    command = ["install", "-y", "--no-install-recommends", *names]
    listed = _FETCHED.findall(output_of(["apt-get", *options, "--print-uris", *command]))
    if not listed:
        raise StickError("apt-get lists no Debian packages")
    archives = work / "archives"
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    output_of(["apt-get", *options, "-o", f"Dir::Cache::archives={archives}", "--download-only", *command])
    folder.mkdir(parents=True)
    for name in listed:
        shutil.copyfile(archives / name, folder / _EPOCH.sub("_", name))  # a percent sign would be unquoted by apt
    return len(listed)


def package_index(folder: Path) -> str:
    """Return the index of the packages in ``folder``, in the order of their files."""
    entries = []
    for package in sorted(folder.glob("*.deb")):
        content = package.read_bytes()
        control = output_of(["dpkg-deb", "--field", str(package)]).strip()
        place = f"Filename: ./{package.name}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}"
        entries.append(f"{control}\n{place}\n")
    return "\n".join(entries)


def _apt_options(work: Path, mirror: str) -> list[str]:
    """Return options by which apt knows only Debian's sources and an empty machine."""
    work.mkdir(parents=True, exist_ok=True)
    status, sources = work / "status", work / "sources.list"
    status.write_bytes(b"")
    (work / "lists/partial").mkdir(parents=True, exist_ok=True)
    lines = [f"deb [signed-by={KEYRING}] {mirror}/{path} {suite} main\n" for path, suite in SUITES]
    sources.write_text("".join(lines), encoding="ascii")
    settings = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State": work,
        "Dir::State::Lists": work / "lists",
        "Dir::State::status": status,
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Debug::NoLocking": "true",
    }
    (work / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
