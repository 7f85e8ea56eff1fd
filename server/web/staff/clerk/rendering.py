"""Render the clerk page of one counter from its page model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, url_for

from server import views
from server.store import Snapshot
from server.views import ClerkPage, LookedUpTicket
from server.web.shared import phrases
from server.web.shared.context import current_context
from server.web.shared.device_names import enrolled_name
from server.web.shared.formatting import Formatter
from server.web.shared.identity import SignedIn, browser_sign_ins, pop_note, request_translations
from server.web.shared.qr_picture import qr_picture, visitor_page_address
from server.web.shared.scanned_slips import ScanProblem, scan_problem_text
from server.web.staff.clerk import forms
from server.web.staff.clerk.actions import (
    ACTIONS,
    CANCEL_REASONS,
    HOLD_REASONS,
    MORE_ACTIONS,
    OUTCOMES,
    PAUSE_REASONS,
    REMARKS,
    PageCommand,
    reason_text,
)
from server.web.staff.clerk.addresses import addresses_of
from server.web.staff.clerk.issuing import ProcedureChoices, procedure_choices
from server.web.staff.clerk.page_state import enabled_actions, hint, main_actions, visible_entries
from server.web.staff.clerk.page_state import wait_seconds as wait_seconds_of
from server.web.staff.clerk.why_called import sentence_texts
from server.web.staff.health.rows import DeviceTextContext, broken_at_counter
from server.web.staff.layout import desk_printer, layout_values, online_kiosks, refresh_values

ISSUED_PANEL = "issued"
"""Shows the number that was issued last at the desk, without a slip."""
_TICKET_PANELS = frozenset({"ticket", ISSUED_PANEL})
"""The panels about the ticket that the address names."""
_PANELS_WITH_DESTINATIONS = frozenset({PageCommand.TRANSFER.value, PageCommand.FINISH_NEXT.value, "ticket"})
"""The forms in which a clerk chooses where a ticket goes."""


def tickets_to_look_up(counter: str, panel: str | None, form_values: Mapping[str, str]) -> Sequence[str]:
    """Return the ids of the tickets that a panel of the page may show.

    They are the requested ticket, and that of the slip scanned last. ``panel`` and ``form_values`` are those of
    ``render_page``.
    """
    scanned = current_context().scanned_slips.ticket_at(counter, current_context().mono_s())
    return [ticket for ticket in (_requested_ticket(panel, form_values), scanned) if ticket]


def _requested_ticket(panel: str | None, form_values: Mapping[str, str]) -> str | None:
    return form_values.get("ticket") if panel in _TICKET_PANELS else None


def render_page(
    snapshot: Snapshot, page: ClerkPage, panel: str | None, form_values: Mapping[str, str], refusal: str | None = None
) -> str:
    """Render the clerk page, which has read its ``tickets_to_look_up``.

    ``panel`` is the name of the form to open on it (a ``PageCommand``; ``ticket`` for a ticket that was looked up, or
    ``issued`` for a new number), ``form_values`` are the values of its fields, ``refusal`` is the sentence of a
    refused action.
    """
    context, counter, words = current_context(), page.counter.id, request_translations()
    formatter = Formatter(words, snapshot.office.zone.key)
    printing_kiosks = online_kiosks(context)
    enabled = enabled_actions(page, printing_kiosks, browser_sign_ins().may)
    panel_ticket = page.looked_up.get(_requested_ticket(panel, form_values) or "")
    requested_panel = open_panel = _openable_panel(panel, enabled, panel_ticket)
    if requested_panel is None and (scanned := _scanned_ticket(page)) is not None:
        open_panel, panel_ticket = "ticket", scanned
    device_text_context = DeviceTextContext(formatter, snapshot.office, snapshot.now.wall_ms, enrolled_name)
    return render_template(
        "staff/clerk.html",
        **layout_values(snapshot.office, now_ms=snapshot.now.wall_ms, snapshot=snapshot),
        **refresh_values(context),
        page=page,
        addresses=addresses_of(counter),
        visible=visible_entries(page),
        why=sentence_texts(page.why, words),
        printing_kiosks=printing_kiosks,
        **_action_values(page, enabled),
        panel=open_panel,
        panel_ticket=None if panel_ticket is None else panel_ticket.entry,
        destinations=views.destinations(snapshot) if open_panel in _PANELS_WITH_DESTINATIONS else (),
        panel_ticket_why=_why_called(panel_ticket),
        form_values=form_values,
        refusal=refusal,
        note=pop_note(counter),
        sign_in_id=_id_of(browser_sign_ins().at(counter)),
        scan_problem=_scan_problem(page),
        broken_devices=broken_at_counter(context.reports.stations(), counter, device_text_context),
        scan_url=url_for("clerk.take_scan", counter=counter),
        opened_by_scan=open_panel != requested_panel,
        refresh_url=_refresh_url(counter, requested_panel, panel_ticket),
        refresh_s=None if requested_panel else 10,
        issuing=_procedure_choices(snapshot, page, open_panel, form_values),
        issued=_issued_number(snapshot, open_panel, panel_ticket),
        **_lookup_tables(counter),
    )


def _action_values(page: ClerkPage, enabled: frozenset[PageCommand]) -> Mapping[str, object]:
    """Return the large buttons, the actions that work now, and a hint."""
    return {
        "enabled": enabled,
        "main_actions": main_actions(page, enabled),
        "wait_seconds": {action: seconds for action in enabled if (seconds := wait_seconds_of(page, action))},
        "hint": hint(page, enabled, request_translations()),
    }


def _procedure_choices(
    snapshot: Snapshot, page: ClerkPage, open_panel: str | None, form_values: Mapping[str, str]
) -> ProcedureChoices | None:
    """Return the procedures of the form that issues a number; None for other forms."""
    if open_panel != PageCommand.ISSUE:
        return None
    return procedure_choices(snapshot.office, page, form_values, request_translations().language)


@dataclass(frozen=True, slots=True)
class IssuedNumber:
    """A number to read out. ``ahead``: people before it, None unless it waits; ``qr``: of the visitor's own page."""

    ahead: int | None
    qr: str | None


