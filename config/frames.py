"""Frames as a maker's page writes them: hex pairs, quoted ASCII and the fields between them, in one line of text.

``02 'W' [ address payload 03 ] checksum``: the brackets hold what the checksum is counted over.
"""

import re
from collections.abc import Collection

FIELDS = ("address", "payload", "checksum")
_TOKEN = re.compile(r"\s*(?:([0-9A-Fa-f]{2})(?![0-9A-Za-z])|'([ -&(-~]*)'|([a-z]+)|([\[\]]))")

Part = bytes | str


def parts(text: str, *, fields: Collection[str] = FIELDS) -> tuple[Part, ...]:
    """``text`` as literal bytes, field names and brackets, in order. Raises ``ValueError`` with a sentence."""
    found: list[Part] = []
    place = 0
    while text[place:].strip():
        token = _TOKEN.match(text, place)
        if token is None:
            raise ValueError(
                f"{text[place:].split()[0]!r} is neither a hex pair such as 02, nor quoted text such as 'W', "
                f"nor one of {', '.join(fields)}, [ and ]"
            )
        pair, quoted, name, bracket = token.groups()
        if name is not None and name not in fields:
            raise ValueError(f"{name!r} cannot stand here; known here: {', '.join(fields)}, [ and ]")
        literal = bytes.fromhex(pair) if pair else quoted.encode("ascii") if quoted is not None else None
        found.append(literal if literal is not None else name or bracket)
        place = token.end()
    _check(found)
    return tuple(found)


def _check(found: list[Part]) -> None:
    for name in FIELDS:
        if found.count(name) > 1:
            raise ValueError(f"{name} stands there twice")
    marks = [one for one in found if one in ("[", "]")]
    if marks not in ([], ["[", "]"]):
        raise ValueError("one [ and one ] after it hold what the checksum is counted over")
    if ("checksum" in found) != bool(marks):
        raise ValueError("a checksum wants [ and ] around what it is counted over, and they want a checksum")
    if marks and found.index("[") < found.index("checksum") < found.index("]"):
        raise ValueError("a checksum cannot be counted over itself: put it outside [ and ]")
