"""News from the hall, the printer and the server: what they change, and what is asked for because of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from config.clock import Now
from hardware.ports import PrintState, Proof
from kiosk import state as k
from kiosk.promise import out_of_paper
from kiosk.state import Effects, HelpState, Screen, State, Trouble
from kiosk.touching import shut
from server.wire.messages import Job, ProblemCode, from_time
from server.wire.newest import Trust, newest_of

ASK_AGAIN_S = 4.0
REMEMBERED = 20
RETRIES = 4
RETRY_S = (0.5, 1.0, 2.0, 3.0)
GIVE_UP_S = 12.0
# What a call to the server or the printer may take at most. One that ended in no event by then was lost in this
# program, and nothing may wait for it for ever. A number's calls have time-outs of some seconds each.
UNANSWERED_S = 60.0
HELP_UNANSWERED_S = 20.0
JOB_UNANSWERED_S = 300.0
PASSING = (Trouble.FULL, Trouble.STOPPED, Trouble.NO_COUNTER, Trouble.DAY, Trouble.OVER)
"""Troubles that the office picture ends."""
PROMISING = (Screen.CONFIRM, Screen.PRIORITY, Screen.NO_PAPER)
"""Screens that offer a number of the chosen service."""

REFUSALS: Mapping[ProblemCode, Trouble] = {
    ProblemCode.FULL: Trouble.FULL,
    ProblemCode.SERVICE_CLOSED: Trouble.STOPPED,
    ProblemCode.NO_COUNTER: Trouble.NO_COUNTER,
    ProblemCode.DAY_CLOSED: Trouble.DAY,
    ProblemCode.BUSY: Trouble.BUSY,
    ProblemCode.TOO_MANY: Trouble.BUSY,
}

Step = tuple[State, Effects]


def ask_what_is_missing(state: State, now: Now) -> Step:
    """What the hall has not told, or could not: asked for again every few seconds."""
    if now.mono_s < state.asked_again_s + ASK_AGAIN_S:
        return state, ()
    wanted: list[k.Effect] = []
    doubted = state.office_trust.asks or state.board_trust.asks
    if state.office is None or state.board is None or state.stale or doubted:
        wanted.append(k.FetchPictures(now.mono_s))
    if state.office is not None and state.catalogue_for != state.office.catalogue:
        wanted.append(k.FetchCatalogue(state.office.catalogue))
    state, work = _next_job(state, now)
    return replace(state, asked_again_s=now.mono_s), (*wanted, *work)


def give_up_waiting(state: State, now: Now) -> Step:
    """End what only an event could end that has not come in any time it may take."""
    effects: Effects = ()
    pending = state.pending
    if state.screen is Screen.WORKING and pending is not None and now.mono_s >= pending.since_s + UNANSWERED_S:
        trouble = Trouble.NETWORK if state.stale else Trouble.BUSY
        waits = replace(pending, retry_s=None)
        state = replace(state, screen=Screen.NOTICE, trouble=trouble, pending=waits, touched_s=now.mono_s)
    if state.help is HelpState.ASKING and now.mono_s >= state.help_s + HELP_UNANSWERED_S:
        state = replace(state, help=HelpState.FAILED, touched_s=now.mono_s)
    if state.job is not None and now.mono_s >= state.job_s + JOB_UNANSWERED_S:
        state, effects = _answered(state, k.AnswerJob(state.job, PrintState.UNKNOWN, Proof.NONE), now)
    return state, effects


def _office_came(state: State, what: k.OfficeCame, now: Now) -> Step:
    new, trust = newest_of(state.office, state.office_trust, what.office, what.asked_s, now)
    effects = _about_doubts(state.office_trust, trust, now)
    if new is None or new is state.office:
        return replace(state, office_trust=trust), effects
    if state.catalogue_for != new.catalogue:
        effects = (k.FetchCatalogue(new.catalogue), *effects)
    return _passed(replace(state, office=new, office_trust=trust, told_ms=from_time(new.at))), effects


def _passed(state: State) -> State:
    """Offer no number that is not to be had; a notice says what holds now: another reason, or numbers again."""
    if state.screen in PROMISING and (reason := shut(state)) is not None:
        trail = tuple(place for place in state.trail if place.screen not in PROMISING)
        return replace(state, screen=Screen.NOTICE, page=0, trail=trail, trouble=reason)
    if state.screen is not Screen.NOTICE or state.pending is not None or state.trouble not in PASSING:
        return state
    return replace(state, trouble=shut(state) or Trouble.OVER)


def _board_came(state: State, what: k.BoardCame, now: Now) -> Step:
    new, trust = newest_of(state.board, state.board_trust, what.board, what.asked_s, now)
    effects = _about_doubts(state.board_trust, trust, now)
    if new is None or new is state.board:
        return replace(state, board_trust=trust), effects
    return replace(state, board=new, board_trust=trust, told_ms=from_time(new.at)), effects


def _about_doubts(before: Trust[Any], trust: Trust[Any], now: Now) -> Effects:
    """Ask the server once a picture is doubted, and again with what is missing; log one that it does not know."""
    begins = (trust.asks and not before.asks) or (trust.doubted is not None and before.doubted is None)
    ask: Effects = (k.FetchPictures(now.mono_s),) if begins else ()
    return ask if trust.forged is None else (*ask, k.ReportForged(trust.forged))


def _catalogue_came(state: State, what: k.CatalogueCame, now: Now) -> Step:
    return replace(state, catalogue=what.catalogue, catalogue_for=what.wanted), ()


def _linked(state: State, what: k.Linked, now: Now) -> Step:
    return state, (k.FetchPictures(now.mono_s),) if what.up else ()


def _beaten(state: State, what: k.Beaten, now: Now) -> Step:
    pulse = state.pulse.after(what.beat, now.mono_s, kept=what.kept)
    state = replace(state, pulse=pulse, stale=not pulse.alive(now.mono_s))
    if not pulse.proof:
        return state, ()
    # Said when somebody listens: after a power cut the server may be the last to come back.
    untold = state.untold
    if state.screen is Screen.NOTICE and state.trouble is Trouble.NETWORK and state.pending is not None:
        # The same request may be made again by a touch, and "no connection" is not true any more.
        state = replace(state, trouble=Trouble.BACK)
    return replace(state, untold=(), told=_latest(state.told, untold)), untold


def _printer_seen(state: State, what: k.PrinterSeen, now: Now) -> Step:
    if what.health == state.printer:
        return state, ()
    state = replace(state, printer=what.health)
    if state.screen is Screen.NO_PAPER and out_of_paper(state):
        state = replace(state, paper_was_out=True)
    return state, ()


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
    if result.job.startswith(k.WORK):
        answer = k.AnswerJob(result.job.removeprefix(k.WORK), result.state, result.proof)
        return _answered(state, answer, now) if answer.job == state.job else (state, (answer,))
    if result.job.startswith(k.LIST):
        mine = result.job == state.list_job
        return (replace(state, list_job=None, list_printed=result.state is PrintState.PRINTED) if mine else state), ()
    tell = (k.TellPrinted(result.job, result.state, result.proof),)
    waits = tuple(one for one in state.untold if one.ticket != result.job)
    state = replace(state, told=_latest(state.told, tell), untold=waits)
    if state.ticket is None or state.ticket.id != result.job:
        return state, tell
    shown = replace(state, slip=result.state, slip_code=result.code, shown_s=now.mono_s, touched_s=now.mono_s)
    return shown, tell


def _untold(state: State, what: k.Untold, now: Now) -> Step:
    """Said again when the server is heard, unless more is known of that slip by now."""
    return (replace(state, untold=(*state.untold, what.tell)) if what.tell in state.told else state), ()


def _latest(told: tuple[k.TellPrinted, ...], more: tuple[k.TellPrinted, ...]) -> tuple[k.TellPrinted, ...]:
    """The last that was told of each slip."""
    by_ticket = {one.ticket: one for one in (*told, *more)}
    return tuple(by_ticket.values())[-REMEMBERED:]


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
    state, work = _next_job(replace(state, jobs=kept), now)
    return state, (*done, *work)


def _next_job(state: State, now: Now) -> Step:
    if state.job is not None or not state.jobs:
        return state, ()
    return replace(state, job=state.jobs[0], job_s=now.mono_s), (k.FetchJob(state.jobs[0]),)


def _answered(state: State, answer: k.AnswerJob, now: Now) -> Step:
    """A job is done. Its answer is kept, to be said again if the hall still lists it: never printed twice."""
    left = tuple(job for job in state.jobs if job != answer.job)
    left_to_do = replace(state, job=None, jobs=left, answers=(*state.answers, answer)[-REMEMBERED:])
    state, work = _next_job(left_to_do, now)
    return state, (answer, *work)


def _job_came(state: State, what: k.JobCame, now: Now) -> Step:
    job = what.job
    if job.id != state.job:
        return state, ()
    if not job.open or job.station != state.bounds.station:  # somebody else lists it on the broker
        return _job_gone(state, k.JobGone(job.id, again=False), now)
    if not state.bounds.has_printer:
        return _answered(state, k.AnswerJob(job.id, PrintState.FAILED, Proof.NONE), now)
    errand = _ERRANDS.get(job.kind)
    if errand is not None:
        return state, (errand(job),)
    return state, (k.Print(f"{k.WORK}{job.id}", job.ticket, state.bounds.language, job.mark or _MARKS[job.kind]),)


_MARKS = {"slip": "staff", "reprint": "reprint", "test": "test"}
_ERRANDS: Mapping[str, Callable[[Job], k.Effect]] = {
    "roll": lambda job: k.ChangeRoll(job.id),
    "clear": lambda job: k.ClearPrinter(job.id),
    "seen": lambda job: k.LookAfter(job.id, job.ticket),
}


def _job_done(state: State, what: k.JobDone, now: Now) -> Step:
    answer = k.AnswerJob(what.job, what.state, Proof.NONE)
    return _answered(state, answer, now) if what.job == state.job else (state, (answer,))


def _job_gone(state: State, what: k.JobGone, now: Now) -> Step:
    """Without an answer it is tried again; a job that the server does not know any more is dropped."""
    if what.job != state.job:
        return state, ()
    left = state.jobs if what.again else tuple(job for job in state.jobs if job != what.job)
    return replace(state, job=None, jobs=left), ()


NEWS: Mapping[type, Callable[[State, Any, Now], Step]] = {
    k.OfficeCame: _office_came,
    k.BoardCame: _board_came,
    k.CatalogueCame: _catalogue_came,
    k.Linked: _linked,
    k.Beaten: _beaten,
    k.PrinterSeen: _printer_seen,
    k.Issued: _issued,
    k.IssueRefused: _issue_refused,
    k.IssueLost: _issue_lost,
    k.SlipDone: _slip_done,
    k.HelpAnswered: _help_answered,
    k.WorkCame: _work_came,
    k.JobCame: _job_came,
    k.JobGone: _job_gone,
    k.JobDone: _job_done,
    k.Untold: _untold,
}
