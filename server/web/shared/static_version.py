"""The version of the pages' scripts and styles."""

import hashlib
from pathlib import Path


def scripts_version(folder: Path) -> str:
    """Return a hash of the scripts and styles in ``folder``. A page notices an upgrade by it."""
    contents = hashlib.sha256()
    for path in sorted(folder.rglob("*.js")) + sorted(folder.rglob("*.css")):
        contents.update(path.read_bytes())
    return contents.hexdigest()[:16]
