"""Run programs with visitors' links from a seed and, for a while, a monotonic clock that stands.

``python -m tools.pictures.program FILE MODULE ARGUMENTS``: everything else is the program's own. Only the
makers of pictures start programs so: a slip's QR code is the same each time, and a screen stands while it is shown.
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
    """Run the program; return its exit code. ``FILE`` holds the moment at which its clock stands, while it is there."""
    file, module, *arguments = sys.argv[1:]
    links = random.Random(SEED)
    clock = standing(time.clock_gettime_ns, Path(file))
    with (
        patch.object(secrets, "token_urlsafe", lambda size: token(links, size)),
        patch.object(time, "clock_gettime_ns", clock),
    ):
        return int(importlib.import_module(module).main(arguments))


def standing(read_ns: Callable[[int], int], file: Path) -> Callable[[int], int]:
    """Return a clock that shows the nanoseconds in ``file`` while it is there, else those of ``read_ns``."""

    def now_ns(clock: int) -> int:
        try:
            return int(file.read_text(encoding="ascii"))
        except FileNotFoundError:
            return read_ns(clock)

    return now_ns


def token(links: random.Random, size: int) -> str:
    """Return ``size`` seeded bytes as text for an address, as ``secrets.token_urlsafe`` writes them."""
    return base64.urlsafe_b64encode(links.randbytes(size)).rstrip(b"=").decode()


if __name__ == "__main__":
    raise SystemExit(main())
