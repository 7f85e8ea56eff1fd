"""The picture on the screen of a machine that runs Xvfb."""

import re
import struct
import subprocess
from contextlib import suppress
from io import BytesIO

from PIL import Image

from tools.box.container import Container

FRAME = "srv/Xvfb_screen0"
"""Where Xvfb keeps the picture with ``-fbdir /srv``, in the format of ``xwd``."""
HEADER = struct.Struct(">25I")
BYTES_PER_COLOUR = 12
CODE = re.compile(r"\b(\d{4}) ?(\d{4})\b")


def picture(box: Container) -> Image.Image:
    """Return the picture of the machine's screen. Raises ``OSError`` and ``ValueError`` while there is none."""
    content = (box.root / FRAME).read_bytes()
    if len(content) < HEADER.size:
        raise ValueError("no header yet")
    header = HEADER.unpack_from(content)
    width, height, stride = header[4], header[5], header[12]
    start = header[0] + header[19] * BYTES_PER_COLOUR
    pixels = content[start : start + stride * height]
    return Image.frombuffer("RGB", (width, height), pixels, "raw", "BGRX", stride, 1)


def shown_code(box: Container) -> str:
    """Return the code of eight digits on the screen; "" when there is none.

    tesseract reads it.
    """
    shown = BytesIO()
    with suppress(OSError, ValueError):
        picture(box).save(shown, "png")
    if not shown.getvalue():
        return ""
    command = ["tesseract", "-", "-", "--psm", "11", "-l", "eng"]
    completed = subprocess.run(command, input=shown.getvalue(), capture_output=True, check=False)
    code = CODE.search(completed.stdout.decode("utf-8", "replace"))
    return " ".join(code.groups()) if code else ""
