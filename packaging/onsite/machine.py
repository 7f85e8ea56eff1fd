"""Changing a machine: every file written, link set and program run goes through here, so that it can be only said."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from onsite.places import Places


class Refused(Exception):
    """It cannot be done; the sentence says why and what to do. Nothing was changed by the step that says so."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine below ``places.root``. ``dry``: say what would be done, and do nothing.

    ``live``: the root is the running system (or a stand-in for its ``systemctl`` was named), so services can be
    started. ``systemctl``: the program. ``say`` gets each line for the installer to read.
    """

    places: Places
    dry: bool
    live: bool
    systemctl: Sequence[str]
    say: Callable[[str], None]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other installer away from this machine meanwhile. Raises :class:`Refused` when one is at work."""
        path = self.places.lock
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except PermissionError as error:
            raise Refused("only root may do this: su -, or sudo") from error
        with os.fdopen(opened, "w", encoding="ascii") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Refused("another installer is at work on this machine; wait for its end") from error
            yield

    # --- files

    def write(self, path: Path, text: str, *, durable: bool = False) -> bool:
        """Make ``path`` hold ``text``, whole or not at all; False when it did already. ``durable``: on the disk now."""
        if path.is_file() and not path.is_symlink() and path.read_text(encoding="utf-8") == text:
            return False
        self._said(f"write {self._named(path)}")
        if not self.dry:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_name(f".{path.name}.new")
            aside.unlink(missing_ok=True)
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as sink:
                sink.write(text)
                sink.flush()
                if durable:
                    os.fsync(sink.fileno())
            aside.replace(path)
            if durable:
                _sync(path.parent)
        return True

    def link(self, path: Path, target: str, *, durable: bool = False) -> bool:
        """Make ``path`` a link to ``target`` by one rename; False when it was already. ``durable``: on the disk now."""
        if path.is_symlink() and str(path.readlink()) == target:
            return False
        if path.exists() and not path.is_symlink():
            raise Refused(f"{self._named(path)} is there and not ours; move it away, then go on")
        self._said(f"link {self._named(path)} -> {target}")
        if not self.dry:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_name(f".{path.name}.new")
            aside.unlink(missing_ok=True)
            aside.symlink_to(target)
            aside.replace(path)
            if durable:
                _sync(path.parent)
        return True

    def settle_disk(self) -> None:
        """Have everything written so far on the disk, before something durable relies on it."""
        if not self.dry and self.places.root == Path("/"):
            os.sync()

    def remove(self, path: Path) -> bool:
        """Take a file, a link or a whole folder away; False when there was none."""
        if not path.exists() and not path.is_symlink():
            return False
        self._said(f"remove {self._named(path)}")
        if not self.dry:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        return True

    # --- programs

    def run(self, *command: str, why: str = "", harmless: bool = False) -> str:
        """Run a program to its end; its output. Raises :class:`Refused` with what it said when it fails.

        ``harmless``: it changes nothing, so it runs in a dry run too.
        """
        if not harmless:
            self._said(" ".join(command))
            if self.dry:
                return ""
        try:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise Refused(f"{why or command[0]}: {command[0]}: {error.strerror}") from error
        if ended.returncode != 0:
            said = "\n".join((ended.stdout + ended.stderr).strip().splitlines()[-12:])
            raise Refused(f"{why or ' '.join(command)}: exit code {ended.returncode}\n{said}")
        return ended.stdout

    def unit(self, verb: str, *units: str) -> None:
        """``systemctl`` for links and starting alike; below another root only what works without a running system."""
        offline = verb in ("enable", "disable", "mask", "unmask")
        if self.live:
            self.run(*self.systemctl, verb, *units)
        elif offline:
            self.run("systemctl", f"--root={self.places.root}", verb, *units)
        else:
            self._said(f"(not on a running system) systemctl {verb} {' '.join(units)}")

    def active(self, units: Sequence[str]) -> dict[str, str]:
        """How systemd finds each unit: active, activating, failed, …"""
        found = {}
        for unit in units:
            ended = subprocess.run(
                [*self.systemctl, "is-active", unit],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )  # its exit code says the same
            found[unit] = ended.stdout.strip() or "unknown"
        return found

    def _said(self, line: str) -> None:
        self.say(f"{'would ' if self.dry else ''}{line}")

    def _named(self, path: Path) -> str:
        try:
            return f"/{path.relative_to(self.places.root)}"
        except ValueError:
            return str(path)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
