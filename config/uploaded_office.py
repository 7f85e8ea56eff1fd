"""Check an office file that a browser sent; name the line of each mistake."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from config.load import located_mistakes
from config.office import OfficeSettings

_HEADER = re.compile(r"^\s*(\[\[|\[)\s*([A-Za-z0-9_.\"'-]+)\s*(?:\]\]|\])")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\"'-]+)\s*=")
_SYNTAX_LINE = re.compile(r"at line (\d+), column \d+")
_NAMED = re.compile(r"^(service|counter|clerk|procedure) '([^']*)'")
_ID_KEYS = ("id", "code")
TOP = "top of the file: "

Location = tuple[int | str, ...]


class MistakeKind(StrEnum):
    """The kinds of mistakes, for sentences in people's languages."""

    SYNTAX = "syntax"
    NOT_TEXT = "not_text"
    UNKNOWN_SETTING = "unknown_setting"
    MISSING_SETTING = "missing_setting"
    WRONG_VALUE = "wrong_value"
    OTHER_ID = "other_id"  # of the office: not that of this machine
    PROCEDURES_NOT_CHOSEN = "procedures_not_chosen"
    PROCEDURES_UNREADABLE = "procedures_unreadable"
    NO_FILE = "no_file"
    OTHER = "other"


PYDANTIC_KINDS = {"extra_forbidden": MistakeKind.UNKNOWN_SETTING, "missing": MistakeKind.MISSING_SETTING}
"""The kinds by pydantic's type; any other is a wrong value."""


@dataclass(frozen=True, slots=True, order=True)
class OfficeMistake:
    """One mistake. ``line``: of the file, from 1; 0 when the mistake is of no single line. ``text``: with remedy.

    ``kind`` and the name of the ``setting`` make sentences in other languages than that of ``text``, which is English.
    """

    line: int
    text: str
    kind: MistakeKind = MistakeKind.OTHER
    setting: str = ""


class OfficeFileError(Exception):
    """The file cannot be used. ``mistakes`` has all of them, in the order of the file."""

    def __init__(self, mistakes: Sequence[OfficeMistake]) -> None:
        super().__init__("; ".join(mistake.text for mistake in mistakes))
        self.mistakes = tuple(sorted(mistakes))


def read_office(contents: bytes, procedures: bytes | None, office_id: str) -> OfficeSettings:
    """Return the office of a file and of its optional file of procedures. Raises ``OfficeFileError``.

    ``office_id``: the id that the stations of this machine use, so that the file must have it.
    """
    text, raw = _toml(contents)
    lines = find_lines(text)
    mistakes = [*_id_mistakes(raw, lines, office_id), *_procedures_mistakes(raw, lines, procedures)]
    further = _further_procedures(procedures, mistakes)
    try:
        office = OfficeSettings.model_validate(
            {**raw, "procedures_file": None, "procedures": [*_list(raw, "procedures"), *further]}
        )
    except ValidationError as error:
        raise OfficeFileError([*mistakes, *_located(error, raw, lines)]) from error
    if mistakes:
        raise OfficeFileError(mistakes)
    return office


def find_lines(text: str) -> Mapping[Location, int]:
    """Return the line of each table and key of a TOML text.

    Its location is such as ``("services", 0, "id")``."""
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    table: Location = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if (header := _HEADER.match(line)) is not None:
            table = tuple(part.strip("\"'") for part in header[2].split("."))
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines.setdefault(table, number)
        elif (key := _KEY.match(line)) is not None:
            lines.setdefault((*table, key[1].strip("\"'")), number)
    return lines


def _toml(contents: bytes) -> tuple[str, dict[str, Any]]:
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mistake = OfficeMistake(0, "the file is not UTF-8 text; save it as UTF-8", MistakeKind.NOT_TEXT)
        raise OfficeFileError([mistake]) from error
    try:
        return text, tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        at_line = _SYNTAX_LINE.search(str(error))
        sentence = f"not valid TOML: {error}; compare the line with the example config/examples/office.toml"
        mistake = OfficeMistake(int(at_line[1]) if at_line else 0, sentence, MistakeKind.SYNTAX)
        raise OfficeFileError([mistake]) from error


def _id_mistakes(raw: Mapping[str, Any], lines: Mapping[Location, int], office_id: str) -> Iterator[OfficeMistake]:
    written = raw.get("id")
    if isinstance(written, str) and written != office_id:
        yield OfficeMistake(
            lines.get(("id",), 0),
            f'id = "{written}": the stations of this machine use "{office_id}" ([link] office in its settings);'
            f' write id = "{office_id}"',
            MistakeKind.OTHER_ID,
        )


def _procedures_mistakes(
    raw: Mapping[str, Any], lines: Mapping[Location, int], procedures: bytes | None
) -> Iterator[OfficeMistake]:
    if raw.get("procedures_file") is not None and procedures is None:
        yield OfficeMistake(
            lines.get(("procedures_file",), 0),
            f"procedures_file = {raw['procedures_file']!r}: choose it in the second field too, or remove the line",
            MistakeKind.PROCEDURES_NOT_CHOSEN,
        )


def _further_procedures(procedures: bytes | None, mistakes: list[OfficeMistake]) -> list[Any]:
    """Return the procedures of the second file; add a mistake when it is no list."""
    if procedures is None:
        return []
    try:
        further = json.loads(procedures.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        text = f"the file of procedures is not valid JSON: {error}"
        mistakes.append(OfficeMistake(0, text, MistakeKind.PROCEDURES_UNREADABLE))
        return []
    if not isinstance(further, list):
        text = "the file of procedures must be a list of procedures: [ { … }, { … } ]"
        mistakes.append(OfficeMistake(0, text, MistakeKind.PROCEDURES_UNREADABLE))
        return []
    return further


def _list(raw: Mapping[str, Any], name: str) -> list[Any]:
    value = raw.get(name, [])
    return value if isinstance(value, list) else [value]


def _located(error: ValidationError, raw: Mapping[str, Any], lines: Mapping[Location, int]) -> Iterator[OfficeMistake]:
    """Yield each mistake of the model with its line."""
    for location, sentence, pydantic_type in located_mistakes(error, OfficeSettings):
        if location:
            kind = PYDANTIC_KINDS.get(pydantic_type, MistakeKind.WRONG_VALUE)
            setting = next((part for part in reversed(location) if isinstance(part, str)), "")
            yield OfficeMistake(_nearest_line(location, lines), sentence, kind, setting)
            continue
        for part in sentence.removeprefix(TOP).split("; "):  # of checks over several tables
            yield OfficeMistake(_line_of_named(part, raw, lines), part)


def _nearest_line(location: Location, lines: Mapping[Location, int]) -> int:
    """Return the line of a location, else of the table around it, else 0."""
    while location and location not in lines:
        location = location[:-1]
    return lines.get(location, 0)


def _line_of_named(sentence: str, raw: Mapping[str, Any], lines: Mapping[Location, int]) -> int:
    """Return the line of the table that a sentence names; the last one of several.

    Such a sentence begins "counter 'c1': "."""
    named = _NAMED.match(sentence)
    if named is None:
        return 0
    section = f"{named[1]}s"
    rows = _list(raw, section)
    named_rows = [
        index
        for index, row in enumerate(rows)
        if isinstance(row, Mapping) and any(row.get(key) == named[2] for key in _ID_KEYS)
    ]
    return lines.get((section, named_rows[-1]), 0) if named_rows else 0
