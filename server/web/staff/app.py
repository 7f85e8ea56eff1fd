"""The staff's application: API, live version and pages."""

from http import HTTPStatus
from pathlib import Path
from random import Random

from flask import Blueprint, Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from server.domain.office import in_groups
from server.web.api.endpoint import add_retry_after, error_response, error_text_context, problem_response, register
from server.web.api.table import ENDPOINTS
from server.web.shared import logo
from server.web.shared.context import AppContext, current_context
from server.web.shared.errors import HANDLED_ERRORS, RETRY_AFTER_S, Rejected, problem
from server.web.shared.guard import SAFE_METHODS, guard
from server.web.shared.identity import configure_session_cookies, has_accounts, request_translations
from server.web.shared.refused_actions import EXTENSION, RefusalBudget, log_refused_action
from server.web.shared.session_cookie import SESSION_END_HOOKS, current_session
from server.web.shared.static_version import scripts_version
from server.web.shared.view_permissions import check_caller, check_every_view_has_a_rule
from server.web.shared.web_application import WebApplication
from server.web.staff import live_stream as stream
from server.web.staff import trust
from server.web.staff.account import my_account, openid, this_browser
from server.web.staff.account import sign_in as account
from server.web.staff.account.sign_in import ask_to_sign_in
from server.web.staff.admin import access_log, devices, network, people, programs, roles
from server.web.staff.admin.office import office_pages
from server.web.staff.assistance import pages as assistance
from server.web.staff.clerk import pages as clerk
from server.web.staff.hall_display import pages as hall_display
from server.web.staff.health import pages as health_page
from server.web.staff.manager import hall_actions, practice
from server.web.staff.manager import pages as manager
from server.web.staff.practice import pages as private_practice
from server.web.staff.practice.application import make_application
from server.web.staff.practice.halls import EXTENSION as PRACTICE_HALLS
from server.web.staff.practice.halls import PracticeHalls
from server.web.staff.ready import pages as ready_page
from server.web.staff.setup import pages as setup_pages
from server.web.staff.setup.context import SetupContext, add_setup
from server.wire.client import API
from server.wire.messages import ProblemCode

EVERYBODYS_PAGES = (logo.pages, stream.pages, trust.pages, hall_display.pages, health_page.pages, ready_page.pages)
MANAGERS_PAGES = (manager.pages, hall_actions.pages, practice.pages, assistance.pages)
ACCOUNT_PAGES = (
    account.pages,
    openid.pages,
    my_account.pages,
    people.pages,
    roles.pages,
    office_pages,
    devices.pages,
    this_browser.pages,
    programs.pages,
    network.pages,
    access_log.pages,
)
"""The pages of halls with accounts; a demonstration has none, so they are not found there."""
PRACTICE_SEED = 901
"""The invented visitors of the private practices are the same after each start."""
MAX_BODY_BYTES = 64 * 1024
"""The largest request body; forms and API calls have at most a few kB."""


def create_app(context: AppContext, key: bytes, setup: SetupContext | None = None) -> Flask:
    """Return the application; ``key`` signs its cookies. ``setup``: None without the pages of the first set-up."""
    app = WebApplication()
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES)
    app.extensions["luot"] = context
    configure_session_cookies(app, key)
    guard(app)
    app.jinja_env.globals["scripts_version"] = scripts_version(Path(__file__).parents[1] / "static" / "staff")
    app.jinja_env.filters["in_groups"] = in_groups
    app.extensions[EXTENSION] = RefusalBudget(context.mono_s)
    app.extensions[PRACTICE_HALLS] = halls = PracticeHalls(context, Random(PRACTICE_SEED).random, make_application)
    app.extensions[SESSION_END_HOOKS] = (halls.drop,)
    app.after_request(log_refused_action)
    if setup is not None:
        add_setup(app.extensions, setup)
        if context.access is not None:
            app.before_request(setup_pages.lead_to_setup)
    app.before_request(_store_version)
    app.before_request(check_caller)
    api = Blueprint("api", __name__, url_prefix=API)
    for endpoint in ENDPOINTS:
        register(api, endpoint)
    app.register_blueprint(api)
    for pages in (*EVERYBODYS_PAGES, clerk.pages, private_practice.pages, *MANAGERS_PAGES, *ACCOUNT_PAGES):
        app.register_blueprint(pages)
    if setup is not None:
        app.register_blueprint(setup_pages.pages)
    check_every_view_has_a_rule(app)
    for kind in HANDLED_ERRORS:
        app.register_error_handler(kind, _refused)
    return app


def _store_version() -> None:
    """Store the version before the page's content is read.

    Any later change then has another version, and the page refreshes.
    """
    g.live_version = current_context().live_version.version


def _is_signed_out(error: Exception) -> bool:
    """Return whether a page was refused because its session has ended."""
    is_refused = isinstance(error, Rejected) and error.code is ProblemCode.UNAUTHENTICATED
    return is_refused and has_accounts() and current_session() is None


def _refused(error: Exception) -> WerkzeugResponse:
    """Return a problem document to the API's callers, a page with the sentence to browsers."""
    if request.path.startswith(f"{API}/"):
        return error_response(error)
    if isinstance(error, HTTPException) and error.code is not None and error.code < HTTPStatus.BAD_REQUEST:
        return Response(error.get_body(), error.code, error.get_headers())  # a redirect by Flask
    if _is_signed_out(error):
        return ask_to_sign_in()
    refusal = problem(error, error_text_context(request_translations()))
    if request.accept_mimetypes.best == "application/json":
        return problem_response(refusal)
    can_reload = request.method in SAFE_METHODS and refusal.status == HTTPStatus.SERVICE_UNAVAILABLE
    page = render_template(
        "problem.html",
        problem=refusal,
        words=request_translations(),
        reload_s=RETRY_AFTER_S if can_reload else None,
        back="/",
    )
    return add_retry_after(Response(page, refusal.status, mimetype="text/html"))
