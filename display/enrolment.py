"""The TV's screen while it is not enrolled: its code, or the obstacle."""

from contextlib import ExitStack, closing

from config.address import split_address
from config.settings import DisplaySettings
from hardware.screens.control import ScreenControl
from hardware.screens.frames import Frames
from hardware.screens.notice import NoticeEvent, NoticeScreen, NoticeWork, ScreenNotice, notice_panel
from hardware.screens.window import Inbox, Window
from server.wire.station.enrol.link import EnrolledStation, EnrolmentRun
from server.wire.station.enrol.state import EnrolmentState, texts_of


def enrol_on_screen(run: EnrolmentRun, display: DisplaySettings, control_token: str) -> EnrolledStation | None:
    """Show the enrolment; return the enrolled station, None when the program must end."""
    screen, inbox = display.screen, Inbox[NoticeEvent]()
    panel = notice_panel(screen.width_px, screen.height_px, screen.width_mm)
    with ExitStack() as exit_stack:
        window = Window(panel, title="Lượt", fullscreen=screen.fullscreen, display=screen.display, fitted=screen.fitted)
        exit_stack.enter_context(closing(window))
        frames = Frames() if display.control is not None else None
        if display.control is not None and frames is not None:
            control = ScreenControl(*split_address(display.control), frames, inbox.put, token=control_token)
            exit_stack.enter_context(closing(control))
        show = lambda state: inbox.put(notice_of(state, display.station))
        work = NoticeWork(inbox, lambda: run.run(show), on_touch=run.signals.touch, on_stop=run.signals.stop)
        return work.run(NoticeScreen(window, panel, frames, run.notifier))


def notice_of(state: EnrolmentState, station: str) -> ScreenNotice:
    """Return the notice of a stage. ``station``: the id in the settings, so that staff recognise the machine."""
    texts = texts_of(state)
    footer = "   ".join(part for part in (station, state.server) if part)
    return ScreenNotice(texts.titles, texts.code_label, texts.code, texts.advice, footer)
