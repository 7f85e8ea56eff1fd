"""Draw a logo that somebody sent, in a process of its own.

A picture may be made to crash a library or to unpack to gigabytes; it then ends that process, and not the server. The
libraries are loaded there too, so that the server does not keep them.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from config.logo import check_logo

TIMEOUT_S = 30
CRASHED = "too_many_dots"
"""The problem of a picture that the process does not survive."""


@dataclass(frozen=True, slots=True)
class DrawnLogo:
    """A logo. ``slips``: the heads of slips with it, as PNG files by the paper's width in mm."""

    png: bytes
    slips: Mapping[str, bytes]


class LogoNotDrawn(Exception):
    """The picture cannot become the logo. ``problem``: a ``LogoProblem`` of ``hardware.logos``, ``detail``: its."""

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(f"{problem} {detail}".strip())
        self.problem, self.detail = problem, detail


def draw_logo(contents: bytes, office_name: str) -> DrawnLogo:
    """Return the logo of a sent PNG or SVG. Raises :class:`LogoNotDrawn`."""
    command = [sys.executable, "-P", "-m", "hardware.logos"]
    head = f"{' '.join(office_name.split())}\n".encode()
    try:
        done = subprocess.run(command, input=head + contents, capture_output=True, timeout=TIMEOUT_S, check=True)
    except subprocess.SubprocessError as error:
        raise LogoNotDrawn(CRASHED) from error
    answer = json.loads(done.stdout)
    if "problem" in answer:
        raise LogoNotDrawn(answer["problem"], answer["detail"])
    png = base64.b64decode(answer["png"])
    check_logo(png)
    return DrawnLogo(png, {paper_mm: base64.b64decode(head) for paper_mm, head in answer["slips"].items()})
