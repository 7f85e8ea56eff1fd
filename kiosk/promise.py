"""What this kiosk can promise before a number is taken: a slip, or a number at all."""

from config.words import Words
from hardware.ports import State as DeviceState
from kiosk.state import Screen, State

NO_SLIP = (DeviceState.FAULT, DeviceState.OFFLINE)
PAPER_OUT = "paper_out"


def no_slip(state: State) -> bool:
    """Whether it is known that no slip would come out now. A printer of which nothing is known may well print."""
    return state.bounds.has_printer and state.printer is not None and state.printer.state in NO_SLIP


def out_of_paper(state: State) -> bool:
    """Whether a slip would not come out because there is no paper."""
    return no_slip(state) and state.printer is not None and state.printer.code == PAPER_OUT


def no_slip_line(state: State, words: Words) -> str | None:
    """One line for every screen on which a visitor chooses; None where slips come out, or the screen itself says it."""
    if state.screen in (Screen.NO_PAPER, Screen.RESULT) or not no_slip(state):
        return None
    if out_of_paper(state):
        return words("kiosk", "Máy in hết giấy. Số chỉ hiện trên màn hình.")
    return words("kiosk", "Máy in đang gặp sự cố. Số chỉ hiện trên màn hình.")


def promise(state: State, words: Words, otherwise: str | None) -> str | None:
    """The line under a key that leads to a number: what stands against it, else ``otherwise``."""
    if state.stale:
        return words("kiosk", "Mất kết nối, có thể chưa lấy được số")
    if no_slip(state):
        return words("kiosk", "Số hiện trên màn hình, không có phiếu")
    return otherwise
