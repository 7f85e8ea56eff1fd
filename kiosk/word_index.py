"""Rank numbered places by the phrases that describe them, for a query of a few words.

Each word of the query is compared with all known words: equal, begun, one letter wrong, sounding alike, or typed in
Telex. A word that describes few places weighs more than one that describes many (inverse document frequency); words
of nearly every query weigh little. A phrase counts by how much of the query it holds, and how much of it the query
holds.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from kiosk.spelling import ABBREVIATIONS, fold, sound, spelling, without_telex, words_of

_Key = TypeVar("_Key", int, str)

_COMMON = """
lam xin giay thu tuc dang ky cap cho cua toi minh em anh chi ong ba co chu bac cac nhung mot cai to don muon can phai gi
nao dau o tai thi la va voi de duoc bi roi chua khong the nay kia ay a oi nhe hoi giup dum gium ve ra vao len di den tu
khi nhu nop lay nhan vua hom qua mai xong trai gai luon nua rang noi ngoai tui
an the of for to my how i get need want apply in on
"""
COMMON = frozenset(_COMMON.split())
"""Words of nearly every query, folded. Some stand for a word that matters too (*đơn*, *đốn*): they still weigh."""

COMMON_FACTOR = 0.3
BACKGROUND = 0.5
UNKNOWN = 3.2
"""Weight of a word that no phrase has: about that of a word of two or three places."""

WRONG_LETTER = 0.8
WRONG_SHORT = 0.7
"""One wrong letter in a word that no phrase has: of five letters or more, and a shorter one."""

TELEX = 0.95
SOUND = 0.75
SOUND_KNOWN = 0.35
"""Sounding alike: a word that no phrase has, and one that itself exists."""

OTHER_ACCENT = 0.6
"""The accents were typed, and no phrase has the word with these."""

BEGUN = {1: 0.7, 2: 0.85}
BEGUN_LONGER = 0.92
"""The last word is the beginning of a known one, by the letters typed."""

LAST_LETTER = "\uffff"
"""Sorts behind every letter."""

ONE_LETTER_OFF = 0.85
TOGETHER = 0.4
"""Share of a score that all phrases of a place hold together; the rest is that of its best phrase."""

WHOLE = 0.85
CONTENT = 1.5
CONTAINED = 0.65
CONTAINED_WEIGHT = 0.05
"""Score of a phrase that stands whole in the query, whatever else the query says: the first, and the second for each
unit of the phrase's weight up to four. Phrases lighter than CONTENT say too little."""

LONG_ENOUGH = 7
"""Letters of a phrase that is looked for without regard to spaces; shorter ones stand in many queries by chance."""

LEAST_BEST = 0.4
LEAST = 0.6
"""Least score of a place's best phrase, and of the best hit. Below them a hit is noise."""

