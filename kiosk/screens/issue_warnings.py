"""Warnings before a number is requested: there may be no slip or no number."""

from kiosk.flow.printability import cannot_print, is_out_of_paper
from kiosk.flow.state import ScreenName
from kiosk.screens.view import KioskView


def no_slip_notice(view: KioskView) -> str | None:
    """Return the warning that no slip would come out.

    None where a slip would come out, or where the screen itself has that text.
    """
    if view.visit.screen in (ScreenName.NO_PAPER, ScreenName.RESULT) or not cannot_print(view.state):
        return None
    if is_out_of_paper(view.state):
        return view.words("kiosk", "Máy in hết giấy. Số chỉ hiện trên màn hình.")
    return view.words("kiosk", "Máy in đang gặp sự cố. Số chỉ hiện trên màn hình.")


def issue_warning(view: KioskView, default: str | None) -> str | None:
    """Return the warning under a button that leads to a number.

    Where nothing is wrong, it is ``default``.
    """
    if view.hall.stale:
        return view.words("kiosk", "Mất kết nối, có thể chưa lấy được số")
    if cannot_print(view.state):
        return view.words("kiosk", "Số hiện trên màn hình, không có phiếu")
    return default
