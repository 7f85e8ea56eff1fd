"""The picture of the logo, for browsers and stations: ``/logo/<name>.png``.

The name is that of the picture's content, so that a copy may be kept for ever.
"""

from flask import Blueprint, Response, current_app, url_for
from werkzeug.exceptions import NotFound

from config.logo import logo_of_text
from server.web.shared.context import current_context

pages = Blueprint("logo", __name__)


@pages.get("/logo/<name>.png")
def picture(name: str) -> Response:
    """Return the present logo. Raises 404 for another one, and without one."""
    with current_context().store.read() as snapshot:
        office = snapshot.office
    if office.logo is None or office.logo_id != name:
        raise NotFound
    response = Response(logo_of_text(office.logo), mimetype="image/png")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def logo_url(logo_id: str | None) -> str | None:
    """Return the address of the logo.

    None without one, and in an application that shows none.
    """
    if logo_id is None or "logo.picture" not in current_app.view_functions:
        return None
    return url_for("logo.picture", name=logo_id)
