"""The page that adds the public holidays of a year as one change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from config.national_holidays import NationalHoliday, national_holidays
from server import commands
from server.commands import OfficeRefused, Refused
from server.domain.calendar import WEEKDAYS
from server.domain.office import OfficeDefinition
from server.domain.office_changes import Edit, EditConflict, Part
from server.store import Snapshot
from server.web.shared.context import current_context
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin.layout import NOTES, require_reader
from server.web.staff.admin.office import rendering
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.list_fields import weekday_name
from server.web.staff.admin.office.pages import chosen_date, date_mistake, pages, record, saved_note
from server.web.staff.admin.office.rendering import TAB, Preview, context_of, section_url
from server.web.staff.admin.office.sections import BY_PART

CHOSEN = "holiday"
"""The input of each ticked date."""


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """A holiday in the form.

    ``obstacle``: why it cannot be added, empty if it can. ``is_chosen``: its tick is set.
    """

    holiday: NationalHoliday
    date_text: str
    name: str
    obstacle: str
    is_chosen: bool


@pages.get("/dates/national")
def national_page() -> Response:
    """Show the holidays of a year.

    It is the year of the query, else the next one with holidays to come.
    """
    require_reader()
    with current_context().store.read() as snapshot:
        return _page(snapshot, _asked_year(context_of(snapshot).today), None)


@pages.post("/dates/national")
def add_national() -> WerkzeugResponse:
    """Preview or save the ticked holidays."""
    require_reader()
    step, words = request.form.get("step", "preview"), request_translations()
    with current_context().store.read() as snapshot:
        today = context_of(snapshot).today
        year, ticked = _asked_year(today), request.form.getlist(CHOSEN)
        rows = [row for row in _rows(snapshot, year, ticked) if row.is_chosen]
        edits = [_added(row.holiday) for row in rows if not row.obstacle]
        if step == "edit":
            return _page(snapshot, year, ticked)
        if not edits:
            return _page(snapshot, year, ticked, words("office", "Mời đánh dấu ít nhất một ngày."))
        try:
            after = commands.changed_office(snapshot.office, edits)
            commands.refuse_past_dates(edits, max(today, chosen_date() or ""))
        except OfficeRefused:
            return _page(snapshot, year, ticked, _before_change())
        if step != "save":
            return rendering.preview_page(snapshot, _preview(year, edits, after))
    return _save(year, ticked, edits)


def _save(year: int, ticked: Sequence[str], edits: Sequence[Edit]) -> WerkzeugResponse:
    if (asked := ask_for_proof(TAB, _url(year))) is not None:
        return asked
    try:
        record(edits, chosen_date())
    except EditConflict:  # somebody added one of them a moment ago: it is shown as added now
        with current_context().store.read() as snapshot:
            text = request_translations()("office", "Người khác vừa thêm một ngày trong số này. Mời xem lại.")
            return _page(snapshot, year, ticked, text, HTTPStatus.CONFLICT)
    except Refused:
        with current_context().store.read() as snapshot:
            after = commands.changed_office(snapshot.office, edits)
            return rendering.preview_page(snapshot, _preview(year, edits, after), mistake=date_mistake())
    store_note(NOTES, saved_note())
    return redirect(section_url(BY_PART[Part.DATE]), HTTPStatus.SEE_OTHER)


def _page(
    snapshot: Snapshot,
    year: int,
    ticked: Collection[str] | None,
    mistake: str | None = None,
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> Response:
    """Return the form.

    ``ticked`` None: every holiday is ticked that can be added and needs no confirmation.
    """
    section = BY_PART[Part.DATE]
    page = render_template(
        "staff/admin/office/national.html",
        **rendering.page_values(section, section.key),
        rows=_rows(snapshot, year, ticked),
        year=year,
        years=_years(),
        action=_url(year),
        back=section_url(section),
        mistake=mistake,
    )
    return Response(page, HTTPStatus.OK if mistake is None else status, mimetype="text/html")


def _rows(snapshot: Snapshot, year: int, ticked: Collection[str] | None) -> Sequence[HolidayRow]:
    context = context_of(snapshot)
    rows = []
    for holiday in national_holidays():
        if holiday.year == year:
            obstacle = _obstacle(holiday, snapshot, context)
            is_chosen = not (obstacle or holiday.confirm) if ticked is None else holiday.date in ticked
            name = context.words.pick({"vi": holiday.vi, "en": holiday.en})
            rows.append(HolidayRow(holiday, _date_text(holiday.date, context), name, obstacle, is_chosen))
    return rows


def _obstacle(holiday: NationalHoliday, snapshot: Snapshot, context: FieldContext) -> str:
    """Return why a holiday cannot be added, empty if it can."""
    hours, words = snapshot.office.hours, context.words
    if holiday.date in hours.holidays or holiday.date in hours.dates:
        return words("office", "đã có trong danh sách")
    return words("office", "đã qua") if holiday.date < context.today else ""


def _date_text(day: str, context: FieldContext) -> str:
    weekday = weekday_name(context.words, WEEKDAYS[date.fromisoformat(day).weekday()])
    return f"{weekday}, {context.formatter.date(day)}"


def _added(holiday: NationalHoliday) -> Edit:
    return Edit(Part.DATE, holiday.date, None, {"name": {"vi": holiday.vi, "en": holiday.en}, "spans": None})


def _before_change() -> str:
    return request_translations()(
        "office", "Có ngày lễ trước ngày thay đổi có hiệu lực. Mời bỏ dấu ngày đó, hoặc chọn ngày hiệu lực sớm hơn."
    )


def _preview(year: int, edits: Sequence[Edit], after: OfficeDefinition) -> Preview:
    section = BY_PART[Part.DATE]
    title = request_translations()("office", "Xem trước thay đổi")
    return Preview(title, _url(year), section_url(section), edits, after, section, section.key)


def _years() -> Sequence[int]:
    return sorted({holiday.year for holiday in national_holidays()})


def _asked_year(today: str) -> int:
    """Return the year of the address, else the first with holidays to come."""
    asked = request.args.get("year", "")
    if asked.isdigit() and int(asked) in _years():
        return int(asked)
    to_come = [holiday.year for holiday in national_holidays() if holiday.date >= today]
    return to_come[0] if to_come else _years()[-1]


def _url(year: int) -> str:
    return url_for("office.national_page", year=year)
