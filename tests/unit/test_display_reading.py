import math
import time
from array import array
from pathlib import Path

import pytest

from display.effects.sound import RATE_HZ, as_wav, join_clips, length_s, pause_pcm
from server.display_content.speech.packs import SHIPPED, PackError, load_first_pack, load_pack
from server.display_content.speech.utterance import (
    build_utterance,
    caption,
    counter_clips,
    find_missing_clips,
    spell_clips,
)
from server.wire.voice import VoicePack

LETTERS = "ABCDEGHKLMNPQRSTVX"
CALL_GAPS_MS = (200, 150, 250, 150)


def pack(language: str = "vi") -> VoicePack:
    return VoicePack.model_validate_json((SHIPPED / language / "manifest.json").read_bytes())


def in_words(language: str, label: str) -> str:
    voice = pack(language)
    return caption(voice, counter_clips(voice, label))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("A015", "A không một năm"),
        ("C105", "C một không năm"),
        ("B021", "B không hai một"),
        ("T110", "T một một không"),
        ("A1005", "A một không không năm"),
        ("XD004", "X D không không bốn"),
    ],
)
def test_a_tickets_number_is_read_sign_by_sign_with_its_zeros_in_basic_words(number: str, expected: str) -> None:
    assert caption(pack(), spell_clips(number)) == expected


VIETNAMESE = """một, hai, ba, bốn, năm, sáu, bảy, tám, chín, mười, mười một, mười hai, mười ba, mười bốn, mười lăm,
mười sáu, mười bảy, mười tám, mười chín, hai mươi, hai mươi mốt, hai mươi hai, hai mươi ba, hai mươi tư, hai mươi lăm,
hai mươi sáu, hai mươi bảy, hai mươi tám, hai mươi chín, ba mươi, ba mươi mốt, ba mươi hai, ba mươi ba, ba mươi tư,
ba mươi lăm, ba mươi sáu, ba mươi bảy, ba mươi tám, ba mươi chín, bốn mươi"""


@pytest.mark.parametrize(
    ("n", "expected"), list(enumerate((words.strip() for words in VIETNAMESE.split(",")), start=1))
)
def test_a_counters_number_is_read_in_full_in_vietnamese(n: int, expected: str) -> None:
    assert in_words("vi", str(n)) == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("101", "một trăm linh một"),
        ("105", "một trăm linh năm"),
        ("110", "một trăm mười"),
        ("115", "một trăm mười lăm"),
        ("121", "một trăm hai mươi mốt"),
        ("200", "hai trăm"),
        ("1000", "một nghìn"),
        ("1005", "một nghìn không trăm linh năm"),
        ("1015", "một nghìn không trăm mười lăm"),
        ("2105", "hai nghìn một trăm linh năm"),
        ("P2", "P hai"),
        ("3A", "ba A"),
        ("05", "năm"),
    ],
)
def test_hundreds_thousands_and_labels_with_letters(label: str, expected: str) -> None:
    assert in_words("vi", label) == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [("7", "seven"), ("15", "fifteen"), ("21", "twenty one"), ("30", "thirty"), ("105", "one hundred and five")],
)
def test_counters_in_english(label: str, expected: str) -> None:
    assert in_words("en", label) == expected


def test_a_call_is_chime_phrase_number_phrase_counter_with_its_pauses() -> None:
    assert build_utterance(pack(), "call", "A015", "21").parts == (
        *("chime", 200, "call", 150),
        *("letter-a", 100, "d0", 100, "d1", 100, "d5"),
        *(250, "to-counter", 150),
        *("d2", 40, "tens", 40, "one-after-tens"),
    )


def test_a_clip_of_the_whole_number_is_taken_before_one_is_put_together() -> None:
    whole = pack().clips | {"n21": pack().clips["d2"]}
    assert counter_clips(pack().model_copy(update={"clips": whole}), "21") == ("n21",)


def without(*names: str) -> VoicePack:
    kept = {name: clip for name, clip in pack().clips.items() if name not in names}
    return pack().model_copy(update={"clips": kept})


def test_half_a_number_is_never_read_a_missing_digit_leaves_the_chime() -> None:
    reading = build_utterance(without("d5"), "call", "A015", "2")
    assert reading.parts == ("chime",)
    assert reading.missing == ("d5",)


def test_a_missing_letter_or_counter_leaves_the_chime_and_without_one_nothing() -> None:
    assert build_utterance(without("letter-a"), "call", "A015", "2").parts == ("chime",)
    assert build_utterance(without("tens"), "call", "A015", "21").parts == ("chime",)
    assert build_utterance(without("chime", "d5"), "call", "A015", "2").parts == ()


