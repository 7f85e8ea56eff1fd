"""Endpoints of stations and monitors: pictures, jobs, help, health and the journal."""

from pydantic import Field

from server import commands, views
from server.domain.errors import Refusal, Refused
from server.web.api.endpoint import ApiRequest, NoBody
from server.web.api.requests import actor_of, run_command
from server.web.shared.callers import current_caller
from server.web.shared.health_now import health_now
from server.wire.messages import (
    Ask,
    AskHelp,
    Board,
    Catalogue,
    Health,
    Job,
    JobResult,
    Journal,
    Office,
    Seen,
    Services,
)


class JournalQuery(Ask):
    """``after``: the sequence number of the caller's last row, 0 for none.

    ``limit``: at most so many rows.
    """

    after: int = Field(default=0, ge=0, lt=10**15)
    limit: int = Field(default=100, ge=1, le=1000)


def report_call_seen(request: ApiRequest[Seen]) -> None:
    actor, call = actor_of(request), request.ids["id"]
    run_command(request, lambda tx, now: commands.report_call_seen(tx, actor, now, call, request.body))


def get_job(request: ApiRequest[NoBody]) -> Job:
    with request.context.store.read() as snapshot:
        job = views.job(snapshot, request.ids["id"])
    device = current_caller().device
    if device is not None and device.id != job.station:
        raise Refused(Refusal.NOT_FOUND, values={"job": job.id})
    return job


def report_job(request: ApiRequest[JobResult]) -> None:
    actor, job = actor_of(request), request.ids["id"]
    run_command(request, lambda tx, now: commands.report_job(tx, actor, now, job, request.body))


def ask_help(request: ApiRequest[AskHelp]) -> None:
    actor = actor_of(request)
    run_command(request, lambda tx, now: commands.ask_help(tx, actor, now, request.body))


def services(request: ApiRequest[NoBody]) -> Services:
    with request.context.store.read() as snapshot:
        return Services(items=views.services(snapshot))


def catalogue(request: ApiRequest[NoBody]) -> Catalogue:
    with request.context.store.read() as snapshot:
        return views.catalogue(snapshot)


def board(request: ApiRequest[NoBody]) -> Board:
    with request.context.store.read() as snapshot:
        return views.board(snapshot, request.context.epoch)


def office(request: ApiRequest[NoBody]) -> Office:
    context = request.context
    with context.store.read() as snapshot:
        return views.office(snapshot, context.epoch, mode=context.mode, visitor_url=context.visitor_url())


def health(request: ApiRequest[NoBody]) -> Health:
    return health_now(request.context)


def journal(request: ApiRequest[NoBody]) -> Journal:
    query: JournalQuery = request.query
    with request.context.store.read() as snapshot:
        rows = views.journal_rows(snapshot, query.after, query.limit + 1)
    items = rows[: query.limit]
    return Journal(items=items, next=items[-1].seq if len(rows) > query.limit else None)
