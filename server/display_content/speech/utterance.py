"""Choose the clips of an announcement, in the language of the voice pack.

A ticket's number is read character by character with its zeros. A counter's number is read in full ("hai mươi mốt").
An utterance is a sequence of clips and pauses (milliseconds) in the order in which they are played.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from server.wire.voice import COUNTER, GAP, NUMBER, VoicePack

Part = str | int
"""A clip's name, or a pause in milliseconds."""

CHIME = "chime"
MAX_COUNTED = 9_999  # the label of a counter above it is read digit by digit


@dataclass(frozen=True, slots=True)
class Utterance:
    """``parts``: clips and pauses in the order played. ``missing``: clips that the pack lacks."""

    parts: tuple[Part, ...]
    missing: tuple[str, ...] = ()


def build_utterance(pack: VoicePack, kind: str, number: str | None, counter: str | None) -> Utterance:
    """Return the clips for ``kind`` ("call", "pause", …) in the pack's language.

    A phrase without a clip is left out. If a part of a number has no clip, only the chime is played: an incomplete
    number would be another number.
    """
    template = pack.templates.get(kind)
    if template is None:
        return Utterance(_available(pack, (CHIME,)), (kind,))
    parts: list[Part] = []
    missing: list[str] = []
    for item in template:
        if item.startswith(GAP):
            parts.append(pack.gaps_ms.get(item.removeprefix(GAP), 0))
        elif item == NUMBER:
            parts += _with_gaps(spell_clips(number or ""), pack.gaps_ms.get("digit", 0))
        elif item == COUNTER:
            parts += _with_gaps(counter_clips(pack, counter or ""), pack.gaps_ms.get("word", 0))
        elif item in pack.clips:
            parts.append(item)
        else:
            missing.append(item)
    lacking_clips = [part for part in parts if isinstance(part, str) and part not in pack.clips]
    if lacking_clips or _lacks_number(template, number, counter):
        return Utterance(_available(pack, (CHIME,)), tuple(missing + lacking_clips))
    return Utterance(tuple(parts), tuple(missing))


def spell_clips(text: str) -> tuple[str, ...]:
    """Return the clips of ``text`` character by character: A015 -> letter-a d0 d1 d5."""
    return tuple(
        f"d{character}" if "0" <= character <= "9" else f"letter-{character.lower()}"
        for character in text
        if character.isalnum()
    )


def counter_clips(pack: VoicePack, label: str) -> tuple[str, ...]:
    """Return the clips of a counter's label. A label that is no number ("P2") is spelled."""
    if not label.isascii() or not label.isdecimal() or int(label) > MAX_COUNTED:
        return spell_clips(label)
    if f"n{int(label)}" in pack.clips:
        return (f"n{int(label)}",)
    return _COUNTING[pack.counting](int(label))


def caption(pack: VoicePack, clips: tuple[str, ...]) -> str:
    """Return the text of the clips: "A không một năm"."""
    return " ".join(pack.clips[clip].text for clip in clips if clip in pack.clips)


def find_missing_clips(pack: VoicePack, prefixes: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Return the clips that the hall will need and the pack lacks.

    ``prefixes``: all letters that numbers begin with. ``labels``: those of the counters. The clips can so be logged
    before a call needs them.
    """
    needed = {CHIME, *(f"d{digit}" for digit in range(10)), *spell_clips(prefixes)}
    for label in labels:
        needed.update(counter_clips(pack, label))
    for template in pack.templates.values():
        needed.update(item for item in template if not item.startswith(GAP) and item not in (NUMBER, COUNTER))
    return tuple(sorted(needed - pack.clips.keys()))


def _lacks_number(template: list[str], number: str | None, counter: str | None) -> bool:
    """Return whether the template needs a number that is not given."""
    return (NUMBER in template and not number) or (COUNTER in template and not counter)


def _available(pack: VoicePack, clips: tuple[str, ...]) -> tuple[Part, ...]:
    """Return those of ``clips`` that the pack has."""
    return tuple(clip for clip in clips if clip in pack.clips)


def _with_gaps(clips: tuple[str, ...], gap_ms: int) -> Iterator[Part]:
    """Yield the clips with a pause between each two."""
    for index, clip in enumerate(clips):
        if index:
            yield gap_ms
        yield clip


def _vietnamese(n: int) -> tuple[str, ...]:
    """Return the clips of ``n``, read in full in Vietnamese."""
    if n >= 1000:
        remainder = n % 1000
        # A remainder below one hundred keeps its "không trăm": 1005 một nghìn không trăm linh năm.
        remainder_clips = (
            ("d0", "hundred", *_vietnamese_below_hundred(remainder))
            if 0 < remainder < 100
            else _vietnamese(remainder)
            if remainder
            else ()
        )
        return (*_vietnamese(n // 1000), "thousand", *remainder_clips)
    if n >= 100:
        return (f"d{n // 100}", "hundred", *(_vietnamese_below_hundred(n % 100) if n % 100 else ()))
    return _vietnamese_tens(n)


def _vietnamese_below_hundred(n: int) -> tuple[str, ...]:
    """Return the clips after a hundred: a single digit needs "linh"."""
    return ("no-tens", f"d{n}") if n < 10 else _vietnamese_tens(n)


def _vietnamese_tens(n: int) -> tuple[str, ...]:
    tens, ones = divmod(n, 10)
    if tens == 0:
        return (f"d{ones}",)
    if tens == 1:
        return ("ten", *(() if ones == 0 else ("five-after-ten",) if ones == 5 else (f"d{ones}",)))
    irregular_ones = {0: (), 1: ("one-after-tens",), 4: ("four-after-tens",), 5: ("five-after-ten",)}
    return (f"d{tens}", "tens", *irregular_ones.get(ones, (f"d{ones}",)))


def _english(n: int) -> tuple[str, ...]:
    """Return the clips of ``n``, read in full in English."""
    if n >= 1000:
        remainder = n % 1000
        joining_word = ("and",) if 0 < remainder < 100 else ()
        return (*_english(n // 1000), "thousand", *joining_word, *(_english(remainder) if remainder else ()))
    if n >= 100:
        return (f"d{n // 100}", "hundred", *(("and", *_english(n % 100)) if n % 100 else ()))
    if n < 10:
        return (f"d{n}",)
    if n < 20:
        return (f"n{n}",)
    return (f"n{n - n % 10}", *((f"d{n % 10}",) if n % 10 else ()))


def _digits(n: int) -> tuple[str, ...]:
    return spell_clips(str(n))


_COUNTING: Mapping[str, Callable[[int], tuple[str, ...]]] = {
    "vi": _vietnamese,
    "en": _english,
    "digits": _digits,
}
