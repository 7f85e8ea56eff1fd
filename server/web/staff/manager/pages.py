"""The manager's pages: the hall now, a day's figures, and the service day."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from config.clock import Now
from config.words import LANGUAGES
from server import commands, views
from server.commands import Actor, Role
from server.domain.clock_doubt import is_date
from server.domain.permissions import Action
from server.store import Snapshot, Tx
from server.web.shared.context import current_context
from server.web.shared.errors import Rejected
from server.web.shared.formatting import Formatter
from server.web.shared.identity import (
    browser_sign_ins,
    has_accounts,
    request_translations,
    store_language,
    store_manager_sign_in,
)
from server.web.shared.identity import sign_out as end_sign_in
from server.web.staff.layout import layout_values, permitted_sign_in, sign_in_values
from server.web.staff.manager import day as day_page
from server.web.staff.manager.csv_export import csv_text
from server.web.staff.manager.now_page import now_page, office_zone, page_sign_in, run_command
from server.web.staff.manager.targets import target_texts
from server.web.staff.manager.today import day_in_sentence, day_name
from server.wire.messages import ProblemCode

Result = TypeVar("Result")

pages = Blueprint("manager", __name__)


@pages.post("/manager/sign-in")
def sign_in() -> Response:
    """Sign a manager in, also as administrator. Raises ``not_found`` for a person who is not a manager."""
    if has_accounts():
        raise NotFound
    name = request.form.get("manager", "")
    with current_context().store.read() as snapshot:
        person = snapshot.office.clerks.get(name)
    if person is None or person.role is not Role.MANAGER:
        raise Rejected(ProblemCode.NOT_FOUND)
    administers = "administers" in request.form
    store_manager_sign_in(name, administers=administers)
    return redirect(url_for("office.page" if administers else "manager.now"), HTTPStatus.SEE_OTHER)


@pages.post("/manager/sign-out")
def sign_out() -> Response:
    """Sign the manager out; other sign-ins of the browser stay."""
    sign_in = browser_sign_ins().as_manager
    if sign_in is not None and request.form.get("as", sign_in.id) == sign_in.id:
        end_sign_in(sign_in)
    return redirect(url_for("clerk.sign_in_page", choose=1), HTTPStatus.SEE_OTHER)


@pages.get("/manager")
def now() -> str | Response:
    """Show the hall now."""
    return _redirect_without_sign_in(Action.SEE_HALL) or now_page()


@pages.get("/manager/day")
def day() -> str | Response:
    """Show the figures of one day: ``?date=``, else the newest.

    ``date`` is the id of the day, which differs from its date where a date has two service days; or the date.
    """
    sign_in_redirect = _redirect_without_sign_in(Action.SEE_REPORTS)
    if sign_in_redirect is not None:
        return sign_in_redirect
    with current_context().store.read() as snapshot:
        listed = views.days(snapshot)
        wanted = request.args.get("date")
        service_day = views.service_day(snapshot, wanted) if wanted else next(iter(listed), None)
        if wanted and service_day is None and not is_date(wanted):
            raise NotFound
        return render_template("staff/day.html", **_day_page_values(snapshot, service_day, wanted, listed))


def _day_page_values(
    snapshot: Snapshot, service_day: views.DayInfo | None, date: str | None, listed: Sequence[views.DayInfo]
) -> dict[str, Any]:
    """Return the values for the template of a day's page.

    ``service_day`` None: ``date`` had no service day, or there is no day at all (``date`` None). ``listed``: the days
    to choose from, newest first.
    """
    formatter = Formatter(request_translations(), snapshot.office.zone.key)
    report = None if service_day is None else views.day_report(snapshot, service_day.id)
    office = snapshot.office if service_day is None else views.office_of_day(snapshot, service_day.id)
    before, after = (None, None) if service_day is None else views.neighbours(snapshot, service_day)
    chosen = [] if service_day is None or service_day in listed else [service_day]
    return {
        **layout_values(snapshot.office, now_ms=snapshot.now.wall_ms, snapshot=snapshot),
        **sign_in_values(snapshot.office, page_sign_in()),
        **(day_page.page_values(report, office, formatter) if report is not None else {}),
        "tab": "day",
        "refresh_url": None,
        "date": None if service_day is None else service_day.id,
        "name": day_name(service_day, formatter) if service_day else formatter.date(date) if date else None,
        "known_date": date if service_day is None else service_day.date,
        "day_names": {day.id: day_name(day, formatter) for day in (*listed, *chosen)},
        "has_older_days": len(listed) == views.MAX_LISTED_DAYS,
        "previous_day": before,
        "next_day": after,
        "day": report.figures if report else None,
        "littles_law": report.littles_law if report else None,
        "target_min": office.rules.target_min,
        "target_texts": target_texts(office, formatter.words),
    }


@pages.get("/manager/day/<date>.csv")
def csv_file(date: str) -> Response:
    """Return a day as a CSV file, one ticket per line. ``date`` is the id of the day, as in ``day``.

    UTF-8 with a byte order mark, separated by semicolons, so that spreadsheets open it without an import dialog.
    """
    if permitted_sign_in(Action.SEE_REPORTS) is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    with current_context().store.read() as snapshot:
        service_day = views.service_day(snapshot, date)
        if service_day is None:
            raise NotFound
        text = csv_text(snapshot, service_day.id, Formatter(request_translations(), snapshot.office.zone.key))
    name = f"luot-{date}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text.encode("utf-8-sig"), mimetype="text/csv", headers=headers)


@pages.post("/manager/day/open")
def open_day() -> Response:
    """Open the service day."""

    def message(date: str | None) -> str:
        formatter = Formatter(request_translations(), office_zone())
        if date is None:
            return formatter.words("day", "Đã mở ngày làm việc, chưa rõ ngày.")
        return formatter.words(
            "day",
            "Đã mở ngày {date} lúc {time}.",
            date=formatter.date(date),
            time=formatter.time(current_context().now().wall_ms),
        )

    return run_command(commands.open_day, message)


@pages.post("/manager/day/close")
def close_day() -> Response:
    """Close the service day; tickets not served expire."""

    def message(closed: commands.ClosedDay) -> str:
        formatter = Formatter(request_translations(), office_zone())
        return formatter.words(
            "day",
            "Đã đóng ngày {date}: {n} lượt đã phục vụ, {m} số hết hiệu lực.",
            date=day_in_sentence(closed.date, formatter),
            n=formatter.number(closed.served),
            m=formatter.number(closed.expired),
        )

    return run_command(commands.close_day, message)


@pages.post("/manager/day/reopen")
def reopen_day() -> Response:
    """Reopen the day that was closed last, by mistake; ``reason`` is recorded."""

    def message(date: str | None) -> str:
        formatter = Formatter(request_translations(), office_zone())
        return formatter.words(
            "day", "Đã mở lại ngày {date}. Số thứ tự tiếp theo số cuối đã cấp.", date=day_in_sentence(date, formatter)
        )

    reason = request.form.get("reason", "")[:200]
    return run_command(lambda tx, actor, now: commands.reopen_day(tx, actor, now, reason), message)


@pages.post("/manager/day/date")
def enter_date() -> Response:
    """Record today's ``date`` because the clock is wrong; without a date confirm the clock.

    The form's ``left`` = ``expire``: tickets that were issued before the machine was last booted expire.
    """
    date, keep_tickets = request.form.get("date"), request.form.get("left") != "expire"

    def command(tx: Tx, actor: Actor, now: Now) -> str:
        if date is None:
            return commands.confirm_clock(tx, actor, now, keep_tickets=keep_tickets)
        return commands.enter_date(tx, actor, now, date, keep_tickets=keep_tickets)

    def message(recorded_date: str) -> str:
        formatter = Formatter(request_translations(), office_zone())
        return formatter.words("day", "Đã ghi nhận: hôm nay là {date}.", date=formatter.date(recorded_date))

    return run_command(command, message)


def _redirect_without_sign_in(action: Action) -> Response | None:
    """Return a redirect to the sign-in page for a browser without a sign-in, else None.

    Store the language of ``?lang=`` before. Raises ``forbidden`` when its role may not do ``action``.
    """
    if request.args.get("lang") in LANGUAGES:
        store_language(request.args["lang"])
    return None if permitted_sign_in(action) is not None else redirect(url_for("clerk.sign_in_page", choose=1))
