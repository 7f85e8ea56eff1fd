"""Names of taps on the control port, and the description of the kiosk's state.

Tests and the virtual hall depend on both, so the names stay as they are: a ``card`` is the screen of a procedure,
``lookup`` and ``search`` are two buttons that open the search, ``unsure`` chooses the guidance counter.
"""

from collections.abc import Callable, Mapping

from kiosk.flow import taps
from kiosk.flow.state import KioskState
from kiosk.flow.taps import PriorityGroup, Tap

_TAPS_BY_NAME: Mapping[str, Tap] = {
    "home": taps.GoHome(),
    "back": taps.GoBack(),
    "page-next": taps.TurnPage(forward=True),
    "page-prev": taps.TurnPage(forward=False),
    "continue": taps.StayHere(),
    "lookup": taps.LookUpProcedures(),
    "search": taps.OpenSearch(),
    "card": taps.ShowProcedure(),
    "return": taps.CollectResult(),
    "unsure": taps.AskGuidance(),
    "take": taps.TakeNumber(),
    "nopaper-yes": taps.TakeWithoutSlip(),
    "nopaper-no": taps.SeeStaff(),
    "priority-yes": taps.AnswerPriority(belongs=True),
    "priority-no": taps.AnswerPriority(belongs=False),
    "key-space": taps.TypeSpace(),
    "key-erase": taps.EraseLetter(),
    "key-clear": taps.ClearQuery(),
    "big": taps.SwitchLargeText(),
    "contrast": taps.SwitchContrast(),
    "low": taps.SwitchLowReach(),
    "list": taps.PrintDocumentList(),
    "help": taps.CallForHelp(),
    **{f"priority-{group}": taps.ChoosePriorityGroup(group) for group in PriorityGroup},
}
_NAMES_BY_TAP: Mapping[Tap, str] = {tap: name for name, tap in _TAPS_BY_NAME.items()}
_TAP_CLASSES_BY_PREFIX: Mapping[str, Callable[[str], Tap]] = {
    "group": taps.ChooseGroup,
    "service": taps.ChooseService,
    "procedure": taps.ChooseProcedure,
    "key": taps.TypeLetter,
    "lang": taps.ChooseLanguage,
}


def name_of_tap(tap: Tap) -> str:
    """Return the name of a tap on the control port."""
    match tap:
        case taps.ChooseGroup():
            return f"group-{tap.group}"
        case taps.ChooseService():
            return f"service-{tap.service}"
        case taps.ChooseProcedure():
            return f"procedure-{tap.procedure}"
        case taps.TypeLetter():
            return f"key-{tap.letter}"
        case taps.ChooseLanguage():
            return f"lang-{tap.language}"
        case _:
            return _NAMES_BY_TAP[tap]


def tap_by_name(name: str) -> Tap | None:
    """Return the tap with this name; None for an unknown name."""
    if name in _TAPS_BY_NAME:
        return _TAPS_BY_NAME[name]
    prefix, _, value = name.partition("-")
    if prefix not in _TAP_CLASSES_BY_PREFIX or not value or (prefix == "key" and len(value) > 1):
        return None
    return _TAP_CLASSES_BY_PREFIX[prefix](value)


def describe_state(state: KioskState) -> dict[str, object]:
    """Return the state as JSON values, for the control port.

    ``big``: larger text. ``lowered``: low reach. ``number`` and ``ticket``: number and id of the issued ticket.
    ``slip``: its print state. ``trouble``: the reason of the notice. ``asking``: the question "Are you still there?" is
    on the screen.
    """
    visit = state.visit
    return {
        "screen": str(visit.screen),
        "page": visit.page,
        "language": visit.access.language,
        "big": visit.access.large_text,
        "contrast": visit.access.contrast,
        "lowered": visit.access.low_reach,
        "group": visit.group,
        "service": visit.service,
        "procedure": visit.procedure,
        "priority": visit.priority,
        "number": visit.ticket.number if visit.ticket else None,
        "ticket": visit.ticket.id if visit.ticket else None,
        "slip": str(visit.slip_state) if visit.slip_state else None,
        "trouble": str(visit.reason) if visit.reason else None,
        "help": str(visit.help),
        "helper": None if state.helper is None else state.helper.call,
        "asking": visit.idle_question_at_s is not None,
        "stale": state.hall.stale,
    }
