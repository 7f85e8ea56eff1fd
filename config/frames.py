"""Parse frames written as on a maker's data sheet.

A frame is one line of hex pairs, quoted ASCII and field names: ``02 'W' [ address payload 03 ] checksum``. The brackets
enclose the bytes that the checksum covers.
"""

import re
from collections.abc import Collection

FIELDS = ("address", "payload", "checksum")
_TOKEN = re.compile(r"\s*(?:([0-9A-Fa-f]{2})(?![0-9A-Za-z])|'([ -&(-~]*)'|([a-z]+)|([\[\]]))")

FramePart = bytes | str
"""Literal bytes, or the name of a field or a bracket."""


def parse_frame(text: str, *, fields: Collection[str] = FIELDS) -> tuple[FramePart, ...]:
    """Return literal bytes, field names and brackets, in order. Raises ``ValueError`` with a sentence."""
    parts: list[FramePart] = []
    offset = 0
    while text[offset:].strip():
        token = _TOKEN.match(text, offset)
        if token is None:
            raise ValueError(
                f"{text[offset:].split()[0]!r} is neither a hex pair such as 02, nor quoted text such as 'W', "
                f"nor one of {', '.join(fields)}, [ and ]"
            )
        pair, quoted, name, bracket = token.groups()
        if name is not None and name not in fields:
            raise ValueError(f"{name!r} cannot stand here; known here: {', '.join(fields)}, [ and ]")
        literal = bytes.fromhex(pair) if pair else quoted.encode("ascii") if quoted is not None else None
        parts.append(literal if literal is not None else name or bracket)
        offset = token.end()
    _check(parts)
    return tuple(parts)


def _check(parts: list[FramePart]) -> None:
    for name in FIELDS:
        if parts.count(name) > 1:
            raise ValueError(f"{name} stands there twice")
    brackets = [part for part in parts if part in ("[", "]")]
    if brackets not in ([], ["[", "]"]):
        raise ValueError("one [ and one ] after it hold what the checksum is counted over")
    if ("checksum" in parts) != bool(brackets):
        raise ValueError("a checksum wants [ and ] around what it is counted over, and they want a checksum")
    if brackets and parts.index("[") < parts.index("checksum") < parts.index("]"):
        raise ValueError("a checksum cannot be counted over itself: put it outside [ and ]")
