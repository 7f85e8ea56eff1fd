"""Edits of an office's parts: the fields of a part before and after a change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain.office_changes.parts import Part, PartKey, Parts, Row


class EditConflict(Exception):
    """A part is not as the edit found it: somebody else changed it meanwhile.

    ``fields``: those that differ; empty when the part is there already, or no longer.
    """

    def __init__(self, part: Part, id_: str, fields: Sequence[str]) -> None:
        super().__init__(f"{part.value} {id_!r}: {', '.join(fields) or 'added or removed meanwhile'}")
        self.part, self.id, self.fields = part, id_, tuple(fields)


@dataclass(frozen=True, slots=True)
class Edit:
    """The change of one part.

    A changed part has the same fields in ``before`` and ``after``. ``before`` None: the part is added with all fields
    of ``after``; ``after`` None: it is removed.
    """

    part: Part
    id: str
    before: Row | None
    after: Row | None

    @property
    def key(self) -> PartKey:
        """The key of the part."""
        return self.part, self.id

    def data(self) -> dict[str, Any]:
        """Return the edit as JSON."""
        return {
            "part": self.part.value,
            "id": self.id,
            "before": None if self.before is None else dict(self.before),
            "after": None if self.after is None else dict(self.after),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Edit":
        """Return the edit of its JSON. Raises ``ValueError`` for an unknown part."""
        return cls(Part(data["part"]), data["id"], data["before"], data["after"])


def edited(parts: Parts, edits: Iterable[Edit]) -> dict[PartKey, Row]:
    """Return the parts after the edits. Raises :class:`EditConflict`."""
    result = dict(parts)
    for edit in edits:
        _check(result, edit)
        if edit.after is None:
            del result[edit.key]
        else:
            result[edit.key] = {**result.get(edit.key, {}), **edit.after}
    return result


def _check(parts: Parts, edit: Edit) -> None:
    """Raise :class:`EditConflict` unless the part is as the edit found it."""
    row = parts.get(edit.key)
    if (row is None) is not (edit.before is None):
        raise EditConflict(edit.part, edit.id, ())
    if row is None or edit.before is None:
        return
    if edit.part is Part.ORDER:
        changed = [] if _is_same_order(row["ids"], edit.before["ids"]) else ["ids"]
    else:
        changed = [name for name, value in edit.before.items() if row.get(name) != value]
    if changed:
        raise EditConflict(edit.part, edit.id, changed)


def _is_same_order(ids: Sequence[str], others: Sequence[str]) -> bool:
    """Return whether the ids that both have stand in the same order.

    Added and removed parts change no order.
    """
    return [id_ for id_ in ids if id_ in others] == [id_ for id_ in others if id_ in ids]


def taken_back(parts: Parts, edits: Sequence[Edit]) -> dict[PartKey, Row]:
    """Return the parts as they were before ``edits``, which were applied to an office.

    Facts that are no edits may have changed parts since, such as a clerk who came; so nothing is a conflict here.
    """
    result = dict(parts)
    for edit in reverse(edits):
        if edit.after is None:
            result.pop(edit.key, None)
        else:
            result[edit.key] = {**result.get(edit.key, {}), **edit.after}
    return result


def reverse(edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits that put everything back as it was before ``edits``."""
    return [Edit(edit.part, edit.id, edit.after, edit.before) for edit in reversed(edits)]


def differences(before: Parts, after: Parts) -> list[Edit]:
    """Return the edits that make ``after`` out of ``before``; none for parts that are equal."""
    edits = []
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            edits.append(Edit(*key, old, new))
            continue
        changed = [name for name in new if old.get(name) != new[name]]
        if changed:
            fields = {name: old.get(name) for name in changed}
            edits.append(Edit(*key, fields, {name: new[name] for name in changed}))
    return edits
