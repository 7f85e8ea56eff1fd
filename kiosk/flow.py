"""What happens at a kiosk: ``step(state, what, now) -> (state, effects)``, without clock, screen or network."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from config.clock import Now
from hardware.ports import PrintState, Proof
from kiosk import state as k
from kiosk.state import (
    Access,
    Bounds,
    Effects,
    HelpState,
    Pending,
    Place,
    Screen,
    State,
    Trouble,
)
from server.wire.messages import IssueTicket, ProblemCode, TicketClass, from_time

STALE_S = 10.0
ASK_AGAIN_S = 4.0
REMEMBERED = 20
RETRIES = 4
RETRY_S = (0.5, 1.0, 2.0, 3.0)
GIVE_UP_S = 12.0
LONGEST_QUERY = 30
NO_PAPER = frozenset({"paper_out"})
NOT_PRINTED = frozenset({PrintState.HELD, PrintState.FAILED, PrintState.UNKNOWN})

REFUSALS: dict[ProblemCode, Trouble] = {
    ProblemCode.FULL: Trouble.FULL,
    ProblemCode.SERVICE_CLOSED: Trouble.STOPPED,
    ProblemCode.NO_COUNTER: Trouble.NO_COUNTER,
    ProblemCode.DAY_CLOSED: Trouble.DAY,
    ProblemCode.BUSY: Trouble.BUSY,
    ProblemCode.TOO_MANY: Trouble.BUSY,
}
CLOSED: dict[str, Trouble] = {"full": Trouble.FULL, "closed": Trouble.STOPPED, "no_counter": Trouble.NO_COUNTER}

Step = tuple[State, Effects]


def start(bounds: Bounds, now: Now) -> State:
    """A kiosk that has been switched on: it knows nothing of the hall yet."""
    return State(bounds, Access(bounds.language), touched_s=now.mono_s)


def step(state: State, what: k.What, now: Now) -> Step:
    """What becomes of ``state`` and what is to be done, when ``what`` happens."""
    return _STEPS[type(what)](state, what, now)


def wakes_s(state: State, now: Now) -> float:
    """Seconds until ``Ticked`` is wanted, at most one."""
    if state.pending is not None and state.pending.retry_s is not None:
        return min(max(0.05, state.pending.retry_s - now.mono_s), 1.0)
    return 1.0


def seconds_left(state: State, now: Now) -> int | None:
    """What the countdown shows: of the question, or of the result; None without one."""
    if state.asked_s is not None:
        return _left(state.asked_s + state.bounds.ask_s, now)
    if _leaves_by_itself(state):
        return _left(state.shown_s + state.bounds.result_s, now)
    return None


# --- touching ------------------------------------------------------------------------------------------


def _touched(state: State, what: k.Touched, now: Now) -> Step:
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
    return _forget(state, replace(state.access), now), ()


def _forget(state: State, access: Access, now: Now) -> State:
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
        trouble=None,
        help=HelpState.NONE,
        help_request=None,
        asked_s=None,
        touched_s=now.mono_s,
    )


def _go(state: State, screen: Screen, **changes: Any) -> State:
    """To ``screen``, remembering where from."""
    trail = (*state.trail, Place(state.screen, state.page))
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
    return _take(state, what.fresh, now, without_slip=False)


def _take(state: State, fresh: str, now: Now, *, without_slip: bool) -> Step:
    """Ask for a number, unless it is known that there is none, or no paper to put it on."""
    shut = _shut(state)
    if shut is not None:
        return _go(state, Screen.NOTICE, trouble=shut), ()
    if state.pending is not None or state.service is None or state.screen is Screen.WORKING:
        return state, ()
    if not without_slip and _known_no_paper(state):
        return _go(state, Screen.NO_PAPER), ()
    wants = state.bounds.has_printer and not without_slip
    ask = IssueTicket.model_validate(
        {
            "request_id": fresh,
            "service": state.service,
            "procedure": state.procedure,
            "class": TicketClass.PRIORITY if state.priority else TicketClass.ORDINARY,
            "station": state.bounds.station,
        }
    )
    pending = Pending(ask, 1, now.mono_s, wants_slip=wants)
    return replace(state, screen=Screen.WORKING, trail=(), pending=pending), (k.Issue(ask),)


def _ask_again(state: State, now: Now) -> Step:
    """The same request once more, by hand."""
    assert state.pending is not None
    pending = replace(state.pending, tries=1, since_s=now.mono_s, retry_s=None)
    return replace(state, screen=Screen.WORKING, trouble=None, pending=pending), (k.Issue(pending.ask),)


def _shut(state: State) -> Trouble | None:
    """Why the chosen service cannot be had, as far as this kiosk knows."""
    found = k.service(state, state.service)
    if found is None or found.state == "open":
        return None
    not_begun = state.office is not None and state.office.day.state == "none" and found.state == "closed"
    return Trouble.DAY if not_begun else CLOSED[found.state]


def _known_no_paper(state: State) -> bool:
    return state.bounds.has_printer and state.printer is not None and state.printer.code in NO_PAPER


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
    shut = _shut(chosen)
    if shut is not None:
        return _go(chosen, Screen.NOTICE, trouble=shut)
    return _go(chosen, Screen.CONFIRM)


def _service(state: State, rest: str, fresh: str) -> Step:
    if k.service(state, rest) is None:
        return state, ()
    state = replace(state, service=rest, procedure=None)
    shut = _shut(state)
    if shut is not None:
        return _go(state, Screen.NOTICE, trouble=shut), ()
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
    if state.procedure is None or state.list_job is not None or not state.bounds.has_printer:
        return state, ()
    job = f"list-{what.fresh}"
    return replace(state, list_job=job), (k.PrintList(job, state.procedure, state.access.language),)


def _no_slip(state: State, what: k.Touched, now: Now) -> Step:
    return _take(state, what.fresh, now, without_slip=True)


def _see_staff(state: State, what: k.Touched, now: Now) -> Step:
    return _help(_forget(state, state.access, now), what, now)


def _help(state: State, what: k.Touched, now: Now) -> Step:
    if state.help is HelpState.ASKING:
        return state, ()
    asked = replace(state, help=HelpState.ASKING, help_request=what.fresh)
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

# --- time ----------------------------------------------------------------------------------------------


def _ticked(state: State, what: k.Ticked, now: Now) -> Step:
    stale = state.beat_s is None or now.mono_s - state.beat_s >= STALE_S
    if stale != state.stale:
        state = replace(state, stale=stale)
    state, wanted = _ask_what_is_missing(state, now)
    pending = state.pending
    if pending is not None and pending.retry_s is not None and now.mono_s >= pending.retry_s:
        again = replace(pending, tries=pending.tries + 1, retry_s=None)
        return replace(state, pending=again), (*wanted, k.Issue(again.ask))
    return _leave_if_idle(state, now), wanted


def _ask_what_is_missing(state: State, now: Now) -> Step:
    """What the hall has not told, or could not: asked for again every few seconds."""
    if now.mono_s < state.asked_again_s + ASK_AGAIN_S:
        return state, ()
    wanted: list[k.Effect] = []
    if state.office is None or state.board is None or state.stale:
        wanted.append(k.FetchPictures())
    if state.office is not None and state.catalogue_for != state.office.catalogue:
        wanted.append(k.FetchCatalogue(state.office.catalogue))
    state, work = _next_job(state)
    return replace(state, asked_again_s=now.mono_s), (*wanted, *work)


def _leave_if_idle(state: State, now: Now) -> State:
    rest = Access(state.bounds.language)
    if state.screen is Screen.WORKING or (
        state.screen is Screen.HOME and state.access == rest and state.help is HelpState.NONE
    ):
        return state
    if _leaves_by_itself(state) and state.asked_s is None:
        return _forget(state, rest, now) if now.mono_s >= state.shown_s + state.bounds.result_s else state
    if state.asked_s is not None:
        return _forget(state, rest, now) if now.mono_s >= state.asked_s + state.bounds.ask_s else state
    if now.mono_s < state.touched_s + state.bounds.idle_s:
        return state
    if state.screen is Screen.HOME:
        return _forget(state, rest, now)
    return replace(state, asked_s=now.mono_s)


def _leaves_by_itself(state: State) -> bool:
    """A result whose slip is out goes away soon; one that must be written down stays."""
    return state.screen is Screen.RESULT and state.slip is PrintState.PRINTED


def _left(end_s: float, now: Now) -> int:
    return max(0, -int(-(end_s - now.mono_s) // 1))


# --- what the hall says --------------------------------------------------------------------------------


def _office_came(state: State, what: k.OfficeCame, now: Now) -> Step:
    old, new = state.office, what.office
    if old is not None and old.epoch == new.epoch and new.rev <= old.rev:
        return state, ()
    effects: Effects = ()
    if state.catalogue_for != new.catalogue:
        effects = (k.FetchCatalogue(new.catalogue),)
    return replace(state, office=new, told_ms=from_time(new.at)), effects


def _board_came(state: State, what: k.BoardCame, now: Now) -> Step:
    old, new = state.board, what.board
    if old is not None and old.epoch == new.epoch and new.rev <= old.rev:
        return state, ()
    effects: Effects = (k.FetchPictures(),) if old is not None and old.epoch != new.epoch else ()
    return replace(state, board=new, told_ms=from_time(new.at)), effects


def _catalogue_came(state: State, what: k.CatalogueCame, now: Now) -> Step:
    return replace(state, catalogue=what.catalogue, catalogue_for=what.wanted), ()


def _link_changed(state: State, what: k.LinkChanged, now: Now) -> Step:
    return state, (k.FetchPictures(),) if what.up else ()


def _beat(state: State, what: k.Beat, now: Now) -> Step:
    if not what.online:
        return replace(state, beat_s=None, stale=True), ()
    return replace(state, beat_s=now.mono_s, stale=False), ()


def _printer_seen(state: State, what: k.PrinterSeen, now: Now) -> Step:
    return (replace(state, printer=what.health) if what.health != state.printer else state), ()


# --- the number ----------------------------------------------------------------------------------------


def _issued(state: State, what: k.Issued, now: Now) -> Step:
    pending = state.pending
    if pending is None or pending.ask.request_id != what.request_id:
        return state, ()
    shown = replace(
        state,
        screen=Screen.RESULT,
        trail=(),
        pending=None,
        trouble=None,
        ticket=what.ticket,
        touched_s=now.mono_s,
        shown_s=now.mono_s,
        asked_s=None,
    )
    if not pending.wants_slip:
        return replace(shown, slip=None), ()
    printing = replace(shown, slip=PrintState.PRINTING)
    return printing, (k.Print(what.ticket.id, what.ticket, state.access.language),)


def _issue_refused(state: State, what: k.IssueRefused, now: Now) -> Step:
    if state.pending is None or state.pending.ask.request_id != what.request_id:
        return state, ()
    trouble = REFUSALS.get(what.problem.code, Trouble.SEE_STAFF)
    keeps = state.pending if trouble is Trouble.BUSY else None
    return replace(state, screen=Screen.NOTICE, trouble=trouble, pending=keeps, touched_s=now.mono_s), ()


def _issue_lost(state: State, what: k.IssueLost, now: Now) -> Step:
    """Once more with the same request, a few times; then say so and keep the request for a touch."""
    pending = state.pending
    if pending is None or pending.ask.request_id != what.request_id:
        return state, ()
    if pending.tries <= RETRIES and now.mono_s - pending.since_s < GIVE_UP_S:
        later = replace(pending, retry_s=now.mono_s + RETRY_S[pending.tries - 1])
        return replace(state, pending=later), ()
    trouble = Trouble.NETWORK if state.stale else Trouble.BUSY
    return replace(state, screen=Screen.NOTICE, trouble=trouble, touched_s=now.mono_s), ()


def _slip_done(state: State, what: k.SlipDone, now: Now) -> Step:
    result = what.result
    if result.job == state.job:
        answer = k.AnswerJob(result.job, result.state, result.proof)
        return _answered(state, answer)
    if any(answer.job == result.job for answer in state.answers):
        return state, (k.AnswerJob(result.job, result.state, result.proof),)
    if result.job.startswith("list-"):
        mine = result.job == state.list_job
        return (replace(state, list_job=None, list_printed=result.state is PrintState.PRINTED) if mine else state), ()
    tell: Effects = (k.TellPrinted(result.job, result.state, result.proof),)
    if state.ticket is None or state.ticket.id != result.job:
        return state, tell
    shown = replace(state, slip=result.state, slip_code=result.code, shown_s=now.mono_s, touched_s=now.mono_s)
    return shown, tell


# --- help and work -------------------------------------------------------------------------------------


def _help_answered(state: State, what: k.HelpAnswered, now: Now) -> Step:
    if state.help_request != what.request_id:
        return state, ()
    told = HelpState.SENT if what.told else HelpState.FAILED
    return replace(state, help=told, help_at_ms=now.wall_ms, touched_s=now.mono_s), ()


def _work_came(state: State, what: k.WorkCame, now: Now) -> Step:
    """One job at a time: the oldest."""
    done = [answer for answer in state.answers if answer.job in what.jobs]
    kept = tuple(job for job in what.jobs if job not in {answer.job for answer in done})
    state, work = _next_job(replace(state, jobs=kept))
    return state, (*done, *work)


def _next_job(state: State) -> Step:
    if state.job is not None or not state.jobs:
        return state, ()
    return replace(state, job=state.jobs[0]), (k.FetchJob(state.jobs[0]),)


def _answered(state: State, answer: k.AnswerJob) -> Step:
    """A job is done. Its answer is kept, to be said again if the hall still lists it: never printed twice."""
    left = tuple(job for job in state.jobs if job != answer.job)
    state, work = _next_job(replace(state, job=None, jobs=left, answers=(*state.answers, answer)[-REMEMBERED:]))
    return state, (answer, *work)


def _job_came(state: State, what: k.JobCame, now: Now) -> Step:
    job = what.job
    if job.id != state.job:
        return state, ()
    if not state.bounds.has_printer:
        return _answered(state, k.AnswerJob(job.id, PrintState.FAILED, Proof.NONE))
    return state, (k.Print(job.id, job.ticket, state.bounds.language, job.mark or _MARKS[job.kind]),)


_MARKS = {"slip": "staff", "reprint": "reprint", "test": "test"}


def _job_gone(state: State, what: k.JobGone, now: Now) -> Step:
    """Without an answer it is tried again; a job that the server does not know any more is dropped."""
    if what.job != state.job:
        return state, ()
    left = state.jobs if what.again else tuple(job for job in state.jobs if job != what.job)
    return replace(state, job=None, jobs=left), ()


_STEPS: dict[type, Callable[[State, Any, Now], Step]] = {
    k.Touched: _touched,
    k.Ticked: _ticked,
    k.OfficeCame: _office_came,
    k.BoardCame: _board_came,
    k.CatalogueCame: _catalogue_came,
    k.LinkChanged: _link_changed,
    k.Beat: _beat,
    k.PrinterSeen: _printer_seen,
    k.Issued: _issued,
    k.IssueRefused: _issue_refused,
    k.IssueLost: _issue_lost,
    k.SlipDone: _slip_done,
    k.HelpAnswered: _help_answered,
    k.WorkCame: _work_came,
    k.JobCame: _job_came,
    k.JobGone: _job_gone,
}
