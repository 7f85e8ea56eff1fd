"""Run the real hall TV and record the time of each changed screen.

Each frame adds one line of JSON to ``frames.jsonl`` beside the settings file: the time in seconds of the machine's
monotonic clock, and the numbers on the screen.
"""

import json
import sys
import time
from collections.abc import Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from display import app
from hardware.screens.frames import Frames

FRAMES_FILE = "frames.jsonl"


def install_marks(folder: Path) -> None:
    """Make the display record its frames, each right after the panel shows it."""
    publish = Frames.publish

    @wraps(publish)
    def recorded(frames: Frames, surface: Any, scene: Any, panel: Any, state: Mapping[str, Any]) -> None:
        now_s = time.monotonic()
        numbers = [state["number"], *(row["number"] for row in state["calls"])]
        with (folder / FRAMES_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at_s": now_s, "numbers": numbers}) + "\n")
        publish(frames, surface, scene, panel, state)

    Frames.publish = recorded  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    install_marks(Path(sys.argv[sys.argv.index("--config") + 1]).parent)
    raise SystemExit(app.main())
