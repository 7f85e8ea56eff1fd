"""Move between screens: forwards, back along the trail of earlier screens, and home."""

from dataclasses import replace
from typing import Any

from config.clock import Now
from kiosk.flow.state import KioskState, ScreenName, Step, TrailEntry, Visit, with_visit


def go_to(state: KioskState, screen: ScreenName, **changes: Any) -> KioskState:
    """Show ``screen``, and add the current screen to the trail. ``changes``: further fields of the visit.

    A notice is not added, because going back to one makes no sense.
    """
    visit = state.visit
    trail = visit.trail if visit.screen is ScreenName.NOTICE else (*visit.trail, TrailEntry(visit.screen, visit.page))
    return with_visit(state, screen=screen, page=0, trail=trail, list_job=None, list_printed=False, **changes)


def go_back(state: KioskState, now: Now) -> Step:
    """Show the last screen of the trail. Going back beyond the confirmation clears the priority."""
    visit = state.visit
    if not visit.trail or visit.trail[-1].screen is ScreenName.HOME:
        return start_over(state, now), ()
    previous = visit.trail[-1]
    priority = visit.priority and previous.screen is ScreenName.CONFIRM
    return (
        with_visit(
            state, screen=previous.screen, page=previous.page, trail=visit.trail[:-1], priority=priority, reason=None
        ),
        (),
    )


def start_over(state: KioskState, now: Now) -> KioskState:
    """Show the home screen to the same visitor, keeping only their language and accessibility settings."""
    return replace(state, visit=Visit(state.visit.access, last_touch_at_s=now.mono_s))
