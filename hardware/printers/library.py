"""The one module that imports python-escpos, which composes the bytes of a slip.

Import it late, in the thread that composes: it takes 0.1 s. When python-escpos 3.1 is imported it makes a temporary
folder that it never removes, reads its data base as YAML, and configures the root logger; here none of that happens
(decision 0030). The library never gets access to a link.
"""

import json
import logging
import os
import pickle
import platform
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from hardware.printers.encode import (
    FRAGMENT_HEADER_BYTES,
    INVERTED_BYTES,
    MAX_FRAGMENT_ROWS,
    without_real_time_commands,
)
from hardware.printers.models import DATA_BASE

PICKLE_FOLDER_VARIABLE = "ESCPOS_CAPABILITIES_PICKLE_DIR"
RASTER = b"\x1dv0"


@contextmanager
def _without_traces() -> Iterator[None]:
    """Keep the import of python-escpos from leaving traces.

    The library finds its data base as a pickle in a temporary folder, and a root logger that has a handler already.
    Raises ``OSError`` when no temporary folder can be written.
    """
    root, placeholder = logging.getLogger(), logging.NullHandler()
    before = tempfile.tempdir, os.environ.get(PICKLE_FOLDER_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="luot-escpos-", dir=_memory_folder()) as folder:
        data_base = json.loads(DATA_BASE.read_text(encoding="utf-8"))
        pickled = Path(folder, f"{platform.python_version()}.capabilities.pickle")
        pickled.write_bytes(pickle.dumps(data_base))
        root.addHandler(placeholder)
        tempfile.tempdir = os.environ[PICKLE_FOLDER_VARIABLE] = folder
        try:
            yield
        finally:
            root.removeHandler(placeholder)
            tempfile.tempdir = before[0]
            os.environ.pop(PICKLE_FOLDER_VARIABLE)
            if before[1] is not None:
                os.environ[PICKLE_FOLDER_VARIABLE] = before[1]


def _memory_folder() -> str | None:
    """Return a folder in memory, which a full disk does not affect; None without one."""
    memory = "/dev/shm"
    return memory if os.access(memory, os.W_OK | os.X_OK) else None


with _without_traces():
    from escpos.capabilities import Profile as LibraryProfile
    from escpos.constants import QR_ECLEVEL_M
    from escpos.escpos import Escpos
    from escpos.magicencode import Encoder, MagicEncode


class Commands(Escpos):  # type: ignore[misc]
    """The commands of one slip, composed by python-escpos for a head of ``dots``.

    Create a new one for each slip: it assumes the modes (alignment, size, code page) after a reset.
    """

    def __init__(self, dots: int) -> None:
        self._out = bytearray()
        super().__init__(profile=_profile(dots))

    def _raw(self, msg: bytes) -> None:
        if msg.startswith(RASTER):
            msg = msg[:FRAGMENT_HEADER_BYTES] + without_real_time_commands(msg[FRAGMENT_HEADER_BYTES:])
        self._out += msg

    def _read(self) -> bytes:
        raise NotImplementedError("a composer of slips has no printer to read from")

    def data(self) -> bytes:
        """Return the commands so far."""
        return bytes(self._out)

    def add(self, data: bytes) -> None:
        """Append commands that python-escpos does not know, or text that is encoded already."""
        self._out += data

    def add_image(self, rows: Sequence[bytes], *, doubled: bool = False, max_rows: int = MAX_FRAGMENT_ROWS) -> None:
        """Append dots as GS v 0 in fragments of at most ``max_rows`` rows.

        All ``rows`` are equally wide; a set bit is a black dot. ``doubled``: each dot is printed as two by two.
        """
        black = b"".join(rows).translate(INVERTED_BYTES)
        image = Image.frombytes("1", (8 * len(rows[0]), len(rows)), black)
        density = {"high_density_vertical": not doubled, "high_density_horizontal": not doubled}
        self.image(image, impl="bitImageRaster", fragment_height=max_rows, **density)

    def add_qr(self, content: str, module_dots: int) -> None:
        """Append a QR code of model 2 and level M, with modules of ``module_dots``."""
        self.qr(content, ec=QR_ECLEVEL_M, size=module_dots, native=True)


def _profile(dots: int) -> LibraryProfile:
    """Return python-escpos' profile of a print head.

    Without a width in the profile python-escpos writes a line to standard output for each picture.
    """
    profile = LibraryProfile()
    profile.profile_data = {**LibraryProfile.profile_data, "media": {"width": {"pixels": dots}}}
    return profile


class NotOnCodePage(ValueError):
    """A letter is on none of the printer's code pages."""


class CodePages:
    """The printer's code pages. ``pages``: python-escpos' name → number (n of ESC t)."""

    def __init__(self, pages: Mapping[str, int]) -> None:
        self._names = {number: name for name, number in pages.items()}
        self._encoder = Encoder(dict(pages))

    def has(self, letter: str) -> bool:
        """Return whether a letter that is not ASCII is on one of the pages."""
        return any(self._encoder.can_encode(name, letter) for name in self._names.values())

    def encode(self, text: str, page: int | None) -> tuple[bytes, int | None]:
        """Return the bytes of ``text``, and the page that is selected after them.

        ``page``: the number of the page that is selected before them; None (unknown): the first letter beyond ASCII
        chooses one. Raises ``NotOnCodePage``.
        """
        sink = _ByteSink()
        encoder = _StrictEncoder(sink, encoding=self._names.get(-1 if page is None else page), encoder=self._encoder)
        ascii_length = 0
        if encoder.encoding is None:
            ascii_length = next((index for index, letter in enumerate(text) if not letter.isascii()), len(text))
        sink._raw(text[:ascii_length].encode("ascii"))
        encoder.write(text[ascii_length:])
        name = encoder.encoding
        return bytes(sink.data), page if name is None else self._encoder.get_sequence(name)


class _ByteSink:
    """Collects the bytes that an encoder writes."""

    def __init__(self) -> None:
        self.data = bytearray()

    def _raw(self, msg: bytes) -> None:
        self.data += msg


class _StrictEncoder(MagicEncode):  # type: ignore[misc]
    """python-escpos' encoder prints "?" for an unknown letter and reports success; here that letter raises."""

    def _handle_character_failed(self, char: str) -> None:
        raise NotOnCodePage(char)
