"""The application before an office is chosen: the set-up's pages, and nothing else."""

from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, redirect, request, url_for
from werkzeug.exceptions import HTTPException

from server.web.shared.errors import MEDIA_TYPE, RETRY_AFTER_S, Rejected
from server.web.shared.guard import SAFE_METHODS, guard
from server.web.shared.identity import configure_session_cookies
from server.web.shared.static_version import scripts_version
from server.web.shared.web_application import WebApplication
from server.web.staff.setup.context import SetupContext, add_setup
from server.web.staff.setup.pages import pages
from server.wire.client import API
from server.wire.messages import Problem, ProblemCode

MAX_BODY_BYTES = 2 * 1024 * 1024
"""The largest request body; an office file with its procedures has at most some 100 kB."""


def create_setup_app(context: SetupContext, key: bytes) -> Flask:
    """Return the application; ``key`` signs its cookies."""
    app = WebApplication()
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES)
    add_setup(app.extensions, context)
    configure_session_cookies(app, key)
    guard(app)
    app.jinja_env.globals["scripts_version"] = scripts_version(Path(__file__).parents[2] / "static" / "staff")
    app.before_request(_lead_to_setup)
    app.register_blueprint(pages)
    app.register_error_handler(Rejected, _refused)
    app.register_error_handler(HTTPException, _not_found)
    return app


def _lead_to_setup() -> Response | None:
    """Refuse the API as busy; lead every page to the set-up."""
    if request.path.startswith(f"{API}/"):
        refusal = Problem(
            title="", status=HTTPStatus.SERVICE_UNAVAILABLE, code=ProblemCode.BUSY, detail="The hall is not set up yet."
        )
        response = Response(refusal.model_dump_json(), refusal.status, mimetype=MEDIA_TYPE)
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response
    if request.endpoint == "static" or request.blueprint == pages.name or request.method not in SAFE_METHODS:
        return None
    target = redirect(url_for("setup.page"))
    return Response(target.get_data(), target.status, target.headers)


def _refused(error: Rejected) -> Response:
    return Response("\n".join(error.errors), error.status or HTTPStatus.FORBIDDEN, mimetype="text/plain")


def _not_found(error: HTTPException) -> Response:
    return Response(error.get_body(), error.code, error.get_headers())
