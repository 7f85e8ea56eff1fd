"""Handle taps by their kind. While the kiosk asks whether anybody is there, a tap only answers that."""

from dataclasses import replace
from typing import assert_never

from config.clock import Now
from kiosk.flow import effects, events, taps
from kiosk.flow.choosing import choose
from kiosk.flow.help import call_for_help
from kiosk.flow.issuing import ticket_tapped
from kiosk.flow.navigation import go_back, go_to, start_over
from kiosk.flow.printability import cannot_print
from kiosk.flow.state import KioskState, ScreenName, Step, TouchSequence, with_visit

MAX_QUERY_LENGTH = 50
TOUCH_GAP_S = 10.0
"""After a longer pause somebody else may be at the kiosk: a new touch sequence begins."""


def touched(state: KioskState, event: events.Touched, now: Now) -> Step:
    """Handle a tap.

    The first one after the question "Are you still there?" only answers it, or goes home.
    """
    is_same = now.mono_s - state.touches.last_at_s <= TOUCH_GAP_S
    touches = replace(state.touches, last_at_s=now.mono_s) if is_same else TouchSequence(now.mono_s)
    state = replace(state, touches=touches)
    was_asked = state.visit.idle_question_at_s is not None
    state = with_visit(state, last_touch_at_s=now.mono_s, idle_question_at_s=None)
    if was_asked and not isinstance(event.tap, taps.GoHome):
        return with_visit(state, countdown_start_at_s=now.mono_s), ()
    return _carry_out(state, event.tap, event.request_id, now)


def _carry_out(state: KioskState, tap: taps.Tap, request_id: str, now: Now) -> Step:
    match tap:
        case (
            taps.GoHome()
            | taps.GoBack()
            | taps.TurnPage()
            | taps.StayHere()
            | taps.LookUpProcedures()
            | taps.OpenSearch()
            | taps.ShowProcedure()
        ):
            return _navigate(state, tap, now)
        case (
            taps.ChooseGroup()
            | taps.ChooseService()
            | taps.ChooseProcedure()
            | taps.CollectResult()
            | taps.AskGuidance()
        ):
            return choose(state, tap), ()
        case taps.TakeNumber() | taps.TakeWithoutSlip() | taps.AnswerPriority() | taps.ChoosePriorityGroup():
            return ticket_tapped(state, tap, request_id, now)
        case taps.TypeLetter() | taps.TypeSpace() | taps.EraseLetter() | taps.ClearQuery():
            return with_visit(state, query=_edit_query(state.visit.query, tap), page=0), ()
        case taps.ChooseLanguage() | taps.SwitchLargeText() | taps.SwitchContrast() | taps.SwitchLowReach():
            return _change_access(state, tap), ()
        case taps.PrintDocumentList():
            return _print_list(state, request_id)
        case taps.CallForHelp():
            return call_for_help(state, request_id, now)
        case taps.SeeStaff():
            return call_for_help(start_over(state, now), request_id, now)
        case _:
            assert_never(tap)


def _navigate(state: KioskState, tap: taps.Navigation, now: Now) -> Step:
    match tap:
        case taps.GoHome():
            return start_over(state, now), ()
        case taps.GoBack():
            return go_back(state, now)
        case taps.TurnPage():
            page = state.visit.page + (1 if tap.forward else -1)
            return with_visit(state, page=max(0, page)), ()
        case taps.StayHere():
            return with_visit(state, countdown_start_at_s=now.mono_s), ()
        case taps.LookUpProcedures() | taps.OpenSearch():
            return go_to(state, ScreenName.SEARCH, query="", service=None, procedure=None), ()
        case taps.ShowProcedure():
            return (go_to(state, ScreenName.PROCEDURE) if state.visit.procedure is not None else state), ()
        case _:
            assert_never(tap)


def _edit_query(query: str, tap: taps.Typing) -> str:
    match tap:
        case taps.TypeLetter():
            query += tap.letter
        case taps.TypeSpace():
            query = query.rstrip() + " "
        case taps.EraseLetter():
            query = query[:-1]
        case taps.ClearQuery():
            query = ""
        case _:
            assert_never(tap)
    return query[:MAX_QUERY_LENGTH].lstrip()


def _change_access(state: KioskState, tap: taps.AccessTap) -> KioskState:
    """Change the visitor's language or accessibility settings.

    Larger text and low reach divide lists into other pages, so the first page is shown.
    """
    access = state.visit.access
    match tap:
        case taps.ChooseLanguage():
            if tap.language not in state.settings.languages:
                return state
            return with_visit(state, access=replace(access, language=tap.language))
        case taps.SwitchLargeText():
            return with_visit(state, page=0, access=replace(access, large_text=not access.large_text))
        case taps.SwitchContrast():
            return with_visit(state, access=replace(access, contrast=not access.contrast))
        case taps.SwitchLowReach():
            return with_visit(state, page=0, access=replace(access, low_reach=not access.low_reach))
        case _:
            assert_never(tap)


def _print_list(state: KioskState, request_id: str) -> Step:
    """Print the list of documents, unless one is being printed or the printer cannot print."""
    visit = state.visit
    if visit.procedure is None or visit.list_job is not None or not state.settings.has_printer or cannot_print(state):
        return state, ()
    job = f"{effects.DOCUMENT_LIST_PREFIX}{request_id}"
    return with_visit(state, list_job=job), (effects.PrintList(job, visit.procedure, visit.access.language),)
