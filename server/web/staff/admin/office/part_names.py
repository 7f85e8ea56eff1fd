"""The names of parts and of their fields for people."""

from typing import Any

from server.domain.office import logo_id
from server.domain.office_changes import Part, Row
from server.web.shared.formatting import DASH
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.item_names import notice_name
from server.web.staff.admin.office.sections import BY_PART


def section_title(part: Part, id_: str, context: FieldContext) -> str:
    """Return the title of a part's section; that of an order names what it orders."""
    if part is Part.ORDER:
        ordered = Part(id_)
        return context.words("office", "Thứ tự: {section}", section=BY_PART[ordered].title(context.words))
    return BY_PART[part].title(context.words)


def item_name(part: Part, id_: str, row: Row | None, context: FieldContext) -> str:
    """Return the name of a part. ``row``: what is known of it; the office's own is taken for the rest."""
    if part is Part.ORDER:
        return section_title(part, id_, context)
    return BY_PART[part].item_name(id_, row or {}, context)


def value_text(part: Part, id_: str, name: str, value: Any, context: FieldContext) -> tuple[str, str]:
    """Return the label of a field and its value in words."""
    if part is Part.ORDER:
        names = ", ".join(_name_in_office(Part(id_), entry, context) for entry in value or ())
        return context.words("office", "Thứ tự"), names
    field = BY_PART[part].field_named(name)
    if (part, name) == (Part.OFFICE, "logo"):
        text = DASH if value is None else context.words("office", "ảnh {name}", name=logo_id(value)[:8])
        return context.words("office", "Biểu trưng"), text
    if field is None:
        return _other_label(name, context), str(value)
    return field.label(context.words), field.text(value, context)


def _name_in_office(part: Part, id_: str, context: FieldContext) -> str:
    office = context.office
    match part:
        case Part.SERVICE:
            return context.service_name(id_)
        case Part.GROUP if id_ in office.groups:
            return context.words.pick(office.groups[id_].name)
        case Part.COUNTER if id_ in office.counters:
            return office.counters[id_].label
        case Part.CLERK if id_ in office.clerks:
            return office.clerks[id_].name
        case Part.PROCEDURE if id_ in office.procedures:
            return context.words.pick(office.procedures[id_].name)
        case Part.NOTICE if id_ in office.notices:
            return notice_name(id_, {"text": office.notices[id_].text}, context)
    return id_


def _other_label(name: str, context: FieldContext) -> str:
    """Return the label of a field that no form has.

    A change of another origin may have it.
    """
    words = context.words
    labels = {
        "zone": words("office", "Múi giờ hoặc khu vực"),
        "role": words("office", "Vai trò"),
        "closed": words("office", "Đã nghỉ"),
        "demo_service_min": words("office", "Phút phục vụ khi trình diễn"),
    }
    return labels.get(name, name)
