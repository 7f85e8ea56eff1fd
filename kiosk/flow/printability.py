"""Decide whether the printer is known to be unable to print a slip."""

from hardware.ports import HealthState
from kiosk.flow.state import KioskState

UNABLE_STATES = (HealthState.FAULT, HealthState.OFFLINE)
PAPER_OUT = "paper_out"


def cannot_print(state: KioskState) -> bool:
    """Return whether no slip can be printed now. A printer in an unknown state counts as able to print."""
    health = state.printer.health
    return state.settings.has_printer and health is not None and health.state in UNABLE_STATES


def is_out_of_paper(state: KioskState) -> bool:
    """Return whether no slip can be printed because the printer has no paper."""
    health = state.printer.health
    return cannot_print(state) and health is not None and health.code == PAPER_OUT
