"""What a command found out: how grave, about what, in a sentence, and what to do; as lines, as JSON, as exit code."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum

from config.words import Words


class Level(IntEnum):
    """The numbers are the exit codes of ``check`` and ``health``."""

    FINE = 0
    WARNING = 1
    FAULT = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. ``about`` names the thing for a person, ``code`` for a program; ``todo`` is empty when all is well;
    ``since`` (RFC 3339, UTC) where somebody kept watch."""

    level: Level
    code: str
    about: str
    said: str
    todo: str = ""
    since: str = ""


SIGNS = {Level.FINE: "✓", Level.WARNING: "!", Level.FAULT: "✗"}


def worst(findings: Iterable[Finding]) -> Level:
    return max((one.level for one in findings), default=Level.FINE)


def lines(findings: Sequence[Finding], words: Words) -> Iterable[str]:
    """A table for a person; under each thing that is not well what to do."""
    wide = max((len(one.about) for one in findings), default=0)
    for one in findings:
        yield f"{SIGNS[one.level]} {one.about:<{wide}}  {one.said}".rstrip()
        if one.todo and one.level is not Level.FINE:
            yield f"  {'':<{wide}}  → {one.todo}"
    wrong = sum(one.level is not Level.FINE for one in findings)
    if wrong:
        yield words("installer", "{a} trong {b} mục cần xem lại.", a=wrong, b=len(findings))
    else:
        yield words("installer", "Tất cả {b} mục đều tốt.", b=len(findings))


def as_json(findings: Sequence[Finding]) -> str:
    rows = [asdict(one) | {"level": one.level.name.lower()} for one in findings]
    return json.dumps({"state": worst(findings).name.lower(), "findings": rows}, ensure_ascii=False, indent=1)
