"""What a clerk can do, as one table: its key, its icon, whether it needs a panel, and what it is called.

Buttons, keyboard and the list of keys are drawn from these rows; what is legal now is the server's word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.words import Words
from server.web.phrases import MOVES, Phrase


class Do(StrEnum):
    """Everything on the page; the moves have the names of the move table."""

    NEXT = "next"
    START = "start"
    FINISH = "finish"
    RECALL = "recall"
    NO_SHOW = "no_show"
    REQUEUE = "requeue"
    HOLD = "hold"
    TRANSFER = "transfer"
    FINISH_NEXT = "finish_next"
    CANCEL = "cancel"
    RECLASSIFY = "reclassify"
    REPRINT = "reprint"
    READY = "ready"
    UNREADY = "unready"
    PAUSE = "pause"
    OPEN = "open"
    CLOSE = "close"
    CHOSEN = "chosen"
    ISSUE = "issue"
    DOSSIER = "dossier"
    FIND = "find"
    KEYS = "keys"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Action:
    """One row. ``panel``: it opens a form first; otherwise one press does it."""

    key: str
    icon: str
    phrase: Phrase
    panel: bool = False


ACTIONS: Mapping[Do, Action] = {
    Do.NEXT: Action("N", "bell", MOVES["call"]),
    Do.START: Action("S", "person", MOVES["start"]),
    Do.FINISH: Action("H", "check", MOVES["finish"]),
    Do.RECALL: Action("R", "bell", MOVES["recall"]),
    Do.NO_SHOW: Action("V", "away", MOVES["no_show"]),
    Do.REQUEUE: Action("L", "later", MOVES["requeue"]),
    Do.HOLD: Action("G", "hold", MOVES["hold"], panel=True),
    Do.TRANSFER: Action("C", "transfer", MOVES["transfer"], panel=True),
    Do.FINISH_NEXT: Action("T", "chain", MOVES["finish_next"], panel=True),
    Do.CANCEL: Action("X", "cross", MOVES["cancel"], panel=True),
    Do.RECLASSIFY: Action("U", "star", MOVES["reclassify"], panel=True),
    Do.REPRINT: Action("B", "print", lambda words: words("clerk", "In lại phiếu"), panel=True),
    Do.READY: Action("Y", "ring", lambda words: words("clerk", "Sẵn sàng nhận số")),
    Do.UNREADY: Action("Y", "ring", lambda words: words("clerk", "Ngừng nhận số")),
    Do.PAUSE: Action("P", "pause", lambda words: words("clerk", "Tạm dừng"), panel=True),
    Do.OPEN: Action("O", "door", lambda words: words("clerk", "Mở quầy")),
    Do.CLOSE: Action("Q", "door", lambda words: words("clerk", "Đóng quầy")),
    Do.CHOSEN: Action("D", "next", MOVES["call_chosen"], panel=True),
    Do.FIND: Action("F", "find", lambda words: words("clerk", "Tìm số"), panel=True),
    Do.ISSUE: Action("I", "plus", lambda words: words("clerk", "Cấp số tại quầy"), panel=True),
    Do.DOSSIER: Action("E", "file", lambda words: words("clerk", "Mã hồ sơ"), panel=True),
    Do.CHANGE: Action("K", "transfer", lambda words: words("clerk", "Đổi quầy"), panel=True),
    Do.KEYS: Action("?", "why", lambda words: words("clerk", "Phím tắt"), panel=True),
}

MAIN: Sequence[Do] = (Do.NEXT, Do.START, Do.FINISH)
"""Always in this order; the legal one is filled and double wide."""

MORE: Sequence[Do] = (
    Do.RECALL,
    Do.NO_SHOW,
    Do.REQUEUE,
    Do.HOLD,
    Do.TRANSFER,
    Do.FINISH_NEXT,
    Do.CANCEL,
    Do.RECLASSIFY,
    Do.REPRINT,
)

OUTCOMES: Sequence[str] = ("received", "more_papers", "refused", "returned", "advice")
"""Keys 1 to 5, in this order."""

PAUSE_REASONS: Sequence[Phrase] = (
    lambda words: words("pause", "Nghỉ giải lao"),
    lambda words: words("pause", "Tạm rời quầy"),
    lambda words: words("pause", "Nghỉ trưa"),
    lambda words: words("pause", "Họp đột xuất"),
    lambda words: words("pause", "Xử lý công việc khẩn cấp"),
    lambda words: words("pause", "Hỗ trợ đồng nghiệp"),
    lambda words: words("pause", "Sự cố kỹ thuật"),
    lambda words: words("pause", "Hết giờ làm việc"),
)
COUNTER_REASONS: Mapping[str, Phrase] = {
    "away": lambda words: words("pause", "Tạm rời quầy"),
    "no_answer": lambda words: words("pause", "Chưa xác nhận số được gọi tự động"),
    "void": lambda words: words("clerk", "In thử"),
}
"""Reasons that the server gives by a code word."""


def reason_shown(reason: str | None, words: Words) -> str | None:
    """A reason as it is read: of the server's in words, of people's as written (translated where it is a usual one)."""
    if reason is None:
        return None
    if reason in COUNTER_REASONS:
        return COUNTER_REASONS[reason](words)
    usual = words("pause", reason)
    return usual if usual != reason else words("clerk", reason)


HOLD_REASONS: Sequence[Phrase] = (
    lambda words: words("clerk", "Đi sao chụp giấy tờ"),
    lambda words: words("clerk", "Điền tờ khai"),
    lambda words: words("clerk", "Đi nộp phí, lệ phí"),
    lambda words: words("clerk", "Lấy thêm giấy tờ"),
)
MARKS: Mapping[str, Phrase] = {
    "requeued": lambda words: words("clerk", "Gọi lại sau"),
    "deferred": lambda words: words("clerk", "Công dân xin lùi lượt"),
    "returned": lambda words: words("clerk", "Đã quay lại"),
}
"""What is said of a ticket in a list."""

CANCEL_REASONS: Sequence[Phrase] = (
    lambda words: words("clerk", "Công dân xin hủy"),
    lambda words: words("clerk", "Lấy nhầm"),
)
