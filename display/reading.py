"""From an announcement to the clips that say it: pure, and the same for every language a pack is made for.

A ticket's number is read sign by sign with its zeros, in the basic words; a counter's number is read in full
("hai mươi mốt"). Words are clips and pauses are milliseconds, in the order in which they are heard.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from server.wire.voice import COUNTER, GAP, NUMBER, VoicePack

Part = str | int
"""A clip's name, or a pause in milliseconds."""

CHIME = "chime"
MOST_COUNTED = 9_999


@dataclass(frozen=True, slots=True)
class Reading:
    """``parts`` in the order heard. ``missing`` clips could not be said; without its number a call is a chime."""

    parts: tuple[Part, ...]
    missing: tuple[str, ...] = ()


def read(pack: VoicePack, kind: str, number: str | None, counter: str | None) -> Reading:
    """The clips that say ``kind`` ("call", "pause", …) in the pack's language.

    A phrase without a clip is left out. Where a part of a number has none, nothing but the chime is left:
    half a number is another number.
    """
    template = pack.templates.get(kind)
    if template is None:
        return Reading(_known(pack, (CHIME,)), (kind,))
    parts: list[Part] = []
    missing: list[str] = []
    for word in template:
        if word.startswith(GAP):
            parts.append(pack.gaps_ms.get(word.removeprefix(GAP), 0))
        elif word == NUMBER:
            parts += _spread(spell(number or ""), pack.gaps_ms.get("digit", 0))
        elif word == COUNTER:
            parts += _spread(count(pack, counter or ""), pack.gaps_ms.get("word", 0))
        elif word in pack.clips:
            parts.append(word)
        else:
            missing.append(word)
    lost = [part for part in parts if isinstance(part, str) and part not in pack.clips]
    if lost or _unsaid(template, number, counter):
        return Reading(_known(pack, (CHIME,)), tuple(missing + lost))
    return Reading(tuple(parts), tuple(missing))


def spell(text: str) -> tuple[str, ...]:
    """The clips of ``text`` sign by sign: A015 -> letter-a d0 d1 d5."""
    return tuple(f"d{sign}" if "0" <= sign <= "9" else f"letter-{sign.lower()}" for sign in text if sign.isalnum())


def count(pack: VoicePack, label: str) -> tuple[str, ...]:
    """The clips of a counter's label; one that is no number ("P2") is spelled."""
    if not label.isascii() or not label.isdecimal() or int(label) > MOST_COUNTED:
        return spell(label)
    if f"n{int(label)}" in pack.clips:
        return (f"n{int(label)}",)
    return _COUNTING[pack.counting](int(label))


def caption(pack: VoicePack, clips: tuple[str, ...]) -> str:
    """What the clips say, written: "A không một năm"."""
    return " ".join(pack.clips[clip].text for clip in clips if clip in pack.clips)


def needed(pack: VoicePack, prefixes: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Clips the hall will need and the pack does not have: what is to be told at the start, not at the call."""
    wanted = {CHIME, *(f"d{digit}" for digit in range(10)), *spell(prefixes)}
    for label in labels:
        wanted.update(count(pack, label))
    for template in pack.templates.values():
        wanted.update(word for word in template if not word.startswith(GAP) and word not in (NUMBER, COUNTER))
    return tuple(sorted(wanted - pack.clips.keys()))


def _unsaid(template: list[str], number: str | None, counter: str | None) -> bool:
    """Whether the template wants a number that there is not."""
    return (NUMBER in template and not number) or (COUNTER in template and not counter)


def _known(pack: VoicePack, clips: tuple[str, ...]) -> tuple[Part, ...]:
    return tuple(clip for clip in clips if clip in pack.clips)


def _spread(clips: tuple[str, ...], gap_ms: int) -> Iterator[Part]:
    """The clips with a pause between each two."""
    for place, clip in enumerate(clips):
        if place:
            yield gap_ms
        yield clip


def _vietnamese(n: int) -> tuple[str, ...]:
    if n >= 1000:
        rest = n % 1000
        # A rest below one hundred keeps its "không trăm": 1005 một nghìn không trăm linh năm.
        below = ("d0", "hundred", *_vietnamese_rest(rest)) if 0 < rest < 100 else _vietnamese(rest) if rest else ()
        return (*_vietnamese(n // 1000), "thousand", *below)
    if n >= 100:
        return (f"d{n // 100}", "hundred", *(_vietnamese_rest(n % 100) if n % 100 else ()))
    return _vietnamese_tens(n)


def _vietnamese_rest(n: int) -> tuple[str, ...]:
    """What follows a hundred: a single digit needs "linh"."""
    return ("no-tens", f"d{n}") if n < 10 else _vietnamese_tens(n)


def _vietnamese_tens(n: int) -> tuple[str, ...]:
    tens, ones = divmod(n, 10)
    if tens == 0:
        return (f"d{ones}",)
    if tens == 1:
        return ("ten", *(() if ones == 0 else ("five-after-ten",) if ones == 5 else (f"d{ones}",)))
    last = {0: (), 1: ("one-after-tens",), 4: ("four-after-tens",), 5: ("five-after-ten",)}
    return (f"d{tens}", "tens", *last.get(ones, (f"d{ones}",)))


def _english(n: int) -> tuple[str, ...]:
    if n >= 1000:
        rest = n % 1000
        joint = ("and",) if 0 < rest < 100 else ()
        return (*_english(n // 1000), "thousand", *joint, *(_english(rest) if rest else ()))
    if n >= 100:
        return (f"d{n // 100}", "hundred", *(("and", *_english(n % 100)) if n % 100 else ()))
    if n < 10:
        return (f"d{n}",)
    if n < 20:
        return (f"n{n}",)
    return (f"n{n - n % 10}", *((f"d{n % 10}",) if n % 10 else ()))


def _digits(n: int) -> tuple[str, ...]:
    return spell(str(n))


_COUNTING: Mapping[str, Callable[[int], tuple[str, ...]]] = {
    "vi": _vietnamese,
    "en": _english,
    "digits": _digits,
}
