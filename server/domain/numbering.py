"""Ticket numbers: a prefix of one or two letters and a running number of the day and series."""

NUMBER_LETTERS = "ABCDEGHKLMNPQRSTUVXY"
"""Letters fit for prefixes: without Đ, F, J, W, Z, and without I and O, which look like digits."""


def format_number(prefix: str, seq: int) -> str:
    """The number as it is called: ``A001`` … ``A999``, ``A1000`` after that. ``seq`` counts from 1."""
    if seq < 1:
        raise ValueError(f"a series counts from 1, not {seq}")
    return f"{prefix}{seq:03d}"
