"""Show the result of a scan on the clerk page of its counter."""

from collections.abc import Callable
from typing import TypeVar

from config.clock import Now
from server import commands, views
from server.commands import Refusal, Refused
from server.domain.errors import Need
from server.store import Snapshot, Tx, Work
from server.views import TicketProgress
from server.web.shared.context import AppContext
from server.web.shared.scanned_slips import ScanProblem

Drawn = TypeVar("Drawn")
"""The caller's answer, drawn from the scan's result."""
ScanOutcome = tuple[commands.ScanResult, TicketProgress | None, Drawn]
"""The result of a scan, the ticket to show on the clerk page (None: none), and the caller's answer."""


def run_scan(
    context: AppContext,
    counter: str | None,
    ask: Callable[[Work[ScanOutcome[Drawn]]], ScanOutcome[Drawn]],
    command: Work[commands.ScanResult],
    draw: Callable[[Snapshot, commands.ScanResult], Drawn],
) -> Drawn:
    """Run a scan's command, show its result at ``counter`` and return the answer.

    ``ask`` runs the command in a transaction, in which both are drawn. ``counter`` None: scanned at a kiosk, so that no
    page shows the result. Raises ``Refused`` as ``command`` does.
    """

    def work(tx: Tx, now: Now) -> ScanOutcome[Drawn]:
        scanned = command(tx, now)
        snapshot = context.store.snapshot_of(tx, now)
        return scanned, _slip_to_show(snapshot, counter, scanned), draw(snapshot, scanned)

    try:
        scanned, slip, drawn = ask(work)
    except Refused as refused:
        show_problem_at(context, counter, problem_of(refused))
        raise
    if scanned.ticket is None:
        show_problem_at(context, counter, ScanProblem.UNKNOWN)
    elif scanned.meaning is commands.ScanMeaning.TICKET and counter is not None:
        _show_at(context, counter, slip)
    elif counter is not None:
        context.scanned_slips.clear_problem(counter)
    return drawn


def problem_of(refused: Refused) -> ScanProblem | None:
    """Return the problem that the clerk page shows for a refused scan.

    Return None where the clerk can do nothing about it.
    """
    match refused.need, refused.code:
        case Need.CARD, _:
            return ScanProblem.CARD
        case Need.NO_OPEN, _:
            return ScanProblem.NO_OPEN
        case None, Refusal.DAY_CLOSED:
            return ScanProblem.DAY_CLOSED
        case _:
            return None


def show_problem_at(context: AppContext, counter: str | None, problem: ScanProblem | None) -> None:
    """Show the problem of a refused scan on the page of the counter.

    None: no such page, or no problem that the clerk can do something about.
    """
    if counter is None:
        return
    if problem is not None:
        context.scanned_slips.show_problem(counter, problem, context.mono_s())
    context.live_version.increment()


def _slip_to_show(snapshot: Snapshot, counter: str | None, scanned: commands.ScanResult) -> TicketProgress | None:
    """Return the scanned ticket for the page of ``counter``; None if it is open there."""
    if counter is None or scanned.ticket is None or views.open_ticket_at(snapshot, counter) == scanned.ticket:
        return None
    return views.progress_of(snapshot, scanned.ticket)


def _show_at(context: AppContext, counter: str, slip: TicketProgress | None) -> None:
    if slip is None:
        context.scanned_slips.clear(counter)
    else:
        context.scanned_slips.show_slip(counter, slip, context.mono_s())
    context.live_version.increment()
