"""What one row of the print journal may be. Crashes and disks spoil files, so that anything may be read back."""

from collections.abc import Mapping
from typing import Any

from hardware.ports import PrintState, Proof

SEEN = "seen"
"""The state of a job that staff looked after."""
MILLIMETRES = ("mm", "roll_mm")
MOST: Mapping[str, int] = {
    "mm": 100_000,
    "roll_mm": 1_000_000_000,
    "roll_slips": 1_000_000_000,
    "marks": 1_000_000_000,
    "at_ms": 253_402_300_799_999,
}
"""The largest numbers that can be meant; the last is the end of the year 9999."""


def check(row: Any) -> None:
    """Raise ``ValueError`` unless the journal may have written ``row``: the disk may have spoilt it."""
    if not isinstance(row, dict):
        raise ValueError("not an object")
    for name, most in MOST.items():
        value = row.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, (int, float) if name in MILLIMETRES else int):
            raise ValueError(f"{name} is no number")
        if not 0 <= value <= most:
            raise ValueError(f"{name} is out of range")
    texts = {"job": str, "number": str, "code": str | None, "mark": str | None, "roll_out": bool}
    for name, kind in texts.items():
        if name in row and not isinstance(row[name], kind):
            raise ValueError(f"{name} is none")
        if isinstance(row.get(name), str):
            row[name].encode()  # half of a surrogate pair is no text: it could not be written again
    if ("roll_mm" in row) is not ("roll_slips" in row):
        raise ValueError("half a roll")
    if "job" in row and "state" not in row:
        raise ValueError("a job without a state")
    if "job" in row and row["state"] != SEEN:
        PrintState(row["state"])
    Proof(row.get("proof", Proof.NONE))
