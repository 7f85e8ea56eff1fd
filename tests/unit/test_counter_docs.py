"""The clerks' page on signs and keypads says what the code does."""

from pathlib import Path

import pytest

from counter import keys
from counter.faces import refused_face
from hardware.keypads.keymap import KEYS
from hardware.ports import SignFace
from hardware.signs.cd5220 import lines
from server.wire.messages import ProblemCode

PAGE = (Path(__file__).parents[2] / "docs/vi/bang-so-ban-phim.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", [*ProblemCode, keys.NO_SERVER, keys.NO_TICKET, keys.NO_COUNTER])
def test_every_word_of_a_refusal_is_explained_and_fits_the_sign(word: str) -> None:
    shown, below = lines(refused_face(SignFace("A015"), word), lit=True)
    assert shown == "Err"
    assert below
    assert f"`{below}`" in PAGE


def test_every_code_of_a_key_is_in_the_table() -> None:
    told = [line.rsplit("`", 2)[1] for line in PAGE.splitlines() if line.startswith("| ") and line.endswith("` |")]
    assert told == [code.decode().replace("\r", "\\r") for code in KEYS]
