"""One person's form of one part, and the changes of others meanwhile.

The form carries a digest of each field as it was when the person opened it. A field that only another person has
changed since takes the new value; one that both have changed is a conflict, and both texts are kept.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from server.domain.office_changes import Edit, OfficeProblem, Part, Row, parts_of
from server.web.staff.admin.office.fields import FieldContext, FieldMistake, Typed, first_text
from server.web.staff.admin.office.list_fields import OwnHoursField
from server.web.staff.admin.office.problem_texts import problem_field, problem_text
from server.web.staff.admin.office.section import OfficeSection

ID = "id"
"""The input of a new part's id."""
BASE = "base."
"""Begins the hidden inputs with the digests."""
_ID_NUMBER = re.compile(r"\d+")
WHOLE = ""
"""Stands for the whole part among the mistakes."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that another person has changed meanwhile too. ``mine`` and ``theirs`` are its values."""

    name: str
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class PartForm:
    """A form. ``id``: of its part, empty for a new one without an id yet; ``current``: its row, None without one.

    ``mistakes``: sentences by field. ``gone``: another person has removed the part meanwhile.
    """

    section: OfficeSection
    id: str
    is_new: bool
    typed: Typed
    current: Row | None
    values: Mapping[str, Any]
    mistakes: Mapping[str, Sequence[str]]
    conflicts: Sequence[Conflict] = ()
    gone: bool = False

    @property
    def edits(self) -> Sequence[Edit]:
        """Return the changes of the form, none where it changes nothing."""
        part = self.section.part
        if self.current is None:
            return [Edit(part, self.id, None, {**self.section.new, **self.values})]
        changed = [name for name, value in self.values.items() if value != self.current[name]]
        if not changed:
            return []
        before, after = ({name: row[name] for name in changed} for row in (self.current, self.values))
        return [Edit(part, self.id, before, after)]

    @property
    def base(self) -> Mapping[str, str]:
        """Return the hidden inputs with the digests of the present row."""
        return base_of(self.section, self.current)

    def with_mistakes(self, mistakes: Mapping[str, Sequence[str]]) -> "PartForm":
        """Return the form with further sentences."""
        return replace(self, mistakes={**self.mistakes, **mistakes})


def shown_form(section: OfficeSection, id_: str, row: Row | None, office_week: Row) -> PartForm:
    """Return the form that shows a part; ``row`` None: of a new one.

    ``office_week``: the office's hours, from which own hours are begun.
    """
    values = section.new if row is None else row
    typed: dict[str, Sequence[str]] = {}
    for field in section.fields:
        value = values[field.name]
        if isinstance(field, OwnHoursField) and value is None:
            typed |= field.typed(office_week)
        typed |= {name: texts for name, texts in field.typed(value).items() if any(texts) or name not in typed}
    return PartForm(section, id_, row is None, typed, row, values, {})


def sent_form(section: OfficeSection, id_: str | None, typed: Typed, context: FieldContext, new_id: str) -> PartForm:
    """Return the form that was sent. ``id_`` None: of a new part, whose id is typed or ``new_id``."""
    parts = parts_of(context.office)
    mistakes: dict[str, Sequence[str]] = {}
    is_new = id_ is None
    if id_ is None:
        id_, mistakes = _new_id(section, typed, context, new_id)
    current = parts.get((section.part, id_)) if not is_new else None
    values, unread = _read(section, typed, current, context)
    mistakes |= unread
    if not mistakes and (wrong := section.check(values)) is not None:
        mistakes[wrong[0]] = [wrong[1](context.words)]
    base = {field.name: first_text(typed, f"{BASE}{field.name}") for field in section.fields}
    if current is None:
        gone = not is_new and any(base.values())
        return PartForm(section, id_, is_new, typed, None, values, mistakes, gone=gone)
    return _merged(PartForm(section, id_, is_new, typed, current, values, mistakes), base)


def removed_meanwhile(section: OfficeSection, current: Row, typed: Typed) -> Sequence[str]:
    """Return the fields that another person has changed since the form was opened."""
    digests = base_of(section, current)
    return [
        field.name for field in section.fields if typed.get(f"{BASE}{field.name}") not in (None, [digests[field.name]])
    ]


def problem_sentences(
    problems: Iterable[OfficeProblem], section: OfficeSection, id_: str, context: FieldContext
) -> tuple[Mapping[str, Sequence[str]], Sequence[OfficeProblem]]:
    """Return the form's own problems by field, and those of other parts."""
    mistakes: dict[str, list[str]] = {}
    others = []
    for problem in problems:
        if (problem.part, problem.id) != (section.part, id_):
            others.append(problem)
            continue
        name = problem_field(problem, section)
        mistakes.setdefault(name, []).append(problem_text(problem, section, context))
    return mistakes, others


def base_of(section: OfficeSection, row: Row | None) -> Mapping[str, str]:
    """Return a digest of each field of a row; none for no row."""
    return {} if row is None else {field.name: _digest(row[field.name]) for field in section.fields}


def next_id(section: OfficeSection, ids: Iterable[str], seq: int) -> str:
    """Return an id for a new part.

    That of a removable part has ``seq``, so that it is never used again.
    """
    if section.is_removable:
        return f"{section.id_prefix}{seq}"
    numbers = [int(match[0]) for id_ in ids if (match := _ID_NUMBER.search(id_)) is not None and len(match[0]) < 6]
    return f"{section.id_prefix}{max(numbers, default=0) + 1}"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:20]


def _new_id(
    section: OfficeSection, typed: Typed, context: FieldContext, new_id: str
) -> tuple[str, dict[str, Sequence[str]]]:
    """Return the id of a new part, and a mistake in it."""
    words = context.words
    if section.id_input is None:
        return new_id, {}
    id_ = first_text(typed, ID)
    if (section.part, id_) in parts_of(context.office):
        return id_, {ID: [words("office", "Đã có trong danh sách. Mời mở dòng đó để sửa.")]}
    if not id_:
        return id_, {ID: [words("office", "Mục này không được để trống.")]}
    if section.part is Part.DATE and not _is_date(id_):
        return id_, {ID: [words("office", "Mời chọn một ngày có trong lịch.")]}
    return id_, {}


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _read(
    section: OfficeSection, typed: Typed, current: Row | None, context: FieldContext
) -> tuple[dict[str, Any], dict[str, Sequence[str]]]:
    """Return the values that can be read, and the mistakes of the others."""
    values: dict[str, Any] = {}
    mistakes: dict[str, Sequence[str]] = {}
    for field in section.fields:
        present = None if current is None else current[field.name]
        try:
            values[field.name] = field.read(typed, present)
        except FieldMistake as mistake:
            mistakes[field.name] = [mistake.phrase(context.words)]
    return values, mistakes


def _merged(form: PartForm, base: Mapping[str, str]) -> PartForm:
    """Return the form after the changes of others.

    It has their values where only they changed, and a conflict where both did.
    """
    current = form.current or {}
    values, typed, conflicts = dict(form.values), dict(form.typed), []
    for field in form.section.fields:
        name = field.name
        if base[name] in ("", _digest(current[name])) or name not in values:
            continue
        if _digest(values[name]) == base[name]:
            values[name] = current[name]
            typed = {key: texts for key, texts in typed.items() if key != name and not key.startswith(f"{name}.")}
            typed |= field.typed(current[name])
        elif values[name] != current[name]:
            conflicts.append(Conflict(name, values[name], current[name]))
    return replace(form, values=values, typed=typed, conflicts=conflicts)
