"""Endpoints that direct services for today: lent to counters, stopped and resumed."""

from config.clock import Now
from server import commands, views
from server.domain.errors import Need, Refusal, Refused
from server.store import Tx
from server.web.api.endpoint import ApiRequest
from server.web.api.requests import actor_of, run_command
from server.wire.messages import ChangeIssuing, ChangeServicesToday, Service, Services, from_time


def change_services(request: ApiRequest[ChangeServicesToday]) -> Services:
    """Return all services with their counters after the change. Raises ``bad_request`` without a service to change."""
    actor, counter, body = actor_of(request), request.ids["id"], request.body
    if body.do != "restore" and body.service is None:
        raise Refused(Refusal.BAD_REQUEST, need=Need.SERVICE, values={"detail": Need.SERVICE.value})
    service = body.service or ""

    def work(tx: Tx, now: Now) -> Services:
        match body.do:
            case "lend":
                commands.lend_service(
                    tx, actor, now, counter, service, taken_from=body.taken_from, any_clerk=body.confirmed
                )
            case "take":
                commands.take_service(tx, actor, now, counter, service, is_confirmed=body.confirmed)
            case _:
                commands.restore_services(tx, actor, now, counter, is_confirmed=body.confirmed)
        return Services(items=views.services(request.context.store.snapshot_of(tx, now)))

    return run_command(request, work)


def change_issuing(request: ApiRequest[ChangeIssuing]) -> Service:
    """Return the service after the change."""
    actor, service, body = actor_of(request), request.ids["id"], request.body
    until_ms = None if body.until is None else from_time(body.until)

    def work(tx: Tx, now: Now) -> Service:
        if body.state == "issuing":
            commands.resume_issuing(tx, actor, now, service)
        else:
            commands.stop_issuing(tx, actor, now, service, body.reason, until_at_ms=until_ms, ask=body.ask)
        return views.service(request.context.store.snapshot_of(tx, now), service)

    return run_command(request, work)
