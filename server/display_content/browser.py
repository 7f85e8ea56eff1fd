"""The settings and voice packs of the display in a browser."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.words import LANGUAGES
from server.display_content.speech.packs import PackFolder, find_packs
from server.display_content.speech.quiet_hours import is_quiet_time


@dataclass(frozen=True, slots=True)
class BrowserDisplay:
    """Settings of the display in a browser, and its voices.

    ``language``: of its texts and voice, unless its address names another one. ``times``: how often a call is read.
    ``mute_from`` to ``mute_to``: the quiet hours, "hh:mm" in the hall's time zone. ``packs``: by language.
    """

    language: str = "vi"
    times: int = 2
    mute_from: str = ""
    mute_to: str = ""
    packs: Mapping[str, PackFolder] = field(default_factory=lambda: find_packs(LANGUAGES, None))

    def is_quiet(self, wall_ms: int, zone: str) -> bool:
        """Return whether nothing is spoken now."""
        return is_quiet_time(self.mute_from, self.mute_to, wall_ms, zone)
