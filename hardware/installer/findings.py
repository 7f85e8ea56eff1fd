"""Findings of a command, printed as a table or as JSON."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from config.settings import Settings
from config.words import Words
from hardware.installer.context import EX_USAGE, InstallerContext


class Level(IntEnum):
    """The level of a finding; its number is the exit code of ``check`` and ``health``."""

    FINE = 0
    WARNING = 1
    FAULT = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report.

    ``subject`` (``about`` in JSON) names the checked part for people, ``code`` for programs: a device's name, a word
    for a part of the machine, or a word for the problem with the device or character (``port:keypad-c1``). ``text``
    (``said`` in JSON) is the result, ``todo`` the advice, empty at level FINE. ``since`` (RFC 3339, UTC): when the
    state began; empty where no station reported it.
    """

    level: Level
    code: str
    subject: str
    text: str
    todo: str = ""
    since: str = ""


Check = Callable[[InstallerContext, Settings], Iterable[Finding]]
"""Checks one part of the machine."""
# Level -> the mark at the beginning of its line.
MARKS = {Level.FINE: "✓", Level.WARNING: "!", Level.FAULT: "✗"}


def run_checks(context: InstallerContext, checks: Sequence[Check], *, json_wanted: bool) -> int:
    """Run the checks and print a table or JSON.

    Returns the exit code: the worst level, or 64 without settings.
    """
    if context.settings is None:
        context.show(context.words("installer", "Cần tệp cấu hình: thêm --config."))
        return EX_USAGE
    findings = [finding for check in checks for finding in check(context, context.settings)]
    if json_wanted:
        context.show(as_json(findings))
    else:
        context.show_lines(as_lines(findings, context.words))
    return worst(findings)


def worst(findings: Iterable[Finding]) -> Level:
    """Return the worst level; FINE without findings."""
    return max((finding.level for finding in findings), default=Level.FINE)


def as_lines(findings: Sequence[Finding], words: Words) -> Iterable[str]:
    """Yield a table for people, with the advice under each finding that is not FINE."""
    width = max((len(finding.subject) for finding in findings), default=0)
    for finding in findings:
        yield f"{MARKS[finding.level]} {finding.subject:<{width}}  {finding.text}".rstrip()
        if finding.todo and finding.level is not Level.FINE:
            yield f"  {'':<{width}}  → {finding.todo}"
    wrong = sum(finding.level is not Level.FINE for finding in findings)
    if wrong:
        yield words("installer", "{a} trong {b} mục cần xem lại.", a=wrong, b=len(findings))
    else:
        yield words("installer", "Tất cả {b} mục đều tốt.", b=len(findings))


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings as JSON; its keys are part of the command's interface."""
    rows = [
        {
            "level": finding.level.name.lower(),
            "code": finding.code,
            "about": finding.subject,
            "said": finding.text,
            "todo": finding.todo,
            "since": finding.since,
        }
        for finding in findings
    ]
    return json.dumps({"state": worst(findings).name.lower(), "findings": rows}, ensure_ascii=False, indent=1)
