"""People try devices: from the set-up, from the page of trials, and from a station."""

from config.device_trials import TRIALS, kind_of
from server import commands
from server.commands import Actor
from server.domain.errors import Refusal, Refused
from server.web.shared.context import AppContext, printing_stations
from server.wire.messages import Ask, JudgeDevice


def require_trial(context: AppContext, station: str, device: str) -> None:
    """Raise ``not_found`` for a device that no station reported, or that nobody can try."""
    stations = [reports for reports in context.reports.stations() if reports.station == station]
    names = {report.device for reports in stations for report in reports.devices}
    if device not in names or kind_of(device) not in TRIALS:
        raise Refused(Refusal.NOT_FOUND, values={"device": device})


def begin_trial(context: AppContext, actor: Actor, request: Ask, station: str, device: str) -> None:
    """Try a printer by a test slip, another device by a message to its station.

    ``request``: that of the slip. Raises ``not_found``.
    """
    require_trial(context, station, device)
    if kind_of(device) != "printer":
        context.begin_device_test(station, device)
        return
    printers = printing_stations(context)
    context.writer.ask(lambda tx, now: commands.request_printer_job(tx, actor, now, request, station, "test", printers))


def judge_trial(context: AppContext, actor: Actor, judgement: JudgeDevice) -> None:
    """Record the result of a trial, and end it. Raises ``not_found``."""
    require_trial(context, judgement.station, judgement.device)
    context.writer.ask(lambda tx, now: commands.record_trial(tx, actor, now, judgement))
    context.end_device_test(judgement.station, judgement.device)
