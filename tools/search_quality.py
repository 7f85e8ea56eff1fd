"""Measure the kiosk's search: how often a right procedure is among the first three.

``python -m tools.search_quality [--wrong-letter SEED] FILE…`` prints each miss and the share for each file; with a seed
each phrase gets one wrong, missing, doubled or swapped letter, and loses its accents. A line of a file is a phrase, a
tab, and the codes of the right procedures; ``-`` says that the office has none, so nothing may be found.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from config.procedure_search.procedures import find_procedures
from config.procedure_search.spelling import fold
from server.wire.messages import Procedure
from tools.pictures.kiosk import catalogue

MAX_SHOWN_HITS = 3
NO_PROCEDURE = "-"
LETTERS = "abcdefghiklmnopqrstuvxy"  # from which a wrong letter is drawn


@dataclass(frozen=True, slots=True)
class Case:
    """A phrase and the codes of the procedures that answer it; no codes: none does."""

    phrase: str
    expected: frozenset[str]


def cases(path: Path) -> list[Case]:
    """Read the phrases of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    split = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [Case(phrase, frozenset(codes.split()) - {NO_PROCEDURE}) for phrase, codes in split]


def misses(all_cases: Sequence[Case], procedures: Sequence[Procedure]) -> Iterator[tuple[Case, list[Procedure]]]:
    """Yield the phrases that find nothing right, with the first procedures found."""
    for case in all_cases:
        first_hits = [hit.procedure for hit in find_procedures(case.phrase, procedures, "vi")[:MAX_SHOWN_HITS]]
        codes = {procedure.code for procedure in first_hits}
        if not codes & case.expected if case.expected else codes:
            yield case, first_hits


def misspelt(phrase: str, rng: Random) -> str:
    """Return the phrase without accents and with one mistyped letter.

    It is wrong, missing, doubled, or swapped with the next.
    """
    text = fold(phrase)
    index = rng.choice([index for index, letter in enumerate(text) if letter.isalpha()])
    head, letter, tail = text[:index], text[index], text[index + 1 :]
    replacements = (rng.choice(LETTERS), "", letter * 2, tail[:1] + letter)
    kind = rng.randrange(len(replacements))
    return head + replacements[kind] + (tail[1:] if kind == len(replacements) - 1 else tail)


def main() -> int:
    """Print the misses and the share of each file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong-letter", type=int, metavar="SEED")
    parser.add_argument("files", nargs="+", type=Path)
    args = parser.parse_args()
    procedures = catalogue().procedures
    for path in args.files:
        phrases = cases(path)
        if args.wrong_letter is not None:
            rng = Random(args.wrong_letter)
            phrases = [replace(case, phrase=misspelt(case.phrase, rng)) for case in phrases if case.expected]
        missed = list(misses(phrases, procedures))
        for case, first_hits in missed:
            shown = " · ".join(procedure.name["vi"] for procedure in first_hits) or "nothing"
            print(f"  {case.phrase!r}: {shown}")
        hit_count = len(phrases) - len(missed)
        print(
            f"{path}: {hit_count}/{len(phrases)} ({100 * hit_count / len(phrases):.1f} %)"
            f" right among the first {MAX_SHOWN_HITS}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
