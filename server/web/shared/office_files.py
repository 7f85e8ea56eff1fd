"""The whole office as a TOML file, for the pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from server.domain.office import OfficeDefinition
from server.domain.office_changes import Edit

OfficeFileChanges = tuple[Sequence[Edit], Mapping[str, str]]
"""The edits that make the office of a file, and new names of clerks by id."""


@dataclass(frozen=True, slots=True)
class OfficeFiles:
    """Reads and writes the office as TOML.

    ``read`` compares a file with the present office and raises ``OfficeFileError``; ``text`` returns the file.
    """

    read: Callable[[bytes, OfficeDefinition], OfficeFileChanges]
    text: Callable[[OfficeDefinition], str]
