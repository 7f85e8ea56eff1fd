"""The cookie of a signed-in person, and that of an enrolled browser. They hold random tokens only.

Over HTTPS their names begin with ``__Host-``: then the browser accepts them from this host only, over HTTPS only.
"""

from flask import after_this_request, current_app, g, request
from werkzeug.wrappers import Response

from server.access.device import Device
from server.access.sessions import Session
from server.web.shared.context import current_context
from server.wire.messages import DeviceKind

SESSION_COOKIE = "luot_session"
DEVICE_COOKIE = "luot_device"
SIGNED_OUT_HEADER = "Luot-Signed-Out"
"""The header of a response to a page whose session has ended: its script asks for a sign-in, and keeps the page."""
OPEN_ID_COOKIE = "luot_openid"
"""The secret of a sign-in that this browser has begun at the OpenID provider."""
SESSION_END_HOOKS = "luot_session_end_hooks"
"""The extension of an application with functions that take the token of a session that ends by a sign-out."""
_HOST_PREFIX = "__Host-"
_OWN_REFRESH = "live"
"""The id of the element whose requests a page sends by itself, as htmx names it in ``HX-Trigger``."""
_NO_USE = frozenset(
    {
        "stream.stream",
        "stream.version",
        "clerk.report_presence",
        "private_practice.report_presence",
        "assistance.strip_part",
    }
)
"""The endpoints that an open page calls by itself: they keep no session alive."""
OPEN_ID_COOKIE_LIFETIME_S = 600
DEVICE_COOKIE_LIFETIME_S = 400 * 24 * 3600


def cookie_name(name: str) -> str:
    """Return the name of a cookie over the connection of this request."""
    return f"{_HOST_PREFIX}{name}" if request.is_secure else name


def sends_token() -> bool:
    """Return whether the caller proves itself by a token in a header.

    Then no cookie of a person or an enrolled browser counts.
    """
    return "Authorization" in request.headers


def session_token() -> str | None:
    """Return the token of this browser's session cookie, or None."""
    return None if sends_token() else request.cookies.get(cookie_name(SESSION_COOKIE)) or None


def current_session() -> Session | None:
    """Return the session of this browser; None without one, and without accounts."""
    if "session_of_person" not in g:
        access, token = current_context().access, session_token()
        if access is None or token is None:
            g.session_of_person = None
        else:
            is_use = request.headers.get("HX-Trigger") != _OWN_REFRESH and request.endpoint not in _NO_USE
            g.session_of_person = access.sessions.find(token, is_use=is_use)
    session: Session | None = g.session_of_person
    return session


def store_session(token: str) -> None:
    """Send the cookie of a session with the response to this request."""
    g.pop("session_of_person", None)
    _send_cookie(SESSION_COOKIE, token, None)


def drop_session() -> None:
    """Remove the session's cookie and the browser's storage with this response.

    What the application keeps for the session ends too (``SESSION_END_HOOKS``).
    """
    for end_with_session in current_app.extensions.get(SESSION_END_HOOKS, ()):
        end_with_session(session_token() or "")
    g.pop("session_of_person", None)
    _send_cookie(SESSION_COOKIE, "", 0)

    @after_this_request
    def clear(response: Response) -> Response:
        response.headers["Clear-Site-Data"] = '"storage"'  # pages are never in the browser's cache (guard.py)
        return response


def store_device(token: str) -> None:
    """Send the cookie of an enrolled browser with the response to this request."""
    _send_cookie(DEVICE_COOKIE, token, DEVICE_COOKIE_LIFETIME_S)


def store_open_id_secret(secret: str) -> None:
    """Send the cookie of a sign-in at the provider.

    The browser sends it when it comes back from there.
    """
    _send_cookie(OPEN_ID_COOKIE, secret, OPEN_ID_COOKIE_LIFETIME_S, same_site="Lax")


def take_open_id_secret() -> str:
    """Return and remove the secret of this browser's sign-in at the provider.

    It is empty without one.
    """
    _send_cookie(OPEN_ID_COOKIE, "", 0, same_site="Lax")
    return request.cookies.get(cookie_name(OPEN_ID_COOKIE), "")


def enrolled_browser() -> Device | None:
    """Return the enrolled device that this browser is, or None."""
    access, token = current_context().access, request.cookies.get(cookie_name(DEVICE_COOKIE))
    if sends_token():
        return None
    device = None if access is None or not token else access.devices.find(token, request.remote_addr or "")
    return device if device is not None and device.kind is DeviceKind.BROWSER else None


def _send_cookie(name: str, value: str, lifetime_s: int | None, same_site: str = "Strict") -> None:
    """Send a cookie for this host.

    ``lifetime_s`` None: until the browser is closed.
    """
    full_name, secure = cookie_name(name), request.is_secure

    @after_this_request
    def send(response: Response) -> Response:
        response.set_cookie(
            full_name, value, max_age=lifetime_s, path="/", secure=secure, httponly=True, samesite=same_site
        )
        return response
