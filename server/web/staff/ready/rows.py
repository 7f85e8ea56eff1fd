"""The rows of the page: each device, how it is tried, and its last trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.device_trials import FAULT_TEXTS, FAULTS, TRIALS, DeviceTrial, input_name, inputs_of_test, kind_of
from server import views
from server.domain.device_trials import is_outdated
from server.store import Snapshot
from server.views import DeviceTrialRow
from server.web.shared.context import AppContext
from server.web.shared.device_names import enrolled_name, name_of_station
from server.web.shared.formatting import Formatter
from server.web.shared.identity import request_translations
from server.web.shared.people_names import known_person
from server.web.staff.health import rows as health_rows
from server.web.staff.health.rows import DeviceRow, DeviceTextContext


@dataclass(frozen=True, slots=True)
class TriedDevice:
    """A device with its trial.

    ``received``, ``missing``: the inputs of a running trial in words, empty without one. ``faults``: codes and texts.
    ``last``: a sentence on the last trial, with the style and icon of its mark; ``is_today``: it was tried today.
    """

    row: DeviceRow
    trial: DeviceTrial
    received: Sequence[str]
    missing: Sequence[str]
    faults: Sequence[tuple[str, str]]
    last: str
    style: str
    icon: str
    is_today: bool


def tried_devices(snapshot: Snapshot, context: AppContext) -> list[TriedDevice]:
    """Return the devices that stations reported, by station."""
    words, stations = request_translations(), context.reports.stations()
    texts = DeviceTextContext(
        Formatter(words, snapshot.office.zone.key), snapshot.office, snapshot.now.wall_ms, enrolled_name
    )
    reports = {(station.station, device.device): device for station in stations for device in station.devices}
    trials = {(trial.station, trial.device): trial for trial in views.device_trials(snapshot)}
    rows = [row for row in health_rows.rows(stations, texts) if kind_of(row.device) in TRIALS]
    return [
        _tried(row, reports[(row.station, row.device)].detail, trials.get((row.station, row.device)), texts)
        for row in sorted(rows, key=lambda row: (row.station, row.label))
    ]


def _tried(row: DeviceRow, detail: str | None, last: DeviceTrialRow | None, texts: DeviceTextContext) -> TriedDevice:
    words, kind = texts.words, kind_of(row.device)
    received, missing = inputs_of_test(detail) or ((), ())
    text, style, icon = _last_trial(last, texts)
    return TriedDevice(
        row=row,
        trial=TRIALS[kind],
        received=[input_name(code, words) for code in received],
        missing=[input_name(code, words) for code in missing],
        faults=[(code, FAULT_TEXTS[code](words)) for code in FAULTS[kind]],
        last=text,
        style=style,
        icon=icon,
        is_today=last is not None and _is_today(last.at_ms, texts),
    )


def _last_trial(last: DeviceTrialRow | None, texts: DeviceTextContext) -> tuple[str, str, str]:
    """Return the sentence on the last trial, with its style and icon."""
    words = texts.words
    if last is None:
        return words("ready", "Chưa thử lần nào"), "warning", "why"
    when, name = texts.formatter.moment(last.at_ms, texts.now_ms), _person(last.by, texts)
    if not last.works:
        fault = FAULT_TEXTS[last.fault or "other"](words)
        return words("ready", "{fault}: {time}, {name}", fault=fault, time=when, name=name), "fault", "warning"
    if is_outdated(last.at_ms, texts.now_ms):
        return words("ready", "Đã lâu chưa thử: lần trước {time}, {name}", time=when, name=name), "warning", "clock"
    return words("ready", "Hoạt động tốt: {time}, {name}", time=when, name=name), "ok", "check"


def _person(person: str, texts: DeviceTextContext) -> str:
    """Return the name of the person or station that tried the device."""
    return known_person(person, texts.office) or name_of_station(person, words=texts.words)


def _is_today(at_ms: int, texts: DeviceTextContext) -> bool:
    return texts.formatter.day(at_ms) == texts.formatter.day(texts.now_ms)


def progress(devices: Sequence[TriedDevice]) -> Mapping[str, int]:
    """Return how many devices there are, were tried today, and failed today."""
    today = [device for device in devices if device.is_today]
    return {"all": len(devices), "today": len(today), "bad": sum(device.style == "fault" for device in today)}
