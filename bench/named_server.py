"""Run the server with the names of its threads known to the kernel: ``python -m bench.named_server --config FILE``."""

import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from server.app import main

MAX_NAME = 15
"""The kernel keeps so many bytes of a thread's name."""


def name_threads() -> None:
    """Let each new thread write its name to ``/proc``."""
    run: Any = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]

    def named(thread: threading.Thread) -> None:
        with suppress(OSError):
            Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text(thread.name[:MAX_NAME])
        run(thread)

    threading.Thread._bootstrap_inner = named  # type: ignore[attr-defined]


if __name__ == "__main__":
    name_threads()
    sys.exit(main())
