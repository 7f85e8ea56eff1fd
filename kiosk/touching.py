"""What a touch means, screen by screen: tables from targets to what becomes of the state."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from config.clock import Now
from kiosk import state as k
from kiosk.promise import no_slip, out_of_paper
from kiosk.state import Access, Effects, HelpState, Pending, Place, Screen, State, Trouble
from server.wire.messages import IssueTicket, TicketClass

LONGEST_QUERY = 50
HELP_AGAIN_S = 5.0
CLOSED: dict[str, Trouble] = {"full": Trouble.FULL, "closed": Trouble.STOPPED, "no_counter": Trouble.NO_COUNTER}

Step = tuple[State, Effects]


def touched(state: State, what: k.Touched, now: Now) -> Step:
    asked, state = state.asked_s is not None, replace(state, touched_s=now.mono_s, asked_s=None)
    if asked and what.target != "home":
        return replace(state, shown_s=now.mono_s), ()
    exact = _KEYS.get(what.target)
    if exact is not None:
        return exact(state, what, now)
    kind, _, rest = what.target.partition("-")
    return _CHOICES[kind](state, rest, what.fresh) if kind in _CHOICES else (state, ())


def _home(state: State, what: k.Touched, now: Now) -> Step:
    del what
    return forget(state, replace(state.access), now), ()


def forget(state: State, access: Access, now: Now) -> State:
    """Back to the home screen with nothing kept of the visit but ``access``."""
    return replace(
        state,
        access=access,
        screen=Screen.HOME,
        page=0,
        trail=(),
        service=None,
        procedure=None,
        priority=False,
        query="",
        pending=None,
        ticket=None,
        slip=None,
        slip_code=None,
        list_job=None,
        list_printed=False,
        paper_was_out=False,
        trouble=None,
        help=HelpState.NONE,
        help_request=None,
        asked_s=None,
        touched_s=now.mono_s,
    )


def _go(state: State, screen: Screen, **changes: Any) -> State:
    """To ``screen``, remembering where from; a notice is nothing to go back to."""
    trail = state.trail if state.screen is Screen.NOTICE else (*state.trail, Place(state.screen, state.page))
    return replace(state, screen=screen, page=0, trail=trail, list_job=None, list_printed=False, **changes)


def _back(state: State, what: k.Touched, now: Now) -> Step:
    if not state.trail:
        return _home(state, what, now)
    place = state.trail[-1]
    if place.screen is Screen.HOME:
        return _home(state, what, now)
    keeps = state if place.screen is Screen.CONFIRM else replace(state, priority=False)
    return replace(keeps, screen=place.screen, page=place.page, trail=state.trail[:-1], trouble=None), ()


def _begin(state: State, what: k.Touched, now: Now) -> Step:
    """The main key of the home screen, and the one that confirms."""
    if state.screen is Screen.HOME:
        return _go(state, Screen.SERVICES), ()
    if state.screen is Screen.CARD:
        shown = k.procedure(state, state.procedure)
        return _choose(replace(state, service=shown.service if shown else state.service), state.procedure), ()
    if state.pending is not None and state.screen is Screen.NOTICE:
        return _ask_again(state, now)
    if state.screen is Screen.NOTICE:
        return _choose(state, state.procedure), ()
    return _take(state, what.fresh, now, without_slip=False)


def _take(state: State, fresh: str, now: Now, *, without_slip: bool) -> Step:
    """Ask for a number, unless it is known that there is none, or no paper to put it on."""
    reason = shut(state)
    if reason is not None:
        return _go(state, Screen.NOTICE, trouble=reason), ()
    if state.pending is not None or state.service is None or state.screen is Screen.WORKING:
        return state, ()
    if not without_slip and no_slip(state):
        if state.screen is Screen.NO_PAPER:
            return state, ()
        return _go(state, Screen.NO_PAPER, paper_was_out=out_of_paper(state)), ()
    wants = state.bounds.has_printer and not without_slip
    ask = IssueTicket.model_validate(
        {
            "request_id": fresh,
            "service": state.service,
            "procedure": state.procedure,
            "class": TicketClass.PRIORITY if state.priority else TicketClass.ORDINARY,
            "station": state.bounds.station,
            "slip": wants,
        }
    )
    pending = Pending(ask, 1, now.mono_s, wants_slip=wants)
    return replace(state, screen=Screen.WORKING, trail=(), pending=pending), (k.Issue(ask),)


def _ask_again(state: State, now: Now) -> Step:
    """The same request once more, by hand."""
    assert state.pending is not None
    pending = replace(state.pending, tries=1, since_s=now.mono_s, retry_s=None)
    return replace(state, screen=Screen.WORKING, trouble=None, pending=pending), (k.Issue(pending.ask),)


def shut(state: State) -> Trouble | None:
    """Why the chosen service cannot be had, as far as this kiosk knows."""
    found = k.service(state, state.service)
    if found is None or found.state == "open":
        return None
    not_begun = state.office is not None and state.office.day.state == "none" and found.state == "closed"
    return Trouble.DAY if not_begun else CLOSED[found.state]


def _return(state: State, what: k.Touched, now: Now) -> Step:
    return _direct(state, k.RETURN)


def _unsure(state: State, what: k.Touched, now: Now) -> Step:
    return _direct(state, k.GUIDANCE)


def _direct(state: State, outcome: str) -> Step:
    """Straight to the confirmation of a service that has no procedures."""
    found = k.service_for(state, outcome)
    return (_choose(replace(state, service=found.id), None), ()) if found is not None else (state, ())


def _choose(state: State, procedure: str | None) -> State:
    """To the confirmation, or to the reason why there is none."""
    chosen = replace(state, procedure=procedure, priority=False)
    reason = shut(chosen)
    if reason is not None:
        return _go(chosen, Screen.NOTICE, trouble=reason)
    return _go(chosen, Screen.CONFIRM, trouble=None)


def _service(state: State, rest: str, fresh: str) -> Step:
    if k.service(state, rest) is None:
        return state, ()
    state = replace(state, service=rest, procedure=None)
    reason = shut(state)
    if reason is not None:
        return _go(state, Screen.NOTICE, trouble=reason), ()
    return (_go(state, Screen.PROCEDURES) if k.procedures(state, rest) else _choose(state, None)), ()


def _procedure(state: State, rest: str, fresh: str) -> Step:
    found = k.procedure(state, rest)
    if found is None:
        return state, ()
    if state.screen is Screen.PROCEDURES and found.place is None:
        return _choose(state, rest), ()
    return _go(state, Screen.CARD, procedure=rest, service=found.service), ()


def _page(state: State, rest: str, fresh: str) -> Step:
    move = {"next": 1, "prev": -1}.get(rest, 0)
    return replace(state, page=max(0, state.page + move)), ()


def _priority(state: State, rest: str, fresh: str) -> Step:
    """Which group it is, is not kept."""
    if state.screen is Screen.PRIORITY:
        return replace(state, screen=Screen.CONFIRM, priority=rest != "no", trail=state.trail[:-1]), ()
    if rest == "yes":
        return _go(state, Screen.PRIORITY), ()
    return replace(state, priority=False), ()


def _key(state: State, rest: str, fresh: str) -> Step:
    """A key of the keyboard."""
    edits: dict[str, str] = {"erase": state.query[:-1], "clear": "", "space": state.query.rstrip() + " "}
    longer = state.query + rest if len(rest) == 1 else state.query
    query = edits.get(rest, longer)[:LONGEST_QUERY].lstrip()
    return replace(state, query=query, page=0), ()


def _language(state: State, rest: str, fresh: str) -> Step:
    if rest not in state.bounds.languages:
        return state, ()
    return replace(state, access=replace(state.access, language=rest)), ()


def _big(state: State, what: k.Touched, now: Now) -> Step:
    return replace(state, page=0, access=replace(state.access, big=not state.access.big)), ()


def _contrast(state: State, what: k.Touched, now: Now) -> Step:
    return replace(state, access=replace(state.access, contrast=not state.access.contrast)), ()


def _lowered(state: State, what: k.Touched, now: Now) -> Step:
    return replace(state, page=0, access=replace(state.access, lowered=not state.access.lowered)), ()


def _search(state: State, what: k.Touched, now: Now) -> Step:
    return _go(state, Screen.SEARCH, query="", service=None, procedure=None), ()


def _card(state: State, what: k.Touched, now: Now) -> Step:
    return (_go(state, Screen.CARD), ()) if state.procedure is not None else (state, ())


def _print_list(state: State, what: k.Touched, now: Now) -> Step:
    if state.procedure is None or state.list_job is not None or not state.bounds.has_printer or no_slip(state):
        return state, ()
    job = f"{k.LIST}{what.fresh}"
    return replace(state, list_job=job), (k.PrintList(job, state.procedure, state.access.language),)


def _no_slip(state: State, what: k.Touched, now: Now) -> Step:
    """Without a slip, unless the printer can print again by now."""
    return _take(state, what.fresh, now, without_slip=no_slip(state))


def _see_staff(state: State, what: k.Touched, now: Now) -> Step:
    return _help(forget(state, state.access, now), what, now)


def _help(state: State, what: k.Touched, now: Now) -> Step:
    """Ask for help, unless it is being asked for or was promised a moment ago: a double touch is one wish."""
    promised = state.help is HelpState.SENT and now.mono_s < state.help_s + HELP_AGAIN_S
    if state.help is HelpState.ASKING or promised:
        return state, ()
    asked = replace(state, help=HelpState.ASKING, help_request=what.fresh, help_s=now.mono_s)
    return asked, (k.AskHelp(what.fresh),)


def _nothing(state: State, what: k.Touched, now: Now) -> Step:
    return replace(state, shown_s=now.mono_s), ()


_KEYS: dict[str, Callable[[State, k.Touched, Now], Step]] = {
    "home": _home,
    "back": _back,
    "take": _begin,
    "return": _return,
    "unsure": _unsure,
    "lookup": _search,
    "search": _search,
    "card": _card,
    "list": _print_list,
    "help": _help,
    "nopaper-yes": _no_slip,
    "nopaper-no": _see_staff,
    "big": _big,
    "contrast": _contrast,
    "low": _lowered,
    "continue": _nothing,
}
_CHOICES: dict[str, Callable[[State, str, str], Step]] = {
    "service": _service,
    "procedure": _procedure,
    "page": _page,
    "priority": _priority,
    "key": _key,
    "lang": _language,
}
