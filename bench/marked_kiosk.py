"""The real kiosk, which also records when each part of a slip's way was done.

For ``bench.devices``. Every slip adds one line of JSON to ``marks.jsonl`` beside the machine's file, in seconds of the
machine's monotonic clock, and leaves its bytes in ``slip.bin`` there. Every frame that a finger
changed adds one line to ``frames.jsonl``.
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
from hardware.printers.jobs import PrintJobs
from hardware.printers.journal import PrintJournal
from hardware.screens.frames import Frames
from hardware.screens.touch import Finger
from hardware.screens.window import Inbox
from kiosk import app
from kiosk.effects.server import ServerCalls


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment to record: the beginning or the end of a method."""

    name: str
    owner: type
    method: str
    at_end: bool = True


LIFTED, REPORTED, ENCODED = "lifted", "reported", "drawn"
FRAMES_FILE = "frames.jsonl"
# In the order of a slip's way: the finger is lifted, the number asked for and answered, the print job ordered, the slip
# drawn, the printer looked at (its status), the job noted in the journal, its result reported.
MARKS = (
    Mark(LIFTED, Inbox, "put", at_end=False),
    Mark("asked", ServerCalls, "_request_ticket", at_end=False),
    Mark("answered", ServerCalls, "_request_ticket"),
    Mark("ordered", EscposPrinter, "print_slip", at_end=False),
    Mark(ENCODED, PrintJobs, "_encode"),
    Mark("looked", PrintJobs, "_check_ready"),
    Mark("noted", PrintJournal, "record_sending"),
    Mark(REPORTED, PrintJobs, "print_job"),
)


def install_marks(folder: Path) -> None:
    """Make the kiosk record the marks. Each lift of a finger starts anew: the last lift before a slip is its tap."""
    marks: dict[str, float] = {}

    def record(mark: Mark, args: tuple[Any, ...], result: Any) -> None:
        now_s = time.monotonic()
        if mark.name == LIFTED:
            if not isinstance(args[1], Finger) or args[1].down:
                return
            marks.clear()
        marks[mark.name] = now_s
        if mark.name == ENCODED:
            (folder / "slip.bin").write_bytes(result[0])
        elif mark.name == REPORTED:
            with (folder / "marks.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(marks) + "\n")

    for mark in MARKS:
        setattr(mark.owner, mark.method, _with_mark(getattr(mark.owner, mark.method), mark, record))


def install_frame_marks(folder: Path) -> None:
    """Make the kiosk record how long a finger's frames take, in ms.

    ``pressed``: from the finger that goes down until the first frame after it. ``screen``: from the lift until the
    first frame of another screen.
    """
    put, publish = Inbox.put, Frames.publish
    down_s: list[float] = []
    lifted: list[tuple[float, object]] = []
    """The lift that has no new screen yet, and the screen at that moment."""
    screens: list[object] = [None]

    def put_marked(inbox: Inbox[Any], item: Any) -> None:
        if isinstance(item, Finger):
            now_s = time.monotonic()
            if item.down:
                down_s[:] = [now_s]
            else:
                lifted[:] = [(now_s, screens[-1])]
        put(inbox, item)

    def publish_marked(frames: Frames, surface: Any, scene: Any, panel: Any, state: Any) -> None:
        now_s = time.monotonic()  # the panel has the frame
        screens[:] = [state["screen"]]
        durations = {"pressed": (now_s - down_s.pop()) * 1000} if down_s else {}
        if lifted and lifted[0][1] != screens[-1]:
            durations["screen"] = (now_s - lifted.pop()[0]) * 1000
        if durations:
            with (folder / FRAMES_FILE).open("a", encoding="utf-8") as file:
                file.write(json.dumps(durations) + "\n")
        publish(frames, surface, scene, panel, state)

    Inbox.put = put_marked  # type: ignore[method-assign, assignment]
    Frames.publish = publish_marked  # type: ignore[method-assign, assignment]


def _with_mark(
    method: Callable[..., Any], mark: Mark, record: Callable[[Mark, tuple[Any, ...], Any], None]
) -> Callable[..., Any]:
    @wraps(method)
    def with_mark(*args: Any, **kwargs: Any) -> Any:
        if not mark.at_end:
            record(mark, args, None)
        result = method(*args, **kwargs)
        if mark.at_end:
            record(mark, args, result)
        return result

    return with_mark


if __name__ == "__main__":
    settings_folder = Path(sys.argv[sys.argv.index("--config") + 1]).parent
    install_marks(settings_folder)
    install_frame_marks(settings_folder)
    raise SystemExit(app.main())
