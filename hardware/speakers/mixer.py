"""The sound card through SDL's mixer: one sound at a time, in one thread.

Without a sound card the mixer runs on SDL's dummy driver, so that sounds can still be decoded and last as long as they
should; health is then ``no_audio`` and no sound counts as played. A card that is plugged in is found within seconds.

SDL does not notice when its card is pulled out: it discards the sound at the card's pace. So the kernel's own list of
cards is checked.
"""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pygame

from config.threads import RestartingThread
from hardware.health.liveness import ThreadLiveness
from hardware.ports import DeviceHealth, HealthState
from hardware.speakers.alsa_messages import alsa_messages_logged

log = logging.getLogger(__name__)

RATE_HZ = 22_050
BUFFER_SAMPLES = 512
DUMMY_DRIVER = "dummy"
NO_AUDIO = "no_audio"
POLL_INTERVAL_S = 0.02
"""How often the end of a sound is looked for."""
SAMPLE_BYTES = 2
MAX_OVERRUN_S = 3.0
"""How much longer than its samples a sound may last.

A card that stops taking samples must not block the next sounds.
"""
CARD_CHECK_INTERVAL_S = 8.0
"""How often a missing sound card is searched for."""
CARDS_FOLDER = Path("/dev/snd")
CARD_REMOVED = "the sound card was pulled out"

Done = Callable[[bool], None]
"""Is called with whether the sound was played to its end."""


