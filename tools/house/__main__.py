"""Check layout and plain English: ``python -m tools.house``.

Without an option: print each breach, exit code 1 if there is one. ``--count``: print how often each rule is broken in
each area.
"""

import argparse
import sys
from collections.abc import Sequence

from tools.house import english, layout
from tools.house.rule import breach_counts, breach_sentences
from tools.house.sources import Source, read

RULES = (*layout.RULES, *english.RULES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check or count; return 1 if the check finds a breach."""
    parser = argparse.ArgumentParser(prog="tools.house", description="Checks of layout and plain English.")
    parser.add_argument("--count", action="store_true", help="only count breaches, those of other areas too")
    args = parser.parse_args(arguments)
    sources = read()
    if args.count:
        print("\n".join(breach_counts(RULES, sources)))
        return 0
    return _check(sources)


def _check(sources: Sequence[Source]) -> int:
    breaches = [*layout.shared_names(sources), *breach_sentences(RULES, sources)]
    print("\n".join(breaches) or f"{len(sources)} files keep the rules of layout and plain English")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
