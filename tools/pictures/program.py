"""Run a program with seeded visitors' links and a monotonic clock that can stop.

``python -m tools.pictures.program FILE MODULE ARGUMENTS``: everything else is the program's own. Only the makers of
pictures start programs so: a slip's QR code is the same each time, and a screen stands while it is shown.
"""

import base64
import importlib
import random
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

SEED = 20261123


def main() -> int:
    """Run the program; return its exit code. While ``FILE`` exists, the clock stands at the time in it."""
    file, module, *arguments = sys.argv[1:]
    link_random = random.Random(SEED)
    clock = stoppable_clock(time.clock_gettime_ns, Path(file))
    with (
        patch.object(secrets, "token_urlsafe", lambda size: token(link_random, size)),
        patch.object(time, "clock_gettime_ns", clock),
    ):
        return int(importlib.import_module(module).main(arguments))


def stoppable_clock(read_ns: Callable[[int], int], file: Path) -> Callable[[int], int]:
    """Return a clock that shows the nanoseconds in ``file`` while that exists.

    Else it shows those of ``read_ns``.
    """

    def now_ns(clock: int) -> int:
        try:
            return int(file.read_text(encoding="ascii"))
        except FileNotFoundError:
            return read_ns(clock)

    return now_ns


def token(link_random: random.Random, size: int) -> str:
    """Return ``size`` seeded bytes as text for an address, as ``secrets.token_urlsafe`` writes them."""
    return base64.urlsafe_b64encode(link_random.randbytes(size)).rstrip(b"=").decode()


if __name__ == "__main__":
    raise SystemExit(main())
