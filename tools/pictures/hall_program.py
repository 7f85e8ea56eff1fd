"""Run the virtual hall from a fixed moment, each of its programs by :mod:`tools.pictures.program`.

``python -m tools.pictures.hall_program FOLDER ARGUMENTS``: ``FOLDER/NAME`` stops the monotonic clock of program NAME.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from config.settings import Settings
from server.hall import app
from server.hall.cast import MODULES, cast
from server.hall.children import Spec

START_MS = 1_795_395_600_000  # 2026-11-23T01:00:00Z, a Monday, 08:00 in Việt Nam
RAN_MS = 1_000_000


def main() -> int:
    """Run the hall until SIGINT; return its exit code."""
    moments, *arguments = sys.argv[1:]

    def programs(settings: Settings, file: Path) -> Iterator[Spec]:
        for spec in cast(settings, file):
            run = (sys.executable, "-m", "tools.pictures.program", str(Path(moments) / spec.name), MODULES[spec.name])
            yield replace(spec, command=(*run, "--config", str(file)))

    with (
        patch.object(app, "cast", programs),
        patch.object(app, "first_moment", lambda *known, **more: (START_MS, RAN_MS)),
    ):
        return app.main(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
