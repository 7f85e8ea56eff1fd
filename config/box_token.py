"""The token with which stations prove that they run on the server's box.

The server makes the file in its state folder; the stations of the same machine read it and send the token over
loopback.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from config.address import is_loopback
from config.settings import Settings

FILE_NAME = "box.token"


def read_token(path: Path) -> str | None:
    """Return the token in the file, or None while the file cannot be read."""
    try:
        return path.read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def stations_token(settings: Settings) -> str | None:
    """Return the token that this machine's stations send.

    It is that of ``[link] token_file``, else that of the own box; None while there is none, and for a server on another
    machine.
    """
    link = settings.link
    if link.token_file is not None:
        return read_token(link.token_file)
    is_own_box = is_loopback(urlsplit(link.server).hostname or "")
    return read_token(settings.machine.state / FILE_NAME) if is_own_box else None


def write_token(path: Path, token: str) -> None:
    """Write the token to the file, which only this user can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as unfinished_file:
        unfinished_file.write(token)
    unfinished.replace(path)
