"""Opens the screen of a station that is not enrolled, from the settings."""

from contextlib import ExitStack, closing

from config.address import split_address
from config.settings import ScreenSettings
from hardware.screens.control import ScreenControl
from hardware.screens.frames import Frames
from hardware.screens.notice import NoticeEvent, NoticeNotifier, NoticeScreen, notice_panel
from hardware.screens.window import Inbox, Window


def open_notice_screen(
    screen: ScreenSettings,
    control: str | None,
    control_token: str,
    inbox: Inbox[NoticeEvent],
    notifier: NoticeNotifier,
    exit_stack: ExitStack,
) -> NoticeScreen:
    """Open the window, and the control port at ``control``; ``exit_stack`` closes both.

    ``inbox`` receives the events of both.
    """
    panel = notice_panel(screen.width_px, screen.height_px, screen.width_mm)
    window = Window(panel, title="Lượt", fullscreen=screen.fullscreen, display=screen.display, fitted=screen.fitted)
    exit_stack.enter_context(closing(window))
    if control is None:
        return NoticeScreen(window, panel, None, notifier)
    frames = Frames()
    exit_stack.enter_context(closing(ScreenControl(*split_address(control), frames, inbox.put, token=control_token)))
    return NoticeScreen(window, panel, frames, notifier)
