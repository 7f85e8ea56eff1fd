"""Checks of requests to the virtual hall's page, and its error responses.

The page accepts requests only from a browser or a program on this machine: the ``Host`` must be a loopback name, and a
request that changes something must be JSON and must not come from another site's page.
"""

import logging
from collections.abc import Collection
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from config.words import LANGUAGES, Words, words
from server.hall.virtual.control_clients import ControlError

log = logging.getLogger("hall")

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


class HttpError(Exception):
    """A request is refused with ``status``; ``reason`` is a sentence for a person."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def refuse_foreign_requests() -> None:
    """Raise :class:`HttpError` for a request from another machine or another site."""
    host, _, _ = request.host.rpartition(":") if request.host.rpartition(":")[2].isdigit() else (request.host, "", "")
    if host not in LOOPBACK_HOSTS:
        raise HttpError(403, f"Host {request.host!r} is not this machine")
    if request.method in ("GET", "HEAD"):
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in ("same-origin", "none") or origin not in (None, f"http://{request.host}"):
        raise HttpError(403, "another site's page may not do this")
    if not request.is_json:
        raise HttpError(415, "the body must be JSON")


def add_headers(response: Response) -> Response:
    """Add the security headers; a response without a caching rule is not cached."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def reader_words() -> Words:
    """Return the words of the language that the request names, else Vietnamese."""
    language = request.args.get("lang", "vi")
    return words(language if language in LANGUAGES else "vi")


def json_body(**types: type | tuple[type, ...]) -> dict[str, Any]:
    """Return the JSON body with exactly the names and types of ``types``. Raises :class:`HttpError`."""
    try:
        body = request.get_json()
    except HTTPException as error:
        raise HttpError(400, "the body is not JSON") from error
    if not isinstance(body, dict) or set(body) != set(types):
        raise HttpError(400, f"the body must have: {', '.join(types) or 'nothing'}")
    for name, wanted_type in types.items():
        if not isinstance(body[name], wanted_type) or (isinstance(body[name], bool) and wanted_type is not bool):
            raise HttpError(400, f"{name} = {body[name]!r} is of the wrong kind")
    return body


def body_has(name: str) -> bool:
    """Return whether the JSON body has a field ``name``."""
    return request.is_json and name in (request.get_json(silent=True) or {})


def require_one_of(value: str, allowed: Collection[str]) -> None:
    """Raise :class:`HttpError` when ``value`` is not one of ``allowed``."""
    if value not in allowed:
        raise HttpError(404, f"{value!r} is not known here")


def http_error(error: HttpError) -> tuple[Response, int]:
    """Answer a refused request."""
    reason = reader_words()("virtual", "Chưa làm được: {reason}", reason=error.reason)
    return jsonify({"detail": reason}), error.status


def control_error(error: ControlError) -> tuple[Response, int]:
    """Answer with the control port's status, or 502 if it did not answer."""
    log.log(logging.DEBUG if error.status == 409 else logging.INFO, "%s", error)
    w = reader_words()
    reason = w("virtual", "Chưa làm được: {reason}", reason=w("virtual", "thiết bị không trả lời"))
    return jsonify({"detail": reason}), 502 if error.status is None else error.status


def done() -> tuple[str, int]:
    """Answer a request that was carried out."""
    return "", 204
