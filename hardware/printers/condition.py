"""A printer's health for everybody to read: what the link knows of it, and what our own count of its paper adds."""

from collections.abc import Callable
from dataclasses import replace

from hardware.ports import Health, State
from hardware.printers.answers import status
from hardware.printers.answers.status import Trouble
from hardware.printers.journal import PrintJournal
from hardware.printers.link import Link
from hardware.printers.profile import Profile

SENSED_MM = 20_000  # sensors of the roll's end are coarse, but none sees it from so far


class Condition:
    """``health`` as it was noted last, at ``health_s``; any thread may read them."""

    def __init__(self, link: Link, journal: PrintJournal, profile: Profile, mono_s: Callable[[], float]) -> None:
        self._link, self._journal, self._profile, self._mono_s = link, journal, profile, mono_s
        self.health, self.health_s = Health(State.UNKNOWN), mono_s()

    def note(self) -> Health:
        """As it is now. Paper where none was is a new roll, also when the station was off in between."""
        journal, roll_mm = self._journal, self._profile.roll_mm
        left_slips = journal.roll.left_slips(roll_mm)
        health = self._link.health(left_slips)
        if health.code == Trouble.NEAR_END and roll_mm - journal.roll.mm > SENSED_MM:
            health = replace(health, left_slips=None)  # a roll that was not new, or a change that nobody told
        if health.state is State.READY and left_slips is not None and left_slips < self._profile.low_slips:
            health = Health(State.WARNING, Trouble.NEAR_END, left_slips=left_slips)
        if health.state is State.READY and not journal.writes:
            health = Health(State.WARNING, status.JOURNAL, left_slips=left_slips)
        self.health, self.health_s = health, self._mono_s()
        if health.code == Trouble.PAPER_OUT:
            journal.no_paper()
        elif journal.roll.out and health.state in (State.READY, State.WARNING):
            journal.new_roll()
        return health
