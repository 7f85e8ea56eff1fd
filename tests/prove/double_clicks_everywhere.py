"""Every key of the clerk's page, in every state, clicked twice 80 to 600 ms apart: no action that nobody saw offered.

Run with ``make prove``. The time between the clicks is an input, so the machine's own speed plays no part.
"""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from double_clicks import POINTS, STATES, DoubleClicks, Trial, Unseen
from halls import Api, machine, office, running
from pages import chromium, sit_down

APART_MS = (80, 250, 450, 599)


def main() -> int:
    """Click everywhere; print the progress and each action that nobody saw; exit 1 if there is one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        where = machine(folder, office(["S1"], {"c1": ["S1"]}, rules={"call_gap_s": 0}), threads=48)
        stack.enter_context(running(where))
        page = stack.enter_context(chromium()).new_context(viewport={"width": 1366, "height": 768}).new_page()
        sit_down(page, Api(where.api), where.api, "c1", "S1")
        hand = DoubleClicks(page, Api(where.api), "c1", "S1")
        unseen: list[Unseen] = []
        for state in STATES:
            trials = [
                Trial(state, key, apart_ms, point, late)
                for key in range(hand.keys(state))
                for apart_ms in APART_MS
                for point in POINTS
                for late in ((False, True) if point == POINTS[1] else (False,))
            ]
            for n, trial in enumerate(trials):
                if n % 50 == 0:
                    print(f"{state}: {n} of {len(trials)} pairs, {len(unseen)} unseen actions", flush=True)
                found = hand.run(trial)
                if found is not None:
                    unseen.append(found)
                    print(f"  unseen: {found}", flush=True)
            print(f"{state}: {len(trials)} pairs clicked", flush=True)
    print(f"{len(unseen)} actions that nobody saw offered")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
