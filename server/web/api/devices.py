"""Endpoints with which people try devices."""

from config.device_trials import FAULTS, kind_of
from server import commands
from server.domain.errors import Refusal, Refused
from server.web.api.endpoint import ApiRequest
from server.web.api.requests import actor_of, run_command
from server.web.shared.context import AppContext, printing_stations
from server.wire.messages import JudgeDevice, TryDevice


def try_device(request: ApiRequest[TryDevice]) -> None:
    actor, body = actor_of(request), request.body
    _require_reported(request.context, body.station, body.device)
    if kind_of(body.device) != "printer":
        request.context.begin_device_test(body.station, body.device)
        return
    printers = printing_stations(request.context)
    run_command(
        request, lambda tx, now: commands.request_printer_job(tx, actor, now, body, body.station, "test", printers)
    )


def judge_device(request: ApiRequest[JudgeDevice]) -> None:
    actor, body = actor_of(request), request.body
    _require_reported(request.context, body.station, body.device)
    run_command(request, lambda tx, now: commands.record_trial(tx, actor, now, body))
    request.context.end_device_test(body.station, body.device)


def _require_reported(context: AppContext, station: str, device: str) -> None:
    """Raise ``not_found`` for a device that no station reported, or that nobody can try."""
    reports = [reports.devices for reports in context.reports.stations() if reports.station == station]
    names = [report.device for devices in reports for report in devices]
    if device not in names or kind_of(device) not in FAULTS:
        raise Refused(Refusal.NOT_FOUND, values={"device": device})
