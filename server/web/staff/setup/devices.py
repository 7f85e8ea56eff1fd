"""The last step of the set-up: the reported devices."""

from collections.abc import Mapping
from dataclasses import dataclass

from config.device_trials import TRIALS, DeviceTrial, inputs_of_test, kind_of
from config.words import Words
from server.web.shared.context import AppContext
from server.web.shared.device_names import enrolled_name
from server.web.shared.formatting import Formatter
from server.web.shared.identity import request_translations
from server.web.staff.health import rows as health_rows
from server.web.staff.health.rows import DeviceRow
from server.web.staff.layout import refresh_values
from server.wire.messages import DeviceStatus


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """One device of the page. ``tested``: a sentence about the result that the device reported itself."""

    row: DeviceRow
    trial: DeviceTrial | None
    tested: str


def device_values(hall: AppContext) -> Mapping[str, object]:
    """Return the template variables of the found devices."""
    words, stations = request_translations(), hall.reports.stations()
    with hall.store.read() as snapshot:
        formatter = Formatter(words, snapshot.office.zone.key)
        context = health_rows.DeviceTextContext(formatter, snapshot.office, snapshot.now.wall_ms, enrolled_name)
    reports = {(station.station, device.device): device for station in stations for device in station.devices}
    found_devices = [
        FoundDevice(row, TRIALS.get(kind_of(row.device)), _tested(reports.get((row.station, row.device)), words))
        for row in health_rows.rows(stations, context)
        if row.device
    ]
    return {"found_devices": found_devices, **refresh_values(hall)}


def _tested(report: DeviceStatus | None, words: Words) -> str:
    """Return that a keypad's key arrived; empty without one."""
    if report is None or inputs_of_test(report.detail) is None:
        return ""
    return words("setup", "Đã nhận phím.")
