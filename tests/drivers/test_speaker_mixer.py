import fcntl
import os
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pygame
import pytest

from hardware.ports import HealthState
from hardware.speakers.alsa_messages import alsa_messages_logged
from hardware.speakers.mixer import RATE_HZ, Mixer
from server.display_content.speech.packs import SHIPPED
from support.waiting import PATIENCE_S, until


class PlayResults:
    """The results passed to ``done``, with their times."""

    def __init__(self) -> None:
        self.results: list[bool] = []
        self._new = threading.Condition()

    def __call__(self, played: bool) -> None:
        with self._new:
            self.results.append(played)
            self._new.notify_all()

    def wait(self, count: int) -> list[bool]:
        with self._new:
            assert self._new.wait_for(lambda: len(self.results) >= count, PATIENCE_S)
            return self.results


@pytest.fixture
def dummy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mixer]:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    mixer = Mixer(time.monotonic)
    yield mixer
    mixer.close()


def pcm(length_s: float) -> bytes:
    return bytes(round(length_s * RATE_HZ) * 2)


def test_a_sound_played_to_its_end_is_reported_once(dummy: Mixer) -> None:
    ends = PlayResults()
    dummy.play(pcm(0.05), ends)
    assert ends.wait(1) == [True]
    assert dummy.health().state is HealthState.READY


def test_a_new_sound_cuts_off_the_old_one_which_counts_as_not_played(dummy: Mixer) -> None:
    first, second = PlayResults(), PlayResults()
    dummy.play(pcm(30.0), first)
    dummy.play(pcm(0.05), second)
    assert first.wait(1) == [False]
    assert second.wait(1) == [True]


def test_stopping_ends_the_sound_unplayed(dummy: Mixer) -> None:
    ends = PlayResults()
    dummy.play(pcm(30.0), ends)
    dummy.stop()
    assert ends.wait(1) == [False]


def test_a_sound_stopped_before_its_start_is_reported_once_and_never_starts(dummy: Mixer) -> None:
    in_its_end, may_go_on, second, third = threading.Event(), threading.Event(), PlayResults(), PlayResults()

    def first(played: bool) -> None:
        in_its_end.set()
        may_go_on.wait(PATIENCE_S)

    dummy.play(pcm(0.01), first)
    assert in_its_end.wait(PATIENCE_S)
    dummy.play(pcm(0.05), second)
    dummy.stop()
    dummy.play(pcm(0.05), third)
    may_go_on.set()
    assert third.wait(1) == [True]
    assert second.results == [False]


def test_a_speaker_that_plays_a_long_sound_has_not_stalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    ends, ahead_s = PlayResults(), [0.0]
    with closing(Mixer(lambda: time.monotonic() + ahead_s[0])) as mixer:
        mixer.play(pcm(60.0), ends)
        until(pygame.mixer.get_busy)
        ahead_s[0] += 6.0
        until(lambda: mixer.health().state is HealthState.READY, within_s=PATIENCE_S)
        assert ends.results == []


def test_closing_in_the_middle_of_a_sound_ends_it_and_may_be_repeated(dummy: Mixer) -> None:
    ends = PlayResults()
    dummy.play(pcm(30.0), ends)
    dummy.close()
    dummy.close()
    assert ends.wait(1) == [False]


def test_without_a_sound_card_nothing_counts_as_played_and_health_reports_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no-such-driver")
    mixer = Mixer(time.monotonic)
    try:
        assert mixer.health().state is HealthState.FAULT
        assert mixer.health().code == "no_audio"
        ends = PlayResults()
        mixer.play(pcm(0.05), ends)
        assert ends.wait(1) == [False]
        assert len(mixer.decode(SHIPPED / "vi" / "d0.ogg")) > RATE_HZ // 4
    finally:
        mixer.close()


def test_a_card_that_is_plugged_in_later_is_found_and_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no-such-driver")
    with closing(Mixer(time.monotonic, card_check_s=0.05)) as mixer:
        assert mixer.health().code == "no_audio"
        ends = PlayResults()
        mixer.play(pcm(0.05), ends)
        assert ends.wait(1) == [False]
        monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
        until(lambda: mixer.health().state is HealthState.READY)
        mixer.play(pcm(0.05), ends)
        assert ends.wait(2) == [False, True]
    assert caplog.text.count("no sound") == 1


