"""The page of the access log: the newest events first, page by page."""

from flask import Blueprint, render_template, request

from server.access.access_log import PAGE_ROWS
from server.web.shared.identity import request_translations
from server.web.staff.admin import access_events
from server.web.staff.admin.layout import admin_values, required_access

pages = Blueprint("access_log", __name__, url_prefix="/admin/log")


@pages.get("")
def page() -> str:
    """Show a page of events. ``?before=``: older than this one; ``?subject=``: of one person or device."""
    access, words = required_access(), request_translations()
    subject = request.args.get("subject") or None
    events = access.log.page(request.args.get("before", type=int), rows=PAGE_ROWS + 1, subject=subject)
    person = None if subject is None else access.people.get(subject)
    shown = events[:PAGE_ROWS]
    return render_template(
        "staff/admin/access_log.html",
        **admin_values("access_log"),
        events=access_events.rows(words, shown, access),
        older=shown[-1].id if len(events) > PAGE_ROWS else None,
        is_newest="before" not in request.args,
        subject=subject,
        subject_name=subject if person is None else person.name,
    )
