"""Handle the choice of a service or a procedure.

The next screen is the confirmation, or a notice with the reason why no number is issued.
"""

from collections.abc import Mapping
from typing import assert_never

from kiosk.flow import taps
from kiosk.flow.hall import GUIDANCE_OUTCOME, RESULTS_OUTCOME
from kiosk.flow.navigation import go_to
from kiosk.flow.state import KioskState, NoticeReason, ScreenName, with_visit

_REASONS_BY_STATE: Mapping[str, NoticeReason] = {
    "full": NoticeReason.FULL,
    "closed": NoticeReason.STOPPED,
    "no_counter": NoticeReason.NO_COUNTER,
}
"""The reason for each state of a service (``Service.state``) but "open"."""


def why_closed(state: KioskState) -> NoticeReason | None:
    """Return the reason why the chosen service issues no numbers; None when it does.

    The office picture may be older than the server's state, so the server may still refuse.
    """
    office, service = state.hall.office, state.hall.service(state.visit.service)
    if service is None or service.state == "open":
        return None
    if service.place is not None:
        return NoticeReason.ELSEWHERE
    day_not_opened = office is not None and office.day.state == "none" and service.state == "closed"
    return NoticeReason.DAY_NOT_OPENED if day_not_opened else _REASONS_BY_STATE[service.state]


def choose(state: KioskState, tap: taps.Choice) -> KioskState:
    """Return the state after a tap on a group, service or procedure.

    The state is unchanged when the office has none such.
    """
    match tap:
        case taps.ChooseGroup():
            return state if state.hall.group(tap.group) is None else go_to(state, ScreenName.SERVICES, group=tap.group)
        case taps.ChooseService():
            return _choose_service(state, tap.service)
        case taps.ChooseProcedure():
            return _choose_procedure(state, tap.procedure)
        case taps.CollectResult():
            return _choose_service_by_outcome(state, RESULTS_OUTCOME)
        case taps.AskGuidance():
            return _choose_service_by_outcome(state, GUIDANCE_OUTCOME)
        case _:
            assert_never(tap)


def list_services(state: KioskState) -> KioskState:
    """Show the groups of services, or the services where the office has no groups."""
    return go_to(state, ScreenName.GROUPS if state.hall.groups() else ScreenName.SERVICES, group=None)


def confirm(state: KioskState, procedure: str | None) -> KioskState:
    """Show the confirmation for the chosen service, or the reason why it issues no numbers."""
    state = with_visit(state, procedure=procedure, priority=False)
    reason = why_closed(state)
    if reason is not None:
        return go_to(state, ScreenName.NOTICE, reason=reason)
    return go_to(state, ScreenName.CONFIRM, reason=None)


def _choose_service(state: KioskState, service: str) -> KioskState:
    if state.hall.service(service) is None:
        return state
    state = with_visit(state, service=service, procedure=None)
    reason = why_closed(state)
    if reason is not None:
        return go_to(state, ScreenName.NOTICE, reason=reason)
    return go_to(state, ScreenName.PROCEDURES) if state.hall.procedures_of(service) else confirm(state, None)


def _choose_procedure(state: KioskState, code: str) -> KioskState:
    procedure = state.hall.procedure(code)
    if procedure is None:
        return state
    is_handled_here = procedure.place is None
    if state.visit.screen is ScreenName.PROCEDURES and is_handled_here:
        return confirm(state, code)
    return go_to(state, ScreenName.PROCEDURE, procedure=code, service=procedure.service)


def _choose_service_by_outcome(state: KioskState, outcome: str) -> KioskState:
    """Confirm a service that has no procedures and a button of its own."""
    service = state.hall.service_with_outcome(outcome)
    return state if service is None else confirm(with_visit(state, service=service.id), None)
