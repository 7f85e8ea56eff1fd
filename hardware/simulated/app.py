"""``luot-simulated``: a twin of every device of one machine, in one process, with a control port."""

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from config.load import ConfigError, leave, or_exit
from config.settings import Simulated
from hardware.simulated.control import Control, Device
from hardware.simulated.keypad import SimulatedKeypad
from hardware.simulated.printer import SimulatedPrinter
from hardware.simulated.sign import SimulatedSign

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0, or 78 when the file cannot be used."""
    parser = argparse.ArgumentParser(prog="luot-simulated", description="Simulated devices with a control port.")
    parser.add_argument("--config", type=Path, required=True, help="this machine's TOML file")
    path: Path = parser.parse_args(arguments).config
    settings = or_exit(path)
    logging.basicConfig(
        level=settings.machine.log.upper(), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    simulated = settings.simulated
    if simulated is None:
        leave(ConfigError([f"{path}: section [simulated] is missing; add it, or do not start luot-simulated here"]))
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: over.set())
    with ExitStack() as stack:
        try:
            devices = [stack.enter_context(closing(device)) for device in opened(simulated)]
            control = stack.enter_context(closing(Control(*_split(simulated.control), devices)))
        except (OSError, ValueError) as error:
            leave(ConfigError([f"{path}: [simulated]: {error}"]))
        log.info("%d simulated devices, control port %s:%d", len(devices), *control.address)
        over.wait()
    return 0


def opened(simulated: Simulated) -> Iterator[Device]:
    """The devices of the section, each open when it is yielded."""
    if simulated.printer is not None:
        printer = simulated.printer
        yield SimulatedPrinter(
            *_split(printer.listen),
            paper_mm=printer.paper_mm,
            speed_mm_s=printer.speed_mm_s,
            roll_mm=printer.roll_mm,
            mono_s=time.monotonic,
        )
    for desk in simulated.desks:
        yield SimulatedSign(desk.counter, desk.sign, time.monotonic)
        yield SimulatedKeypad(desk.counter, desk.keypad)


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    raise SystemExit(main())
