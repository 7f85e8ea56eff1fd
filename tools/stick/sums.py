"""The checksums of a folder, as ``sha256sum --check`` reads them."""

import hashlib
from pathlib import Path


def sums_of(folder: Path, sums_name: str) -> str:
    """Return a line for each file of ``folder`` but ``sums_name``, ordered by path."""
    paths = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return "".join(
        f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}\n" for path in paths if path != sums_name
    )
