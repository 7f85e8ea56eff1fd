"""The page "Now": carry out one of its forms, and render it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.clock import Now
from server import commands, views
from server.commands import Actor
from server.store import Snapshot, Tx
from server.web.api.endpoint import error_text_context
from server.web.shared.context import current_context
from server.web.shared.device_names import enrolled_name
from server.web.shared.errors import HANDLED_ERRORS, Rejected, problem
from server.web.shared.formatting import Formatter
from server.web.shared.identity import MANAGER, SignedIn, browser_sign_ins, pop_note, request_translations, store_note
from server.web.staff.assistance.now_card import now_card
from server.web.staff.clerk.actions import PAUSE_REASONS
from server.web.staff.health import rows as health_rows
from server.web.staff.layout import actor_of_form, layout_values, refresh_values, sign_in_values
from server.web.staff.manager import now as hall_now
from server.web.staff.manager.alerts import HallAlerts
from server.web.staff.manager.counter_tiles import counter_tiles
from server.web.staff.manager.targets import target_texts
from server.web.staff.manager.today import today_now
from server.wire.messages import ProblemCode

Result = TypeVar("Result")


def run_command(command: Callable[[Tx, Actor, Now], Result], message: Callable[[Result], str | None]) -> Response:
    """Run the command; show the page again with its message or refusal."""
    page_day = request.form.get("day")  # the id of the open day when the page was rendered
    if browser_sign_ins().latest is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)

    def run(tx: Tx, now: Now) -> Result:
        if page_day is not None:
            commands.check_day(tx, page_day)
        return command(tx, actor, now)

    try:
        actor = actor_of_form()
        result = current_context().writer.ask(run)
    except HANDLED_ERRORS as error:
        refusal = problem(error, error_text_context(request_translations()))
        return Response(now_page(refusal.detail), refusal.status, mimetype="text/html")
    if note := message(result):
        store_note(MANAGER, note)
    return redirect(url_for("manager.now"), HTTPStatus.SEE_OTHER)


def refused(sentence: str) -> Response:
    """Show the page again with the mistake in its form; what was typed is kept."""
    return Response(now_page(sentence), HTTPStatus.BAD_REQUEST, mimetype="text/html")


def now_page(refusal: str | None = None) -> str:
    """Render the page "Now"; ``refusal`` is the sentence of a refused action."""
    with current_context().store.read() as snapshot:
        formatter = Formatter(request_translations(), snapshot.office.zone.key)
        hall, office = views.manager_now(snapshot), snapshot.office
        text_context = health_rows.DeviceTextContext(formatter, office, snapshot.now.wall_ms, enrolled_name)
        device_rows = health_rows.rows(current_context().reports.stations(), text_context)
        is_connected = current_context().reports.connected
        slips = [slip.number for slip in views.unconfirmed_slips(snapshot)]
        sign_in = sign_in_values(office, page_sign_in())
        health_url = url_for("health.page", at=sign_in["page_key"])
        alerts = HallAlerts(
            hall, office, formatter, device_rows, is_connected, slips, health_url, snapshot.now.wall_ms
        ).all()
        return render_template(
            "staff/now.html",
            **layout_values(office, now_ms=snapshot.now.wall_ms, snapshot=snapshot),
            **sign_in,
            **refresh_values(current_context()),
            **_form_values(snapshot, formatter, refusal),
            tab="now",
            refresh_url=url_for("manager.now"),
            refusal=refusal,
            note=pop_note(MANAGER),
            alerts=alerts,
            first_alerts=hall_now.FIRST_ALERTS,
            day_totals=views.open_day_figures(snapshot),
            waiting=hall.counts["waiting"],
            longest_wait=None if hall.longest_wait_ms is None else (hall.longest_wait_number, hall.longest_wait_ms),
            target_texts=target_texts(office, formatter.words),
            service_rows=hall_now.service_rows(hall, office),
            device_rows=device_rows,
            faulty_count=sum(device.faulty for device in device_rows),
            broker_connected=is_connected,
            counter_tiles=counter_tiles(hall, office, formatter, snapshot.now.wall_ms),
            day=today_now(snapshot, formatter),
            assistance=now_card(snapshot, hall, formatter),
            unserved_count=sum(hall.counts[state] for state in ("waiting", "called", "held")),
            issuing_stops=hall_now.issuing_stops(hall, office, formatter),
        )


def _form_values(snapshot: Snapshot, formatter: Formatter, refusal: str | None) -> dict[str, object]:
    """Return the choices of the page's forms.

    ``typed``: the fields of a refused form; empty without one.
    """
    office, words = snapshot.office, formatter.words
    return {
        "typed": request.form if refusal is not None else {},
        "clerks": [person for person in office.clerks.values() if not person.closed],
        "offered_services": list(office.services_offered.values()),
        "counters": list(office.counters_in_use.values()),
        "pause_reasons": [reason(words) for reason in PAUSE_REASONS],
        "notice_rows": hall_now.notice_rows(snapshot, formatter),
    }


def page_sign_in() -> SignedIn | None:
    """Return the sign-in of a manager's page: the browser's manager, else its latest sign-in."""
    sign_ins = browser_sign_ins()
    return sign_ins.as_manager or sign_ins.latest


def office_zone() -> str:
    """Return the name of the office's time zone."""
    with current_context().store.read() as snapshot:
        return snapshot.office.zone.key
