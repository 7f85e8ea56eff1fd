"""Scanners on a serial bus: each scan becomes one text.

A scan may be a person's identity card, so no byte of it is ever logged or reported in the health. Unreadable scans are
counted.
"""

import logging
import unicodedata
from collections.abc import Callable

from hardware.ports import DeviceHealth, HealthState
from hardware.serial_bus.bus import SerialBus
from hardware.serial_bus.receiving import Subscription

log = logging.getLogger(__name__)

SILENCE_S = 0.2
"""A scan without a suffix ends with this silence."""
SAME_SCAN_S = 1.0
"""The same text within this time of the last one is no new scan."""
MAX_LENGTH = 400  # characters
MAX_BYTES = 4 * MAX_LENGTH  # UTF-8 has at most four bytes a character
MAX_UNREADABLE = 3
"""So many unreadable scans in a row make the scanner's health a fault."""
SUFFIXES = b"\r\n"
"""The bytes with which scanners end a text."""


class ScanSplitter:
    """Splits received bytes into texts: at CR or LF, or after 0.2 s of silence.

    Silence ends a scan where the scanner's suffix is switched off. ``on_scan`` receives each text. The same text
    repeated within a second is one scan: the trigger is held down. ``on_unreadable`` is called for scans that are no
    text, but for at most ``MAX_UNREADABLE`` in a row: after these the health reports them. Times are monotonic seconds.
    """

    def __init__(
        self, on_scan: Callable[[str], None], name: str, on_unreadable: Callable[[], None] = lambda: None
    ) -> None:
        self._on_scan, self._name, self._on_unreadable = on_scan, name, on_unreadable
        self._unfinished, self._last_byte_at_s = b"", 0.0
        self._too_long = False
        self._last_scan = ("", float("-inf"))  # (text, when)
        self.unreadable_count = 0
        """The number of consecutive scans that were no text."""
        self._logged = False

    def receive(self, data: bytes, now_s: float) -> None:
        if self._unfinished and now_s >= self._last_byte_at_s + SILENCE_S:
            self._finish(now_s)
        if not data:
            return
        self._last_byte_at_s = now_s
        for byte in data:
            if byte in SUFFIXES:
                self._finish(now_s)
            elif len(self._unfinished) < MAX_BYTES:
                self._unfinished += bytes([byte])
            else:
                self._too_long = True

    def due(self) -> float | None:
        return self._last_byte_at_s + SILENCE_S if self._unfinished else None

    def reset(self) -> None:
        self._unfinished, self._too_long, self._logged, self.unreadable_count = b"", False, False, 0

    def _finish(self, now_s: float) -> None:
        """Pass on the scan that ends here."""
        data, too_long = self._unfinished, self._too_long
        self._unfinished, self._too_long = b"", False
        if not data:
            return
        text = None if too_long else decode(data)
        if text is None:
            self._note_unreadable(len(data))
            return
        self.unreadable_count = 0
        (last_text, last_at_s), self._last_scan = self._last_scan, (text, now_s)
        if text and (text != last_text or now_s - last_at_s >= SAME_SCAN_S):
            self._on_scan(text)

    def _note_unreadable(self, size: int) -> None:
        self.unreadable_count += 1
        if self.unreadable_count <= MAX_UNREADABLE:
            self._on_unreadable()
        if not self._logged:
            self._logged = True
            log.warning("%s: a scan of %d bytes cannot be read; check speed, UTF-8 and suffix", self._name, size)


def decode(data: bytes) -> str | None:
    """Return a scan as text; None when it is not UTF-8 or too long.

    The text is NFC with printable characters only.
    """
    try:
        text = unicodedata.normalize("NFC", data.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    spaced = "".join(" " if unicodedata.category(character) == "Zs" else character for character in text)
    printable = "".join(character for character in spaced if character.isprintable()).strip()
    return printable if len(printable) <= MAX_LENGTH else None


class SerialScanner:
    """A scanner on ``bus``. ``mono_s`` gives monotonic seconds.

    ``on_scan`` is called in the bus thread with each text and must only queue it; ``on_unreadable`` is called there
    when a scan is no text.
    """

    def __init__(
        self,
        bus: SerialBus,
        on_scan: Callable[[str], None],
        mono_s: Callable[[], float],
        *,
        on_unreadable: Callable[[], None] = lambda: None,
    ) -> None:
        self._splitter = ScanSplitter(on_scan, bus.address, on_unreadable)
        self._subscription = Subscription(bus, self._splitter, mono_s)

    def health(self) -> DeviceHealth:
        """Return READY while the port is open: a silent scanner may just be unused."""
        health = self._subscription.health()
        if health.state is HealthState.READY and self._splitter.unreadable_count >= MAX_UNREADABLE:
            count = self._splitter.unreadable_count
            detail = f"{count} scans in a row are no text; check speed and UTF-8"
            return DeviceHealth(HealthState.FAULT, code="wrong", detail=detail)
        return health

    def close(self) -> None:
        self._subscription.close()
