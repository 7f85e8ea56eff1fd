"""The visitors' application: the page of a visitor's own number, and the hall today.

The QR code on the slip has the link to the number's page. The application has no cookies and stores no names.

It has a port of its own, because phones do not trust a local certificate, and visitors must not reach the staff's
pages. The response to a wrong link equals that to an expired one, and the number of wrong links is limited.
"""

from http import HTTPStatus

from flask import Flask, Response, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from config.address import address_group
from server.domain.errors import Refused
from server.web.shared import logo
from server.web.shared.context import AppContext, current_context
from server.web.shared.errors import HANDLED_ERRORS, RETRY_AFTER_S, ErrorTextContext, problem
from server.web.shared.guard import SAFE_METHODS, guard
from server.web.shared.web_application import WebApplication
from server.web.visitors.pages import localized_url, page_translations, pages, render_page
from server.web.visitors.rate_limit import RateLimit, VisitorLimits, limits, too_many
from server.wire.messages import ProblemCode


def create_visitor_app(context: AppContext, requests_per_s: float = 40) -> Flask:
    """Return the Flask application of the visitors' pages.

    ``requests_per_s``: the most requests per second from one address; a burst may have ten times as many.
    """
    app = WebApplication(static_folder="static/visitor")
    app.config.update(MAX_CONTENT_LENGTH=4096)
    app.extensions["luot"] = context
    app.extensions["limits"] = VisitorLimits(
        all_requests=RateLimit(burst=round(requests_per_s * 10), per_s=requests_per_s, mono_s=context.mono_s),
        wrong_links=RateLimit(burst=20, per_s=1 / 3, mono_s=context.mono_s),
    )
    guard(app)
    app.before_request(_limit_requests)
    app.register_blueprint(pages)
    app.register_blueprint(logo.pages)
    for kind in HANDLED_ERRORS:
        app.register_error_handler(kind, _refused)
    return app


def _limit_requests() -> None:
    if wait_s := limits().all_requests.take(address_group(request.remote_addr or "")):
        raise too_many(wait_s)


def _refused(error: Exception) -> Response:
    """Return a page with the sentence of the error."""
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return Response(error.get_body(), error.code, error.get_headers())
    words, context = page_translations(), current_context()
    refusal = problem(error, ErrorTextContext(words, context.pictures.office, context.now().wall_ms))
    text = refusal.detail
    if refusal.code is ProblemCode.NOT_FOUND:
        text = words("visitor", "Đường dẫn không đúng hoặc đã hết hiệu lực.")
    back = localized_url(request.path.rpartition("/")[0]) if isinstance(error, Refused | ValidationError) else ""
    is_unavailable = refusal.status == HTTPStatus.SERVICE_UNAVAILABLE  # a page then loads itself again
    page = render_page("message.html", refresh=is_unavailable and request.method in SAFE_METHODS, text=text, back=back)
    response = Response(page, refusal.status, mimetype="text/html")
    if refusal.code is ProblemCode.TOO_MANY:
        response.headers["Retry-After"] = "5"
    elif is_unavailable:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response
