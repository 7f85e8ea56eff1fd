"""Write refused actions to the access log, at most some a minute.

An attacker must not fill the log.
"""

import logging
import threading
from collections.abc import Callable
from http import HTTPStatus

from flask import Response, current_app, request

from server.access.database import AccessEvent
from server.store import DatabaseError
from server.web.shared.callers import known_caller
from server.web.shared.context import current_context

log = logging.getLogger(__name__)

MOST_A_MINUTE = 20
_MINUTE_S = 60.0
EXTENSION = "luot_refused_actions"


class RefusalBudget:
    """Counts the refusals of the current minute; threads may share it. ``mono_s``: the monotonic clock."""

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self._mono_s = mono_s
        self._lock = threading.Lock()
        self._since_s, self._written = mono_s(), 0

    def take(self) -> bool:
        """Return whether one more refusal may be written."""
        with self._lock:
            now_s = self._mono_s()
            if now_s - self._since_s >= _MINUTE_S:
                self._since_s, self._written = now_s, 0
            self._written += 1
            return self._written <= MOST_A_MINUTE


def log_refused_action(response: Response) -> Response:
    """Write the request to the access log if its caller was forbidden to do it."""
    if response.status_code != HTTPStatus.FORBIDDEN:
        return response
    access, caller = current_context().access, known_caller()
    if access is None or caller is None:
        return response
    budget: RefusalBudget = current_app.extensions[EXTENSION]
    if not budget.take():
        return response
    try:
        access.log.add(
            AccessEvent.ACTION_REFUSED,
            actor=caller.id,
            subject=request.endpoint or "",
            address=request.remote_addr or "",
            proof=caller.kind.value,
            method=request.method,
        )
    except DatabaseError as error:  # a full disk must not change the answer
        log.warning("a refused action was not written to the access log: %s", error)
    return response
