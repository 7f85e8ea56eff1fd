"""Measure the kiosk's times from a tap to the printer and to the changed frame.

The hall is that of ``bench.devices``.
"""

import json

from bench import devices
from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target, distribution
from bench.marked_kiosk import FRAMES_FILE, LIFTED

SLIPS = 8
SETUP = devices.Setup("TCP", {"kind": "network"}, SLIPS)
PRINT_TARGET = Target(Statistic.P95, devices.MAX_OWN_SHARE_S * 1000)
FRAME_TARGET = Target(Statistic.P95, 100.0)


def measure(bench: BenchContext) -> list[Figure]:
    """Return both times. The first slip after the kiosk's start is not counted."""
    bench.progress(f"{SLIPS} slips")
    with bench.new_folder() as folder, devices.kiosk(folder, SETUP) as station:
        slips_ms = []
        for _ in range(SLIPS + 1):
            marks, report = station.ticket()
            slips_ms.append((report["last_byte_s"] - report["wire_s"] - marks[LIFTED]) * 1000)
        lines = (folder / FRAMES_FILE).read_text(encoding="utf-8").splitlines()
    frames = [json.loads(line) for line in lines]
    pressed_ms = [frame["pressed"] for frame in frames if "pressed" in frame]
    screen_ms = [frame["screen"] for frame in frames if "screen" in frame]
    return [
        distribution("tap to last byte at the printer (TCP)", "ms", slips_ms[1:], targets=[PRINT_TARGET]),
        distribution("finger down to changed frame", "ms", pressed_ms, targets=[FRAME_TARGET]),
        distribution("finger lifted to next screen", "ms", screen_ms, targets=[FRAME_TARGET]),
    ]
