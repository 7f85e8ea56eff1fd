"""Template variables that the administrator's pages and the page of one's own account share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import current_app, request
from werkzeug.exceptions import NotFound

from config.words import LANGUAGES, Words
from server.access.access import Access
from server.domain.permissions import Action
from server.web.shared.callers import Caller, current_caller, require
from server.web.shared.context import current_context
from server.web.shared.formatting import Formatter
from server.web.shared.identity import has_accounts, pop_note, request_translations, store_language
from server.web.staff.layout import layout_values

NOTES = "admin"
"""The key of the notes of these pages."""


@dataclass(frozen=True, slots=True)
class AdminTab:
    """One of the pages in the head. ``endpoint``: the name of its view; hidden while the application has no such.

    ``needs_accounts``: a demonstration does not have it.
    """

    key: str
    endpoint: str
    action: Action
    name: Callable[[Words], str]
    needs_accounts: bool = True


TABS: Sequence[AdminTab] = (
    AdminTab("people", "people.page", Action.SEE_ADMINISTRATION, lambda words: words("admin", "Người dùng")),
    AdminTab(
        "office",
        "office.page",
        Action.SEE_ADMINISTRATION,
        lambda words: words("admin", "Cơ quan"),
        needs_accounts=False,
    ),
    AdminTab("devices", "devices.page", Action.SEE_ADMINISTRATION, lambda words: words("manager", "Thiết bị")),
    AdminTab("programs", "programs.page", Action.SEE_ADMINISTRATION, lambda words: words("admin", "Chương trình")),
    AdminTab("network", "network.page", Action.SEE_ADMINISTRATION, lambda words: words("admin", "Mạng")),
    AdminTab("access_log", "access_log.page", Action.SEE_ACCESS_LOG, lambda words: words("admin", "Nhật ký truy cập")),
)


def admin_values(tab: str) -> Mapping[str, object]:
    """Return the variables of ``staff/admin/frame.html``; ``tab`` is the key of the page in the head."""
    if request.args.get("lang") in LANGUAGES:
        store_language(request.args["lang"])
    caller = current_caller()
    with current_context().store.read() as snapshot:
        values = layout_values(snapshot.office, snapshot=snapshot)
    views = current_app.view_functions
    return {
        **values,
        "tab": tab,
        "tabs": [shown for shown in TABS if shown.endpoint in views and _may_open(shown, caller)],
        "caller": caller,
        "person": _person(caller),
        "may": lambda action: caller.may(Action(action)),
        "note": pop_note(NOTES),
        "refusal": None,
    }


def _may_open(tab: AdminTab, caller: Caller) -> bool:
    return caller.may(tab.action) and (has_accounts() or not tab.needs_accounts)


def _person(caller: Caller) -> str | None:
    """Return the name of the account, or of the demonstration's person."""
    if caller.session is not None:
        return caller.session.person.name
    with current_context().store.read() as snapshot:
        clerk = snapshot.office.clerks.get(caller.id)
    return None if clerk is None else clerk.name


def required_access() -> Access:
    """Return the accounts of this hall. Raises 404 in a demonstration, which has none."""
    access = current_context().access
    if access is None:
        raise NotFound
    return access


def require_reader() -> None:
    """Raise ``forbidden`` in a demonstration unless its administrator asks.

    In a hall with accounts ``check_caller`` has asked already.
    """
    require(Action.SEE_ADMINISTRATION)


def caller_address() -> str:
    """Return the address of the browser, for the access log."""
    return request.remote_addr or ""


def office_names() -> str:
    """Return the office's names in all languages, which no password may consist of."""
    with current_context().store.read() as snapshot:
        return " ".join(snapshot.office.name.values())


def time_of(wall_ms: int) -> str:
    """Return a moment as "07:30 23/11", without the date if it is today."""
    with current_context().store.read() as snapshot:
        zone = snapshot.office.zone.key
    return Formatter(request_translations(), zone).moment(wall_ms, current_context().now().wall_ms)
