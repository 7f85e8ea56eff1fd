"""``luot-simulated``: the simulated devices of one machine, with a control port."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial

from config.address import split_address
from config.load import ConfigError, exit_with
from config.program import on_stop_signal, parse_command_line, require_section, start_systemd_notifier
from config.settings import Settings
from config.twins import SimulatedPrinterSettings, SimulatedSettings
from hardware.simulated.control import DeviceControl, SimulatedDevice
from hardware.simulated.desks import input_twins, sign_twins
from hardware.simulated.printers.link import BITS_PER_BYTE, USB_BYTE_S, Handshake
from hardware.simulated.printers.plugs import PtyPlug
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.simulated.printers.profiles import PROFILES
from hardware.simulated.terminal import Cables

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return 0, or 78 when the file cannot be used."""
    path, settings = parse_command_line("luot-simulated", "Simulated devices with a control port.", arguments)
    simulated = require_section(settings.simulated, "simulated", "luot-simulated", path)
    stopped = threading.Event()
    on_stop_signal(stopped.set)
    start_systemd_notifier(time.monotonic, stopped.set)
    with ExitStack() as stack:
        try:
            devices = [stack.enter_context(closing(device)) for device in opened_devices(settings, simulated)]
            control = stack.enter_context(
                closing(DeviceControl(*split_address(simulated.control), devices, settings.machine.control_token))
            )
        except (OSError, ValueError) as error:
            exit_with(ConfigError([f"{path}: [simulated]: {error}"]))
        log.info("%d simulated devices, control port %s:%d", len(devices), *control.address)
        stopped.wait()
    return 0


def opened_devices(settings: Settings, simulated: SimulatedSettings) -> Iterator[SimulatedDevice]:
    """Yield the devices of the section; each is open when it is yielded."""
    cables = Cables()
    if simulated.printer is not None:
        yield printer_twin(simulated.printer)
    for desk in simulated.desks:
        yield from sign_twins(settings, desk, cables, time.monotonic)
        yield from input_twins(settings, desk, cables, time.monotonic)


def printer_twin(settings: SimulatedPrinterSettings) -> SimulatedPrinter:
    """Return the slip printer on its plug. Raises ``OSError`` when the port is taken."""
    build = partial(
        SimulatedPrinter,
        make=PROFILES[settings.make],
        paper_mm=settings.paper_mm,
        speed_mm_s=settings.speed_mm_s,
        roll_mm=settings.roll_mm,
        mono_s=time.monotonic,
    )
    if settings.kind == "network" or settings.path is None:
        return build(*split_address(settings.listen))
    if settings.kind == "usb":
        return build(plug=PtyPlug(settings.path), byte_s=USB_BYTE_S)
    plug = PtyPlug(settings.path, settings.baud)
    return build(plug=plug, byte_s=BITS_PER_BYTE / settings.baud, handshake=Handshake(settings.flow))


if __name__ == "__main__":
    raise SystemExit(main())
