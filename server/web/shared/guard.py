"""Checks of requests and headers of responses, for every application.

The server listens on loopback only, so the danger is a page of another site in a browser on this machine. Hence
the ``Host`` must be this machine (DNS rebinding), and a request that changes something must come from our own pages
or from a program without an origin (stations).
"""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from config.address import is_loopback
from server.web.shared.errors import Rejected
from server.wire.messages import ProblemCode

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE_VALUES = frozenset({"same-origin", "none"})
"""Values of ``Sec-Fetch-Site`` for a request by our own page, or by the person (a typed address)."""
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""``style`` attributes are allowed for the bars of charts; scripts only as files. With "no-referrer" our own forms
would be sent with the origin "null"."""


def guard(app: Flask) -> None:
    """Make ``app`` check each request's host and origin, and send security headers."""
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.after_request(_add_headers)


def _check_host() -> None:
    host = urlsplit(f"//{request.host}").hostname or ""
    if not is_loopback(host):
        raise Rejected(ProblemCode.FORBIDDEN, errors=[f"Host {host!r} is not this machine"])


def _check_origin() -> None:
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in OWN_SITE_VALUES:
        raise Rejected(ProblemCode.FORBIDDEN, errors=[f"sent by a page of another site ({site})"])
    if origin is not None and origin.partition("://")[2] != request.host:
        raise Rejected(ProblemCode.FORBIDDEN, errors=[f"sent by a page of {origin}"])


def _add_headers(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
