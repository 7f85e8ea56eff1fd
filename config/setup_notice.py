"""The file from which a kiosk of the server's machine shows the set-up code.

It lies in the state folder, readable by its owner only, while no administrator exists. The code never goes over the
network.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE_NAME = "setup-code.json"


@dataclass(frozen=True, slots=True)
class SetupNotice:
    """``code``: in groups, as people read it. ``page``: the address at which the set-up page is opened."""

    code: str
    page: str


def read_notice(state: Path) -> SetupNotice | None:
    """Return the notice of the state folder; None without a valid one."""
    try:
        values = json.loads((state / FILE_NAME).read_text(encoding="utf-8"))
        return SetupNotice(code=str(values["code"]), page=str(values["page"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_notice(state: Path, notice: SetupNotice) -> None:
    """Replace the notice; only this user can read it. Raises ``OSError``."""
    state.mkdir(parents=True, exist_ok=True)
    temporary = state / f".{FILE_NAME}.new"
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(notice), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(state / FILE_NAME)


def remove_notice(state: Path) -> None:
    """Remove the notice, if there is one. Raises ``OSError``."""
    (state / FILE_NAME).unlink(missing_ok=True)
