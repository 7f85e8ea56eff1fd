"""Load and save the ids of calls that this display has begun to speak.

They are stored on its own disk, so that no call is repeated after a restart.
"""

import json
import logging
from pathlib import Path

from config import files

log = logging.getLogger(__name__)


def load(path: Path) -> tuple[str, ...] | None:
    """Return the ids of calls, oldest first; None where there is no readable file."""
    try:
        ids = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        log.warning("%s cannot be read (%s): calls that are open now are not spoken", path, error)
        return None
    if not isinstance(ids, list) or not all(isinstance(call_id, str) for call_id in ids):
        log.warning("%s is not a list of calls: calls that are open now are not spoken", path)
        return None
    return tuple(ids)


def save(path: Path, ids: tuple[str, ...]) -> None:
    """Replace the file atomically, also across a power failure. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.atomic_write(path, json.dumps(ids))
