"""Ticket numbers: the letters of a series, and a running number of the day."""

import re


def format_number(prefix: str, value: int, digits: int = 3) -> str:
    """Return the number as it is called: ``A001`` … ``A999``, ``A1000`` after that.

    ``value`` counts from 1; ``digits``: the least digits.
    """
    if value < 1:
        raise ValueError(f"a series counts from 1, not {value}")
    return f"{prefix}{value:0{digits}d}"


_PREFIX_AND_DIGITS = re.compile(r"([A-Z]*)([0-9]+)")


def is_number(number: str, keyed: str) -> bool:
    """Return whether ``keyed`` on a keypad stands for ``number``.

    "15", "015" and "0015" mean the 015 of any series, "A15" means A015 only.
    """
    number_parts, keyed_parts = _PREFIX_AND_DIGITS.fullmatch(number), _PREFIX_AND_DIGITS.fullmatch(keyed)
    if number_parts is None or keyed_parts is None:
        return False
    return keyed_parts[1] in ("", number_parts[1]) and int(keyed_parts[2]) == int(number_parts[2])


def digits_of(number: str) -> int:
    """Return the running number in a number; 0, which no ticket has, for other text."""
    parts = _PREFIX_AND_DIGITS.fullmatch(number)
    return 0 if parts is None else int(parts[2])
