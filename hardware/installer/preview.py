"""A slip as a picture, in the form in which this printer would get it, with no printer there."""

import io
import socket
from collections.abc import Callable
from contextlib import closing

from PIL import Image

from config.devices import Printer
from hardware.open_printer import form_name, form_of, profile_of
from hardware.printers import encode
from hardware.printers.drawing.forms import Form
from hardware.printers.drawing.raster import picture
from hardware.simulated.printers.printer import SimulatedPrinter
from hardware.slip import Slip

PATIENCE_S = 30.0
AT_ONCE_MM_S = 1e6


def preview(slip: Slip, printer: Printer, mono_s: Callable[[], float]) -> Image.Image:
    """The dots of the slip; a form that leaves letters to the printer is drawn by the simulated one, whose own letters
    only resemble the real one's. Raises ``ConfigError`` when the profile cannot be used."""
    paper, encoder = form_of(printer, profile_of(printer))
    if form_name(printer) == Form.RASTER:
        return picture(slip, paper)
    with closing(SimulatedPrinter(mono_s=mono_s, paper_mm=printer.paper_mm, speed_mm_s=AT_ONCE_MM_S)) as twin:
        host, port = twin.address
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as line:
            line.sendall(encode.RESET + encoder(slip).data + encode.FENCE)
            line.recv(1)
        drawn = twin.png(1)
    assert drawn is not None
    return Image.open(io.BytesIO(drawn))
