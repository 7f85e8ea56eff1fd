"""Scanners on a serial line: bytes become one text a scan.

A scan may be somebody's identity card. No byte of it is ever logged or told in a health; what cannot be read is
counted.
"""

import logging
import unicodedata
from collections.abc import Callable

from hardware.lines.hearing import Hearing
from hardware.lines.line import Line
from hardware.ports import Health, State

log = logging.getLogger(__name__)

REST_S = 0.2
SAME_S = 1.0
LONGEST = 400
MOST_BYTES = 4 * LONGEST  # UTF-8 at its widest
WRONG_SCANS = 3
SUFFIXES = b"\r\n"


class Scans:
    """Cuts what a scanner sends into texts: at CR or LF, or after 0.2 s of silence where the suffix is switched off.

    ``scanned`` hears each; the same again and again, each within a second, is the trigger held down, and one scan.
    ``garbled`` is told of scans that are no text, until there are so many in a row that the health says so. ``now`` is
    in monotonic seconds.
    """

    def __init__(self, scanned: Callable[[str], None], name: str, garbled: Callable[[], None] = lambda: None) -> None:
        self._scanned, self._name, self._garbled = scanned, name, garbled
        self._rest, self._rest_at = b"", 0.0
        self._too_long = False
        self._last = ("", float("-inf"))
        self.unread = 0
        """Scans in a row that were no text."""
        self._noted = False

    def hear(self, data: bytes, now: float) -> None:
        if self._waits() and now >= self._rest_at + REST_S:
            self._end(now)
        if not data:
            return
        self._rest_at = now
        for byte in data:
            if byte in SUFFIXES:
                self._end(now)
            elif len(self._rest) < MOST_BYTES:
                self._rest += bytes([byte])
            else:
                self._too_long = True

    def due(self) -> float | None:
        return self._rest_at + REST_S if self._waits() else None

    def forget(self) -> None:
        self._rest, self._too_long, self._noted, self.unread = b"", False, False, 0

    def _waits(self) -> bool:
        return bool(self._rest)

    def _end(self, now: float) -> None:
        data, too_long = self._rest, self._too_long
        self._rest, self._too_long = b"", False
        if not data:
            return
        text = None if too_long else read(data)
        if text is None:
            self._refuse(len(data))
            return
        self.unread = 0
        (last, at), self._last = self._last, (text, now)
        if text and (text != last or now - at >= SAME_S):
            self._scanned(text)

    def _refuse(self, count: int) -> None:
        self.unread += 1
        if self.unread <= WRONG_SCANS:
            self._garbled()
        if not self._noted:
            self._noted = True
            log.warning("%s: a scan of %d bytes cannot be read; check speed, UTF-8 and suffix", self._name, count)


def read(data: bytes) -> str | None:
    """A scan as text: NFC, without anything that cannot be seen; None for one that is no UTF-8 or too long."""
    try:
        text = unicodedata.normalize("NFC", data.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in text)
    kept = "".join(one for one in spaced if one.isprintable()).strip()
    return kept if len(kept) <= LONGEST else None


class SerialScanner:
    """A scanner on ``line``; ``scanned`` is called in the line's thread and must only put the text somewhere,
    ``garbled`` there too when a scan is no text.

    ``clock`` gives monotonic seconds.
    """

    def __init__(
        self,
        line: Line,
        scanned: Callable[[str], None],
        clock: Callable[[], float],
        *,
        garbled: Callable[[], None] = lambda: None,
    ) -> None:
        self._scans = Scans(scanned, line.address, garbled)
        self._hearing = Hearing(line, self._scans, clock)

    def health(self) -> Health:
        """READY while the line is open; a scanner that says nothing may be one that nobody uses."""
        health = self._hearing.health()
        if health.state is State.READY and self._scans.unread >= WRONG_SCANS:
            count = self._scans.unread
            return Health(
                State.FAULT, code="wrong", detail=f"{count} scans in a row are no text; check speed and UTF-8"
            )
        return health

    def close(self) -> None:
        self._hearing.close()
