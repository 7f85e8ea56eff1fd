"""The routes of the visitors' pages: a visitor's own number, and the hall today."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from config.address import address_group
from config.clock import Now
from config.words import LANGUAGES, Words, words
from server import commands, views
from server.commands import Actor, Role
from server.store import Snapshot, Tx
from server.views import VisitorTicket
from server.web.shared.context import current_context
from server.web.shared.formatting import Formatter
from server.web.shared.identity import preferred_language
from server.web.shared.logo import logo_url
from server.web.visitors.rate_limit import limits, too_many
from server.web.visitors.texts import ACTIVE_STATES, STEPS, UNDO, VisitorStep, hall_page_values, ticket_page_values
from server.wire.messages import MoveTicket, UndoMove

REFRESH_S = 15
"""The interval of a page's refreshes."""
MIN_READING_MS = 600
"""A confirmation that arrives sooner after its page was rendered is ignored."""

pages = Blueprint("visitor", __name__)


@pages.get("/v/<token>")
def ticket(token: str) -> str:
    """Show the current state of the visitor's number."""
    with current_context().store.read() as snapshot:
        visitor_ticket, zone = _find_ticket(snapshot, token), snapshot.office.zone.key
        return render_page(
            "ticket.html",
            refresh=visitor_ticket.state.value in ACTIVE_STATES,
            **ticket_page_values(
                visitor_ticket, page_translations(), zone, lambda step: localized_url(f"/v/{token}/{step}")
            ),
        )


@pages.get("/v/<token>/<step>")
def confirm_step(token: str, step: str) -> str:
    """Ask the visitor to confirm a step."""
    with current_context().store.read() as snapshot:
        visitor_ticket = _find_ticket(snapshot, token)
        visitor_step, translations = _step(step), page_translations()
        return render_page(
            "confirm.html",
            number=visitor_ticket.ticket.number,
            question=visitor_step.question(translations, visitor_ticket),
            yes=visitor_step.yes(translations),
            no=visitor_step.no(translations),
            back=localized_url(f"/v/{token}"),
            request_id=current_context().new_id(),
            page_version=visitor_ticket.page_version,
            at_ms=_mono_ms(),
        )


@pages.post("/v/<token>/<step>")
def run_step(token: str, step: str) -> Response:
    """Run a confirmed step; a repeated request has no further effect.

    Refused when the ticket has changed since the question was rendered. A press that arrives within
    ``MIN_READING_MS`` is the second tap of a double tap, so the question is shown again.
    """
    with current_context().store.read() as snapshot:
        visitor_ticket = _find_ticket(snapshot, token)
    visitor_step, request_id, page_version = _step(step), request.form.get("request_id", ""), request.form.get("drawn")
    if _mono_ms() - _rendered_at_ms() < MIN_READING_MS:
        return redirect(localized_url(f"/v/{token}/{step}"), 303)
    ticket_id = visitor_ticket.ticket.id
    actor, run = Actor(Role.VISITOR, ticket_id), _command(visitor_step, visitor_ticket, request_id)

    def work(tx: Tx, now: Now) -> None:
        if page_version is not None:
            commands.check_ticket(tx, actor, request_id, ticket_id, page_version)
        run(tx, actor, now)

    current_context().writer.ask(work)
    return redirect(localized_url(f"/v/{token}"), 303)


def _command(step: VisitorStep, visitor_ticket: VisitorTicket, request_id: str) -> Callable[[Tx, Actor, Now], object]:
    """Return the command of a step: a move, or its undoing."""
    ticket_id = visitor_ticket.ticket.id
    if step.move == UNDO:
        undo = UndoMove(request_id=request_id, seq=visitor_ticket.undo_seq)
        return lambda tx, actor, now: commands.undo_move(tx, actor, now, ticket_id, undo)
    body = MoveTicket(request_id=request_id, move=step.move)
    return lambda tx, actor, now: commands.move_ticket(tx, actor, now, ticket_id, body)


@pages.get("/")
def hall() -> str:
    """Show the hall today: waiting counts, and the numbers called last."""
    pictures = current_context().pictures
    return render_page(
        "public.html", refresh=True, **hall_page_values(pictures.office, pictures.board, page_translations())
    )


def _mono_ms() -> int:
    return round(current_context().mono_s() * 1000)


def _rendered_at_ms() -> int:
    """Return when the question was rendered, in ms of this server's monotonic clock.

    A form without that time counts as old enough.
    """
    text = request.form.get("at_ms", "")
    return int(text) if text.isascii() and text.isdecimal() else -MIN_READING_MS


def _find_ticket(snapshot: Snapshot, token: str) -> VisitorTicket:
    """Return the ticket of a token. Raises ``NotFound`` for a wrong or expired one."""
    visitor_ticket = views.visitor_ticket(snapshot, token)
    if visitor_ticket is None:
        # Only wrong links have a strict limit: all phones of a hall may share one address.
        if wait_s := limits().wrong_links.take(address_group(request.remote_addr or "")):
            raise too_many(wait_s)
        raise NotFound
    return visitor_ticket


def _step(name: str) -> VisitorStep:
    if name not in STEPS:
        raise NotFound
    return STEPS[name]


def page_translations() -> Words:
    """Return the texts in the language of ``?lang=``, else of the browser."""
    language = request.args.get("lang")
    return words(language if language in LANGUAGES else preferred_language())


def localized_url(path: str) -> str:
    """Return ``path`` with the ``?lang=`` of this request, if it has one."""
    language = request.args.get("lang")
    return f"{path}?{urlencode({'lang': language})}" if language in LANGUAGES else path


def render_page(template: str, *, refresh: bool = False, **values: Any) -> str:
    """Render a visitors' page; with ``refresh`` it is reloaded every ``REFRESH_S`` seconds."""
    context, translations = current_context(), page_translations()
    office, now_ms = context.pictures.office, context.now().wall_ms
    return render_template(
        f"visitor/{template}",
        words=translations,
        languages=LANGUAGES,
        office_name=translations.pick(office.name),
        one_stop=office.one_stop,
        address=office.address,
        logo_url=logo_url(office.logo),
        demo=office.mode == "demo",
        practice=office.mode == "practice",
        refresh_s=REFRESH_S if refresh else None,
        time=Formatter(translations, office.zone).time(now_ms),
        notices=[
            translations.pick(notice.text) for notice in office.notices if notice.on_phone and notice.is_current(now_ms)
        ],
        **values,
    )
