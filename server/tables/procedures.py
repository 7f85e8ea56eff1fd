"""Procedures as a table, whose rows are taken or refused with a reason."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from server.domain.office import OfficeDefinition
from server.domain.office_changes import Edit, Part, Parts, Row, differences, parts_of
from server.domain.office_changes.problems import MAX_NAME
from server.tables.files import MAX_CELL, Table

LINE_BREAK = re.compile(r"\s*\n\s*")
"""Separates the papers in a cell."""
WORD_BREAK = re.compile(r"\s*[\n;]\s*")
"""Separates the synonyms in a cell."""
DEFAULT_SERVICE_MIN = 10
MAX_SYNONYM = 60
MAX_SYNONYMS = 200
NAMES = ("name_vi", "name_en")
_CODE = re.compile(r"[A-Za-z0-9._-]{1,40}")

HEADINGS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "code": ("code", "mã thủ tục", "mã", "mã tthc"),
        "service": ("service", "lĩnh vực", "mã lĩnh vực", "field"),
        "name_vi": ("name_vi", "tên ngắn", "tên", "name"),
        "name_en": ("name_en", "tên tiếng anh", "english name"),
        "full_name": ("full_name", "tên đầy đủ", "tên thủ tục", "full name"),
        "synonyms": ("synonyms", "từ gợi ý", "từ đồng nghĩa", "words to search"),
        "papers": ("papers", "giấy tờ cần mang", "thành phần hồ sơ", "documents"),
        "fee": ("fee", "lệ phí", "phí"),
        "time": ("time", "thời hạn giải quyết", "thời hạn", "time limit"),
        "authority": ("authority", "cơ quan giải quyết", "cơ quan thực hiện"),
        "result": ("result", "kết quả"),
        "legal_time": ("legal_time", "thời hạn theo quy định", "thời hạn theo luật"),
        "decision": ("decision", "quyết định công bố", "số quyết định"),
        "place": ("place", "nơi giải quyết", "nơi nộp", "where to go"),
    }
)
"""The headings of each column that an import accepts, in lower case; the first is that of an export."""
REQUIRED = ("code", "name_vi")


class RowProblemKind(StrEnum):
    """Why a row is refused. The comment names the entries of ``values``."""

    NO_CODE = "no_code"
    BAD_CODE = "bad_code"  # code
    TWICE = "twice"  # code, line: the line that has it too
    NO_NAME = "no_name"
    UNKNOWN_SERVICE = "unknown_service"  # service
    NO_PLACE = "no_place"  # neither a service nor a place where to go
    TOO_LONG = "too_long"  # column, most


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A refused row: its line in the file, and the reason."""

    line: int
    kind: RowProblemKind
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProcedureImport:
    """The changes that a table of procedures makes.

    ``edits``: those of the rows that are taken; ``added``, ``changed``, ``unchanged``: numbers of rows. ``refused``:
    the other rows. ``ignored``: headings of columns that have no meaning here.
    """

    edits: Sequence[Edit]
    added: int
    changed: int
    unchanged: int
    refused: Sequence[RowProblem]
    ignored: Sequence[str]


