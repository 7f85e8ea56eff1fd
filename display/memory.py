"""What this display has begun to speak, kept on its own disk, so that nothing is spoken twice after a restart."""

import json
import logging
from pathlib import Path

from hardware import whole_file

log = logging.getLogger(__name__)


def recall(path: Path) -> tuple[str, ...] | None:
    """Ids of calls, oldest first; None where nothing that can be read is kept."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        log.warning("%s cannot be read (%s): calls that are open now are not spoken", path, error)
        return None
    if not isinstance(kept, list) or not all(isinstance(one, str) for one in kept):
        log.warning("%s is not a list of calls: calls that are open now are not spoken", path)
        return None
    return tuple(kept)


def keep(path: Path, known: tuple[str, ...]) -> None:
    """Replace what is kept, whole or not at all, also when the power fails. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole_file.replace(path, json.dumps(known))