def test_a_missing_phrase_leaves_the_numbers() -> None:
    reading = build_utterance(without("call"), "call", "A015", "2")
    assert [part for part in reading.parts if isinstance(part, str)] == [
        *("chime", "letter-a", "d0", "d1", "d5", "to-counter", "d2"),
    ]
    assert reading.missing == ("call",)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_shipped_packs_have_every_clip_of_every_letter_and_of_counters_to_9999(language: str) -> None:
    labels = (*map(str, range(1, 131)), "200", "999", "1000", "1005", "9999")
    assert find_missing_clips(pack(language), LETTERS, labels) == ()
    assert {clip.file for clip in pack(language).clips.values()} == {
        path.name for path in (SHIPPED / language).glob("*.ogg")
    }
    assert "GPL" in (SHIPPED / language / pack(language).licence).read_text(encoding="utf-8")


def test_clips_that_will_be_missed_are_named_beforehand() -> None:
    assert find_missing_clips(without("tens", "letter-g"), "AG", ("1", "21")) == ("letter-g", "tens")


def test_sounds_are_joined_sample_by_sample_with_exact_pauses() -> None:
    sounds = {"a": b"\x01\x00" * 300, "b": b"\x02\x00" * 77}
    joined = join_clips(("a", 100, "b", "a"), sounds)
    assert joined == sounds["a"] + bytes(2205 * 2) + sounds["b"] + sounds["a"]
    assert len(as_wav(joined)) == 44 + len(joined)


@pytest.fixture(scope="module")
def shipped() -> dict[str, dict[str, bytes]]:
    """The shipped clips decoded by the mixer, as the display has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDL_AUDIODRIVER", "dummy")
        from hardware.speakers.mixer import Mixer

        mixer = Mixer(time.monotonic)
        try:
            return {language: load_pack(SHIPPED / language, mixer.decode).sounds for language in ("vi", "en")}
        finally:
            mixer.close()


def samples(pcm: bytes) -> "array[int]":
    return array("h", pcm)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_shipped_clip_is_trimmed_faded_not_clipped_and_of_one_loudness(
    language: str, shipped: dict[str, dict[str, bytes]]
) -> None:
    size = RATE_HZ // 100
    loud_db: dict[str, float] = {}
    for name, pcm in shipped[language].items():
        sound = samples(pcm)
        windows = [sound[at : at + size] for at in range(0, len(sound), size)]
        rms = [math.sqrt(sum(sample * sample for sample in window) / len(window)) for window in windows]
        sounding = [level for level in rms if level > max(rms) * 0.1]
        loud_db[name] = 10 * math.log10(sum(level * level for level in sounding) / len(sounding) / 32767**2)
        assert max(abs(sample) for sample in sound) < 32_000, name
        assert max(abs(sound[0]), abs(sound[-1])) < 328, f"{name} clicks at an end: more than 1 % of full scale"
        first = next(place for place, level in enumerate(rms) if level > max(rms) * 0.01)
        assert first <= 3, f"{name} begins with {first * 10} ms of silence"
        assert 0.15 < length_s(pcm) < 12, name
    words = [db for name, db in loud_db.items() if name != "chime"]
    assert max(words) - min(words) < 3.0
    assert abs(loud_db["chime"] - sum(words) / len(words)) < 6.0


def test_a_joined_call_has_no_gap_but_those_asked_for(shipped: dict[str, dict[str, bytes]]) -> None:
    voice = shipped["vi"]
    parts = build_utterance(pack(), "call", "A015", "2").parts
    joined = join_clips(parts, voice)
    clips = sum(len(voice[part]) for part in parts if isinstance(part, str))
    gaps = sum(len(pause_pcm(part)) for part in parts if isinstance(part, int))
    assert len(joined) == clips + gaps
    assert gaps == sum(len(pause_pcm(ms)) for ms in (*CALL_GAPS_MS, 100, 100, 100))
    assert 5 < length_s(joined) < 11


def test_a_folder_without_a_manifest_is_no_pack_and_a_broken_clip_is_left_out(tmp_path: Path) -> None:
    def decode(path: Path) -> bytes:
        if path.name == "d5.ogg":
            raise ValueError("no sound")
        return b"\0\0"

    with pytest.raises(PackError, match="manifest"):
        load_pack(tmp_path, decode)
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(PackError, match="mistakes"):
        load_pack(tmp_path, decode)
    voice = load_pack(SHIPPED / "vi", decode)
    assert "d5" not in voice.pack.clips
    assert "d4" in voice.pack.clips


def test_the_halls_own_pack_comes_first_and_one_that_is_none_leaves_the_shipped_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = pack().model_copy(update={"reader": "chị Mai, cán bộ phường"})
    (tmp_path / "manifest.json").write_text(own.model_dump_json(), encoding="utf-8")
    chosen = load_first_pack([tmp_path, SHIPPED / "vi"], lambda _: b"")
    assert chosen is not None
    assert chosen.pack.reader == "chị Mai, cán bộ phường"
    chosen = load_first_pack([tmp_path / "gone", SHIPPED / "vi"], lambda _: b"")
    assert chosen is not None
    assert chosen.pack.reader.startswith("espeak-ng")
    assert "gone" in caplog.text
    assert load_first_pack([tmp_path / "gone"], lambda _: b"") is None
