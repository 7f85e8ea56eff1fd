"""The application of one private practice: the clerk's page on its hall, below ``/practice/hall``.

It has its own cookie with its own key, and no page or call of the real hall. The browser, too, lets its pages send
nothing to another address (``Content-Security-Policy``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Flask, Response, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from server.access.tokens import new_token
from server.domain.facts import FactKind
from server.web.api.endpoint import error_text_context
from server.web.shared.context import current_context
from server.web.shared.errors import HANDLED_ERRORS, Rejected, problem
from server.web.shared.identity import configure_session_cookies, request_translations, store_sign_in
from server.web.shared.phrases import MOVES, Phrase
from server.web.shared.web_application import WebApplication
from server.web.staff.assistance.strip import StaffStrip
from server.web.staff.clerk import pages as clerk
from server.web.staff.practice.hall import PracticeHall
from server.wire.messages import ProblemCode

PREFIX = "/practice/hall"
"""The address of the practice's pages; the application itself sees the rest."""
START_PAGE = "/practice"
COOKIE = "luot_practice"
_HALL = "luot_practice_hall"
REAL_STRIP = "luot.real_strip"
"""The key of the request's environment with the strip of the real hall, or None; the practice only shows it."""
REAL_PAGE = "/"
"""The start page of the staff, which leads to the person's own."""

entry = Blueprint("practice_entry", __name__)


@entry.get("/enter")
def enter() -> WerkzeugResponse:
    """Sign the person in at the practised counter, and show its page."""
    hall = current_hall()
    store_sign_in(hall.counter, hall.trainee.id)
    return redirect(url_for("clerk.counter_page", counter=hall.counter), HTTPStatus.SEE_OTHER)


def make_application(hall: PracticeHall) -> Flask:
    """Return the application of a practice, called in a request of the staff's application."""
    app = WebApplication()
    app.extensions["luot"], app.extensions[_HALL] = hall.context, hall
    configure_session_cookies(app, new_token().encode())
    app.config.update(SESSION_COOKIE_NAME=COOKIE)
    _share_templates(app, current_app)
    app.before_request(_lead_to_start)
    app.before_request(_store_version)
    app.after_request(_bind_to_practice)
    app.context_processor(lambda: _band_values(hall))
    app.register_blueprint(clerk.pages)
    app.register_blueprint(entry)
    app.url_build_error_handlers.append(lambda error, endpoint, values: START_PAGE)
    for kind in HANDLED_ERRORS:
        app.register_error_handler(kind, _refused)
    return app


@dataclass(frozen=True, slots=True)
class Invite:
    """Something to try. ``is_done``: the person has done it in this practice."""

    text: str
    is_done: bool


_INVITES: Sequence[tuple[Phrase, frozenset[FactKind]]] = (
    (MOVES["call"], frozenset({FactKind.CALLED})),
    (MOVES["start"], frozenset({FactKind.STARTED})),
    (MOVES["finish"], frozenset({FactKind.FINISHED, FactKind.SENT_ON})),
    (MOVES["recall"], frozenset({FactKind.RECALLED})),
    (MOVES["no_show"], frozenset({FactKind.MISSED})),
    (MOVES["hold"], frozenset({FactKind.HELD})),
    (MOVES["transfer"], frozenset({FactKind.TRANSFERRED})),
)
"""What a clerk is invited to try, with the facts that show that it was done."""


def _band_values(hall: PracticeHall) -> dict[str, object]:
    """Return the variables of the mark that all pages of a practice have."""
    words, done = request_translations(), hall.done
    invites = [Invite(text(words), bool(kinds & done)) for text, kinds in _INVITES]
    strip: StaffStrip | None = request.environ.get(REAL_STRIP)
    return {
        "private_practice": True,
        "invites": invites,
        "practised_counter": hall.counter,
        "real_items": () if strip is None else strip.items,
        "real_page": REAL_PAGE,
    }


def _share_templates(app: Flask, staff: Flask) -> None:
    """Give the templates what the staff's application has added, such as filters."""
    own, added = app.jinja_env, staff.jinja_env
    own.filters.update(added.filters)
    own.globals.update({name: value for name, value in added.globals.items() if name not in own.globals})


def current_hall() -> PracticeHall:
    """Return the hall of the practice that handles this request."""
    hall: PracticeHall = current_app.extensions[_HALL]
    return hall


def _lead_to_start() -> WerkzeugResponse | None:
    """Lead from the sign-in page, which a practice has not, to the start page."""
    return redirect(START_PAGE) if request.endpoint == "clerk.sign_in_page" else None


def _store_version() -> None:
    g.live_version = current_context().live_version.version


def _bind_to_practice(response: Response) -> Response:
    """Let the browser send nothing from this page to the real hall."""
    own = f"{request.host}/practice"
    policy = (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none';"
        f" base-uri 'none'; frame-ancestors 'none'; form-action {own}/;"
        f" connect-src {own} {own}/ {request.host}/version {request.host}/live"
    )
    response.headers["Content-Security-Policy"] = policy
    return response


def _refused(error: Exception) -> WerkzeugResponse:
    """Return a page with the sentence of a refusal.

    Sign in again where only the practice's cookie is missing.
    """
    if isinstance(error, Rejected) and error.code is ProblemCode.UNAUTHENTICATED:
        return redirect(url_for("practice_entry.enter"), HTTPStatus.SEE_OTHER)
    refusal = problem(error, error_text_context(request_translations()))
    page = render_template(
        "problem.html", problem=refusal, words=request_translations(), reload_s=None, back=START_PAGE
    )
    return Response(page, refusal.status, mimetype="text/html")
