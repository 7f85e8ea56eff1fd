"""A member of staff who is on the way to the kiosk."""

from kiosk_bench import Kiosk, request

from hardware.screens.scene import Label
from kiosk.flow import events
from kiosk.flow.help import HELPER_SHOWN_S, is_helper_coming
from kiosk.flow.state import HelpState
from kiosk.screens.draw import draw
from kiosk.subscriptions import event_of
from server.wire.messages import WorkList
from server.wire.station.events import ReceivedMessage
from tools.pictures import kiosk as demo

COMING = "Cán bộ đang đến. Mời Ông/Bà chờ tại máy."
SENT = "Đã báo cán bộ. Mời Ông/Bà chờ tại máy."


def listed(kiosk: Kiosk, helper: str | None) -> None:
    """Let the server's list for this kiosk arrive."""
    work = WorkList(station="kiosk-1", jobs=[], epoch="e7c1", rev=1, helper=helper)
    event = event_of(ReceivedMessage("work", work))
    assert event == events.JobsListed((), helper)
    kiosk.happens(event)


def calls_for_help(kiosk: Kiosk) -> None:
    kiosk.tap("help")
    kiosk.happens(events.HelpAnswered(request(kiosk.taps), sent=True))


def strip(kiosk: Kiosk) -> str:
    """Return which of the two sentences is on the screen."""
    texts = [piece.text for piece in draw(demo.view_of(kiosk.state)) if isinstance(piece, Label)]
    return next((text for text in texts if text in (COMING, SENT)), "")


def help_state(kiosk: Kiosk) -> HelpState:
    return kiosk.visit.help


def test_the_screen_says_that_somebody_comes_until_the_help_ends(kiosk: Kiosk) -> None:
    calls_for_help(kiosk)
    listed(kiosk, None)
    assert kiosk.visit.help is HelpState.SENT, "nobody has answered yet"
    listed(kiosk, "h-1")
    assert is_helper_coming(kiosk.state, kiosk.now)
    kiosk.tap("take")
    assert is_helper_coming(kiosk.state, kiosk.now), "also while the visitor goes on"
    listed(kiosk, None)
    assert not is_helper_coming(kiosk.state, kiosk.now)
    assert help_state(kiosk) is HelpState.NONE


def test_it_is_said_on_the_screen_instead_of_the_call(kiosk: Kiosk) -> None:
    kiosk.seconds = demo.NOW.mono_s
    calls_for_help(kiosk)
    assert strip(kiosk) == SENT
    listed(kiosk, "h-1")
    assert strip(kiosk) == COMING


def test_after_five_minutes_nobody_is_announced_any_more_even_if_the_server_still_lists_it(kiosk: Kiosk) -> None:
    listed(kiosk, "h-1")
    kiosk.passes(HELPER_SHOWN_S - 1)
    assert is_helper_coming(kiosk.state, kiosk.now)
    kiosk.passes(1)
    listed(kiosk, "h-1")
    assert not is_helper_coming(kiosk.state, kiosk.now)
    listed(kiosk, "h-2")
    assert is_helper_coming(kiosk.state, kiosk.now)


def test_a_visitor_who_calls_once_more_is_told_about_the_new_call_alone(kiosk: Kiosk) -> None:
    listed(kiosk, "h-1")
    calls_for_help(kiosk)
    listed(kiosk, "h-1")
    assert not is_helper_coming(kiosk.state, kiosk.now)
    listed(kiosk, None)
    assert kiosk.visit.help is HelpState.SENT, "the new call is not over"
    listed(kiosk, "h-2")
    assert is_helper_coming(kiosk.state, kiosk.now)