class ColumnsMissing(Exception):
    """The table lacks the ``columns`` that every row needs."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(", ".join(columns))
        self.columns = tuple(columns)


def procedure_table(office: OfficeDefinition) -> Table:
    """Return the procedures of an office as a table, without closed ones."""
    rows = [
        [
            procedure.code,
            procedure.service or "",
            procedure.name.get("vi", ""),
            procedure.name.get("en", ""),
            procedure.full_name,
            "\n".join(procedure.synonyms),
            "\n".join(procedure.papers),
            procedure.fee,
            procedure.time,
            procedure.authority,
            procedure.result,
            procedure.legal_time,
            procedure.decision,
            procedure.place or "",
        ]
        for procedure in office.procedures.values()
        if not procedure.closed
    ]
    return Table(list(HEADINGS), rows)


def import_procedures(table: Table, office: OfficeDefinition) -> ProcedureImport:
    """Return the edits of the rows, and those that are refused.

    A procedure that the table does not have stays as it is. An empty cell of a column that is there empties the field;
    a missing column leaves it. The same table a second time changes nothing. Raises :class:`ColumnsMissing`.
    """
    columns = _columns(table.headings)
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise ColumnsMissing(missing)
    present = parts_of(office)
    wanted, lines, refused, added = dict(present), dict[str, int](), list[RowProblem](), 0
    for line, cells in enumerate(table.rows, start=table.first_line):
        values = {name: _clean(cells[position]) for name, position in columns.items()}
        if not any(values.values()):
            continue
        problem = _row_problem(line, values, office, lines) or _place_problem(line, values, present, office)
        if problem is not None:
            refused.append(problem)
            continue
        code = values["code"]
        lines[code] = line
        key = (Part.PROCEDURE, code)
        added += key not in present
        wanted[key] = {**present.get(key, _EMPTY), **_fields(values, present.get(key), office)}
    edits = differences(present, wanted)
    changed = len(edits) - added
    ignored = [heading for position, heading in enumerate(table.headings) if position not in columns.values()]
    return ProcedureImport(edits, added, changed, len(lines) - len(edits), refused, [name for name in ignored if name])


_EMPTY: Row = MappingProxyType(
    {
        "service": None,
        "name": {},
        "full_name": "",
        "synonyms": [],
        "papers": [],
        "fee": "",
        "time": "",
        "authority": "",
        "result": "",
        "legal_time": "",
        "decision": "",
        "place": None,
        "demo_service_min": DEFAULT_SERVICE_MIN,
        "closed": False,
    }
)


def _columns(headings: Sequence[str]) -> dict[str, int]:
    """Return the position of each known column; of two with one meaning the first."""
    meanings = {heading: name for name, accepted in HEADINGS.items() for heading in accepted}
    columns: dict[str, int] = {}
    for position, heading in enumerate(headings):
        name = meanings.get(unicodedata.normalize("NFC", heading).strip().casefold())
        if name is not None:
            columns.setdefault(name, position)
    return columns


def _clean(cell: str) -> str:
    return unicodedata.normalize("NFC", cell).strip()


def _row_problem(
    line: int, values: Mapping[str, str], office: OfficeDefinition, lines: Mapping[str, int]
) -> RowProblem | None:
    """Return why a row is refused, None for one that is taken. ``lines``: those of the codes so far."""
    code, service = values["code"], _service_id(values.get("service", ""), office)
    synonyms = _synonyms(values.get("synonyms", ""))
    too_long = next((name for name, cell in values.items() if len(cell) > MAX_CELL), None)
    checks: Sequence[tuple[bool, RowProblemKind, Mapping[str, Any]]] = (
        (not code, RowProblemKind.NO_CODE, {}),
        (not _CODE.fullmatch(code), RowProblemKind.BAD_CODE, {"code": code[:60]}),
        (code in lines, RowProblemKind.TWICE, {"code": code, "line": lines.get(code)}),
        (not values["name_vi"], RowProblemKind.NO_NAME, {}),
        (too_long is not None, RowProblemKind.TOO_LONG, _most(too_long, MAX_CELL)),
        *((len(values.get(name, "")) > MAX_NAME, RowProblemKind.TOO_LONG, _most(name, MAX_NAME)) for name in NAMES),
        (len(synonyms) > MAX_SYNONYMS, RowProblemKind.TOO_LONG, _most("synonyms", MAX_SYNONYMS)),
        (service == UNKNOWN, RowProblemKind.UNKNOWN_SERVICE, {"service": values.get("service", "")[:60]}),
    )
    return next((RowProblem(line, kind, reason) for is_wrong, kind, reason in checks if is_wrong), None)


def _most(column: str | None, most: int) -> Mapping[str, Any]:
    return {"column": column, "most": most}


def _place_problem(line: int, values: Mapping[str, str], present: Parts, office: OfficeDefinition) -> RowProblem | None:
    """Return a problem if the procedure had neither a service nor a place."""
    row = present.get((Part.PROCEDURE, values["code"]))
    fields = {**(row or _EMPTY), **_fields(values, row, office)}
    return None if fields["service"] or fields["place"] else RowProblem(line, RowProblemKind.NO_PLACE, {})


UNKNOWN = ""
"""The id of no service."""


def _service_id(cell: str, office: OfficeDefinition) -> str | None:
    """Return the id of the service that a cell names by id or name.

    ``UNKNOWN`` when there is no such service; None for an empty cell.
    """
    if not cell:
        return None
    if cell in office.services:
        return cell
    wanted = cell.casefold()
    names = (
        service.id
        for service in office.services_offered.values()
        if wanted in (service.id.casefold(), *(name.casefold() for name in service.name.values()))
    )
    return next(names, UNKNOWN)


def _fields(values: Mapping[str, str], present: Row | None, office: OfficeDefinition) -> dict[str, Any]:
    """Return the fields that the columns of a row give."""
    fields: dict[str, Any] = {}
    name = dict((present or _EMPTY)["name"])
    for language in ("vi", "en"):
        if f"name_{language}" in values:
            name[language] = values[f"name_{language}"]
    fields["name"] = {language: text for language, text in name.items() if text}
    for column in ("full_name", "fee", "time", "authority", "result", "legal_time", "decision"):
        if column in values:
            fields[column] = values[column]
    if not fields.get("full_name", (present or _EMPTY)["full_name"]):
        fields["full_name"] = fields["name"]["vi"]
    if "papers" in values:
        fields["papers"] = _split(LINE_BREAK, values["papers"])
    if "synonyms" in values:
        fields["synonyms"] = _synonyms(values["synonyms"])
    if "service" in values:
        fields["service"] = _service_id(values["service"], office)
    if "place" in values:
        fields["place"] = values["place"] or None
    return {**fields, "closed": False}


def _split(separator: re.Pattern[str], cell: str) -> list[str]:
    return [text for text in separator.split(cell) if text]


def _synonyms(cell: str) -> list[str]:
    return _distinct(word[:MAX_SYNONYM].strip() for word in _split(WORD_BREAK, cell))


def _distinct(words: Iterable[str]) -> list[str]:
    """Return the words without those that differ from an earlier one only in case."""
    return list({word.casefold(): word for word in reversed(list(words))}.values())[::-1]
