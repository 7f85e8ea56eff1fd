"""A small file that is replaced whole or not at all, also when the power fails in the middle."""

import os
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Put ``text`` where ``path`` is; on the disk when this returns. Raises ``OSError``, and ``path`` is as it was."""
    aside = path.with_name(f".{path.name}.new")
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
