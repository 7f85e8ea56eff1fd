"""One announcement of a call: its clips, and its text as a caption."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from config.words import Words, words
from server.display_content.speech.utterance import (
    CHIME,
    Utterance,
    build_utterance,
    caption,
    counter_clips,
    spell_clips,
)
from server.wire.messages import Call
from server.wire.voice import VoicePack


@dataclass(frozen=True, slots=True)
class Announcement:
    """One reading of a call: number ``reading`` of ``readings``, from 1.

    The speaker plays its ``utterance``; the control port has its ``caption``.
    """

    call: Call
    utterance: Utterance
    caption: str
    reading: int
    readings: int


def first_reading(pack: VoicePack, call: Call, readings: int) -> Announcement:
    """Return the first of ``readings`` readings of ``call``. A chime without words has no caption."""
    utterance = build_utterance(pack, call.kind, call.number, call.label)
    has_words = any(isinstance(part, str) and part != CHIME for part in utterance.parts)
    return Announcement(call, utterance, _caption(pack, call) if has_words else "", 1, readings)


def _caption(pack: VoicePack, call: Call) -> str:
    """Return the text of the announcement, from the catalogue's surface "voice"."""
    number = caption(pack, spell_clips(call.number or ""))
    counter = caption(pack, counter_clips(pack, call.label or ""))
    return _CAPTIONS[call.kind](words(pack.language), number, counter)


_CAPTIONS: Mapping[str, Callable[[Words, str, str], str]] = {
    "call": lambda words, number, counter: words(
        "voice", "Kính mời công dân có số thứ tự {number}, đến quầy số {counter}", number=number, counter=counter
    ),
    "recall": lambda words, number, counter: words(
        "voice",
        "Xin nhắc lại: kính mời công dân có số thứ tự {number}, đến quầy số {counter}",
        number=number,
        counter=counter,
    ),
    "last": lambda words, number, counter: words(
        "voice",
        "Gọi lần cuối: kính mời công dân có số thứ tự {number}, đến quầy số {counter}",
        number=number,
        counter=counter,
    ),
    "pause": lambda words, _, counter: words("voice", "Quầy số {counter} tạm dừng phục vụ.", counter=counter),
    "resume": lambda words, _, counter: words("voice", "Quầy số {counter} tiếp tục phục vụ.", counter=counter),
    "opening": lambda words, _, __: words(
        "voice",
        "Trung tâm Phục vụ hành chính công kính chào công dân. Xin mời lấy số thứ tự và ngồi chờ gọi số.",
    ),
    "closing": lambda words, _, __: words("voice", "Đã hết giờ tiếp nhận. Công dân đã có số thứ tự vẫn được phục vụ."),
}
