"""The table of the clerk page's actions: key, icon, name, and form.

Buttons, keyboard shortcuts and the list of keys are made from these rows; ``server.views`` decides which work now.
A form opens on the page as a panel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.words import Words
from server.web.shared.phrases import MOVES, Phrase


class PageCommand(StrEnum):
    """Every action of the page; moves of a ticket have the names of ``server.domain.queue.ticket.Move``.

    ``CHOSEN``: call a ticket out of order; ``FIND``: look a ticket up by its number; ``KEYS``: show the list of
    keyboard shortcuts; ``CHANGE``: change to another counter.
    """

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
    NOTE = "note"
    CORRECT = "correct"
    UNDO = "undo"
    FIND = "find"
    KEYS = "keys"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class ActionButton:
    """One action. ``key``: the letter on the keyboard; ``phrase``: its name; ``icon``: an id of ``icons.svg``.

    ``opens_panel``: a form opens first; otherwise one press runs the action.
    """

    key: str
    icon: str
    phrase: Phrase
    opens_panel: bool = False


ACTIONS: Mapping[PageCommand, ActionButton] = {
    PageCommand.NEXT: ActionButton("N", "bell", MOVES["call"]),
    PageCommand.START: ActionButton("S", "person", MOVES["start"]),
    PageCommand.FINISH: ActionButton("H", "check", MOVES["finish"]),
    PageCommand.RECALL: ActionButton("R", "bell", MOVES["recall"]),
    PageCommand.NO_SHOW: ActionButton("V", "away", MOVES["no_show"]),
    PageCommand.REQUEUE: ActionButton("L", "later", MOVES["requeue"]),
    PageCommand.HOLD: ActionButton("G", "hold", MOVES["hold"], opens_panel=True),
    PageCommand.TRANSFER: ActionButton("C", "transfer", MOVES["transfer"], opens_panel=True),
    PageCommand.FINISH_NEXT: ActionButton("T", "chain", MOVES["finish_next"], opens_panel=True),
    PageCommand.CANCEL: ActionButton("X", "cross", MOVES["cancel"], opens_panel=True),
    PageCommand.RECLASSIFY: ActionButton("U", "star", MOVES["reclassify"], opens_panel=True),
    PageCommand.REPRINT: ActionButton("B", "print", lambda words: words("clerk", "In lại phiếu"), opens_panel=True),
    PageCommand.READY: ActionButton("Y", "ring", lambda words: words("clerk", "Sẵn sàng nhận số")),
    PageCommand.UNREADY: ActionButton("Y", "ring", lambda words: words("clerk", "Ngừng nhận số")),
    PageCommand.PAUSE: ActionButton("P", "pause", lambda words: words("clerk", "Tạm dừng"), opens_panel=True),
    PageCommand.OPEN: ActionButton("O", "door", lambda words: words("clerk", "Mở quầy")),
    PageCommand.CLOSE: ActionButton("Q", "door", lambda words: words("clerk", "Đóng quầy")),
    PageCommand.CHOSEN: ActionButton("D", "next", MOVES["call_chosen"], opens_panel=True),
    PageCommand.FIND: ActionButton("F", "find", lambda words: words("clerk", "Tìm số"), opens_panel=True),
    PageCommand.ISSUE: ActionButton("I", "plus", lambda words: words("clerk", "Cấp số tại quầy"), opens_panel=True),
    PageCommand.DOSSIER: ActionButton("E", "file", lambda words: words("clerk", "Mã hồ sơ"), opens_panel=True),
    PageCommand.NOTE: ActionButton("J", "file", lambda words: words("clerk", "Ghi chú"), opens_panel=True),
    PageCommand.CORRECT: ActionButton("Z", "file", MOVES["correct"], opens_panel=True),
    PageCommand.UNDO: ActionButton("0", "undo", lambda words: words("clerk", "Hoàn tác")),
    PageCommand.CHANGE: ActionButton("K", "transfer", lambda words: words("clerk", "Đổi quầy"), opens_panel=True),
    PageCommand.KEYS: ActionButton("?", "why", lambda words: words("clerk", "Phím tắt"), opens_panel=True),
}

MAIN_ACTIONS: Sequence[PageCommand] = (PageCommand.NEXT, PageCommand.START, PageCommand.FINISH)
"""The three large buttons, in this order; the one that works now is filled and twice as wide."""

MORE_ACTIONS: Sequence[PageCommand] = (
    PageCommand.RECALL,
    PageCommand.NO_SHOW,
    PageCommand.REQUEUE,
    PageCommand.HOLD,
    PageCommand.TRANSFER,
    PageCommand.FINISH_NEXT,
    PageCommand.CANCEL,
    PageCommand.RECLASSIFY,
    PageCommand.REPRINT,
)
"""The small buttons below them, in this order."""

OUTCOMES: Sequence[str] = ("received", "more_papers", "refused", "returned", "advice")
"""Keys 1 to 5, in this order."""

# The reasons to choose from for a pause, in the order of the list.
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
CODED_REASONS: Mapping[str, Phrase] = {
    "away": lambda words: words("pause", "Tạm rời quầy"),
    "no_answer": lambda words: words("pause", "Chưa xác nhận số được gọi tự động"),
    "void": lambda words: words("clerk", "In thử"),
}
"""Texts of the reasons that are recorded as a code: of a pause (away, no_answer), of a cancellation (void)."""


def reason_text(reason: str | None, words: Words) -> str | None:
    """Return the text of a reason in the language of ``words``; None for None.

    The reason is the recorded one of a pause, a hold, a call out of order, an absence or a cancellation. Codes and
    reasons of this file's lists are translated; a typed reason stays as it is.
    """
    if reason is None:
        return None
    if reason in CODED_REASONS:
        return CODED_REASONS[reason](words)
    translated = words("pause", reason)
    return translated if translated != reason else words("clerk", reason)


# The reasons to choose from for a hold.
HOLD_REASONS: Sequence[Phrase] = (
    lambda words: words("clerk", "Đi sao chụp giấy tờ"),
    lambda words: words("clerk", "Điền tờ khai"),
    lambda words: words("clerk", "Đi nộp phí, lệ phí"),
    lambda words: words("clerk", "Lấy thêm giấy tờ"),
)
REMARKS: Mapping[str, Phrase] = {
    "requeued": lambda words: words("clerk", "Gọi lại sau"),
    "deferred": lambda words: words("clerk", "Công dân xin lùi lượt"),
    "returned": lambda words: words("clerk", "Đã quay lại"),
}
"""Remarks on a ticket in a list, by code."""

# The reasons to choose from for a cancellation.
CANCEL_REASONS: Sequence[Phrase] = (
    lambda words: words("clerk", "Công dân xin hủy"),
    lambda words: words("clerk", "Lấy nhầm"),
)