def test_a_card_pulled_out_in_the_middle_of_a_sound_is_reported_and_taken_again_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    card, ends = tmp_path / "pcmC1D0p", PlayResults()
    card.touch()
    with closing(Mixer(time.monotonic, card_check_s=0.05, cards_folder=tmp_path)) as mixer:
        mixer.play(pcm(30.0), ends)
        until(pygame.mixer.get_busy, "a sound that plays")
        monkeypatch.setenv("SDL_AUDIODRIVER", "no-such-driver")
        card.unlink()
        assert ends.wait(1) == [False]
        assert (mixer.health().state, mixer.health().code) == (HealthState.FAULT, "no_audio")
        card.touch()
        monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
        until(lambda: mixer.health().state is HealthState.READY)
        mixer.play(pcm(0.05), ends)
        assert ends.wait(2) == [False, True]


def test_a_card_pulled_out_while_nothing_sounds_is_missed_before_the_next_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    for card in ("pcmC0D3p", "pcmC1D0p"):
        (tmp_path / card).touch()
    with closing(Mixer(time.monotonic, cards_folder=tmp_path)) as mixer:
        monkeypatch.setenv("SDL_AUDIODRIVER", "no-such-driver")
        (tmp_path / "pcmC1D0p").unlink()
        until(lambda: mixer.health().code == "no_audio")


def test_a_card_that_is_gone_for_good_does_not_silence_the_one_that_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    for card in ("pcmC0D3p", "pcmC1D0p"):
        (tmp_path / card).touch()

    def plays() -> bool:
        ends = PlayResults()
        mixer.play(pcm(0.2), ends)
        return ends.wait(1) == [True]

    with closing(Mixer(time.monotonic, card_check_s=0.05, cards_folder=tmp_path)) as mixer:
        (tmp_path / "pcmC1D0p").unlink()
        until(plays, within_s=PATIENCE_S)


def test_what_reaches_the_card_is_the_whole_sound_once_at_the_volume_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    monkeypatch.setenv("SDL_DISKAUDIOFILE", str(tmp_path / "card"))
    ends, length = PlayResults(), RATE_HZ // 5
    with closing(Mixer(time.monotonic, 0.25)) as mixer:
        mixer.play(array("h", [8_000] * length).tobytes(), ends)
        assert ends.wait(1) == [True]
    samples = array("h", (tmp_path / "card").read_bytes())
    first = next(place for place, sample in enumerate(samples) if sample)
    assert samples[first : first + length] == array("h", [2_000] * length)
    assert not any(samples[first + length :])


def test_a_card_that_stops_taking_samples_does_not_hold_the_queue(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "card")
    reader = os.open(tmp_path / "card", os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    monkeypatch.setenv("SDL_DISKAUDIOFILE", str(tmp_path / "card"))
    monkeypatch.setattr("hardware.speakers.mixer.MAX_OVERRUN_S", 0.1)
    ends = PlayResults()
    with closing(Mixer(time.monotonic)) as mixer:
        try:
            mixer.play(pcm(0.5), ends)
            assert (ends.wait(1), mixer.health().code) == ([False], "no_audio")
        finally:
            os.close(reader)  # the card's thread waits in a write, and nobody could end it


def test_a_file_that_is_no_sound_cannot_be_decoded(dummy: Mixer) -> None:
    with pytest.raises(ValueError, match=r"manifest\.json"):
        dummy.decode(SHIPPED / "vi" / "manifest.json")


def test_a_simulated_speaker_is_ready_and_leaves_the_sound_card_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no such driver")
    ends = PlayResults()
    with closing(Mixer(time.monotonic, simulated=True)) as speaker:
        assert speaker.health().state is HealthState.READY
        speaker.play(b"\0\0" * 220, ends)
        assert ends.wait(1) == [True]
    assert os.environ["SDL_AUDIODRIVER"] == "no such driver"


def test_the_sound_librarys_lines_are_logged_and_other_lines_are_passed_on(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with alsa_messages_logged():
        os.write(2, b"ALSA lib pcm.c:2666:(snd_pcm_open_noupdate) Unknown PCM default\nanother thread's fault\n")
    assert capfd.readouterr().err == "another thread's fault\n"
    assert "Unknown PCM default" in caplog.text


def test_a_machine_without_a_card_reports_it_in_our_words_only(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "alsa")
    monkeypatch.setenv("ALSA_CONFIG_PATH", os.devnull)  # whatever this machine has: no card is described
    with closing(Mixer(time.monotonic)) as mixer:
        assert mixer.health().code == "no_audio"
    assert "ALSA lib" not in capfd.readouterr().err
