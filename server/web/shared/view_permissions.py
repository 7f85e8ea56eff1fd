"""The permission that each view of the staff's application needs, and its check.

Denied by default: a view without an entry here stops the start of the application.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from flask import Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from server.domain.actor import forbidden
from server.domain.moves import Move
from server.domain.permissions import COUNTER_WORK, QUEUE_WORK, Action, Permission, Permissions
from server.web.shared.callers import Caller, current_caller
from server.web.shared.display_callers import may_open_display
from server.web.shared.errors import Rejected
from server.web.shared.identity import has_accounts
from server.web.shared.session_cookie import current_session
from server.wire.messages import ProblemCode

API_PREFIX = "api."
"""Begins the names of the API's views, in Flask's notation of blueprints."""


PASSWORD_PAGE = "my_account.page"
_OPEN_WITH_ONE_TIME_PASSWORD = (
    "static",
    "logo.",
    "stream.",
    "trust.",
    "my_account.",
    "account.",
    "openid.",
    "api.post_enrol",
    "hall_display.",
)


class OpenTo(StrEnum):
    """The callers of a view that needs no permission of a role."""

    EVERYONE = "everyone"  # also without a sign-in
    CALLERS = "callers"  # everybody with a sign-in or a token
    DISPLAYS = "displays"  # the hall's screens: the box's own browser, enrolled browsers, and those who see the board


ViewRule = OpenTo | Permission | Permissions
"""A permission, or a set of which one is enough: the command then checks the exact one."""

VIEW_PERMISSIONS: Mapping[str, ViewRule] = MappingProxyType(
    {
        "static": OpenTo.EVERYONE,
        "logo.picture": OpenTo.EVERYONE,  # it is on the slips too
        "api.post_tickets": Move.ISSUE,
        "api.get_tickets": Action.SEE_TICKETS,
        "api.get_tickets_id": Action.SEE_TICKETS,
        "api.post_tickets_id_moves": COUNTER_WORK | QUEUE_WORK - {Move.ISSUE},
        "api.post_tickets_id_undo": Action.UNDO_MOVE,
        "api.post_tickets_id_print": Action.REPORT_PRINT,
        "api.post_counters_id_next": Action.CALL_NEXT,
        "api.post_counters_id_state": Action.SET_COUNTER_STATE,
        "api.post_counters_id_services": Action.LEND_SERVICES,
        "api.post_services_id_issuing": frozenset({Action.STOP_ISSUING, Action.RESUME_ISSUING}),
        "api.post_counters_id_clerk": Action.SIGN_IN,
        "api.post_counters_id_ready": Action.SET_READY,
        "api.post_counters_id_alarm": Action.RAISE_ALARM,
        "api.post_counters_id_here": Action.ACKNOWLEDGE_CALL,
        "api.post_scans": Action.SCAN,
        "api.post_counters_id_unread_scan": Action.SCAN,
        "api.post_ratings": Action.RATE,
        "api.post_calls_id_seen": Action.REPORT_CALL_SEEN,
        "api.get_jobs_id": Action.SEE_JOBS,
        "api.post_jobs_id_result": Action.REPORT_JOB,
        "api.post_help": Action.ASK_HELP,
        "api.post_device_tests": Action.TRY_DEVICES,
        "api.post_device_trials": Action.TRY_DEVICES,
        "api.get_services": Action.SEE_OFFICE,
        "api.get_catalogue": Action.SEE_OFFICE,
        "api.get_board": Action.SEE_BOARD,
        "api.get_office": Action.SEE_OFFICE,
        "api.get_health": Action.SEE_HEALTH,
        "api.get_journal": Action.SEE_JOURNAL,
        "api.get_openapi_json": OpenTo.CALLERS,
        "api.post_enrolments": OpenTo.EVERYONE,
        "api.post_enrolments_id_reveal": OpenTo.EVERYONE,
        "api.get_enrolments_id": OpenTo.EVERYONE,
        "api.post_enrolments_id_finish": OpenTo.EVERYONE,
        "api.get_device": OpenTo.CALLERS,
        "trust.page": OpenTo.EVERYONE,  # a certificate is public, and needed before the sign-in
        "trust.certificate": OpenTo.EVERYONE,
        # The first set-up: its code comes before any sign-in; its pages check each step themselves, and end with it.
        "setup.page": OpenTo.EVERYONE,
        "setup.enter_code": OpenTo.EVERYONE,
        "setup.create_administrator": OpenTo.EVERYONE,
        "setup.continue_after_a_break": OpenTo.EVERYONE,
        "setup.choose_office": OpenTo.EVERYONE,
        "setup.test_device": OpenTo.EVERYONE,
        "setup.finish": OpenTo.EVERYONE,
        "hall_display.page": OpenTo.DISPLAYS,
        "hall_display.content": OpenTo.DISPLAYS,
        "hall_display.clip": OpenTo.DISPLAYS,
        "hall_display.report_call": OpenTo.DISPLAYS,  # the view itself asks for REPORT_CALL_SEEN
        "stream.stream": OpenTo.CALLERS,
        "stream.version": OpenTo.CALLERS,
        "account.sign_in": OpenTo.EVERYONE,
        "account.leave": OpenTo.CALLERS,
        "openid.begin": OpenTo.EVERYONE,
        "openid.back": OpenTo.EVERYONE,
        "openid.failed": OpenTo.EVERYONE,
        "openid.link": Action.SEE_ACCOUNT,
        "openid.linked": Action.SEE_ACCOUNT,
        "openid.prove": Action.SEE_ACCOUNT,
        "openid.prove_at_provider": Action.SEE_ACCOUNT,
        "openid.proved": Action.SEE_ACCOUNT,
        "openid.unlink": Action.SEE_ACCOUNT,
        "clerk.sign_in_page": OpenTo.EVERYONE,
        "clerk.sign_in": Action.SEE_COUNTER,
        "clerk.counter_page": Action.SEE_COUNTER,
        "clerk.redirect_to_page": Action.SEE_COUNTER,
        "clerk.run_action": Action.SEE_COUNTER,
        "clerk.close_scan": Action.SEE_COUNTER,
        "clerk.take_scan": Action.SCAN,
        "clerk.report_presence": Action.SEE_COUNTER,
        "clerk.take_help": Action.TAKE_HELP,
        "clerk.sign_out": Action.SEE_COUNTER,
        "assistance.strip_part": OpenTo.CALLERS,
        "assistance.raise_alarm": Action.RAISE_ALARM,
        "assistance.take_alarm": Action.TAKE_ALARM,
        "assistance.end_alarm": Action.TAKE_ALARM,
        "assistance.send_colleague": Action.SEND_COLLEAGUE,
        "assistance.go": Action.TAKE_HELP,
        "assistance.end_dispatch": Action.TAKE_HELP,
        "assistance.messages_page": frozenset({Action.SEND_MESSAGE, Action.MESSAGE_COUNTERS}),
        "assistance.send_message": frozenset({Action.SEND_MESSAGE, Action.MESSAGE_COUNTERS}),
        "assistance.see_messages": frozenset({Action.SEND_MESSAGE, Action.MESSAGE_COUNTERS}),
        "manager.sign_in": OpenTo.CALLERS,  # of a demonstration only
        "manager.sign_out": OpenTo.CALLERS,
        "manager.now": Action.SEE_HALL,
        "manager.day": Action.SEE_REPORTS,
        "manager.csv_file": Action.SEE_REPORTS,
        "manager.open_day": Action.OPEN_DAY,
        "manager.close_day": Action.CLOSE_DAY,
        "manager.reopen_day": Action.REOPEN_DAY,
        "manager.enter_date": frozenset({Action.ENTER_DATE, Action.CONFIRM_CLOCK}),
        "hall_actions.direct_counter": Action.DIRECT_COUNTERS,
        "hall_actions.seat_today": Action.DIRECT_COUNTERS,
        "hall_actions.change_services": Action.LEND_SERVICES,
        "hall_actions.change_issuing": frozenset({Action.STOP_ISSUING, Action.RESUME_ISSUING}),
        "hall_actions.put_notice": Action.PUT_NOTICE,
        "hall_actions.remove_notice": Action.PUT_NOTICE,
        "hall_actions.take_help": Action.TAKE_HELP,
        "private_practice.page": Action.SEE_COUNTER,
        "private_practice.start": Action.SEE_COUNTER,
        "private_practice.end": Action.SEE_COUNTER,
        "private_practice.sign_in_page": Action.SEE_COUNTER,
        "private_practice.hall": Action.SEE_COUNTER,
        "private_practice.report_presence": Action.SEE_COUNTER,
        "practice.start": Action.PRACTISE,
        "practice.stop": Action.PRACTISE,
        "my_account.page": Action.SEE_ACCOUNT,
        "my_account.change_password": Action.SEE_ACCOUNT,
        "my_account.change_pin": Action.SEE_ACCOUNT,
        "my_account.end_session": Action.SEE_ACCOUNT,
        "my_account.end_others": Action.SEE_ACCOUNT,
        "my_account.sign_out": Action.SEE_ACCOUNT,
        "my_account.sign_out_everywhere": Action.SEE_ACCOUNT,
        "people.page": Action.SEE_ADMINISTRATION,
        "people.new_page": Action.MANAGE_PEOPLE,
        "people.create": Action.MANAGE_PEOPLE,
        "people.person_page": Action.SEE_ADMINISTRATION,
        "people.change": Action.MANAGE_PEOPLE,
        "people.give_password": Action.MANAGE_PEOPLE,
        "people.lift_lock": Action.MANAGE_PEOPLE,
        "people.end_sessions": Action.MANAGE_PEOPLE,
        "people.deactivate": Action.MANAGE_PEOPLE,
        "people.activate": Action.MANAGE_PEOPLE,
        "people.erase": Action.MANAGE_PEOPLE,
        "roles.page": Action.SEE_ADMINISTRATION,
        "roles.new_page": Action.MANAGE_PEOPLE,
        "roles.create": Action.MANAGE_PEOPLE,
        "roles.role_page": Action.SEE_ADMINISTRATION,
        "roles.change": Action.MANAGE_PEOPLE,
        "roles.remove": Action.MANAGE_PEOPLE,
        "this_browser.page": OpenTo.EVERYONE,  # only a typed code enrols the browser
        "this_browser.ask": OpenTo.EVERYONE,
        "people.link_open_id": Action.MANAGE_PEOPLE,
        "office.page": Action.SEE_ADMINISTRATION,
        "office.section_page": Action.SEE_ADMINISTRATION,
        "office.logo_page": Action.SEE_ADMINISTRATION,
        "office.change_logo": Action.MANAGE_OFFICE,
        "office.new_page": Action.MANAGE_OFFICE,
        "office.item_page": Action.SEE_ADMINISTRATION,
        "office.order_page": Action.MANAGE_OFFICE,
        "office.national_page": Action.MANAGE_OFFICE,
        "office.add_national": Action.MANAGE_OFFICE,
        "office.changes_page": Action.SEE_ADMINISTRATION,
        "office.undo_page": Action.MANAGE_OFFICE,
        "office.procedures_file": Action.SEE_ADMINISTRATION,
        "office.import_page": Action.MANAGE_OFFICE,
        "office.workbook_file": Action.SEE_ADMINISTRATION,
        "office.office_file": Action.SEE_ADMINISTRATION,
        "office.workbook_page": Action.MANAGE_OFFICE,
        "office.import_workbook": Action.MANAGE_OFFICE,
        "office.import_file": Action.MANAGE_OFFICE,
        "office.change_single": Action.MANAGE_OFFICE,
        "office.add": Action.MANAGE_OFFICE,
        "office.change": Action.MANAGE_OFFICE,
        "office.change_order": Action.MANAGE_OFFICE,
        "office.withdraw": Action.MANAGE_OFFICE,
        "office.undo": Action.MANAGE_OFFICE,
        "devices.page": Action.SEE_ADMINISTRATION,
        "devices.waiting_page": Action.MANAGE_DEVICES,
        "devices.enrol": Action.MANAGE_DEVICES,
        "devices.device_page": Action.SEE_ADMINISTRATION,
        "devices.change": Action.MANAGE_DEVICES,
        "devices.remove": Action.MANAGE_DEVICES,
        "network.page": Action.SEE_ADMINISTRATION,
        "programs.page": Action.SEE_ADMINISTRATION,
        "programs.create_token": Action.MANAGE_PROGRAMS,
        "programs.remove_token": Action.MANAGE_PROGRAMS,
        "programs.create_hook": Action.MANAGE_PROGRAMS,
        "programs.hook_page": Action.SEE_ADMINISTRATION,
        "programs.test_hook": Action.MANAGE_PROGRAMS,
        "programs.resume_hook": Action.MANAGE_PROGRAMS,
        "programs.send_again": Action.MANAGE_PROGRAMS,
        "programs.remove_hook": Action.MANAGE_PROGRAMS,
        "access_log.page": Action.SEE_ACCESS_LOG,
        "health.page": Action.SEE_HEALTH,
        "health.send_to_printer": Action.USE_PRINTER,
        "health.restart_station": Action.MEND_DEVICES,
        "health.copy_now": Action.MEND_DEVICES,
        "ready.page": Action.TRY_DEVICES,
        "ready.begin": Action.TRY_DEVICES,
        "ready.judge": Action.TRY_DEVICES,
        "health.dismiss_slip": Action.DISMISS_SLIP,
        "health.reprint": Action.REPRINT,
    }
)
"""The rule of each view by its name in Flask."""


def check_every_view_has_a_rule(app: Flask) -> None:
    """Raise ``LookupError`` for a view that ``VIEW_PERMISSIONS`` does not list."""
    views = {rule.endpoint for rule in app.url_map.iter_rules()}
    if missing := sorted(views - set(VIEW_PERMISSIONS)):
        raise LookupError(f"no rule in VIEW_PERMISSIONS for {', '.join(missing)}")


def check_caller() -> Response | None:
    """Raise ``unauthenticated`` or ``forbidden`` unless the caller may use the view of this request.

    A person with a one-time password is led to the page that changes it. The pages of a demonstration check their
    one-click people themselves.
    """
    view = request.endpoint
    if view is None or (not has_accounts() and not view.startswith(API_PREFIX)):
        return None
    if _must_change_password(view):
        if view.startswith(API_PREFIX):
            raise Rejected(ProblemCode.FORBIDDEN)
        return redirect(url_for(PASSWORD_PAGE))
    rule = VIEW_PERMISSIONS[view]
    if rule is OpenTo.DISPLAYS:
        if not may_open_display():
            raise forbidden(Action.SEE_BOARD)
    elif rule is not OpenTo.EVERYONE and not _is_permitted(rule, current_caller()):
        raise forbidden(min(_permissions(rule)))
    return None


def _must_change_password(view: str) -> bool:
    """Return whether the person must change a one-time password before using ``view``."""
    if view.startswith(_OPEN_WITH_ONE_TIME_PASSWORD):
        return False
    session = current_session()
    return session is not None and session.method != "oidc" and session.person.must_change_password


def may_use(view: str) -> bool:
    """Return whether the caller of this request may use a view. Raises ``unauthenticated``."""
    rule = VIEW_PERMISSIONS[view]
    if rule is OpenTo.DISPLAYS:
        return may_open_display()
    return rule is OpenTo.EVERYONE or _is_permitted(rule, current_caller())


def _is_permitted(rule: ViewRule, caller: Caller) -> bool:
    return isinstance(rule, OpenTo) or any(caller.may(permission) for permission in _permissions(rule))


def _permissions(rule: ViewRule) -> Permissions:
    if isinstance(rule, OpenTo):
        return frozenset()
    return rule if isinstance(rule, frozenset) else frozenset({rule})