def _issued_number(
    snapshot: Snapshot, open_panel: str | None, panel_ticket: LookedUpTicket | None
) -> IssuedNumber | None:
    """Return what the panel of a new number shows; None for other panels."""
    if open_panel != ISSUED_PANEL or panel_ticket is None:
        return None
    number = views.desk_number(snapshot, panel_ticket.entry.id)
    if number is None:
        return None
    address = visitor_page_address(current_context().visitor_url(), number.visitor_token)
    return IssuedNumber(number.ahead, qr_picture(address, module_px=4) if address else None)


def _lookup_tables(counter: str) -> Mapping[str, object]:
    """Return the values from which the template makes buttons, remarks and choices."""
    return {
        "actions": ACTIONS,
        "more_actions": MORE_ACTIONS,
        "outcomes": OUTCOMES,
        "phrases": phrases,
        "remarks": REMARKS,
        "reason_text": reason_text,
        "desk_printer": desk_printer(current_context()),
        "presence_url": url_for("clerk.report_presence", counter=counter),
        "reasons": _reasons(),
    }


def _refresh_url(counter: str, panel: str | None, panel_ticket: LookedUpTicket | None) -> str:
    """Return the URL from which the page refreshes itself."""
    ticket = panel_ticket.entry.id if panel and panel_ticket else None
    return url_for("clerk.counter_page", counter=counter, panel=panel, ticket=ticket)


def _why_called(panel_ticket: LookedUpTicket | None) -> Sequence[str]:
    """Return why the panel's ticket was called; empty where it was never called."""
    if panel_ticket is None or panel_ticket.why is None:
        return []
    return sentence_texts(panel_ticket.why.sentences, request_translations())


def _scanned_ticket(page: ClerkPage) -> LookedUpTicket | None:
    """Return the ticket whose slip was scanned last, or None.

    It is None once a clerk has dealt with the ticket.
    """
    slips, counter = current_context().scanned_slips, page.counter.id
    ticket = page.looked_up.get(slips.ticket_at(counter, current_context().mono_s()) or "")
    return None if ticket is None or slips.is_dealt_with(counter, ticket.progress) else ticket


def _scan_problem(page: ClerkPage) -> str | None:
    """Return the sentence of the last scan's problem; None without one.

    The problem "no open ticket" ends when a ticket is open.
    """
    problem = current_context().scanned_slips.problem_at(page.counter.id, current_context().mono_s())
    if problem is None or (problem is ScanProblem.NO_OPEN and page.open is not None):
        return None
    return scan_problem_text(problem, request_translations())


def _openable_panel(
    panel: str | None, enabled: frozenset[PageCommand], panel_ticket: LookedUpTicket | None
) -> str | None:
    """Return ``panel`` if such a form exists and can be used now, else None."""
    if panel in _TICKET_PANELS:
        return panel if panel_ticket is not None else None
    panels = {action.value for action in enabled if ACTIONS[action].opens_panel or action is PageCommand.NO_SHOW}
    return panel if panel in panels else None


def _reasons() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the reasons to choose from, each as (text to record, text to show).

    The recorded text is always Vietnamese.
    """
    words, recorded = request_translations(), forms.VIETNAMESE
    void = [("void", words("clerk", "In thử"))]
    return {
        "pause": [(reason(recorded), reason(words)) for reason in PAUSE_REASONS],
        "hold": [(reason(recorded), reason(words)) for reason in HOLD_REASONS],
        "cancel": [*((reason(recorded), reason(words)) for reason in CANCEL_REASONS), *void],
    }


def _id_of(sign_in: SignedIn | None) -> str:
    return "" if sign_in is None else sign_in.id
