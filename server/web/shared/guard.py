"""Checks of requests and headers of responses, for every application.

A page of another site in a browser of the hall may send requests here. Hence the ``Host`` must be a name of this box
(DNS rebinding), and a request that changes something must come from our own pages, not from plain HTTP to HTTPS, or
from a program without an origin (stations).
"""

from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request

from config.address import is_loopback
from server.network.hall_network import HallNetwork
from server.web.shared.context import AppContext
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


STRICT_TRANSPORT = "max-age=31536000"
"""A browser then uses HTTPS only, for a year; see ``HallNetwork.has_strict_transport``."""


def guard(app: Flask) -> None:
    """Make ``app`` check each request's host and origin, and send security headers."""
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.after_request(_add_headers)


def _check_host() -> None:
    host = _host()
    if not is_own_host(_network(), host, request.remote_addr):
        raise Rejected(ProblemCode.FORBIDDEN, errors=[f"Host {host!r} is not this machine"])


def is_own_host(network: HallNetwork | None, host: str, caller: str | None) -> bool:
    """Return whether ``host`` is this box; loopback is so only for a ``caller`` on it.

    ``caller`` is None without a network.
    """
    if is_loopback(host):
        return caller is None or is_loopback(caller)
    return network is not None and network.covers(host)


def _network() -> HallNetwork | None:
    """Return the hall's network; None on loopback only, and before there is a hall."""
    context: AppContext | None = current_app.extensions.get("luot")
    return None if context is None else context.network


def _host() -> str:
    """Return the host of the request without its port; empty if unreadable."""
    return _without_port(request.host)


@lru_cache(maxsize=256)
def _without_port(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _check_origin() -> None:
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in OWN_SITE_VALUES:
        raise Rejected(ProblemCode.FORBIDDEN, errors=[f"sent by a page of another site ({site})"])
    if origin is not None and origin not in _own_origins():
        raise Rejected(ProblemCode.FORBIDDEN, errors=[f"sent by a page of {origin}"])


def _own_origins() -> set[str]:
    """Return the origins of our pages at the host of this request.

    A page that came by plain HTTP may be anybody's; a proxy in front of plain HTTP may speak HTTPS.
    """
    host = request.host
    return {f"https://{host}"} if request.is_secure else {f"https://{host}", f"http://{host}"}


def _add_headers(response: Response) -> Response:
    headers = response.headers
    present = {name.lower() for name, _ in headers}
    headers.extend((name, value) for name, value in SECURITY_HEADERS.items() if name.lower() not in present)
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        network = _network()
        if network is not None and network.has_strict_transport(_host()):
            response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    return response
