"""Profiles of simulated slip printers: the properties that differ between makes.

Sources: Epson's command reference; for clones, reports of their users.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Code pages of ESC t n, by the name of the encoding (Python's, or ours of ``codepages``).
PLAIN_PAGES: Mapping[int, str] = {0: "cp437", 2: "cp850", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858"}
EPSON_PAGES: Mapping[int, str] = {**PLAIN_PAGES, 30: "tcvn3-1", 31: "tcvn3-2", 52: "cp1258"}
# Page numbers differ between makers: here 30 is Central European, and 27 is Windows' Vietnamese with combining marks.
CLONE_PAGES: Mapping[int, str] = {**PLAIN_PAGES, 27: "cp1258", 30: "cp1250"}


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """The properties of one make. ``buffer_bytes`` may be overridden for a single twin."""

    name: str = "epson"
    maker: str = "EPSON"
    model: str = "TM-T20III"
    buffer_bytes: int = 65_536
    head_dots: int | None = None
    """The width of its head, such as 512; None: the paper's usual one (576 dots on 80 mm, 384 on 58)."""
    cutter: bool = True
    asb: bool = True
    """GS a (automatic status back) is supported."""
    fence: bool = True
    """GS r has a reply, by which a driver knows that all before it was printed."""
    process_id: bool = True
    """GS ( H has a reply."""
    qr: bool = True
    """GS ( k is supported."""
    identifies: bool = True
    """GS I has a reply."""
    pages: Mapping[int, str] = field(default_factory=lambda: EPSON_PAGES)
    """Its code pages, by their numbers."""
    composes_marks: bool = False
    """Combining marks of Windows-1258 are composed with the letter before; else they take a cell of their own."""
    reads_byte_pairs: bool = False
    """High bytes are read in pairs as Chinese characters until FS . is received."""
    keeps_torn_raster: bool = True
    """A raster interrupted by the end of the paper continues on the new roll; else its rest is read as commands."""
    busy_when_offline: bool = False
    """Flow control stops the sender while offline, not only when the buffer is full."""
    drawer_pin: bool = False
    """The pin of the cash drawer is high."""
    clears_always: bool = False
    """DLE ENQ 2 clears the buffers at any time; Epson's only during a recoverable error."""
    prints: bool = True
    """False: replies at once and prints nothing, like a print server without its printer."""


EPSON = DeviceProfile()
PROFILES: Mapping[str, DeviceProfile] = {
    profile.name: profile
    for profile in (
        EPSON,
        DeviceProfile(
            "epson-old", model="TM-T88III", buffer_bytes=4_096, head_dots=512, process_id=False, pages=PLAIN_PAGES
        ),
        DeviceProfile(
            "clone",
            maker="EPOSN",
            model="TM-T88V",
            buffer_bytes=16_384,
            process_id=False,
            pages=CLONE_PAGES,
            reads_byte_pairs=True,
            keeps_torn_raster=False,
            clears_always=True,
        ),
        DeviceProfile(
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
            reads_byte_pairs=True,
        ),
        DeviceProfile("spooler", maker="", model="", asb=False, process_id=False, identifies=False, prints=False),
        DeviceProfile("mute", maker="", model="", asb=False, fence=False, process_id=False, identifies=False),
    )
}
