"""Programs that the making of a stick runs."""

import subprocess
from collections.abc import Sequence

OUTPUT_CHARACTERS = 2000


class StickError(Exception):
    """The stick cannot be made; the sentence says why."""


def output_of(command: Sequence[str]) -> str:
    """Return the output of a program. Raises :class:`StickError` with that output when it fails."""
    completed = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if completed.returncode != 0:
        output = (completed.stdout + completed.stderr)[-OUTPUT_CHARACTERS:]
        raise StickError(f"{' '.join(command[:4])} …: exit code {completed.returncode}\n{output}")
    return completed.stdout
