"""Releases: folders below /opt/luot, each with its own virtual environment and packaging.

A complete release is never changed.
"""

import hashlib
import re
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from onsite.machine import InstallError, Machine

SOURCE_FOLDERS = ("kiosk", "counter", "display", "server", "hardware", "config", "packaging")
TOP_FILES = ("pyproject.toml", "requirements.lock", "README.md", "LICENSE")
SKIPPED_FOLDERS = ("__pycache__",)
COMPLETE_MARKER = "whole"  # the last file of a release; a folder without it is an interrupted build
PYTHON = "/usr/bin/python3"
REQUIRED_MB = 500  # a release takes 180, pip unpacks beside it, and the hall's database must have room all the while
REVISION = re.compile(r'^revision\s*(?::\s*str\s*)?=\s*"([^"]+)"', re.MULTILINE)


def release_name(source: Path) -> str:
    """Return the name of the release in ``source``: version and digest of its files.

    So two states of one version are two releases.
    """
    digest = hashlib.sha256()
    for path in source_files(source):
        digest.update(str(path.relative_to(source)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    try:
        version = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InstallError(f"{source}: is no source of Lượt: {error}") from error
    return f"{version}-{digest.hexdigest()[:8]}"


def is_complete(machine: Machine, name: str) -> bool:
    return (machine.paths.release(name) / COMPLETE_MARKER).is_file()


def build(machine: Machine, source: Path, name: str, wheels: Path | None) -> None:
    """Make the release ``name`` from ``source``, from PyPI or from a folder of wheels. Raises :class:`InstallError`."""
    if is_complete(machine, name):
        return
    folder = machine.paths.release(name)
    machine.remove(folder)
    _check_free_space(machine.paths.home)
    machine.show(f"{'would build' if machine.dry_run else 'building'} release {name}; this takes a few minutes")
    try:
        _build(machine, source, name, wheels)
    finally:
        if not machine.dry_run and not is_complete(machine, name):
            machine.remove(folder)  # on a full disk it would take the space that the hall needs


def _check_free_space(home: Path) -> None:
    existing = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free_mb = shutil.disk_usage(existing).free // 1_000_000
    if free_mb < REQUIRED_MB:
        raise InstallError(
            f"{existing}: {free_mb} MB are free; a release needs {REQUIRED_MB} while it is built. Free some first"
        )


def _build(machine: Machine, source: Path, name: str, wheels: Path | None) -> None:
    folder = machine.paths.release(name)
    if not machine.dry_run:
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
    machine.run(PYTHON, "-m", "venv", str(folder / "venv"), failure="no virtual environment (is python3-venv there?)")
    lock = str(folder / "requirements.lock")
    machine.run(*pip, "--require-hashes", "-r", lock, failure="the locked packages could not be installed")
    if not machine.dry_run:
        _copy(source, folder / "source", SOURCE_FOLDERS)
    machine.run(
        *pip, "--no-build-isolation", "--no-deps", str(folder / "source"), failure="Lượt itself could not be installed"
    )
    machine.remove(folder / "source")
    machine.run(
        str(folder / "venv/bin/python"), "-m", "compileall", "-q", str(folder / "venv/lib"), failure="compileall"
    )
    machine.sync_disk()
    machine.write(folder / COMPLETE_MARKER, f"{name}\n", durable=True)


def remove_unused(machine: Machine, *keep: str | None) -> None:
    """Remove other releases. A removal that is cut off leaves none that looks complete."""
    for folder in _unused_releases(machine, *keep):
        machine.remove(folder / COMPLETE_MARKER)
        machine.remove(folder)


def revisions(release: Path) -> set[str]:
    """Return the schema revisions that a release can read."""
    schema_revisions = set()
    for script in release.glob("venv/lib/python3*/site-packages/server/store/migrations/versions/*.py"):
        schema_revisions.update(REVISION.findall(script.read_text(encoding="utf-8")))
    return schema_revisions


def _unused_releases(machine: Machine, *keep: str | None) -> list[Path]:
    """Return the folders of other releases, and of builds that were cut off."""
    home = machine.paths.home
    if not home.is_dir():
        return []
    folders = (folder for folder in sorted(home.iterdir()) if folder.is_dir() and not folder.is_symlink())
    return [folder for folder in folders if folder.name not in keep and re.match(r"^\d", folder.name)]


def _copy(source: Path, folder: Path, folders: Sequence[str]) -> None:
    for path in source_files(source, folders):
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        # Not the source's rights: the file system of a USB stick may set all of them, or no right to execute.
        target.chmod(0o755 if target.read_bytes()[:2] == b"#!" else 0o644)


def source_files(source: Path, folders: Sequence[str] = (*SOURCE_FOLDERS, "docs")) -> Iterator[Path]:
    """Yield the files of a release in a fixed order."""
    for name in TOP_FILES:
        yield source / name
    for folder in folders:
        for path in sorted((source / folder).rglob("*")):
            wanted = folder != "docs" or path.suffix == ".md"
            if path.is_file() and wanted and not any(part in SKIPPED_FOLDERS for part in path.parts):
                yield path
