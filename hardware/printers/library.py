"""The one module that imports python-escpos, which composes the bytes of a slip and never sees a link.

Import it late, in the thread that composes: it takes 0.1 s. As python-escpos 3.1 is imported it makes a temporary
folder that it never removes, reads its data base as YAML, and sets the root logger up; here none of that happens
(decision 0030).
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

from hardware.printers.encode import FRAGMENT_HEAD, LONGEST_FRAGMENT, TURNED, harmless
from hardware.printers.models import DATA_BASE

PICKLES = "ESCPOS_CAPABILITIES_PICKLE_DIR"
RASTER = b"\x1dv0"


@contextmanager
def _without_traces() -> Iterator[None]:
    """Give python-escpos a folder for its import that holds its data base as the pickle it looks for, and a root logger
    that is set up already. Raises ``OSError`` when no temporary folder can be written."""
    root, placeholder = logging.getLogger(), logging.NullHandler()
    before = tempfile.tempdir, os.environ.get(PICKLES)
    with tempfile.TemporaryDirectory(prefix="luot-escpos-", dir=_writable()) as folder:
        data_base = json.loads(DATA_BASE.read_text(encoding="utf-8"))
        pickled = Path(folder, f"{platform.python_version()}.capabilities.pickle")
        pickled.write_bytes(pickle.dumps(data_base))
        root.addHandler(placeholder)
        tempfile.tempdir = os.environ[PICKLES] = folder
        try:
            yield
        finally:
            root.removeHandler(placeholder)
            tempfile.tempdir = before[0]
            os.environ.pop(PICKLES)
            if before[1] is not None:
                os.environ[PICKLES] = before[1]


def _writable() -> str | None:
    """A folder in memory where there is one, so that a full disk keeps no slip from being printed; else the usual."""
    memory = "/dev/shm"
    return memory if os.access(memory, os.W_OK | os.X_OK) else None


with _without_traces():
    from escpos.capabilities import Profile as LibraryProfile
    from escpos.constants import QR_ECLEVEL_M
    from escpos.escpos import Escpos
    from escpos.magicencode import Encoder, MagicEncode


class Commands(Escpos):  # type: ignore[misc]
    """The commands of one slip, composed by python-escpos into a buffer for a head of ``dots``.

    Make a new one for each slip: what it remembers of side, size and code page holds until the printer's next reset.
    """

    def __init__(self, dots: int) -> None:
        self._out = bytearray()
        super().__init__(profile=_profile(dots))

    def _raw(self, msg: bytes) -> None:
        if msg.startswith(RASTER):
            msg = msg[:FRAGMENT_HEAD] + harmless(msg[FRAGMENT_HEAD:])
        self._out += msg

    def _read(self) -> bytes:
        raise NotImplementedError("a composer of slips has no printer to read from")

    def data(self) -> bytes:
        """Return the commands so far."""
        return bytes(self._out)

    def add(self, data: bytes) -> None:
        """Append commands that python-escpos does not know, or text that is encoded already."""
        self._out += data

    def picture(self, rows: Sequence[bytes], *, doubled: bool = False, longest: int = LONGEST_FRAGMENT) -> None:
        """Append dots as GS v 0 in fragments of at most ``longest`` rows.

        All ``rows`` are equally wide; a set bit is a black dot. ``doubled``: each dot is printed as two by two.
        """
        black = b"".join(rows).translate(TURNED)
        image = Image.frombytes("1", (8 * len(rows[0]), len(rows)), black)
        density = {"high_density_vertical": not doubled, "high_density_horizontal": not doubled}
        self.image(image, impl="bitImageRaster", fragment_height=longest, **density)

    def code(self, content: str, module: int) -> None:
        """Append a QR code of model 2 and level M that the printer draws, a module so many dots wide."""
        self.qr(content, ec=QR_ECLEVEL_M, size=module, native=True)


def _profile(dots: int) -> LibraryProfile:
    """python-escpos' profile of a head; with a width, because without one each picture prints a line on our output."""
    profile = LibraryProfile()
    profile.profile_data = {**LibraryProfile.profile_data, "media": {"width": {"pixels": dots}}}
    return profile


class NoPage(ValueError):
    """A letter is on none of the printer's code pages."""


class Pages:
    """The printer's code pages, by python-escpos' name of each and its number (the n of ESC t)."""

    def __init__(self, pages: Mapping[str, int]) -> None:
        self._names = {number: name for name, number in pages.items()}
        self._encoder = Encoder(dict(pages))

    def has(self, letter: str) -> bool:
        """Return whether a letter beyond ASCII is on one of the pages."""
        return any(self._encoder.can_encode(name, letter) for name in self._names.values())

    def encode(self, text: str, page: int | None) -> tuple[bytes, int | None]:
        """Encode ``text`` for a printer that is on ``page``; return the bytes and the page after them.

        The first letter beyond ASCII chooses the page where ``page`` is None. Raises ``NoPage``.
        """
        sent = _Sent()
        magic = _Strict(sent, encoding=self._names.get(-1 if page is None else page), encoder=self._encoder)
        plain = 0
        if magic.encoding is None:
            plain = next((at for at, letter in enumerate(text) if not letter.isascii()), len(text))
        sent._raw(text[:plain].encode("ascii"))
        magic.write(text[plain:])
        name = magic.encoding
        return bytes(sent.data), page if name is None else self._encoder.get_sequence(name)


class _Sent:
    """What an encoder wrote."""

    def __init__(self) -> None:
        self.data = bytearray()

    def _raw(self, msg: bytes) -> None:
        self.data += msg


class _Strict(MagicEncode):  # type: ignore[misc]
    """python-escpos' encoder, which prints "?" for an unknown letter and success; here that letter raises."""

    def _handle_character_failed(self, char: str) -> None:
        raise NoPage(char)
