"""The names of parts for people, made of their ids and rows."""

from server.domain.office_changes import Row
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.section import ItemName


def own_name(name: str) -> ItemName:
    """Return a function for parts whose name by language is the field ``name``."""
    return lambda id_, row, context: context.words.pick(row[name]) if row.get(name) and row[name].get("vi") else id_


def counter_name(id_: str, row: Row, context: FieldContext) -> str:
    """Return the name of a counter: Quầy 3."""
    return context.words("term", "Quầy {label}", label=row.get("label") or id_)


def clerk_name(id_: str, _row: Row, context: FieldContext) -> str:
    """Return the name of a clerk, which no row has."""
    clerk = context.office.clerks.get(id_)
    return id_ if clerk is None else clerk.name


def date_name(id_: str, _row: Row, context: FieldContext) -> str:
    """Return a date as people write it."""
    try:
        return context.formatter.date(id_)
    except ValueError:
        return id_


def notice_name(id_: str, row: Row, context: FieldContext) -> str:
    """Return the first words of a notice."""
    text = own_name("text")(id_, row, context)
    return text if len(text) <= 60 else f"{text[:59].rstrip()}…"