NEAR_BEST = 0.6
"""Hits whose score is below this part of the best one are left out."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    place: int
    words: tuple[str, ...]
    spellings: tuple[str, ...]
    factor: float


@dataclass
class WordIndex:
    """Phrases of numbered places. Add them all, then ask for rankings."""

    _phrases: list[_Phrase] = field(default_factory=list)

    def add(self, place: int, text: str, *, background: bool = False) -> None:
        """Let a text describe a place; ``background`` texts are long, and count half."""
        words = words_of(text)
        if words:
            folded = tuple(map(fold, words))
            self._phrases.append(_Phrase(place, folded, tuple(map(spelling, words)), BACKGROUND if background else 1.0))

    def ranked(self, query: str) -> list[tuple[int, float]]:
        """Return the places that match and their scores, the best first; a score of 1 is a phrase as it stands.

        Without a space behind it the last word may be a beginning.
        """
        words = self._parted(words_of(query))
        if not words:
            return []
        unfinished = not query[-1].isspace()
        alike = [self._alike(word, begun=unfinished and at == len(words) - 1) for at, word in enumerate(words)]
        weights = [self._query_weight(fold(word), known) for word, known in zip(words, alike, strict=True)]
        common = {at for at, word in enumerate(words) if fold(word) in COMMON}
        scores = self._scores(alike, weights, common)
        for place, score in self._as_written(tuple(map(fold, words))).items():
            scores[place] = max(scores.get(place, 0.0), score)
        best = max(scores.values(), default=0.0)
        if best < LEAST:
            return []
        near = ((place, score) for place, score in scores.items() if score >= best * NEAR_BEST)
        return sorted(near, key=lambda scored: (-scored[1], scored[0]))

    def _scores(
        self, alike: Sequence[Mapping[str, float]], weights: Sequence[float], common: Set[int]
    ) -> dict[int, float]:
        """Per place: how much of the query its best phrase holds, and all of them together.

        ``common``: positions of the query's common words.
        """
        whole = sum(weights)
        best: dict[int, float] = {}
        contained: dict[int, float] = {}
        together: dict[int, dict[int, float]] = {}
        for number, held in self._held(alike).items():
            phrase = self._phrases[number]
            recall = sum(weights[at] * max(own.values()) for at, own in held.items()) / whole
            known = _highest((word, likeness) for own in held.values() for word, likeness in own.items())
            precision = sum(self._weights[word] * likeness for word, likeness in known.items())
            precision /= self._phrase_weights[number]
            score = recall * (0.5 + 0.5 * precision)
            if precision >= WHOLE * SOUND and self._stands_in_query(number, held, common):
                least = CONTAINED + CONTAINED_WEIGHT * min(4.0, self._phrase_weights[number])
                contained[phrase.place] = max(contained.get(phrase.place, 0.0), least * phrase.factor)
            score *= phrase.factor
            best[phrase.place] = max(best.get(phrase.place, 0.0), score)
            mine = together.setdefault(phrase.place, {})
            for at, own in held.items():
                mine[at] = max(mine.get(at, 0.0), max(own.values()) * phrase.factor)
        scores = {}
        for place, mine in together.items():
            all_held = sum(weights[at] * likeness for at, likeness in mine.items()) / whole
            mixed = TOGETHER * all_held + (1 - TOGETHER) * best[place] if best[place] >= LEAST_BEST else 0.0
            scores[place] = max(mixed, contained.get(place, 0.0))
        return scores

    def _stands_in_query(self, number: int, held: Mapping[int, Mapping[str, float]], common: Set[int]) -> bool:
        """Whether all that matters of a phrase stands in the query, its words beside each other."""
        whole = self._phrase_weights[number]
        if whole < CONTENT:
            return False
        run: set[str] = set()
        for at in range(max(held) + 1):
            own = held.get(at, {})
            word = max(own, key=own.__getitem__, default="")
            if own.get(word, 0.0) >= SOUND:
                run.add(word)
            elif at not in common:
                run.clear()
            if sum(self._weights[word] for word in run) >= WHOLE * whole:
                return True
        return False

    def _held(self, alike: Sequence[Mapping[str, float]]) -> dict[int, dict[int, dict[str, float]]]:
        """Phrase -> position in the query -> the phrase's own words for it, each with its likeness."""
        held: dict[int, dict[int, dict[str, float]]] = {}
        for at, known in enumerate(alike):
            for word, likeness in known.items():
                for number in self._having[word]:
                    held.setdefault(number, {}).setdefault(at, {})[word] = likeness
        return held

    def _as_written(self, words: Sequence[str]) -> dict[int, float]:
        """Places with a phrase that differs from the query by one letter at most, spaces left out."""
        joined = "".join(words)
        if len(joined) < (5 if len(words) == 1 else 4):
            return {}
        hits = process.extract(joined, self._joined, scorer=OSA.distance, score_cutoff=1, limit=None)
        scored = ((self._phrases[number], 1.0 if same == 0 else ONE_LETTER_OFF) for _, same, number in hits)
        return _highest(
            [*((phrase.place, score * phrase.factor) for phrase, score in scored), *self._run_together(joined)]
        )

    def _run_together(self, joined: str) -> Iterator[tuple[int, float]]:
        """Places with a phrase that stands in the query but for one letter, wherever the spaces are."""
        near = process.extract(
            joined, self._joined, scorer=fuzz.partial_ratio, score_cutoff=100 * (1 - 1 / LONG_ENOUGH), limit=None
        )
        for phrase_joined, ratio, number in near:
            letters, phrase = len(phrase_joined), self._phrases[number]
            if LONG_ENOUGH <= letters <= len(joined) and ratio >= 100 * (1 - 1 / letters) and phrase.factor == 1.0:
                yield phrase.place, CONTAINED + CONTAINED_WEIGHT * min(4.0, self._phrase_weights[number])

    def _alike(self, typed: str, *, begun: bool) -> dict[str, float]:
        """The known words that ``typed`` may stand for, each with its likeness, 1 for the same word."""
        word = fold(typed)
        exists = word in self._having
        found: list[tuple[str, float]] = [(known, SOUND_KNOWN if exists else SOUND) for known in self._sounding(word)]
        if len(word) >= 3 and word.isalpha() and not exists:
            wrong = WRONG_LETTER if len(word) > 4 else WRONG_SHORT
            near = process.extract(word, self._known, scorer=OSA.distance, score_cutoff=1, limit=None)
            found += [(known, wrong) for known, _, _ in near if len(known) >= 3]
        if begun:
            likeness = BEGUN.get(len(word), BEGUN_LONGER)
            found += [(known, likeness) for known in self._begun(word) if known != word]
        plain = without_telex(word)
        if not exists and plain in self._having:
            found.append((plain, TELEX))
        if exists:
            found = [(known, likeness) for known, likeness in found if known != word]
            found.append((word, 1.0 if typed == word or spelling(typed) in self._spellings[word] else OTHER_ACCENT))
        return _highest(found)

    def _begun(self, letters: str) -> Sequence[str]:
        """The known words that begin with these letters."""
        first = bisect_left(self._known, letters)
        return self._known[first : bisect_left(self._known, letters + LAST_LETTER)]

    def _sounding(self, word: str) -> Sequence[str]:
        return self._sounds.get(sound(word), ())

    def _query_weight(self, word: str, alike: Mapping[str, float]) -> float:
        if word in self._weights:
            return self._weights[word]
        if word in COMMON or not alike:
            return UNKNOWN * (COMMON_FACTOR if word in COMMON else 1.0)
        most = max(alike.values())
        return max(self._weights[known] for known, likeness in alike.items() if likeness == most)

    def _parted(self, query: Sequence[str]) -> list[str]:
        """The query's words, abbreviations written out; two written as one (*sodo*) that are neighbours in a phrase are
        taken apart."""
        parted: list[str] = []
        for word in query:
            folded = fold(word)
            if folded in ABBREVIATIONS:
                parted += ABBREVIATIONS[folded].split()
            elif self._begun(folded):
                parted.append(word)
            else:
                parted += self._pairs.get(folded, (word,))
        return parted

    @cached_property
    def _having(self) -> Mapping[str, Sequence[int]]:
        """Known word -> numbers of its phrases."""
        having: dict[str, list[int]] = {}
        for number, phrase in enumerate(self._phrases):
            for word in set(phrase.words):
                having.setdefault(word, []).append(number)
        return having

    @cached_property
    def _spellings(self) -> Mapping[str, set[str]]:
        """Known word -> its spellings with accents."""
        spellings: dict[str, set[str]] = {}
        for phrase in self._phrases:
            for word, written in zip(phrase.words, phrase.spellings, strict=True):
                spellings.setdefault(word, set()).add(written)
        return spellings

    @cached_property
    def _known(self) -> Sequence[str]:
        return sorted(self._having)

    @cached_property
    def _sounds(self) -> Mapping[str, Sequence[str]]:
        """How words sound -> the words."""
        sounds: dict[str, list[str]] = {}
        for word in self._known:
            sounds.setdefault(sound(word), []).append(word)
        return sounds

    @cached_property
    def _weights(self) -> Mapping[str, float]:
        """ln(1 + (N - n + ½) / (n + ½)) for a word of n among N places."""
        places = len({phrase.place for phrase in self._phrases})
        weights = {}
        for word, numbers in self._having.items():
            n = len({self._phrases[number].place for number in numbers})
            weights[word] = math.log(1 + (places - n + 0.5) / (n + 0.5)) * (COMMON_FACTOR if word in COMMON else 1.0)
        return weights

    @cached_property
    def _phrase_weights(self) -> Sequence[float]:
        return [sum(self._weights[word] for word in set(phrase.words)) for phrase in self._phrases]

    @cached_property
    def _joined(self) -> Sequence[str]:
        return ["".join(phrase.words) for phrase in self._phrases]

    @cached_property
    def _pairs(self) -> Mapping[str, tuple[str, str]]:
        """Neighbours in a phrase, by how they look without the space between them."""
        return {
            left + right: (left, right)
            for phrase in self._phrases
            for left, right in zip(phrase.words, phrase.words[1:], strict=False)
        }


def _highest(scored: Iterable[tuple[_Key, float]]) -> dict[_Key, float]:
    found: dict[_Key, float] = {}
    for key, score in scored:
        found[key] = max(found.get(key, 0.0), score)
    return found
