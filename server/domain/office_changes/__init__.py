"""Changes of the office: its parts, edits of parts, and what makes an edit impossible.

``parts`` takes the office apart into small rows and puts it together again; ``edits`` has the fields of a part before
and after a change; ``problems`` finds what no office may be.
"""

from server.domain.calendar import is_date
from server.domain.office_changes.edits import (
    Edit,
    EditConflict,
    differences,
    edited,
    reverse,
    taken_back,
)
from server.domain.office_changes.parts import (
    Part,
    PartKey,
    Parts,
    Row,
    office_from_parts,
    parts_of,
)
from server.domain.office_changes.problem_kinds import OfficeProblem, ProblemKind
from server.domain.office_changes.problems import (
    date_problems,
    find_problems,
    new_problems,
    past_date_problems,
)

__all__ = [
    "Edit",
    "EditConflict",
    "OfficeProblem",
    "Part",
    "PartKey",
    "Parts",
    "ProblemKind",
    "Row",
    "date_problems",
    "differences",
    "edited",
    "find_problems",
    "is_date",
    "new_problems",
    "office_from_parts",
    "parts_of",
    "past_date_problems",
    "reverse",
    "taken_back",
]
