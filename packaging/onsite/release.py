"""A release: a folder below /opt/luot with its own virtual environment and packaging; never changed once whole."""

import hashlib
import re
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from onsite.machine import Machine, Refused

OURS = ("kiosk", "counter", "display", "server", "hardware", "config", "packaging")
ALONE = ("pyproject.toml", "requirements.lock", "README.md", "LICENSE")
PASSED_OVER = ("__pycache__",)
WHOLE = "whole"  # the last file of a release; a folder without it is what a power cut left
PYTHON = "/usr/bin/python3"
ROOM_MB = 500  # a release takes 180, pip unpacks beside it, and the hall's database must have room all the while
REVISION = re.compile(r'^revision\s*(?::\s*str\s*)?=\s*"([^"]+)"', re.MULTILINE)


def name_of(source: Path) -> str:
    """Version and a few letters of what is in it, so that two states of one version are two releases."""
    digest = hashlib.sha256()
    for path in _files(source):
        digest.update(str(path.relative_to(source)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    try:
        version = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise Refused(f"{source}: is no source of Lượt: {error}") from error
    return f"{version}-{digest.hexdigest()[:8]}"


def is_whole(machine: Machine, name: str) -> bool:
    return (machine.places.release(name) / WHOLE).is_file()


def build(machine: Machine, source: Path, name: str, wheels: Path | None) -> None:
    """Make the release ``name`` from ``source``, from PyPI or from a folder of wheels. Raises :class:`Refused`."""
    if is_whole(machine, name):
        return
    folder = machine.places.release(name)
    machine.remove(folder)
    _see_room(machine.places.home)
    machine.say(f"{'would build' if machine.dry else 'building'} release {name}; this takes a few minutes")
    try:
        _build(machine, source, name, wheels)
    finally:
        if not machine.dry and not is_whole(machine, name):
            machine.remove(folder)  # on a full disk it would keep the room that the hall needs


def _see_room(home: Path) -> None:
    there = next(one for one in (home, *home.parents) if one.is_dir())
    free_mb = shutil.disk_usage(there).free // 1_000_000
    if free_mb < ROOM_MB:
        raise Refused(f"{there}: {free_mb} MB are free; a release needs {ROOM_MB} while it is built. Free some first")


def _build(machine: Machine, source: Path, name: str, wheels: Path | None) -> None:
    folder = machine.places.release(name)
    if not machine.dry:
        _copy(source, folder, ("packaging", "docs"))
    pip = [
        str(folder / "venv/bin/python"),
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--no-cache-dir",
    ]
    if wheels is not None:
        pip += ["--no-index", "--find-links", str(wheels)]
    machine.run(PYTHON, "-m", "venv", str(folder / "venv"), why="no virtual environment (is python3-venv there?)")
    lock = str(folder / "requirements.lock")
    machine.run(*pip, "--require-hashes", "-r", lock, why="the locked packages could not be installed")
    if not machine.dry:
        _copy(source, folder / "source", OURS)
    machine.run(
        *pip, "--no-build-isolation", "--no-deps", str(folder / "source"), why="Lượt itself could not be installed"
    )
    machine.remove(folder / "source")
    machine.run(str(folder / "venv/bin/python"), "-m", "compileall", "-q", str(folder / "venv/lib"), why="compileall")
    machine.settle_disk()
    machine.write(folder / WHOLE, f"{name}\n", durable=True)


def superfluous(machine: Machine, *keep: str | None) -> list[Path]:
    """Folders of other releases, and of builds that were cut off."""
    home = machine.places.home
    if not home.is_dir():
        return []
    folders = (one for one in sorted(home.iterdir()) if one.is_dir() and not one.is_symlink())
    return [one for one in folders if one.name not in keep and re.match(r"^\d", one.name)]


def revisions(release: Path) -> set[str]:
    """The schema's revisions that a release knows."""
    found = set()
    for script in release.glob("venv/lib/python3*/site-packages/server/store/migrations/versions/*.py"):
        found.update(REVISION.findall(script.read_text(encoding="utf-8")))
    return found


def _copy(source: Path, folder: Path, tops: Sequence[str]) -> None:
    for path in _files(source, tops):
        to = folder / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
        # Not the source's own: a stick's file system gives everybody every right, or nobody the right to run it.
        to.chmod(0o755 if to.read_bytes()[:2] == b"#!" else 0o644)


def _files(source: Path, tops: Sequence[str] = (*OURS, "docs")) -> Iterator[Path]:
    """What belongs to a release, in one order: a few files at the top, and the folders ``tops``."""
    for name in ALONE:
        yield source / name
    for top in tops:
        for path in sorted((source / top).rglob("*")):
            wanted = top != "docs" or path.suffix == ".md"
            if path.is_file() and wanted and not any(part in PASSED_OVER for part in path.parts):
                yield path
