"""What differs between makes of slip printers, as rows: properties, not events (those are faults).

The values are the makers': Epson's from its command reference, those of clones from what their users found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Code pages of ESC t n, by the name of the encoding (Python's, or ours of ``codepages``).
PLAIN_PAGES: Mapping[int, str] = {0: "cp437", 2: "cp850", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858"}
EPSON_PAGES: Mapping[int, str] = {**PLAIN_PAGES, 30: "tcvn3-1", 31: "tcvn3-2", 52: "cp1258"}
# Page numbers are each maker's own: 30 is Central European here, and 27 holds Windows' Vietnamese, uncomposed.
CLONE_PAGES: Mapping[int, str] = {**PLAIN_PAGES, 27: "cp1258", 30: "cp1250"}


@dataclass(frozen=True, slots=True)
class Make:
    """One make. ``speed_mm_s`` and ``buffer_bytes`` may be overridden where a twin is built."""

    name: str = "epson"
    maker: str = "EPSON"
    model: str = "TM-T20III"
    buffer_bytes: int = 65_536
    head_dots: int | None = None
    """Narrower than the paper's usual head (576 dots on 80 mm, 384 on 58), such as 512."""
    cutter: bool = True
    asb: bool = True
    fence: bool = True
    """GS r is answered."""
    process_id: bool = True
    """GS ( H is answered."""
    qr: bool = True
    """GS ( k is understood."""
    identifies: bool = True
    """GS I is answered."""
    pages: Mapping[int, str] = field(default_factory=lambda: EPSON_PAGES)
    composes: bool = False
    """A combining mark of Windows-1258 joins the letter before it; elsewhere it takes a cell of its own."""
    pairs: bool = False
    """High bytes are taken in pairs as Chinese letters until FS . is received."""
    keeps_torn_raster: bool = True
    """A raster cut off by the end of the paper goes on after the new roll; else its rest is read as commands."""
    busy_when_offline: bool = False
    """The handshake stops the sender while offline, not only when the buffer is full."""
    drawer_pin: bool = False
    """The pin that tells of a cash drawer is high."""
    clears_always: bool = False
    """DLE ENQ 2 clears the buffers at any time; Epson's only while there is an error to recover from."""
    prints: bool = True
    """False: it answers every question at once and moves no paper, as a print server does whose printer is gone."""


EPSON = Make()
MAKES: Mapping[str, Make] = {
    make.name: make
    for make in (
        EPSON,
        Make("epson-old", model="TM-T88III", buffer_bytes=4_096, head_dots=512, process_id=False, pages=PLAIN_PAGES),
        Make(
            "clone",
            maker="EPOSN",
            model="TM-T88V",
            buffer_bytes=16_384,
            process_id=False,
            pages=CLONE_PAGES,
            pairs=True,
            keeps_torn_raster=False,
            clears_always=True,
        ),
        Make(
            "clone-58",
            maker="POS",
            model="POS-5890",
            buffer_bytes=4_096,
            cutter=False,
            asb=False,
            process_id=False,
            qr=False,
            identifies=False,
            pages={**PLAIN_PAGES, 27: "cp1258", 94: "cp1258"},
            pairs=True,
        ),
        Make("spooler", maker="", model="", asb=False, process_id=False, identifies=False, prints=False),
        Make("mute", maker="", model="", asb=False, fence=False, process_id=False, identifies=False),
    )
}
