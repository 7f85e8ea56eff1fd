"""The clerks' page on signs and keypads agrees with the code."""

import re
from pathlib import Path

import pytest

from counter.flow import keys, scans
from counter.flow.sign_faces import refused_face
from hardware.keypads import keymap
from hardware.ports import SignFace
from hardware.signs.cd5220 import line_texts
from hardware.signs.rendering import render
from server.wire.messages import ProblemCode, Scanned

PAGE = (Path(__file__).parents[2] / "docs/vi/bang-so-ban-phim.md").read_text(encoding="utf-8")


OWN_WORDS = (
    keys.NO_SERVER,
    keys.NO_TICKET,
    keys.NO_COUNTER,
    keys.NO_DIGITS,
    keys.UNKNOWN_COUNTER,
    keys.SEVERAL_HELD,
    *scans.UNREAD_WORDS.values(),
    scans.UNKNOWN_CODE,
)
WORDS = (*ProblemCode, *OWN_WORDS)


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_a_refusal_is_explained_and_fits_the_sign(word: str) -> None:
    upper, below = line_texts(
        render(refused_face(SignFace("A015"), word), 0.0, 0.0, blinks=False, shows_refusals=True)[0]
    )
    assert upper == "Err"
    assert below
    assert f"`{below}`" in PAGE


def test_every_key_is_in_the_table_with_what_each_kind_of_pad_sends() -> None:
    rows = [re.findall(r"`([^`]+)`", line)[-2:] for line in PAGE.splitlines() if re.search(r"\| `KEY_\w+` \|", line)]
    usb, serial = (
        {stroke: code for code, stroke in table.items()}
        for table in (keymap.DEFAULT_EVDEV_KEYS, keymap.DEFAULT_SERIAL_KEYS)
    )
    # Of the keys that mean the same on a numeric keypad the page names the one on the pad itself.
    usb["next"] = "KEY_KPENTER"
    assert rows == [[usb[stroke], serial[stroke]] for stroke in keymap.KEYS if not stroke.isdecimal()]


def test_every_name_of_a_key_is_explained_for_authors_of_a_map() -> None:
    for stroke in keymap.KEYS:
        assert f"`{stroke}`" in PAGE or stroke in "12345678"


def test_every_line_for_the_clerk_is_explained_and_fits_the_sign() -> None:
    for text in ("KEYED 1234", scans.clerk_line(Scanned(kind="dossier")), "B1012 CANCELLED"):
        assert text
        assert line_texts(render(SignFace("A015", below=text), 0.0, 0.0, blinks=False, shows_refusals=True)[0]) == (
            "A015",
            text,
        )
    assert "`KEYED 15`" in PAGE
    assert "`DOSSIER NOTED`" in PAGE
