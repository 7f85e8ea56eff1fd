"""The pages of the office's sections as responses: list, form and preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from flask import Response, render_template, request, url_for

from server import views
from server.domain.calendar import local_clock, local_date
from server.domain.office import OfficeDefinition
from server.domain.office_changes import Edit, PartKey, Row, parts_of
from server.domain.permissions import Action
from server.store import Snapshot
from server.web.shared.callers import current_caller
from server.web.shared.formatting import Formatter
from server.web.shared.identity import request_translations
from server.web.staff.admin.layout import admin_values
from server.web.staff.admin.office import change_texts, line_moves
from server.web.staff.admin.office.effects import HallNow, effects
from server.web.staff.admin.office.fields import FieldContext, OfficeField
from server.web.staff.admin.office.line_moves import line_choices
from server.web.staff.admin.office.list_fields import weekday_name
from server.web.staff.admin.office.part_form import PartForm
from server.web.staff.admin.office.roster_section import ROSTER_SECTION
from server.web.staff.admin.office.roster_week import roster_week
from server.web.staff.admin.office.section import OfficeSection
from server.web.staff.admin.office.sections import ORDERED, SECTIONS, SINGLE

TAB = "office"
NOT_KEPT = frozenset({"step", "when", "date", "proof", "removal"})
"""The inputs that a preview does not carry on."""


@dataclass(frozen=True, slots=True)
class ConflictText:
    """A field that two people changed: both texts, and who made the other change."""

    label: str
    mine: str
    theirs: str
    by: str


def field_context(office: OfficeDefinition, now_ms: int) -> FieldContext:
    """Return the language and the office for fields in words."""
    return FieldContext(office, Formatter(request_translations(), office.zone.key), local_date(now_ms, office.zone))


def context_of(snapshot: Snapshot) -> FieldContext:
    """Return the language and the present office for fields in words."""
    return field_context(snapshot.office, snapshot.now.wall_ms)


def page_values(section: OfficeSection | None, current_key: str) -> Mapping[str, object]:
    """Return the variables of ``staff/admin/office/frame.html``."""
    return {
        **admin_values(TAB),
        "sections": SECTIONS,
        "section": section,
        "current_key": current_key,
        "may_manage": current_caller().may(Action.MANAGE_OFFICE),
    }


def section_url(section: OfficeSection) -> str:
    """Return the address of a section's list, or of its single form."""
    return url_for("office.section_page", key=section.key)


def form_url(section: OfficeSection, id_: str | None) -> str:
    """Return the address of the form of a part; ``id_`` None: of a new one."""
    if section.part in SINGLE:
        return section_url(section)
    if id_ is None:
        return url_for("office.new_page", key=section.key)
    return url_for("office.item_page", key=section.key, item_id=id_)


def list_page(snapshot: Snapshot, section: OfficeSection) -> str:
    """Return the list of a section's parts."""
    context, parts = context_of(snapshot), parts_of(snapshot.office)
    planned = planned_dates(snapshot, context)
    wanted = request.args.get("q", "").strip().casefold()
    rows = [
        {
            "url": form_url(section, id_),
            "name": section.item_name(id_, row, context),
            "id": id_,
            "texts": [
                *(field.text(row[field.name], context) for field in _listed_fields(section)),
                *(column.text(id_, context) for column in section.further_columns),
            ],
            "is_closed": bool(row.get("closed")),
            "planned": planned.get((part, id_), ()),
        }
        for (part, id_), row in parts.items()
        if part is section.part
    ]
    shown = [row for row in rows if not wanted or wanted in f"{row['name']} {row['id']}".casefold()]
    return render_template(
        "staff/admin/office/list.html",
        **page_values(section, section.key),
        rows=sorted(shown, key=lambda row: bool(row["is_closed"])),
        columns=[
            *(field.label for field in _listed_fields(section)),
            *(column.label for column in section.further_columns),
        ],
        can_filter=len(rows) > 20,
        wanted=request.args.get("q", ""),
        order_title=ORDERED.get(section.part),
        week=roster_week(snapshot.office, context, request.args.get("week", "")) if section is ROSTER_SECTION else None,
    )


def _listed_fields(section: OfficeSection) -> Sequence[OfficeField]:
    return [field for name in section.columns if (field := section.field_named(name))]


