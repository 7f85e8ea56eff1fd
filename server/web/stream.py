"""``/live`` and ``/version``: the version of :mod:`server.web.live` as a stream, or to be polled."""

from flask import Blueprint, Response, request

from server.web.errors import Rejected
from server.web.live import Full
from server.web.parts import parts
from server.web.waiting import STREAMS
from server.wire.messages import ProblemCode

pages = Blueprint("stream", __name__)


@pages.get("/live")
def stream() -> Response:
    """The stream of version numbers, or 503 when there are too many."""
    live = parts().live
    try:
        live.open()
    except Full:
        raise Rejected(ProblemCode.BUSY) from None
    request.environ[STREAMS]()
    response = Response(live.events(), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.call_on_close(live.leave)
    return response


@pages.get("/version")
def version() -> Response:
    """The present version, 304 when the caller has it."""
    response = Response(parts().live.version, mimetype="text/plain")
    response.set_etag(parts().live.version)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
