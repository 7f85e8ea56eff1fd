"""The browsers that may open the hall's display, and report what it showed.

The display has numbers that everybody in the hall sees. The box's own browser may open it without a sign-in; so may an
enrolled browser, and any person who may see the board. Only a browser that stands in the hall reports: a person who
is signed in elsewhere just looks.
"""

from flask import request

from config.address import is_loopback
from server.domain.actor import Actor
from server.domain.permissions import Action, Role, device_permissions
from server.web.shared.callers import current_caller
from server.web.shared.identity import has_accounts
from server.web.shared.session_cookie import current_session, enrolled_browser, sends_token

BOX_DISPLAY = "browser-display"
"""The station as which a browser of the box reports calls."""
_FORWARDED = ("Forwarded", "X-Forwarded-For")
"""A proxy on the box adds them: such a request comes from another machine."""


def may_open_display() -> bool:
    """Return whether the caller may see the display. Raises ``unauthenticated`` for nobody known."""
    return display_reporter() is not None or current_caller().may(Action.SEE_BOARD)


def display_reporter() -> Actor | None:
    """Return the display as the actor of its reports.

    None for a caller that may only look.
    """
    if sends_token():
        return None
    only = device_permissions("browser")
    if not has_accounts() or _is_on_the_box():
        return Actor(Role.STATION, BOX_DISPLAY, BOX_DISPLAY, only=only)
    device = enrolled_browser()
    if device is None or current_session() is not None:
        return None
    return Actor(Role.STATION, device.id, device.id, only=only)


def _is_on_the_box() -> bool:
    return is_loopback(request.remote_addr or "") and not any(name in request.headers for name in _FORWARDED)
