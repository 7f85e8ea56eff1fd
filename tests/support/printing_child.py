"""Print one slip, and stop at a given moment to be killed there.

``python printing_child.py KIND HOST PORT JOURNAL MOMENT``; prints ``there`` when the moment has come.
"""

import sys
import threading
import time
from pathlib import Path

from hardware.printers.transports.connect import connector
from support.printer_rig import PROFILE, FaultTrigger, LinkKind, Moment, PrinterStation, limits_of, slip


class _NoPrinter:
    """The trigger's printer in a process that has none."""

    faults = {"frozen": False}

    def set_fault(self, _fault: str, *, on: bool) -> None:
        del on


def stop_here() -> None:
    print("there", flush=True)
    threading.Event().wait()


def main(kind: str, host: str, port: str, journal: str, moment: str) -> None:
    armed = FaultTrigger(_NoPrinter())  # type: ignore[arg-type]
    address = f"{host}:{port}" if kind == LinkKind.NETWORK else host
    station = PrinterStation(
        connector(kind, address, int(port) if kind == LinkKind.SERIAL else 0, time.monotonic),
        Path(journal),
        armed,
        limits_of(LinkKind(kind)),
        PROFILE,
    )
    station.wait_until_ready()
    if moment not in (Moment.HELD, Moment.AFTER_RESULT):
        armed.at(Moment(moment), stop_here)
    print(station.print("t-1", slip("A101")).state, flush=True)
    stop_here()


if __name__ == "__main__":
    main(*sys.argv[1:])
