"""Measure the kiosk's search: of everyday phrases, how many have a right procedure among the first three.

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

from kiosk.search import find
from kiosk.spelling import fold
from server.wire.messages import Procedure
from tools.pictures.kiosk import catalogue

SHOWN = 3
NONE = "-"
LETTERS = "abcdefghiklmnopqrstuvxy"


@dataclass(frozen=True, slots=True)
class Case:
    """A phrase and the codes of the procedures that answer it; no codes: none does."""

    phrase: str
    right: frozenset[str]


def cases(path: Path) -> list[Case]:
    """Read the phrases of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    split = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [Case(phrase, frozenset(codes.split()) - {NONE}) for phrase, codes in split]


def misses(wanted: Sequence[Case], procedures: Sequence[Procedure]) -> Iterator[tuple[Case, list[Procedure]]]:
    """Yield the phrases that are not answered rightly, with the first procedures that are found instead."""
    for case in wanted:
        first = [hit.procedure for hit in find(case.phrase, procedures, "vi")[:SHOWN]]
        codes = {procedure.code for procedure in first}
        if not codes & case.right if case.right else codes:
            yield case, first


def misspelt(phrase: str, chance: Random) -> str:
    """Return the phrase without accents and with one letter wrong, missing, doubled, or swapped with the next."""
    text = fold(phrase)
    at = chance.choice([at for at, letter in enumerate(text) if letter.isalpha()])
    head, letter, tail = text[:at], text[at], text[at + 1 :]
    ways = (chance.choice(LETTERS), "", letter * 2, tail[:1] + letter)
    kind = chance.randrange(len(ways))
    return head + ways[kind] + (tail[1:] if kind == len(ways) - 1 else tail)


def main() -> int:
    """Print the misses and the share of each file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong-letter", type=int, metavar="SEED")
    parser.add_argument("files", nargs="+", type=Path)
    args = parser.parse_args()
    procedures = catalogue().procedures
    for path in args.files:
        wanted = cases(path)
        if args.wrong_letter is not None:
            chance = Random(args.wrong_letter)
            wanted = [replace(case, phrase=misspelt(case.phrase, chance)) for case in wanted if case.right]
        missed = list(misses(wanted, procedures))
        for case, first in missed:
            shown = " · ".join(procedure.name["vi"] for procedure in first) or "nothing"
            print(f"  {case.phrase!r}: {shown}")
        right = len(wanted) - len(missed)
        print(f"{path}: {right}/{len(wanted)} ({100 * right / len(wanted):.1f} %) right among the first {SHOWN}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
