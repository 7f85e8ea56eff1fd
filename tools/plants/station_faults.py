"""Planted faults in screens, device health and the stations' links to the server."""

from tools.plants.fault import Fault

STATION_FAULTS: tuple[Fault, ...] = (
    Fault(
        "a remark of a device without trouble is not reported",
        "hardware/health/monitor.py",
        'health.detail if health.state is HealthState.READY else ""',
        '""',
        ("test_health_monitor",),
    ),
    Fault(
        "a heartbeat in the wake of one that was held up is a proof",
        "server/wire/station/liveness.py",
        " and previous_s - last_s <= MAX_JITTER_S",
        "",
        ("test_wire_liveness",),
    ),
    Fault(
        "a restarted server is measured by its former clock",
        "server/wire/station/liveness.py",
        "heartbeat.epoch == self.epoch else ()",
        "heartbeat.epoch else ()",
        ("test_wire_liveness",),
    ),
    Fault(
        "a picture that is published again is disputed",
        "server/wire/station/newest.py",
        "if picture == current or (trust.checked and not",
        "if (trust.checked and not",
        ("test_wire_newest",),
    ),
    Fault(
        "another publisher is logged with each picture after the first hour",
        "server/wire/station/newest.py",
        "now_s - self._logged_at_s < self.LOG_INTERVAL_S",
        "now_s < self.LOG_INTERVAL_S",
        ("test_wire_newest",),
    ),
    Fault(
        "the panel blinks on",
        "display/screens/view.py",
        "blink_on=now.mono_s - state.panel_since_s >= BLINK_DURATION_S or half_blinks % 2 == 0",
        "blink_on=half_blinks % 2 == 0",
        ("test_display_panel",),
    ),
    Fault(
        "the panel does not say that a number is called for the second time",
        "server/display_content/texts.py",
        "if call.times > 1 else None",
        "if call.times > 2 else None",
        ("test_display_panel",),
    ),
)
