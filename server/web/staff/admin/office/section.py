"""The description of one section of the office's pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from server.domain.office_changes import Part, Row
from server.web.shared.phrases import Phrase
from server.web.staff.admin.office.fields import FieldContext, OfficeField

ItemName = Callable[[str, Row, FieldContext], str]
"""Returns the name of a part with this id and row for people."""
ColumnText = Callable[[str, FieldContext], str]
"""Returns the text about the part with this id."""
Check = Callable[[Row], tuple[str, Phrase] | None]
"""Returns a mistaken field of a whole row and the sentence, else None."""


@dataclass(frozen=True, slots=True)
class IdInput:
    """The input of a new part's id. ``control``: text or date."""

    label: Phrase
    help: Phrase
    control: str = "text"


@dataclass(frozen=True, slots=True)
class FurtherColumn:
    """A column of a list that is no field of its parts."""

    label: Phrase
    text: ColumnText


@dataclass(frozen=True, slots=True)
class OfficeSection:
    """One section. ``key``: its address; ``part``: the kind of its parts.

    ``columns``: the fields in its list, without those of a single part; ``further_columns`` come after them.
    ``headings``: the headings of its form, by the field that each stands above. ``added`` None: no part is added here.
    ``new``: the row of a new part; ``id_input`` None: the id is made from ``id_prefix``. ``closed_name``: the state of
    a closed part. ``is_removable``: parts are removed, not closed.
    """

    key: str
    part: Part
    title: Phrase
    about: Phrase
    fields: Sequence[OfficeField]
    item_name: ItemName
    columns: Sequence[str] = ()
    further_columns: Sequence[FurtherColumn] = ()
    headings: Mapping[str, Phrase] = field(default_factory=dict)
    added: Phrase | None = None
    new: Row = field(default_factory=dict)
    id_input: IdInput | None = None
    id_prefix: str = ""
    closed_name: Phrase | None = None
    is_removable: bool = False
    check: Check = lambda _row: None

    def field_named(self, name: str) -> OfficeField | None:
        """Return the field with this name."""
        return next((field for field in self.fields if field.name == name), None)
