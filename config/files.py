"""Atomic replacement of small files."""

import os
from pathlib import Path

PUBLIC, PRIVATE = 0o666, 0o600
"""Rights of a new file: ``PUBLIC`` as the umask allows, ``PRIVATE`` for its owner only."""


def atomic_write(path: Path, text: str, *, rights: int = PUBLIC) -> None:
    """Replace the contents of ``path``; on disk when this returns, also after a power failure.

    Raises ``OSError``, and ``path`` is unchanged then.
    """
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)  # left by a power failure, perhaps with other rights
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
