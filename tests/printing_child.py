"""A station that prints one slip and stops at a moment, to be killed there: ``python printing_child.py KIND HOST PORT
JOURNAL MOMENT``. It says ``there`` when the moment has come."""

import sys
import threading
import time
from pathlib import Path

from hardware.printers.transports.connect import connector
from papers import PROFILE, Armed, LinkKind, Moment, Station, limits_of, slip


class _Nobody:
    """Stands where a station in one process with its printer has that printer."""

    faults = {"frozen": False}

    def set_fault(self, _fault: str, *, on: bool) -> None:
        del on


def stop_here() -> None:
    print("there", flush=True)
    threading.Event().wait()


def main(kind: str, host: str, port: str, journal: str, moment: str) -> None:
    armed = Armed(_Nobody())  # type: ignore[arg-type]
    address = f"{host}:{port}" if kind == LinkKind.NETWORK else host
    station = Station(
        connector(kind, address, int(port) if kind == LinkKind.SERIAL else 0, time.monotonic),
        Path(journal),
        armed,
        limits_of(LinkKind(kind)),
        PROFILE,
    )
    station.fit()
    if moment not in (Moment.HELD, Moment.AFTER_RESULT):
        armed.at(Moment(moment), stop_here)
    print(station.print("t-1", slip("A101")).state, flush=True)
    stop_here()


if __name__ == "__main__":
    main(*sys.argv[1:])
