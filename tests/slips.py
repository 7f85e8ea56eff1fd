"""Slips to print in tests: any that hypothesis can think of, and those that the kiosk composes."""

from dataclasses import replace

from hypothesis import strategies as st

from config.words import words
from hardware.slip import Align, Bullets, Inverse, Number, Pair, Qr, Rule, Slip, Text
from tools.pictures.slip import Case, slip

sizes = st.integers(18, 60)
texts = st.text(max_size=120)
elements = st.one_of(
    st.builds(Text, texts, sizes, st.booleans(), st.sampled_from(Align)),
    st.builds(Pair, texts, texts, sizes),
    st.builds(Number, st.from_regex(r"[A-Z]{1,2}[0-9]{3,4}", fullmatch=True)),
    st.builds(Inverse, texts),
    st.builds(Bullets, st.lists(texts, max_size=4).map(tuple), sizes),
    st.builds(
        Qr, st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x20), min_size=1, max_size=90), st.tuples(texts)
    ),
    st.builds(Rule, st.booleans()),
)
slips = st.builds(Slip, st.just("A001"), st.lists(elements, max_size=8).map(tuple))


def of_kiosk(case: Case, language: str = "vi", *, compact: bool = False) -> Slip:
    """The slip that the kiosk composes; ``compact`` as for a slow link."""
    return slip(replace(case, compact=compact), words(language))
