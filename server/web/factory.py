"""The staff's application: API, live version and pages, with what guards all of them.

It listens on loopback only, so the danger is a page of another site in a browser of this machine: the ``Host``
must be this machine (DNS rebinding), and whatever changes something must come from our own pages or from no
page at all (stations).
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from config.address import is_loopback
from server.web import clerk, health_page, manager, stream
from server.web.api import ENDPOINTS
from server.web.endpoint import problem_answer, reader, refuse, register, say_when
from server.web.errors import KNOWN, Rejected, problem
from server.web.identity import keep_cookies, words_here
from server.web.parts import Parts, parts
from server.wire.client import API
from server.wire.messages import ProblemCode

LARGEST_BODY = 64 * 1024
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE = frozenset({"same-origin", "none"})
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""``style`` attributes are allowed for the bars of charts; scripts only as files. With "no-referrer" our own forms
would come from the origin "null"."""


def create_app(parts: Parts, key: bytes) -> Flask:
    """The application; ``key`` signs its cookies."""
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_BODY)
    app.extensions["luot"] = parts
    keep_cookies(app, key)
    guard(app)
    app.before_request(_note_version)
    api = Blueprint("api", __name__, url_prefix=API)
    for endpoint in ENDPOINTS:
        register(api, endpoint)
    app.register_blueprint(api)
    for pages in (stream.pages, clerk.pages, manager.pages, health_page.pages):
        app.register_blueprint(pages)
    for kind in KNOWN:
        app.register_error_handler(kind, _refused)
    return app


def guard(app: Flask) -> None:
    """What every application of ours checks and says, the visitors' too."""
    app.before_request(_check_host)
    app.before_request(_check_site)
    app.after_request(_add_headers)


def _note_version() -> None:
    """Before anything is read for the page: what changes from now on has another version."""
    g.version = parts().live.version


def _check_host() -> None:
    host = urlsplit(f"//{request.host}").hostname or ""
    if not is_loopback(host):
        raise Rejected(ProblemCode.FORBIDDEN, errors=[f"Host {host!r} is not this machine"])


def _check_site() -> None:
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in OWN_SITE:
        raise Rejected(ProblemCode.FORBIDDEN, errors=[f"sent by a page of another site ({site})"])
    if origin is not None and origin.partition("://")[2] != request.host:
        raise Rejected(ProblemCode.FORBIDDEN, errors=[f"sent by a page of {origin}"])


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _refused(error: Exception) -> Response:
    """A problem document for the API, a page in words for people."""
    if request.path.startswith(f"{API}/"):
        return refuse(error)
    if isinstance(error, HTTPException) and error.code is not None and error.code < HTTPStatus.BAD_REQUEST:
        return Response(error.get_body(), error.code, error.get_headers())  # a redirect of Flask's own
    found = problem(error, reader(words_here()))
    if request.accept_mimetypes.best == "application/json":
        return problem_answer(found)
    page = render_template("problem.html", problem=found, words=words_here())
    return say_when(Response(page, found.status, mimetype="text/html"))
