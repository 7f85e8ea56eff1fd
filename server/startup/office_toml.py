"""The whole office as TOML, and the changes that make the office of a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import tomli_w

from config.load import ConfigError
from config.logo import in_lines
from config.office import OfficeSettings
from config.uploaded_office import OfficeFileError, OfficeMistake, read_office
from server.commands.setup import office_from_settings
from server.domain.calendar import Span
from server.domain.office import OfficeDefinition, logo_id
from server.domain.office_changes import Edit, Part, Parts, differences, parts_of
from server.domain.office_changes.parts import LASTING_PARTS, week_texts
from server.web.shared.office_files import OfficeFileChanges, OfficeFiles


@dataclass(frozen=True, slots=True)
class OfficeUpdate:
    """The changes that make the office of a file. ``names``: new names of clerks by id."""

    edits: Sequence[Edit]
    names: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        """Return whether the office is that of the file already."""
        return not self.edits and not self.names


def office_text(office: OfficeDefinition) -> str:
    """Return the whole office as TOML, in the form of the settings of an office."""
    values = office_values(office)
    OfficeSettings.model_validate(values)
    # In texts of several lines the library writes each line break as a line feed.
    has_carriage_return = "\\r" in json.dumps(values, ensure_ascii=False, default=str)
    return tomli_w.dumps(values, multiline_strings=not has_carriage_return)


def office_values(office: OfficeDefinition) -> dict[str, Any]:
    """Return the office as the values of ``OfficeSettings``, without those that are None."""
    hours = office.hours
    values = {
        "id": office.id,
        "name": dict(office.name),
        "zone": office.zone.key,
        "hotline": office.hotline,
        "address": office.address,
        "logo": None if office.logo is None else in_lines(office.logo),
        "hours": _week(hours.weekly),
        "rules": _values(asdict(office.rules)),
        "services": [
            _values(asdict(service)) | ({} if service.hours is None else {"hours": _week(service.hours.weekly)})
            for service in office.services.values()
        ],
        "groups": [_values(asdict(group)) for group in office.groups.values()],
        "counters": [_values(asdict(counter)) for counter in office.counters.values()],
        "clerks": [_values(asdict(clerk)) for clerk in office.clerks.values()],
        "roster": [
            _values(asdict(entry)) | ({} if entry.hours is None else {"hours": entry.hours})
            for entry in office.roster.values()
        ],
        "holidays": [{"date": date, "name": dict(name)} for date, name in office.holidays.items()],
        "days": [{"date": date, "hours": [span.text for span in spans]} for date, spans in hours.dates.items()],
        "notices": [_values(asdict(notice)) for notice in office.notices.values()],
        "procedures": [_values(asdict(procedure)) for procedure in office.procedures.values()],
    }
    return {name: value for name, value in values.items() if value is not None}


def update_to(office: OfficeDefinition, settings: OfficeSettings) -> OfficeUpdate:
    """Return what makes the office of ``settings`` out of ``office``.

    A service, counter, clerk or procedure that the file does not have is closed. Raises ``ConfigError`` for an office
    with another id, and for impossible hours.
    """
    if settings.id != office.id:
        raise ConfigError([f'id = "{settings.id}": this is the office "{office.id}"; write id = "{office.id}"'])
    try:
        wanted = office_from_settings(settings)
    except (ValueError, KeyError) as error:
        raise ConfigError([str(error).strip("'\"")]) from error
    present = parts_of(office)
    edits = [_closing(edit) for edit in differences(present, _with_closed_order(present, parts_of(wanted)))]
    names = {
        clerk.id: clerk.name
        for clerk in wanted.clerks.values()
        if clerk.id not in office.clerks or office.clerks[clerk.id].name != clerk.name
    }
    return OfficeUpdate([edit for edit in edits if edit is not None], names)


def difference_lines(office: OfficeDefinition, update: OfficeUpdate) -> Sequence[str]:
    """Return a line for each part of ``office`` that changes: ``service HT: capacity 9 -> 12``.

    A clerk's id says nothing about the person, so the name stands beside it.
    """
    lines = [f"clerk {clerk}: another name" for clerk in update.names]
    for edit in update.edits:
        part = f"{edit.part.value} {edit.id}".strip()
        if edit.part is Part.CLERK and edit.id in office.clerks:
            part = f"{part} ({office.clerks[edit.id].name})"
        if edit.before is None:
            lines.append(f"{part}: added")
        elif edit.after is None:
            lines.append(f"{part}: removed")
        else:
            before = edit.before
            lines += [
                f"{part}: {name} {_short(name, before[name])} -> {_short(name, value)}"
                for name, value in edit.after.items()
            ]
    return lines


def _short(name: str, value: Any) -> str:
    """Return a value for a line; a picture by the name of its content."""
    return f"picture {logo_id(value)[:8]}" if name == "logo" and value is not None else repr(value)


def _closing(edit: Edit) -> Edit | None:
    """Return the edit, or the one that closes a part that the file lacks.

    None for a part that is closed already.
    """
    if edit.after is not None or edit.part not in LASTING_PARTS:
        return edit
    is_closed = edit.before is not None and edit.before["closed"]
    return None if is_closed else Edit(edit.part, edit.id, {"closed": False}, {"closed": True})


def _with_closed_order(present: Parts, wanted: Parts) -> Parts:
    """Return ``wanted`` with the parts that only ``present`` has at the end of each order."""
    orders = {}
    for key, row in present.items():
        if key[0] is Part.ORDER and Part(key[1]) in LASTING_PARTS:
            ids = wanted[key]["ids"]
            orders[key] = {"ids": [*ids, *(id_ for id_ in row["ids"] if id_ not in ids)]}
    return {**wanted, **orders}


def _week(weekly: Mapping[str, Sequence[Span]]) -> dict[str, list[str]]:
    return {weekday: spans for weekday, spans in week_texts(weekly).items() if spans}


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row that TOML can hold: no None, lists for tuples."""
    return {
        name: list(value) if isinstance(value, tuple) else value.value if isinstance(value, StrEnum) else value
        for name, value in values.items()
        if value is not None and name != "hours"
    }


def changes_of_file(contents: bytes, office: OfficeDefinition) -> OfficeFileChanges:
    """Return the changes that make the office of a sent file. Raises ``OfficeFileError``."""
    try:
        update = update_to(office, read_office(contents, None, office.id))
    except ConfigError as error:
        raise OfficeFileError([OfficeMistake(0, mistake) for mistake in error.mistakes]) from error
    return update.edits, update.names


OFFICE_FILES = OfficeFiles(changes_of_file, office_text)
