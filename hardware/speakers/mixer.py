"""The machine's sound card through SDL's mixer: one sound at a time, and nobody waits for it.

Without a sound card the mixer runs on SDL's dummy driver, so that sounds can still be decoded and keep their
time; health then says ``no_audio`` and nothing counts as played. A card that is plugged in, or back, is found
within a few seconds.

SDL goes on as if nothing were amiss when its card is pulled out: it drops the sound at the card's pace. So the
kernel's own list of cards is looked at.
"""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pygame

from config.threads import RestartingThread
from hardware.ports import Health, State
from hardware.speakers.library import its_words_to_the_log
from hardware.turning import Turning

log = logging.getLogger(__name__)

RATE_HZ = 22_050
BUFFER_SAMPLES = 512
DUMMY = "dummy"
NO_AUDIO = "no_audio"
LOOK_S = 0.02
SAMPLE_BYTES = 2
# A card that stops taking samples must not hold the queue for ever.
PATIENCE_S = 3.0
LOOK_FOR_CARD_S = 8.0
CARDS = Path("/dev/snd")
PULLED = "the sound card was pulled out"

Done = Callable[[bool], None]


class Mixer:
    """``hardware.ports.Speaker`` on SDL. One thread of its own waits for the end of each sound.

    ``clock`` gives monotonic seconds. ``simulated``: on the dummy driver by intent. Sounds keep their time and are
    heard through the control port only. ``cards`` is the kernel's folder of them.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        volume: float = 1.0,
        *,
        simulated: bool = False,
        look_for_card_s: float = LOOK_FOR_CARD_S,
        cards: Path = CARDS,
    ) -> None:
        self._clock, self._turning = clock, Turning(clock)
        self._volume, self._look_for_card_s, self._folder = volume, look_for_card_s, cards
        self._card, self._simulated = threading.Lock(), simulated
        self._health = _open_dummy() if simulated else _open()
        self._had = frozenset() if simulated else self._cards()
        self._lock = threading.Lock()
        self._new = threading.Condition(self._lock)
        self._next: tuple[bytes, Done] | None = None
        self._stopped = threading.Event()
        self._closing, self._over = False, threading.Event()
        self._thread = RestartingThread("speaker", self._run, closing=self._over, failed=self._failed)
        self._thread.start()

    def play(self, pcm: bytes, done: Done) -> None:
        """Play ``pcm`` after cutting off what still sounds; ``done`` runs in the speaker's thread."""
        with self._new:
            unplayed, self._next = self._next, (pcm, done)
            self._stopped.set()
            self._new.notify()
        if unplayed is not None:
            unplayed[1](False)  # noqa: FBT003

    def stop(self) -> None:
        """Be silent now; the sound that was cut off counts as not played."""
        with self._new:
            unplayed, self._next = self._next, None
            self._stopped.set()
        if unplayed is not None:
            unplayed[1](False)  # noqa: FBT003

    def health(self) -> Health:
        return self._turning.believed(self._health)

    def decode(self, path: Path) -> bytes:
        """A sound file as 16-bit mono PCM of 22,050 Hz. Raises ``ValueError``."""
        try:
            with self._card:
                return pygame.mixer.Sound(path).get_raw()
        except (pygame.error, OSError) as error:
            raise ValueError(f"{path.name}: {error}") from error

    def close(self) -> None:
        """End the sound and the thread, and give the card back. May be called twice."""
        with self._new:
            if self._closing:
                return
            self._closing = True
            self._over.set()
            self._stopped.set()
            self._new.notify()
        self._thread.join()
        pygame.mixer.quit()

    def _run(self) -> None:
        while True:
            self._await_sound()
            with self._new:
                taken, self._next = self._next, None
                self._stopped.clear()
                if taken is None or self._closing:
                    break
            pcm, done = taken
            played = False
            try:
                played = self._sound(pcm) and self._health.state is State.READY
            finally:  # whoever waits for the end of a sound gets it, whatever went wrong
                done(played)
        if taken is not None:
            taken[1](False)  # noqa: FBT003

    def _failed(self, error: Exception) -> None:
        """Report a mistake of ours; the thread opens the card again."""
        self._health = Health(State.FAULT, NO_AUDIO, f"its thread failed: {type(error).__name__}; the log tells more")

    def _await_sound(self) -> None:
        """Until there is something to play, or the end; meanwhile look for the card that is missing."""
        look_at = self._clock() + self._look_for_card_s
        while True:
            self._turning.turn()
            if self._pulled():  # looked at first: when calls come one after the other there is no rest between them
                self._open_again()
            rest_s = self._turning.rest(look_at) - self._clock()
            with self._new:
                if self._new.wait_for(lambda: self._closing or self._next is not None, max(0.0, rest_s)):
                    return
            if self._clock() < look_at:
                continue
            look_at = self._clock() + self._look_for_card_s
            if self._health.state is not State.READY:
                self._open_again()

    def _open_again(self) -> None:
        with self._card:
            pygame.mixer.quit()
            if self._simulated:
                self._health = _open_dummy()
                return
            error, self._had = _start(), self._cards()
            if error is None:
                self._health = Health(State.READY)
            else:
                _open_dummy()
                self._health = Health(State.FAULT, NO_AUDIO, error)

    def _cards(self) -> frozenset[str]:
        """What can play now: "pcmC0D0p" is device 0 of card 0."""
        return frozenset(one.name for one in self._folder.glob("pcmC*p"))

    def _pulled(self) -> bool:
        """Whether a card is gone that was there when ours was opened, and may have been ours."""
        return not self._had <= self._cards()

    def _sound(self, pcm: bytes) -> bool:
        """Whether ``pcm`` was played to its end. A broken card is told by health from then on."""
        if not pcm:
            return True
        try:
            sound = pygame.mixer.Sound(buffer=pcm)
            sound.set_volume(self._volume)
            channel = sound.play()
        except pygame.error as error:
            self._health = Health(State.FAULT, NO_AUDIO, str(error))
            return False
        left_s = len(pcm) / SAMPLE_BYTES / RATE_HZ + PATIENCE_S
        while channel.get_busy():
            self._turning.turn()
            if self._stopped.wait(LOOK_S):
                channel.stop()
                return False
            left_s -= LOOK_S
            why = PULLED if self._pulled() else "the sound card does not take the sound" if left_s < 0 else None
            if why is not None:
                channel.stop()
                self._health = Health(State.FAULT, NO_AUDIO, why)
                return False
        return True


def _open() -> Health:
    """Start the mixer on the card, or on the dummy driver where there is none."""
    error = _start()
    if error is None:
        return Health(State.READY)
    log.warning("no sound: %s; calls are shown and not heard", error)
    _open_dummy()
    return Health(State.FAULT, NO_AUDIO, error)


def _open_dummy() -> Health:
    """Start the mixer on SDL's dummy driver, whatever the machine has."""
    before = os.environ.get("SDL_AUDIODRIVER")
    os.environ["SDL_AUDIODRIVER"] = DUMMY
    try:
        error = _start()
    finally:
        if before is None:
            del os.environ["SDL_AUDIODRIVER"]
        else:
            os.environ["SDL_AUDIODRIVER"] = before
    if error is None:
        return Health(State.READY)
    log.warning("not even the dummy sound driver starts: %s", error)
    return Health(State.FAULT, NO_AUDIO, error)


def _start() -> str | None:
    """The mixer at our rate, whatever the card's own; the error if it cannot."""
    try:
        with its_words_to_the_log():
            pygame.mixer.init(RATE_HZ, -16, 1, BUFFER_SAMPLES, allowedchanges=0)
    except pygame.error as error:
        return str(error)
    return None
