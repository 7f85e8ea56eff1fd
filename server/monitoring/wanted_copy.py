"""A copy of the database that somebody wants now.

The server may not write where the copies are. It makes a file in its own folder, which ``luot-backup.path`` watches.
"""

from pathlib import Path

NAME = "copy-wanted"
"""The file's name in the state folder; the copy begins by removing it."""


def want_copy(state: Path) -> None:
    """Ask for a copy now; once more is the same. Raises ``OSError``."""
    (state / NAME).touch()


def take_wanted_copy(state: Path) -> None:
    """Note that the copy begins."""
    (state / NAME).unlink(missing_ok=True)
