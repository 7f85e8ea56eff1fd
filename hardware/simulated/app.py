"""``luot-simulated``: a twin of every device of one machine, in one process, with a control port."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial

from config.address import split
from config.load import ConfigError, leave
from config.program import begin, needed, on_stop, supervised
from config.settings import Settings
from config.twins import Simulated
from config.twins import SimulatedPrinter as PrinterSettings
from hardware.simulated.control import Control, Device
from hardware.simulated.keypads.plugged import pad_twins
from hardware.simulated.printers.link import BITS_A_BYTE, USB_BYTE_S, Handshake
from hardware.simulated.printers.makes import MAKES
from hardware.simulated.printers.plugs import PtyPlug
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.simulated.signs.wired import sign_twins
from hardware.simulated.terminal import Cables

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0, or 78 when the file cannot be used."""
    path, settings = begin("luot-simulated", "Simulated devices with a control port.", arguments)
    simulated = needed(settings.simulated, "simulated", "luot-simulated", path)
    over = threading.Event()
    on_stop(over.set)
    supervised(time.monotonic, over.set)
    with ExitStack() as stack:
        try:
            devices = [stack.enter_context(closing(device)) for device in opened(settings, simulated)]
            control = stack.enter_context(
                closing(Control(*split(simulated.control), devices, settings.machine.control_token))
            )
        except (OSError, ValueError) as error:
            leave(ConfigError([f"{path}: [simulated]: {error}"]))
        log.info("%d simulated devices, control port %s:%d", len(devices), *control.address)
        over.wait()
    return 0


def opened(settings: Settings, simulated: Simulated) -> Iterator[Device]:
    """The devices of the section, each open when it is yielded."""
    cables = Cables()
    if simulated.printer is not None:
        yield printer_twin(simulated.printer)
    for desk in simulated.desks:
        yield from sign_twins(settings, desk, cables, time.monotonic)
        yield from pad_twins(settings, desk, cables)


def printer_twin(settings: PrinterSettings) -> SimulatedPrinter:
    """The slip printer on its plug. Raises ``OSError`` when the port is taken."""
    build = partial(
        SimulatedPrinter,
        make=MAKES[settings.make],
        paper_mm=settings.paper_mm,
        speed_mm_s=settings.speed_mm_s,
        roll_mm=settings.roll_mm,
        mono_s=time.monotonic,
    )
    if settings.kind == "network" or settings.path is None:
        return build(*split(settings.listen))
    if settings.kind == "usb":
        return build(plug=PtyPlug(settings.path), byte_s=USB_BYTE_S)
    plug = PtyPlug(settings.path, settings.baud)
    return build(plug=plug, byte_s=BITS_A_BYTE / settings.baud, handshake=Handshake(settings.flow))


if __name__ == "__main__":
    raise SystemExit(main())