class Mixer:
    """``hardware.ports.Speaker`` on SDL. One thread of its own waits for the end of each sound.

    ``mono_s`` gives monotonic seconds. ``volume``: 0 to 1. ``card_check_s``: how often a missing card is searched for.
    ``simulated``: use the dummy driver on purpose; sounds keep their duration and are audible through the control port
    only. ``cards_folder`` is the kernel's folder of sound cards.
    """

    def __init__(
        self,
        mono_s: Callable[[], float],
        volume: float = 1.0,
        *,
        simulated: bool = False,
        card_check_s: float = CARD_CHECK_INTERVAL_S,
        cards_folder: Path = CARDS_FOLDER,
    ) -> None:
        self._mono_s, self._liveness = mono_s, ThreadLiveness(mono_s)
        self._volume, self._card_check_s, self._cards_folder = volume, card_check_s, cards_folder
        self._sdl_lock, self._simulated = threading.Lock(), simulated
        self._health = _open_dummy() if simulated else _open_card()
        self._cards_at_open = frozenset() if simulated else self._cards()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._next_sound: tuple[bytes, Done] | None = None
        self._stopped = threading.Event()
        self._closing, self._closing_event = False, threading.Event()
        self._thread = RestartingThread("speaker", self._run, closing=self._closing_event, on_failure=self._failed)
        self._thread.start()

    def play(self, pcm: bytes, done: Done) -> None:
        """Play ``pcm``, cutting off the current sound.

        ``done`` runs in the speaker's thread, or, for a sound that had not begun, in that of ``play`` or ``stop``.
        """
        with self._changed:
            unplayed, self._next_sound = self._next_sound, (pcm, done)
            self._stopped.set()
            self._changed.notify()
        if unplayed is not None:
            unplayed[1](False)  # noqa: FBT003

    def stop(self) -> None:
        """Stop at once; the sound that is cut off counts as not played."""
        with self._changed:
            unplayed, self._next_sound = self._next_sound, None
            self._stopped.set()
        if unplayed is not None:
            unplayed[1](False)  # noqa: FBT003

    def health(self) -> DeviceHealth:
        return self._liveness.unless_hung(self._health)

    def decode(self, path: Path) -> bytes:
        """Return a sound file as 16-bit mono PCM of 22,050 Hz. Raises ``ValueError``."""
        try:
            with self._sdl_lock:
                return pygame.mixer.Sound(path).get_raw()
        except (pygame.error, OSError) as error:
            raise ValueError(f"{path.name}: {error}") from error

    def close(self) -> None:
        """Stop the sound and the thread, and release the card. May be called again."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._closing_event.set()
            self._stopped.set()
            self._changed.notify()
        self._thread.join()
        pygame.mixer.quit()

    def _run(self) -> None:
        while True:
            self._await_sound()
            with self._changed:
                sound, self._next_sound = self._next_sound, None
                self._stopped.clear()
                if sound is None or self._closing:
                    break
            pcm, done = sound
            played = False
            try:
                played = self._play_to_end(pcm) and self._health.state is HealthState.READY
            finally:  # the caller gets its answer also after an exception
                done(played)
        if sound is not None:
            sound[1](False)  # noqa: FBT003

    def _failed(self, error: Exception) -> None:
        """Report an unexpected exception; the thread opens the card again."""
        self._health = DeviceHealth(
            HealthState.FAULT, NO_AUDIO, f"its thread failed: {type(error).__name__}; see the log"
        )

    def _await_sound(self) -> None:
        """Block until there is a sound to play or the mixer is closed.

        Meanwhile search for a missing card.
        """
        check_at_s = self._mono_s() + self._card_check_s
        while True:
            self._liveness.beat()
            if self._card_removed():  # checked first, because a sequence of calls has no pause
                self._reopen()
            timeout_s = self._liveness.wake_by(check_at_s) - self._mono_s()
            with self._changed:
                if self._changed.wait_for(lambda: self._closing or self._next_sound is not None, max(0.0, timeout_s)):
                    return
            if self._mono_s() < check_at_s:
                continue
            check_at_s = self._mono_s() + self._card_check_s
            if self._health.state is not HealthState.READY:
                self._reopen()

    def _reopen(self) -> None:
        with self._sdl_lock:
            pygame.mixer.quit()
            if self._simulated:
                self._health = _open_dummy()
                return
            error, self._cards_at_open = _init_mixer(), self._cards()
            if error is None:
                self._health = DeviceHealth(HealthState.READY)
            else:
                _open_dummy()
                self._health = DeviceHealth(HealthState.FAULT, NO_AUDIO, error)

    def _cards(self) -> frozenset[str]:
        """Return the playback devices: "pcmC0D0p" is device 0 of card 0."""
        return frozenset(device.name for device in self._cards_folder.glob("pcmC*p"))

    def _card_removed(self) -> bool:
        """Return whether a card is gone since ours was opened; it may have been ours."""
        return not self._cards_at_open <= self._cards()

    def _play_to_end(self, pcm: bytes) -> bool:
        """Return whether ``pcm`` was played to its end.

        Health reports a broken card from then on.
        """
        if not pcm:
            return True
        try:
            sound = pygame.mixer.Sound(buffer=pcm)
            sound.set_volume(self._volume)
            channel = sound.play()
        except pygame.error as error:
            self._health = DeviceHealth(HealthState.FAULT, NO_AUDIO, str(error))
            return False
        remaining_s = len(pcm) / SAMPLE_BYTES / RATE_HZ + MAX_OVERRUN_S
        while channel.get_busy():
            self._liveness.beat()
            if self._stopped.wait(POLL_INTERVAL_S):
                channel.stop()
                return False
            remaining_s -= POLL_INTERVAL_S
            fault = (
                CARD_REMOVED
                if self._card_removed()
                else "the sound card does not take the sound"
                if remaining_s < 0
                else None
            )
            if fault is not None:
                channel.stop()
                self._health = DeviceHealth(HealthState.FAULT, NO_AUDIO, fault)
                return False
        return True


def _open_card() -> DeviceHealth:
    """Start the mixer on the card, or on the dummy driver where there is none."""
    error = _init_mixer()
    if error is None:
        return DeviceHealth(HealthState.READY)
    log.warning("no sound: %s; calls are displayed but not spoken", error)
    _open_dummy()
    return DeviceHealth(HealthState.FAULT, NO_AUDIO, error)


def _open_dummy() -> DeviceHealth:
    """Start the mixer on SDL's dummy driver."""
    before = os.environ.get("SDL_AUDIODRIVER")
    os.environ["SDL_AUDIODRIVER"] = DUMMY_DRIVER
    try:
        error = _init_mixer()
    finally:
        if before is None:
            del os.environ["SDL_AUDIODRIVER"]
        else:
            os.environ["SDL_AUDIODRIVER"] = before
    if error is None:
        return DeviceHealth(HealthState.READY)
    log.warning("the dummy sound driver does not start either: %s", error)
    return DeviceHealth(HealthState.FAULT, NO_AUDIO, error)


def _init_mixer() -> str | None:
    """Start the mixer at our sample rate, whatever the card's own.

    Returns the error if that fails.
    """
    try:
        with alsa_messages_logged():
            pygame.mixer.init(RATE_HZ, -16, 1, BUFFER_SAMPLES, allowedchanges=0)
    except pygame.error as error:
        return str(error)
    return None
