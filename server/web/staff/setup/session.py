"""The administrator's session during the set-up."""

from server.access.access import Access
from server.access.person import Person
from server.web.shared.session_cookie import session_token


def browser_person(access: Access) -> Person | None:
    """Return the person who is signed in at this browser."""
    token = session_token()
    session = None if token is None else access.sessions.find(token)
    return None if session is None else session.person
