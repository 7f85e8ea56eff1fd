"""Opens the speaker from its settings."""

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from config import devices

if TYPE_CHECKING:
    from hardware.speakers.mixer import Mixer


def open_speaker(speaker: devices.SpeakerSettings, mono_s: Callable[[], float]) -> "Mixer | None":
    """Return the speaker, or None without one.

    Without a sound card its health reports that.
    """
    match speaker.kind:
        case "mixer" | "simulated":
            # Imported here: only a machine that speaks loads SDL.
            from hardware.speakers.mixer import Mixer

            return Mixer(mono_s, speaker.volume, simulated=speaker.kind == "simulated")
        case "none":
            return None
    assert_never(speaker.kind)
