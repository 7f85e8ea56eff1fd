"""The real kiosk, which also writes down when each part of a slip's way was done. For ``bench.devices``.

Every slip adds one line of JSON to ``marks.jsonl`` beside the machine's file, in seconds of the machine's monotonic
clock, and leaves its bytes in ``slip.bin`` there.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from hardware.printers.escpos import EscposPrinter
from hardware.printers.journal import PrintJournal
from hardware.printers.printing import Printing
from hardware.screens.touch import Finger
from hardware.screens.window import Inbox
from kiosk import app
from kiosk.outside import Hall


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a moment is taken: at the beginning or at the end of a method."""

    name: str
    owner: type
    method: str
    at_end: bool = True


LIFTED, TOLD, DRAWN = "lifted", "told", "drawn"
MARKS = (
    Mark(LIFTED, Inbox, "put", at_end=False),
    Mark("asked", Hall, "_issue", at_end=False),
    Mark("answered", Hall, "_issue"),
    Mark("ordered", EscposPrinter, "print_slip", at_end=False),
    Mark(DRAWN, Printing, "_encoded"),
    Mark("looked", Printing, "_why_not"),
    Mark("noted", PrintJournal, "sending"),
    Mark(TOLD, Printing, "result"),
)


def plant(folder: Path) -> None:
    """Take the marks; a finger that lifts begins anew, so the last one before a slip is the tap for it."""
    marks: dict[str, float] = {}

    def taken(mark: Mark, given: tuple[Any, ...], result: Any) -> None:
        now_s = time.monotonic()
        if mark.name == LIFTED:
            if not isinstance(given[1], Finger) or given[1].down:
                return
            marks.clear()
        marks[mark.name] = now_s
        if mark.name == DRAWN:
            (folder / "slip.bin").write_bytes(result[0])
        elif mark.name == TOLD:
            with (folder / "marks.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(marks) + "\n")

    for mark in MARKS:
        setattr(mark.owner, mark.method, _marked(getattr(mark.owner, mark.method), mark, taken))


def _marked(
    method: Callable[..., Any], mark: Mark, taken: Callable[[Mark, tuple[Any, ...], Any], None]
) -> Callable[..., Any]:
    @wraps(method)
    def marked(*given: Any, **named: Any) -> Any:
        if not mark.at_end:
            taken(mark, given, None)
        result = method(*given, **named)
        if mark.at_end:
            taken(mark, given, result)
        return result

    return marked


if __name__ == "__main__":
    plant(Path(sys.argv[sys.argv.index("--config") + 1]).parent)
    raise SystemExit(app.main())
