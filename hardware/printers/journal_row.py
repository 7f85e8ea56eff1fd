"""Validate one row of the print journal.

Crashes and bad disks may leave anything in the file.

A row of a job has ``job`` (its id), ``number`` (the slip's label), ``state`` (a ``PrintState`` or ``DISMISSED``),
``proof`` (a ``Proof``; none while it is not proved), ``code`` (why the slip did not come out whole: a ``StatusFlag`` or
another code word of ``answers.status``; null without a reason), ``mm`` (length of the slip), ``mark`` (its process id)
and ``at_ms`` (UTC). A row of the roll has ``roll_mm`` and ``roll_slips`` (used since the roll was changed) or
``roll_out`` (its end was reported). ``marks``: how many process ids were given so far.
"""

from collections.abc import Mapping
from typing import Any

from hardware.ports import PrintState, Proof

DISMISSED = "seen"
"""State of a job whose unconfirmed slip staff have dealt with (``PrintJournal.dismiss``); the file calls it "seen"."""
FLOAT_FIELDS = ("mm", "roll_mm")
MAX_VALUES: Mapping[str, int] = {
    "mm": 100_000,
    "roll_mm": 1_000_000_000,
    "roll_slips": 1_000_000_000,
    "marks": 1_000_000_000,
    "at_ms": 253_402_300_799_999,
}
"""The largest plausible values; the last is the end of the year 9999."""


def check_row(row: Any) -> None:
    """Raise ``ValueError`` if the journal cannot have written ``row``."""
    if not isinstance(row, dict):
        raise ValueError("not an object")
    for name, maximum in MAX_VALUES.items():
        value = row.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, (int, float) if name in FLOAT_FIELDS else int):
            raise ValueError(f"{name} is not a number")
        if not 0 <= value <= maximum:
            raise ValueError(f"{name} is out of range")
    types = {"job": str, "number": str, "code": str | None, "mark": str | None, "roll_out": bool}
    for name, expected in types.items():
        if name in row and not isinstance(row[name], expected):
            raise ValueError(f"{name} has a wrong type")
        if isinstance(row.get(name), str):
            row[name].encode()  # half of a surrogate pair could not be written again
    if ("roll_mm" in row) is not ("roll_slips" in row):
        raise ValueError("half a roll")
    if "job" in row and "state" not in row:
        raise ValueError("a job without a state")
    if "job" in row and row["state"] != DISMISSED:
        PrintState(row["state"])
    Proof(row.get("proof", Proof.NONE))
