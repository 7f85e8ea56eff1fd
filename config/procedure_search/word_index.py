"""Rank numbered documents for a short query, by the phrases that describe them.

A document (here a procedure) and a phrase are named by their index. A word is *folded*: lower case, without accents.

Each word of the query is compared with all words of the index: equal, a prefix, one letter wrong, sounding alike, or
typed in Telex. A word that describes few documents weighs more than one that describes many (inverse document
frequency); words of nearly every query weigh little. The score of a phrase combines which share of the query it
matches (recall) and which share of the phrase matches (precision).
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from config.procedure_search.spelling import ABBREVIATIONS, fold, sound, spelling, without_telex, words_of

_Key = TypeVar("_Key", int, str)

_COMMON = """
lam xin giay thu tuc dang ky cap cho cua toi minh em anh chi ong ba co chu bac cac nhung mot cai to don muon can phai gi
nao dau o tai thi la va voi de duoc bi roi chua khong the nay kia ay a oi nhe hoi giup dum gium ve ra vao len di den tu
khi nhu nop lay nhan vua hom qua mai xong trai gai luon nua rang noi ngoai tui
an the of for to my how i get need want apply in on
"""
COMMON_WORDS = frozenset(_COMMON.split())
"""Words of nearly every query, folded. They still have a weight, because one may also be a significant word (*đốn* is
folded like *đơn*)."""

COMMON_WORD_FACTOR = 0.3
BACKGROUND_FACTOR = 0.5
UNKNOWN_WORD_WEIGHT = 3.2
"""Weight of a word that no phrase has: about that of a word of two or three documents."""

WRONG_LETTER_SIMILARITY_LONG = 0.8
WRONG_LETTER_SIMILARITY_SHORT = 0.7
"""Similarity of a word with one wrong letter, where no phrase has the word itself.

The first is for words of five letters or more.
"""

TELEX_SIMILARITY = 0.95
SOUND_SIMILARITY = 0.75
SOUND_SIMILARITY_OF_KNOWN_WORD = 0.35
"""Similarity of a word that sounds alike, where no phrase has the typed word, and where one has it."""

OTHER_ACCENT_SIMILARITY = 0.6
"""Similarity of a word typed with accents, where no phrase has it with these accents."""

PREFIX_SIMILARITY_BY_LENGTH = {1: 0.7, 2: 0.85}
LONG_PREFIX_SIMILARITY = 0.92
"""Similarity where the last word is the beginning of another, by the number of letters typed."""

HIGHEST_CHARACTER = "\uffff"
"""Sorts after every letter."""

SPACELESS_WRONG_LETTER_SCORE = 0.85
ALL_PHRASES_SHARE = 0.4
"""The share of all phrases of a document in its score; the rest is the share of its best phrase."""

MIN_CONTAINED_SHARE = 0.85
MIN_CONTAINED_WEIGHT = 1.5
CONTAINED_SCORE = 0.65
CONTAINED_SCORE_PER_WEIGHT = 0.05
"""Score of a phrase that the query contains as a whole, beside other words (``_contained_score``).

Phrases lighter than ``MIN_CONTAINED_WEIGHT`` have none.
"""

MIN_SPACELESS_LETTERS = 7
"""Least letters of a phrase that is searched for without regard to spaces. Shorter ones occur by chance."""

MIN_BEST_PHRASE_SCORE = 0.4
MIN_BEST_HIT_SCORE = 0.6
"""Least score of a document's best phrase, and of the best hit. Below them a hit is noise."""

MIN_SHARE_OF_BEST = 0.6
"""Hits with less than this share of the best score are left out."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase of a document. ``words`` are folded; ``spellings`` keep their accents; ``factor`` scales its scores."""

    document: int
    words: tuple[str, ...]
    spellings: tuple[str, ...]
    factor: float


