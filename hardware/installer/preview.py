"""Draw a slip as this printer would print it, without the printer."""

import io
import socket
from collections.abc import Callable
from contextlib import closing

from PIL import Image

from config.devices import PrinterSettings
from hardware.open.printer import paper_and_encoder, slip_form
from hardware.open.printer_profile import profile_of
from hardware.printers import encode
from hardware.printers.drawing.encoders import SlipForm
from hardware.printers.drawing.raster import slip_image
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.slips.slip import Slip

TIMEOUT_S = 30.0
AT_ONCE_MM_S = 1e6


def preview(slip: Slip, printer: PrinterSettings, mono_s: Callable[[], float]) -> Image.Image:
    """Return the slip as a picture of dots. Raises ``ConfigError`` when the profile cannot be used.

    Text in the printer's own font is drawn by the simulated printer, whose letters only resemble the real ones.
    """
    paper, encoder = paper_and_encoder(printer, profile_of(printer))
    if slip_form(printer) == SlipForm.RASTER:
        return slip_image(slip, paper)
    with closing(SimulatedPrinter(mono_s=mono_s, paper_mm=printer.paper_mm, speed_mm_s=AT_ONCE_MM_S)) as twin:
        host, port = twin.address
        with socket.create_connection((host, int(port)), timeout=TIMEOUT_S) as connection:
            connection.sendall(encode.RESET + encoder(slip).data + encode.FENCE)
            connection.recv(1)
        drawn = twin.png(1)
    assert drawn is not None
    return Image.open(io.BytesIO(drawn))
