"""The words of the shipped voice packs: each clip's caption, and its spelling for espeak-ng."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Word:
    """One clip: ``shown`` in captions, ``spelled`` for espeak-ng. ``name``: of the clip in templates."""

    name: str
    shown: str
    spelled: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A voice pack to make.

    ``reader`` describes the voice, ``voice`` is its name for espeak-ng. ``counting``: how numbers are composed from
    words. ``gaps_ms``: the pauses by name. ``templates``: for each kind of announcement the names of its clips,
    ``~name`` for a pause, ``{number}`` and ``{counter}``.
    """

    language: str
    reader: str
    voice: str
    words_per_min: int
    counting: Literal["vi", "en", "digits"]
    gaps_ms: Mapping[str, int]
    templates: Mapping[str, tuple[str, ...]]
    words: tuple[Word, ...]


def _same(words: Mapping[str, str]) -> tuple[Word, ...]:
    """Return words that are shown and spelled alike."""
    return tuple(Word(name, text, text) for name, text in words.items())


def _letters(names: Mapping[str, str]) -> tuple[Word, ...]:
    return tuple(Word(f"letter-{letter.lower()}", letter, spelled) for letter, spelled in names.items())


def _digits(*words: str) -> tuple[Word, ...]:
    return tuple(Word(f"d{digit}", word, word) for digit, word in enumerate(words))


_GAPS = {"digit": 100, "word": 40, "phrase": 250, "part": 150, "start": 200}
_CALL = ("call", "~part", "{number}", "~phrase", "to-counter", "~part", "{counter}")
_PAUSED = ("the-counter", "~part", "{counter}", "~part")


def _templates(*phrases: str) -> dict[str, tuple[str, ...]]:
    """Return the templates with the order of words that both languages share.

    ``phrases`` are templates of one clip after the chime.
    """
    start = ("chime", "~start")
    return {
        "call": (*start, *_CALL),
        "recall": (*start, "recall", "~phrase", *_CALL),
        "last": (*start, "last", "~phrase", *_CALL),
        "transfer": (*start, "call", "~part", "{number}", "~phrase", "on-to-counter", "~part", "{counter}"),
        "room": (*start, "call", "~part", "{number}", "~phrase", "to-room", "~part", "{counter}"),
        "pause": (*start, *_PAUSED, "paused"),
        "resume": (*start, *_PAUSED, "resumed"),
        "your_number": ("your-number", "~part", "{number}"),
    } | {phrase: (*start, phrase) for phrase in phrases}


VIETNAMESE = Pack(
    language="vi",
    reader="espeak-ng 1.51, voice vi (Northern), 110 words per minute",
    voice="vi",
    words_per_min=110,
    counting="vi",
    gaps_ms=_GAPS,
    templates=_templates("opening", "closing", "close15", "help", "test", "practice"),
    words=(
        *_digits("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"),
        *_same(
            {
                "ten": "mười",
                "tens": "mươi",
                "one-after-tens": "mốt",
                "four-after-tens": "tư",
                "five-after-ten": "lăm",
                "no-tens": "linh",
                "hundred": "trăm",
                "thousand": "nghìn",
            }
        ),
        *_letters(
            {
                "A": "a",
                "B": "bê",
                "C": "xê",
                "D": "dê",
                "E": "e",
                "G": "giê",
                "H": "hát",
                "K": "ca",
                "L": "e lờ",
                "M": "em mờ",
                "N": "en nờ",
                "P": "pê",
                "Q": "cu",
                "R": "e rờ",
                "S": "ét sì",
                "T": "tê",
                "V": "vê",
                "X": "ích xì",
            }
        ),
        *_same(
            {
                "call": "Kính mời công dân có số thứ tự",
                "to-counter": "đến quầy số",
                "on-to-counter": "chuyển đến quầy số",
                "to-room": "vào phòng số",
                "recall": "Xin nhắc lại",
                "last": "Gọi lần cuối",
                "the-counter": "Quầy số",
                "paused": "tạm dừng phục vụ",
                "resumed": "tiếp tục phục vụ",
                "opening": "Trung tâm Phục vụ hành chính công kính chào công dân. "
                "Xin mời lấy số thứ tự và ngồi chờ gọi số.",
                "closing": "Đã hết giờ tiếp nhận. Công dân đã có số thứ tự vẫn được phục vụ.",
                "close15": "Còn mười lăm phút nữa hết giờ tiếp nhận. Công dân đã có số thứ tự vẫn được phục vụ.",
                "your-number": "Số của ông bà là",
                "help": "Kính mời cán bộ hướng dẫn đến máy lấy số.",
                "test": "Đây là thông báo thử loa.",
                "practice": "Đang diễn tập. Các số được gọi không có giá trị.",
            }
        ),
    ),
)

ENGLISH = Pack(
    language="en",
    reader="espeak-ng 1.51, voice en, 130 words per minute",
    voice="en",
    words_per_min=130,
    counting="en",
    gaps_ms=_GAPS,
    templates=_templates("opening", "closing", "close15", "help", "test", "practice"),
    words=(
        *_digits("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
        *_same({"n10": "ten", "n11": "eleven", "n12": "twelve", "n13": "thirteen", "n14": "fourteen"}),
        *_same({"n15": "fifteen", "n16": "sixteen", "n17": "seventeen", "n18": "eighteen", "n19": "nineteen"}),
        *_same({"n20": "twenty", "n30": "thirty", "n40": "forty", "n50": "fifty"}),
        *_same({"n60": "sixty", "n70": "seventy", "n80": "eighty", "n90": "ninety"}),
        *_same({"hundred": "hundred", "thousand": "thousand", "and": "and"}),
        *_letters({letter: f"{letter}." for letter in "ABCDEGHKLMNPQRSTVX"}),
        *_same(
            {
                "call": "Number",
                "to-counter": "please go to counter",
                "on-to-counter": "please go on to counter",
                "to-room": "please enter room",
                "recall": "Once more",
                "last": "Last call",
                "the-counter": "Counter",
                "paused": "is paused",
                "resumed": "is open again",
                "opening": "Welcome to the public service centre. "
                "Please take a number and have a seat until it is called.",
                "closing": "Reception has ended. Everyone who has a number will still be served.",
                "close15": "Reception ends in fifteen minutes. Everyone who has a number will still be served.",
                "your-number": "Your number is",
                "help": "Staff to the ticket machine, please.",
                "test": "This is a test of the loudspeaker.",
                "practice": "This is a practice. The numbers called are not valid.",
            }
        ),
    ),
)

PACKS = (VIETNAMESE, ENGLISH)
