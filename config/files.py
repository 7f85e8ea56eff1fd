"""Atomic replacement of small files."""

import os
from pathlib import Path


def atomic_write(path: Path, text: str) -> None:
    """Replace the contents of ``path``; on disk when this returns, also after a power failure.

    Raises ``OSError``, and ``path`` is unchanged then.
    """
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
