"""The printer's last known health, from its status and our own count of the paper."""

from dataclasses import replace

from hardware.ports import DeviceHealth, HealthState
from hardware.printers.answers import status
from hardware.printers.answers.status import StatusFlag
from hardware.printers.context import PrinterContext
from hardware.printers.session.link import PrinterLink

MAX_SENSED_MM = 20_000  # no sensor reports the near end of a roll that has more paper left than this


class HealthCache:
    """Holds ``health`` as of ``updated_at_s`` (monotonic seconds); any thread may read both."""

    def __init__(self, context: PrinterContext, link: PrinterLink) -> None:
        self._context, self._link = context, link
        self.health, self.updated_at_s = DeviceHealth(HealthState.UNKNOWN), context.mono_s()

    def refresh(self) -> DeviceHealth:
        """Update and return the health. Paper after a paper end counts as a new roll, across restarts too."""
        journal, profile = self._context.journal, self._context.profile
        left_slips = journal.roll.left_slips(profile.roll_mm)
        health = self._link.health(left_slips)
        if health.code == StatusFlag.NEAR_END and profile.roll_mm - journal.roll.used_mm > MAX_SENSED_MM:
            # Our count is wrong: the roll was not new, or its change was not reported.
            health = replace(health, left_slips=None)
        if health.state is HealthState.READY and left_slips is not None and left_slips < profile.low_slips:
            health = DeviceHealth(HealthState.WARNING, StatusFlag.NEAR_END, left_slips=left_slips)
        if health.state is HealthState.READY and not journal.is_writable:
            health = DeviceHealth(HealthState.WARNING, status.JOURNAL, left_slips=left_slips)
        self.health, self.updated_at_s = health, self._context.mono_s()
        if health.code == StatusFlag.PAPER_OUT:
            journal.record_paper_end()
        elif journal.roll.is_out and health.state in (HealthState.READY, HealthState.WARNING):
            journal.record_new_roll()
        return health
