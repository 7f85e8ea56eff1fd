"""Ticket numbers: a prefix of one or two letters and a running number of the day and series."""

import re

NUMBER_LETTERS = "ABCDEGHKLMNPQRSTUVXY"
"""Letters fit for prefixes: without Đ, F, J, W, Z, and without I and O, which look like digits."""


def format_number(prefix: str, seq: int) -> str:
    """The number as it is called: ``A001`` … ``A999``, ``A1000`` after that. ``seq`` counts from 1."""
    if seq < 1:
        raise ValueError(f"a series counts from 1, not {seq}")
    return f"{prefix}{seq:03d}"


_PARTS = re.compile(r"([A-Z]*)([0-9]+)")


def is_number(number: str, keyed: str) -> bool:
    """Whether ``number`` is what was keyed: "15", "015" and "0015" are any letter's 015, "A15" is A015 only."""
    own, asked = _PARTS.fullmatch(number), _PARTS.fullmatch(keyed)
    if own is None or asked is None:
        return False
    return asked[1] in ("", own[1]) and int(asked[2]) == int(own[2])
