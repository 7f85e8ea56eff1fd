"""``/live`` and ``/version``: the live version of the pages, as a stream or for polling."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from server.web.shared.context import current_context
from server.web.shared.errors import Rejected
from server.web.shared.live import TooManyStreams
from server.web.shared.serving.caller import START_STREAM_KEY, caller_check
from server.web.shared.session_cookie import current_session, session_token
from server.wire.messages import ProblemCode

pages = Blueprint("stream", __name__)


@pages.get("/live")
def stream() -> Response:
    """Return the stream of version numbers, or 503 when all streams are in use.

    A person's stream ends within seconds after the session, and after the person has left the page.
    """
    live, may_read = current_context().live_version, _may_read()
    try:
        live.acquire_stream()
    except TooManyStreams:
        raise Rejected(ProblemCode.BUSY) from None
    request.environ[START_STREAM_KEY]()
    response = Response(live.events(may_read, caller_check()), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.call_on_close(live.release_stream)
    return response


def _may_read() -> Callable[[], bool]:
    """Return a function that returns whether the reader's session is still open.

    It is always true in a demonstration, which has no sessions. Raises ``unauthenticated`` for a device or a program.
    """
    access, token = current_context().access, session_token()
    if access is None:
        return lambda: True
    if token is None or current_session() is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    return lambda: access.sessions.find(token, is_use=False) is not None


@pages.get("/version")
def version() -> Response:
    """Return the current version, or 304 when the caller has it."""
    response = Response(current_context().live_version.version, mimetype="text/plain")
    response.set_etag(current_context().live_version.version)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
