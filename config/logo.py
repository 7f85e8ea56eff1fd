"""The office's logo: a small PNG that our own programs have drawn.

A picture of anybody else is not taken: decoding needs libraries, and a small file may unpack to gigabytes. So the form
is checked here without decoding, by everything that receives a logo.
"""

import base64
import binascii
import zlib
from collections.abc import Iterator

MAX_WIDTH, MAX_HEIGHT = 640, 320
"""The largest logo, in dots: as high as a television's head at 4K needs it, and wider than a slip."""
MAX_BYTES = 48 * 1024
SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS = frozenset({b"IHDR", b"IDAT", b"IEND"})
"""The only parts of the file: no texts, no profiles, no second picture."""
LINE_LENGTH = 96
"""Characters of a line in a file."""
LAST_FILTER = 4
"""A row begins with its filter, 0 to 4; programs that draw pictures stop at another one."""
_FORM = bytes((8, 6, 0, 0, 0))
"""Of the header: red, green, blue and opacity with 8 bits each, and rows one after the other."""


def check_logo(png: bytes) -> None:
    """Raise ``ValueError`` unless ``png`` is a small PNG with nothing beside its picture."""
    if len(png) > MAX_BYTES:
        raise ValueError(f"it has {len(png)} bytes, at most {MAX_BYTES} are taken")
    chunks = list(_chunks(png))
    names = [name for name, _data in chunks]
    header = chunks[0][1] if chunks else b""
    if names != [b"IHDR", *names[1:-1], b"IEND"] or set(names[1:-1]) != {b"IDAT"} or len(header) != 13:
        raise ValueError("it is no whole PNG")
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    if not (0 < width <= MAX_WIDTH and 0 < height <= MAX_HEIGHT):
        raise ValueError(f"it has {width} x {height} dots, at most {MAX_WIDTH} x {MAX_HEIGHT} are taken")
    if header[8:] != _FORM:
        raise ValueError("it is a PNG of another form; send the picture on the page of the logo")
    row = 1 + 4 * width
    rows = height * row
    unpacking = zlib.decompressobj()
    dots = b"".join(data for name, data in chunks if name == b"IDAT")
    try:
        unpacked = unpacking.decompress(dots, rows + 1)
    except zlib.error as error:
        raise ValueError("its dots are damaged") from error
    if len(unpacked) != rows or not unpacking.eof or max(unpacked[::row]) > LAST_FILTER:
        raise ValueError("its dots are damaged")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and data of each part of a PNG. Raises ``ValueError``."""
    if not png.startswith(SIGNATURE):
        raise ValueError("it is no PNG")
    at = len(SIGNATURE)
    while at < len(png):
        length, name = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        end = at + 8 + length
        data, sum_ = png[at + 8 : end], png[end : end + 4]
        if name not in CHUNKS or len(sum_) != 4 or zlib.crc32(name + data) != int.from_bytes(sum_, "big"):
            raise ValueError("it is damaged, or has more than a picture")
        yield name, data
        at = end + 4


def logo_of_text(text: str) -> bytes:
    """Return the picture of a base64 text, in which white space is ignored. Raises ``ValueError``."""
    try:
        png = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("it is no base64 text") from error
    check_logo(png)
    return png


def text_of_logo(png: bytes) -> str:
    """Return the picture as base64 text on one line."""
    return base64.b64encode(png).decode()


def in_lines(text: str) -> str:
    """Return a base64 text in lines, as a file has it."""
    return "\n".join(text[start : start + LINE_LENGTH] for start in range(0, len(text), LINE_LENGTH))
