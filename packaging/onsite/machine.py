"""Change a machine. Every file, link and program run goes through here, for dry runs too."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from onsite.paths import InstallPaths


class InstallError(Exception):
    """The step failed and changed nothing. The sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine below ``paths.root``. ``dry_run``: show what would be done, and do nothing.

    ``is_live``: the root is the running system (or a stand-in for its ``systemctl`` was named), so services can be
    started. ``systemctl``: the command, with its arguments. ``show`` prints a line for the person who installs.
    """

    paths: InstallPaths
    dry_run: bool
    is_live: bool
    systemctl: Sequence[str]
    show: Callable[[str], None]

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock of installers. Raises :class:`InstallError` when another one is running."""
        path = self.paths.lock
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except PermissionError as error:
            raise InstallError("only root may do this: su -, or sudo") from error
        with os.fdopen(opened, "w", encoding="ascii") as lock_file:
            try:
                fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise InstallError("another installer is at work on this machine; wait for its end") from error
            yield

    # --- files

    def write(self, path: Path, text: str, *, durable: bool = False) -> bool:
        """Make ``path`` hold ``text``, by one rename; return False when it did already.

        ``durable``: it is on the disk when this returns.
        """
        if path.is_file() and not path.is_symlink() and path.read_text(encoding="utf-8") == text:
            return False
        self._announce(f"write {self._display_path(path)}")
        if not self.dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.new")
            temporary.unlink(missing_ok=True)
            with os.fdopen(
                os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8"
            ) as sink:
                sink.write(text)
                sink.flush()
                if durable:
                    os.fsync(sink.fileno())
            temporary.replace(path)
            if durable:
                _sync(path.parent)
        return True

    def link(self, path: Path, target: str, *, durable: bool = False) -> bool:
        """Make ``path`` a link to ``target`` by one rename; return False when it was already.

        ``durable``: it is on the disk when this returns.
        """
        if path.is_symlink() and str(path.readlink()) == target:
            return False
        if path.exists() and not path.is_symlink():
            raise InstallError(f"{self._display_path(path)} is there and not ours; move it away, then go on")
        self._announce(f"link {self._display_path(path)} -> {target}")
        if not self.dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.new")
            temporary.unlink(missing_ok=True)
            temporary.symlink_to(target)
            temporary.replace(path)
            if durable:
                _sync(path.parent)
        return True

    def sync_disk(self) -> None:
        """Flush everything written so far to the disk, before something durable relies on it."""
        if not self.dry_run and self.paths.root == Path("/"):
            os.sync()

    def remove(self, path: Path) -> bool:
        """Remove a file, a link or a whole folder; return False when there was none."""
        if not path.exists() and not path.is_symlink():
            return False
        self._announce(f"remove {self._display_path(path)}")
        if not self.dry_run:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        return True

    # --- programs

    def run(self, *command: str, failure: str = "", read_only: bool = False) -> str:
        """Run a program to its end; return its output. Raises :class:`InstallError` with that output when it fails.

        ``read_only``: it changes nothing, so it runs in a dry run too.
        """
        if not read_only:
            self._announce(" ".join(command))
            if self.dry_run:
                return ""
        try:
            completed = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise InstallError(f"{failure or command[0]}: {command[0]}: {error.strerror}") from error
        if completed.returncode != 0:
            last_lines = "\n".join((completed.stdout + completed.stderr).strip().splitlines()[-12:])
            raise InstallError(f"{failure or ' '.join(command)}: exit code {completed.returncode}\n{last_lines}")
        return completed.stdout

    def run_systemctl(self, verb: str, *units: str) -> None:
        """Run ``systemctl``, for links and for starting.

        Below another root, only verbs that work without a running system are executed.
        """
        works_offline = verb in ("enable", "disable", "mask", "unmask")
        if self.is_live:
            self.run(*self.systemctl, verb, *units)
        elif works_offline:
            self.run("systemctl", f"--root={self.paths.root}", verb, *units)
        else:
            self._announce(f"(not on a running system) systemctl {verb} {' '.join(units)}")

    def unit_states(self, units: Sequence[str]) -> dict[str, str]:
        """Return the state of each unit in systemd: active, activating, failed, …"""
        states = {}
        for unit in units:
            completed = subprocess.run(
                [*self.systemctl, "is-active", unit],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )  # its exit code says the same
            states[unit] = completed.stdout.strip() or "unknown"
        return states

    def unit_properties(self, unit: str, *names: str) -> dict[str, str]:
        """Return properties of a unit as systemd has them; empty texts where it reports none.

        A moment is written as "@" and its Unix time.
        """
        completed = subprocess.run(
            [*self.systemctl, "show", "--timestamp=unix", f"--property={','.join(names)}", unit],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        values = dict(line.split("=", 1) for line in completed.stdout.splitlines() if "=" in line)
        return {name: values.get(name, "") for name in names}

    def _announce(self, line: str) -> None:
        self.show(f"{'would ' if self.dry_run else ''}{line}")

    def _display_path(self, path: Path) -> str:
        try:
            return f"/{path.relative_to(self.paths.root)}"
        except ValueError:
            return str(path)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