@dataclass
class WordIndex:
    """Ranks numbered documents by their phrases. Add all phrases before the first ranking."""

    _phrases: list[_Phrase] = field(default_factory=list)

    def add(self, document: int, text: str, *, background: bool = False) -> None:
        """Add a phrase that describes a document. ``background``: a long text, which counts half."""
        words = words_of(text)
        if words:
            folded = tuple(map(fold, words))
            self._phrases.append(
                _Phrase(document, folded, tuple(map(spelling, words)), BACKGROUND_FACTOR if background else 1.0)
            )

    def ranked(self, query: str) -> list[tuple[int, float]]:
        """Return the documents that match and their scores, the best first.

        A score of 1 is a phrase as it stands. Without a space behind it the last word may be unfinished.
        """
        words = self._expanded(words_of(query))
        if not words:
            return []
        unfinished = not query[-1].isspace()
        candidates = [
            self._candidates(word, unfinished=unfinished and position == len(words) - 1)
            for position, word in enumerate(words)
        ]
        weights = [self._query_weight(fold(word), similar) for word, similar in zip(words, candidates, strict=True)]
        common_positions = {position for position, word in enumerate(words) if fold(word) in COMMON_WORDS}
        scores = self._scores(candidates, weights, common_positions)
        for document, score in self._spaceless_scores(tuple(map(fold, words))).items():
            scores[document] = max(scores.get(document, 0.0), score)
        best = max(scores.values(), default=0.0)
        if best < MIN_BEST_HIT_SCORE:
            return []
        hits = ((document, score) for document, score in scores.items() if score >= best * MIN_SHARE_OF_BEST)
        return sorted(hits, key=lambda scored: (-scored[1], scored[0]))

    def _scores(
        self, candidates: Sequence[Mapping[str, float]], weights: Sequence[float], common_positions: Set[int]
    ) -> dict[int, float]:
        """Score each document by its best phrase and by all its phrases together.

        ``candidates`` (word of the index -> similarity) and ``weights``: of each word of the query.
        ``common_positions``: where the query has common words.
        """
        query_weight = sum(weights)
        best: dict[int, float] = {}
        contained: dict[int, float] = {}
        all_matches: dict[int, dict[int, float]] = {}
        for phrase_index, matches in self._matches(candidates).items():
            phrase = self._phrases[phrase_index]
            score, precision = self._phrase_score(phrase_index, matches, weights)
            may_be_contained = precision >= MIN_CONTAINED_SHARE * SOUND_SIMILARITY
            if may_be_contained and self._is_contained(phrase_index, matches, common_positions):
                contained_score = self._contained_score(phrase_index) * phrase.factor
                contained[phrase.document] = max(contained.get(phrase.document, 0.0), contained_score)
            best[phrase.document] = max(best.get(phrase.document, 0.0), score * phrase.factor)
            matched = all_matches.setdefault(phrase.document, {})
            for position, similarities in matches.items():
                matched[position] = max(matched.get(position, 0.0), max(similarities.values()) * phrase.factor)
        scores = {}
        for document, matched in all_matches.items():
            combined = 0.0
            if best[document] >= MIN_BEST_PHRASE_SCORE:
                recall = sum(weights[position] * similarity for position, similarity in matched.items()) / query_weight
                combined = ALL_PHRASES_SHARE * recall + (1 - ALL_PHRASES_SHARE) * best[document]
            scores[document] = max(combined, contained.get(document, 0.0))
        return scores

    def _phrase_score(
        self, phrase_index: int, matches: Mapping[int, Mapping[str, float]], weights: Sequence[float]
    ) -> tuple[float, float]:
        """Return the score of a phrase, by recall and precision, and its precision."""
        matched = (weights[position] * max(similarities.values()) for position, similarities in matches.items())
        recall = sum(matched) / sum(weights)
        words = _best_scores(pair for similarities in matches.values() for pair in similarities.items())
        precision = sum(self._weights[word] * similarity for word, similarity in words.items())
        precision /= self._phrase_weights[phrase_index]
        return recall * (0.5 + 0.5 * precision), precision

    def _is_contained(
        self, phrase_index: int, matches: Mapping[int, Mapping[str, float]], common_positions: Set[int]
    ) -> bool:
        """Return whether the query contains the significant words of a phrase next to each other."""
        phrase_weight = self._phrase_weights[phrase_index]
        if phrase_weight < MIN_CONTAINED_WEIGHT:
            return False
        adjacent: set[str] = set()  # matching words next to each other
        for position in range(max(matches) + 1):
            similarities = matches.get(position, {})
            word = max(similarities, key=similarities.__getitem__, default="")
            if similarities.get(word, 0.0) >= SOUND_SIMILARITY:
                adjacent.add(word)
            elif position not in common_positions:
                adjacent.clear()
            if sum(self._weights[word] for word in adjacent) >= MIN_CONTAINED_SHARE * phrase_weight:
                return True
        return False

    def _matches(self, candidates: Sequence[Mapping[str, float]]) -> dict[int, dict[int, dict[str, float]]]:
        """Return phrase -> position in the query -> matching words and their similarity."""
        matches: dict[int, dict[int, dict[str, float]]] = {}
        for position, words in enumerate(candidates):
            for word, similarity in words.items():
                for phrase_index in self._postings[word]:
                    matches.setdefault(phrase_index, {}).setdefault(position, {})[word] = similarity
        return matches

    def _spaceless_scores(self, words: Sequence[str]) -> dict[int, float]:
        """Score documents with a phrase that differs from the query by one letter at most.

        Spaces are left out on both sides.
        """
        spaceless = "".join(words)
        if len(spaceless) < (5 if len(words) == 1 else 4):
            return {}
        hits = process.extract(spaceless, self._spaceless_phrases, scorer=OSA.distance, score_cutoff=1, limit=None)
        scored = (
            (self._phrases[phrase_index], 1.0 if distance == 0 else SPACELESS_WRONG_LETTER_SCORE)
            for _, distance, phrase_index in hits
        )
        return _best_scores(
            [
                *((phrase.document, score * phrase.factor) for phrase, score in scored),
                *self._contained_spaceless(spaceless),
            ]
        )

    def _contained_spaceless(self, spaceless: str) -> Iterator[tuple[int, float]]:
        """Yield documents with a phrase that the query contains but for one letter, and scores.

        ``spaceless``: the query without spaces.
        """
        similar_phrases = process.extract(
            spaceless,
            self._spaceless_phrases,
            scorer=fuzz.partial_ratio,
            score_cutoff=100 * (1 - 1 / MIN_SPACELESS_LETTERS),
            limit=None,
        )
        for phrase_text, ratio, phrase_index in similar_phrases:
            letters, phrase = len(phrase_text), self._phrases[phrase_index]
            if (
                MIN_SPACELESS_LETTERS <= letters <= len(spaceless)
                and ratio >= 100 * (1 - 1 / letters)
                and phrase.factor == 1.0
            ):
                yield phrase.document, self._contained_score(phrase_index)

    def _contained_score(self, phrase_index: int) -> float:
        """Return the score of a contained phrase, which rises with its weight up to four."""
        return CONTAINED_SCORE + CONTAINED_SCORE_PER_WEIGHT * min(4.0, self._phrase_weights[phrase_index])

    def _candidates(self, typed: str, *, unfinished: bool) -> dict[str, float]:
        """Return the words of the index that ``typed`` may stand for, each with its similarity.

        The same word has 1. ``unfinished``: it may be the beginning of a word.
        """
        word = fold(typed)
        is_indexed = word in self._postings
        scored: list[tuple[str, float]] = [
            (other, SOUND_SIMILARITY_OF_KNOWN_WORD if is_indexed else SOUND_SIMILARITY)
            for other in self._with_sound(word)
        ]
        if len(word) >= 3 and word.isalpha() and not is_indexed:
            similarity = WRONG_LETTER_SIMILARITY_LONG if len(word) > 4 else WRONG_LETTER_SIMILARITY_SHORT
            similar_words = process.extract(word, self._vocabulary, scorer=OSA.distance, score_cutoff=1, limit=None)
            scored += [(other, similarity) for other, _, _ in similar_words if len(other) >= 3]
        if unfinished:
            similarity = PREFIX_SIMILARITY_BY_LENGTH.get(len(word), LONG_PREFIX_SIMILARITY)
            scored += [(other, similarity) for other in self._with_prefix(word) if other != word]
        plain = without_telex(word)
        if not is_indexed and plain in self._postings:
            scored.append((plain, TELEX_SIMILARITY))
        if is_indexed:
            scored = [(other, similarity) for other, similarity in scored if other != word]
            scored.append(
                (word, 1.0 if typed == word or spelling(typed) in self._spellings[word] else OTHER_ACCENT_SIMILARITY)
            )
        return _best_scores(scored)

    def _with_prefix(self, letters: str) -> Sequence[str]:
        """Return the words of the index that begin with these letters."""
        start = bisect_left(self._vocabulary, letters)
        return self._vocabulary[start : bisect_left(self._vocabulary, letters + HIGHEST_CHARACTER)]

    def _with_sound(self, word: str) -> Sequence[str]:
        return self._sounds.get(sound(word), ())

    def _query_weight(self, word: str, candidates: Mapping[str, float]) -> float:
        """Return the weight of a word of the query.

        An unknown word has the weight of its best candidate.
        """
        if word in self._weights:
            return self._weights[word]
        if word in COMMON_WORDS or not candidates:
            return UNKNOWN_WORD_WEIGHT * (COMMON_WORD_FACTOR if word in COMMON_WORDS else 1.0)
        best = max(candidates.values())
        return max(self._weights[other] for other, similarity in candidates.items() if similarity == best)

    def _expanded(self, query: Sequence[str]) -> list[str]:
        """Return the query's words with abbreviations written out and compounds split.

        A compound is two words written as one (*sodo*) that are neighbours in a phrase.
        """
        expanded: list[str] = []
        for word in query:
            folded = fold(word)
            if folded in ABBREVIATIONS:
                expanded += ABBREVIATIONS[folded].split()
            elif self._with_prefix(folded):
                expanded.append(word)
            else:
                expanded += self._compounds.get(folded, (word,))
        return expanded

    @cached_property
    def _postings(self) -> Mapping[str, Sequence[int]]:
        """Word -> indexes of its phrases."""
        postings: dict[str, list[int]] = {}
        for phrase_index, phrase in enumerate(self._phrases):
            for word in set(phrase.words):
                postings.setdefault(word, []).append(phrase_index)
        return postings

    @cached_property
    def _spellings(self) -> Mapping[str, set[str]]:
        """Word -> its spellings with accents."""
        spellings: dict[str, set[str]] = {}
        for phrase in self._phrases:
            for word, written in zip(phrase.words, phrase.spellings, strict=True):
                spellings.setdefault(word, set()).add(written)
        return spellings

    @cached_property
    def _vocabulary(self) -> Sequence[str]:
        """All words of the phrases, sorted."""
        return sorted(self._postings)

    @cached_property
    def _sounds(self) -> Mapping[str, Sequence[str]]:
        """Sound -> the words that have it."""
        sounds: dict[str, list[str]] = {}
        for word in self._vocabulary:
            sounds.setdefault(sound(word), []).append(word)
        return sounds

    @cached_property
    def _weights(self) -> Mapping[str, float]:
        """Inverse document frequency of each word.

        ln(1 + (N - n + ½) / (n + ½)), where n of N documents have the word.
        """
        documents = len({phrase.document for phrase in self._phrases})
        weights = {}
        for word, phrase_indexes in self._postings.items():
            n = len({self._phrases[phrase_index].document for phrase_index in phrase_indexes})
            weights[word] = math.log(1 + (documents - n + 0.5) / (n + 0.5)) * (
                COMMON_WORD_FACTOR if word in COMMON_WORDS else 1.0
            )
        return weights

    @cached_property
    def _phrase_weights(self) -> Sequence[float]:
        """The sum of the weights of each phrase's words."""
        return [sum(self._weights[word] for word in set(phrase.words)) for phrase in self._phrases]

    @cached_property
    def _spaceless_phrases(self) -> Sequence[str]:
        """The phrases without their spaces."""
        return ["".join(phrase.words) for phrase in self._phrases]

    @cached_property
    def _compounds(self) -> Mapping[str, tuple[str, str]]:
        """Two words without their space -> the words, for neighbours in a phrase."""
        return {
            left + right: (left, right)
            for phrase in self._phrases
            for left, right in zip(phrase.words, phrase.words[1:], strict=False)
        }


def _best_scores(scored: Iterable[tuple[_Key, float]]) -> dict[_Key, float]:
    """Return the best score of each key."""
    best: dict[_Key, float] = {}
    for key, score in scored:
        best[key] = max(best.get(key, 0.0), score)
    return best
