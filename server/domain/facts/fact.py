"""The form of a fact in the journal: subject in columns, rest as JSON.

A fact class is a frozen dataclass. Its fields ``ticket``, ``counter`` and ``service`` are columns of the journal; every
other field is a member of the JSON object ``data``. The form is a promise (decision 0001): a field may be added with
:func:`added`, never lost, so that journals of every earlier release can be read.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from typing import Any, ClassVar

from server.domain.facts.kinds import FactKind

SUBJECT_COLUMNS = ("ticket", "counter", "service")
"""The columns that name the subject of a fact."""


class BadFact(ValueError):
    """The data of a journal row are not those of its kind of fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An event of the hall. ``VERSION`` is the version of its JSON: it increases with every added field."""

    KIND: ClassVar[FactKind]
    VERSION: ClassVar[int] = 1


def named(name: str, convert: Callable[[Any], Any] | None = None) -> Mapping[str, Any]:
    """Return metadata of a field whose JSON member has another name.

    ``convert`` is applied to the member when a journal row is read.
    """
    return {"name": name, "convert": convert}


def converted_by(convert: Callable[[Any], Any]) -> Mapping[str, Any]:
    """Return metadata of a field whose JSON member is converted when read."""
    return {"convert": convert}


def added(version: int, convert: Callable[[Any], Any] | None = None) -> Mapping[str, Any]:
    """Return metadata of a field added in this version; older facts have its default."""
    return {"version": version, "convert": convert}


def left_out_if_none(version: int) -> Mapping[str, Any]:
    """Return metadata of an added field that has no JSON member if it is None."""
    return {"version": version, "left_out_if_none": True}


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a fact (``field``) and its JSON member (``name``).

    ``version``: the first version of the fact with the field. ``required``: it has no default, so every row must have
    the member. ``left_out_if_none``, ``convert``: from the field's metadata.
    """

    field: str
    name: str
    version: int
    required: bool
    left_out_if_none: bool
    convert: Callable[[Any], Any] | None


_MEMBERS: dict[type[Fact], tuple[Member, ...]] = {}
"""The members of each fact class, computed once."""


def members(fact_class: type[Fact]) -> tuple[Member, ...]:
    """Return the members of the JSON of a fact class."""
    if fact_class not in _MEMBERS:
        _MEMBERS[fact_class] = tuple(
            Member(
                field=fact_field.name,
                name=fact_field.metadata.get("name", fact_field.name),
                version=fact_field.metadata.get("version", 1),
                required=fact_field.default is MISSING,
                left_out_if_none=fact_field.metadata.get("left_out_if_none", False),
                convert=fact_field.metadata.get("convert"),
            )
            for fact_field in fields(fact_class)
            if fact_field.name not in SUBJECT_COLUMNS
        )
    return _MEMBERS[fact_class]


def subject_of(fact: Fact) -> dict[str, str | None]:
    """Return the values of the journal columns that name the subject of the fact."""
    return {name: getattr(fact, name, None) for name in SUBJECT_COLUMNS}


def data_of(fact: Fact) -> dict[str, Any]:
    """Return the JSON object of the fact; enumerations as their values."""
    data = {}
    for member in members(type(fact)):
        value = getattr(fact, member.field)
        if value is not None or not member.left_out_if_none:
            data[member.name] = value.value if isinstance(value, Enum) else value
    return data


def decode(fact_class: type[Fact], subject: Mapping[str, str | None], data: Mapping[str, Any]) -> Fact:
    """Return the fact of a journal row, of this or an earlier release.

    Unknown members are ignored. Raises :class:`BadFact`.
    """
    values: dict[str, Any] = {
        name: subject[name] for name in SUBJECT_COLUMNS if name in fact_class.__dataclass_fields__
    }
    for member in members(fact_class):
        if member.name in data:
            value = data[member.name]
            try:
                values[member.field] = value if member.convert is None or value is None else member.convert(value)
            except ValueError as error:
                raise BadFact(f"{fact_class.KIND}: {member.name}: {error}") from error
        elif member.required:
            raise BadFact(f"{fact_class.KIND}: {member.name} is missing")
    return fact_class(**values)
