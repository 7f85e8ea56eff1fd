"""Changes of the office in words: fields, people and states."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from server import views
from server.domain.office_changes import Edit, Part, Row
from server.store import Snapshot
from server.views import OfficeChange
from server.web.shared.formatting import DASH
from server.web.shared.people_names import known_person
from server.web.shared.phrases import Phrase
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.part_names import item_name, section_title, value_text
from server.web.staff.admin.office.sections import BY_PART

STATES: Mapping[str, tuple[str, str, Phrase]] = {
    "done": ("ok", "check", lambda words: words("office", "đã áp dụng")),
    "planned": ("called", "clock", lambda words: words("office", "dự kiến")),
    "withdrawn": ("closed", "cross", lambda words: words("office", "đã rút lại")),
    "impossible": ("fault", "warning", lambda words: words("office", "không áp dụng được")),
    "undone": ("closed", "back", lambda words: words("office", "đã hoàn tác")),
}
"""The style, icon and name of each state of a change."""


SHOWN_PLACES = 30
"""The parts that the change of an order names."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field in words; None: there was, or is, no such part."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class EditText:
    """The change of one part in words. ``kind``: changed, added or removed."""

    section: str
    name: str
    kind: str
    fields: Sequence[FieldChange]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change on the page of changes. ``state``: a key of ``STATES``."""

    id: str
    at: str
    by: str
    state: str
    style: str
    icon: str
    state_name: str
    date: str | None
    edits: Sequence[EditText]
    is_undo: bool
    can_undo: bool


def edit_texts(edits: Iterable[Edit], context: FieldContext, parts: Mapping[tuple[Part, str], Row]) -> list[EditText]:
    """Return the edits in words. ``parts``: those of the present office, for names of parts."""
    return [_edit_text(edit, context, parts) for edit in edits]


def _edit_text(edit: Edit, context: FieldContext, parts: Mapping[tuple[Part, str], Row]) -> EditText:
    row = {**parts.get(edit.key, {}), **(edit.before or {}), **(edit.after or {})}
    kind = "added" if edit.before is None else "removed" if edit.after is None else "changed"
    return EditText(
        section_title(edit.part, edit.id, context),
        item_name(edit.part, edit.id, row, context),
        kind,
        [change for name in _names_in_order(edit) if (change := _field_change(edit, name, context)) is not None],
    )


def _names_in_order(edit: Edit) -> Sequence[str]:
    """Return the names of the fields, in the order of the form."""
    names = list(edit.after or edit.before or {})
    if edit.part is Part.ORDER:
        return names
    order = [field.name for field in BY_PART[edit.part].fields]
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def _field_change(edit: Edit, name: str, context: FieldContext) -> FieldChange | None:
    """Return the change of a field.

    None for one that an added or removed part does not fill.
    """
    if edit.part is Part.ORDER and edit.before is not None and edit.after is not None:
        return _order_change(edit.id, edit.before["ids"], edit.after["ids"], context)
    texts: list[str | None] = []
    label = name
    for row in (edit.before, edit.after):
        if row is None:
            texts.append(None)
            continue
        label, text = value_text(edit.part, edit.id, name, row.get(name), context)
        texts.append(text)
    is_whole = None in texts
    is_hidden = edit.part is not Part.ORDER and BY_PART[edit.part].field_named(name) is None
    if is_whole and (is_hidden or DASH in texts or (edit.before or edit.after or {}).get(name) is False):
        return None
    return FieldChange(label, texts[0], texts[1])


def _order_change(kind: str, before: Sequence[str], after: Sequence[str], context: FieldContext) -> FieldChange:
    """Return the change of an order, from the first part that moves to the last."""
    kept = [id_ for id_ in before if id_ in after]
    places = [place for place, (old, new) in enumerate(zip(kept, after, strict=False)) if old != new] or [0]
    shown = slice(places[0], min(places[-1] + 1, places[0] + SHOWN_PLACES))
    more = "" if places[-1] + 1 <= shown.stop else "…"
    label, old = value_text(Part.ORDER, kind, "ids", kept[shown], context)
    return FieldChange(label, old + more, value_text(Part.ORDER, kind, "ids", after[shown], context)[1] + more)


def change_row(change: OfficeChange, context: FieldContext, parts: Mapping[tuple[Part, str], Row]) -> ChangeRow:
    """Return a change for the page of changes."""
    state = "undone" if change.undone_by is not None else change.state
    style, icon, name = STATES[state]
    return ChangeRow(
        id=change.id,
        at=moment_text(change.at_ms, context),
        by=person_name(change.by, context),
        state=state,
        style=style,
        icon=icon,
        state_name=name(context.words),
        date=None if change.date is None else context.formatter.date(change.date),
        edits=edit_texts(change.edits, context, parts),
        is_undo=change.undoes is not None,
        can_undo=state == "done",
    )


def person_name(person: str, context: FieldContext) -> str:
    """Return the name of a person by the journal's id, else the id."""
    return known_person(person, context.office) or person


def moment_text(wall_ms: int, context: FieldContext) -> str:
    """Return the time and date of a moment, with its year."""
    formatter = context.formatter
    return f"{formatter.time(wall_ms)} {formatter.date(formatter.day(wall_ms))}"


def last_change_of(
    snapshot: Snapshot, part: Part, id_: str, fields: Collection[str] | None = None
) -> OfficeChange | None:
    """Return the newest change of a part that took effect.

    ``fields``: it has one of these; None: any.
    """
    before_seq = None
    while history := views.office_history(snapshot, before_seq):
        for change in history:
            if change.state == "done" and any(_touches(edit, part, id_, fields) for edit in change.edits):
                return change
        before_seq = history[-1].seq
    return None


def _touches(edit: Edit, part: Part, id_: str, fields: Collection[str] | None) -> bool:
    names = (edit.after or edit.before or {}).keys()
    return edit.key == (part, id_) and (fields is None or bool(names & set(fields)))


def who_and_when(change: OfficeChange | None, context: FieldContext) -> str:
    """Return who made a change and when, for a sentence.

    ``change`` None: it is not known.
    """
    words = context.words
    if change is None:
        return words("office", "Người khác")
    return words(
        "office", "{name}, lúc {time}", name=person_name(change.by, context), time=moment_text(change.at_ms, context)
    )
