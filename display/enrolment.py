"""The TV's screen while it is not enrolled: its code, or the obstacle."""

from contextlib import ExitStack

from config.settings import DisplaySettings
from hardware.open.notice_screen import open_notice_screen
from hardware.screens.notice import NoticeEvent, NoticeWork, ScreenNotice
from hardware.screens.window import Inbox
from server.wire.station.enrol.link import EnrolledStation, EnrolmentRun
from server.wire.station.enrol.state import EnrolmentState, texts_of


def enrol_on_screen(run: EnrolmentRun, display: DisplaySettings, control_token: str) -> EnrolledStation | None:
    """Show the enrolment; return the enrolled station, None when the program must end."""
    inbox = Inbox[NoticeEvent]()
    with ExitStack() as exit_stack:
        screen = open_notice_screen(display.screen, display.control, control_token, inbox, run.notifier, exit_stack)
        show = lambda state: inbox.put(notice_of(state, display.station))
        work = NoticeWork(inbox, lambda: run.run(show), on_touch=run.signals.touch, on_stop=run.signals.stop)
        return work.run(screen)


def notice_of(state: EnrolmentState, station: str) -> ScreenNotice:
    """Return the notice of a stage. ``station``: the id in the settings, so that staff recognise the machine."""
    texts = texts_of(state)
    footer = "   ".join(part for part in (station, state.server) if part)
    return ScreenNotice(texts.titles, texts.code_label, texts.code, texts.advice, footer)
