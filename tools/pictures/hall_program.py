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
from server.hall.supervisor.programs import MODULES, programs
from server.processes.program import Program

START_MS = 1_795_395_600_000  # 2026-11-23T01:00:00Z, a Monday, 08:00 in Việt Nam
RAN_MS = 1_000_000
"""The start of the demonstration clock's ``ran_ms``."""


def main() -> int:
    """Run the hall until SIGINT; return its exit code."""
    clock_files, *arguments = sys.argv[1:]

    def programs_with_stoppable_clocks(settings: Settings, file: Path) -> Iterator[Program]:
        for program in programs(settings, file):
            run = (
                sys.executable,
                "-m",
                "tools.pictures.program",
                str(Path(clock_files) / program.name),
                MODULES[program.name],
            )
            yield replace(program, command=(*run, "--config", str(file)))

    with (
        patch.object(app, "programs", programs_with_stoppable_clocks),
        patch.object(app, "start_time", lambda *known, **more: (START_MS, RAN_MS)),
    ):
        return app.main(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