def planned_dates(snapshot: Snapshot, context: FieldContext) -> Mapping[PartKey, Sequence[str]]:
    """Return the dates of planned changes by part."""
    dates: dict[PartKey, list[str]] = {}
    for change in views.planned_changes(snapshot):
        for edit in change.edits:
            dates.setdefault(edit.key, []).append(context.formatter.date(change.date or ""))
    return dates


def form_page(
    snapshot: Snapshot, form: PartForm, *, problems: Sequence[str] = (), status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """Return the form. ``problems``: sentences that belong to no field of it."""
    section, context = form.section, context_of(snapshot)
    conflicts = [_conflict_text(snapshot, form, conflict.name, context) for conflict in form.conflicts]
    gone_by = None
    if form.gone:
        gone_by = change_texts.who_and_when(change_texts.last_change_of(snapshot, section.part, form.id), context)
    is_asked_again = status is not HTTPStatus.OK
    page = render_template(
        "staff/admin/office/form.html",
        **page_values(section, section.key),
        form=form,
        context=context,
        name=section.title(context.words) if form.is_new else section.item_name(form.id, form.current or {}, context),
        back=section_url(section),
        action=form_url(section, None if form.is_new else form.id),
        is_single=section.part in SINGLE,
        is_asked_again=is_asked_again,
        problems=[*form.mistakes.get("", ()), *problems],
        conflicts=conflicts,
        gone_by=gone_by,
        planned=planned_dates(snapshot, context).get((section.part, form.id), ()),
        weekday_name=weekday_name,
        services=[
            (service.id, context.service_name(service.id), service.closed)
            for service in snapshot.office.services.values()
        ],
    )
    return Response(page, status, mimetype="text/html")


def _conflict_text(snapshot: Snapshot, form: PartForm, name: str, context: FieldContext) -> ConflictText:
    field = form.section.field_named(name)
    assert field is not None
    mine, theirs = form.values[name], (form.current or {})[name]
    change = change_texts.last_change_of(snapshot, form.section.part, form.id, {name})
    by = change_texts.who_and_when(change, context)
    return ConflictText(field.label(context.words), field.text(mine, context), field.text(theirs, context), by)


@dataclass(frozen=True, slots=True)
class Preview:
    """A change before it is saved. ``action``: the address that saves it; ``back``: that of the form.

    ``can_edit``: the form with its texts can be opened again.
    """

    title: str
    action: str
    back: str
    edits: Sequence[Edit]
    after: OfficeDefinition
    section: OfficeSection | None
    current_key: str
    can_edit: bool = True


def preview_page(
    snapshot: Snapshot, preview: Preview, *, mistake: str | None = None, is_line_refused: bool = False
) -> Response:
    """Return the preview: what changes, what will happen, and from when.

    ``mistake``: of the date; ``is_line_refused``: people wait, and were not moved.
    """
    after, hall = field_context(preview.after, snapshot.now.wall_ms), hall_now(snapshot)
    parts: dict[PartKey, Row] = {**parts_of(snapshot.office), **parts_of(preview.after)}
    planned = planned_dates(snapshot, after)
    form = request.form
    page = render_template(
        "staff/admin/office/preview.html",
        **page_values(preview.section, preview.current_key),
        preview=preview,
        edits=change_texts.edit_texts(preview.edits, after, parts),
        effects=effects(snapshot.office, preview.after, preview.edits, hall, after),
        lines=line_choices(snapshot.office, preview.after, hall, after, is_refused=is_line_refused),
        planned=sorted({date for edit in preview.edits for date in planned.get(edit.key, ())}),
        fields=[
            (name, value)
            for name, value in form.items(multi=True)
            if name not in NOT_KEPT and not name.startswith(line_moves.INPUT)
        ],
        when=form.get("when", "now"),
        date=form.get("date", ""),
        mistake=mistake,
        removal=any(edit.after is None for edit in preview.edits),
    )
    status = HTTPStatus.OK if mistake is None and not is_line_refused else HTTPStatus.UNPROCESSABLE_ENTITY
    return Response(page, status, mimetype="text/html")


def hall_now(snapshot: Snapshot) -> HallNow:
    """Return the state of the hall that the effects of a change depend on."""
    zone, wall_ms = snapshot.office.zone, snapshot.now.wall_ms
    return HallNow(
        waiting=views.people_in_line(snapshot),
        open_counters=frozenset(row.id for row in views.counters(snapshot) if row.state.value != "closed"),
        now=f"{local_date(wall_ms, zone)}T{local_clock(wall_ms, zone)}",
        demand_of=partial(views.demand_now, snapshot),
    )
