"""Texts for the codes of states, moves, outcomes and ratings."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from config.words import Words

Phrase = Callable[[Words], str]
"""Returns a text in the language of the given ``Words``."""

MAX_WAIT_IN_MINUTES = 90
"""A longer wait is written in hours and minutes."""

STATES: Mapping[str, Phrase] = {
    "waiting": lambda words: words("state", "Đang chờ"),
    "called": lambda words: words("state", "Đang gọi"),
    "serving": lambda words: words("state", "Đang phục vụ"),
    "served": lambda words: words("state", "Hoàn thành"),
    "held": lambda words: words("state", "Tạm gác"),
    "no_show": lambda words: words("state", "Vắng mặt"),
    "cancelled": lambda words: words("state", "Đã hủy"),
    "expired": lambda words: words("state", "Hết hiệu lực"),
}

MOVES: Mapping[str, Phrase] = {
    "call": lambda words: words("clerk", "Gọi số tiếp theo"),
    "call_chosen": lambda words: words("clerk", "Gọi số chỉ định"),
    "recall": lambda words: words("clerk", "Gọi lại"),
    "start": lambda words: words("clerk", "Bắt đầu phục vụ"),
    "finish": lambda words: words("clerk", "Hoàn thành"),
    "finish_next": lambda words: words("clerk", "Làm tiếp thủ tục khác"),
    "no_show": lambda words: words("clerk", "Vắng mặt"),
    "return": lambda words: words("clerk", "Đã quay lại"),
    "requeue": lambda words: words("clerk", "Gọi lại sau"),
    "hold": lambda words: words("clerk", "Tạm gác"),
    "resume": lambda words: words("clerk", "Phục vụ tiếp"),
    "release": lambda words: words("clerk", "Đưa về hàng chờ"),
    "transfer": lambda words: words("clerk", "Chuyển quầy"),
    "defer": lambda words: words("visitor", "Lùi lượt"),
    "reclassify": lambda words: words("clerk", "Đổi diện ưu tiên"),
    "correct": lambda words: words("clerk", "Sửa thủ tục"),
    "reopen": lambda words: words("clerk", "Mở lại lượt vừa xong"),
    "rejoin": lambda words: words("clerk", "Đưa trở lại hàng chờ"),
    "cancel": lambda words: words("clerk", "Hủy số"),
}

MOVES_BY_FACT: Mapping[str, Phrase] = {
    "ticket.called": lambda words: words("clerk", "Gọi số"),
    "ticket.started": MOVES["start"],
    "ticket.finished": MOVES["finish"],
    "ticket.sent_on": MOVES["finish_next"],
    "ticket.missed": MOVES["no_show"],
    "ticket.returned": MOVES["return"],
    "ticket.requeued": MOVES["requeue"],
    "ticket.held": MOVES["hold"],
    "ticket.resumed": MOVES["resume"],
    "ticket.released": MOVES["release"],
    "ticket.transferred": MOVES["transfer"],
    "ticket.deferred": MOVES["defer"],
    "ticket.reclassified": MOVES["reclassify"],
    "ticket.procedure_changed": MOVES["correct"],
    "ticket.reopened": MOVES["reopen"],
    "ticket.rejoined": MOVES["rejoin"],
    "ticket.cancelled": MOVES["cancel"],
}
"""The moves that can be taken back, by the kind of their fact."""

OUTCOMES: Mapping[str, Phrase] = {
    "received": lambda words: words("clerk", "Đã tiếp nhận hồ sơ"),
    "more_papers": lambda words: words("clerk", "Yêu cầu bổ sung, hoàn thiện hồ sơ"),
    "refused": lambda words: words("clerk", "Từ chối tiếp nhận"),
    "returned": lambda words: words("clerk", "Đã trả kết quả"),
    "advice": lambda words: words("clerk", "Chỉ hướng dẫn"),
}

ROLES: Mapping[str, Phrase] = {
    "clerk": lambda words: words("role", "cán bộ quầy"),
    "lead_clerk": lambda words: words("role", "trưởng ca"),
    "manager": lambda words: words("role", "người quản lý"),
    "administrator": lambda words: words("role", "người quản trị"),
    "auditor": lambda words: words("role", "người kiểm tra"),
}
"""The roles of persons, inside a sentence."""

RATING_LEVELS: Mapping[str, Phrase] = {
    "very_satisfied": lambda words: words("rating", "Rất hài lòng"),
    "satisfied": lambda words: words("rating", "Hài lòng"),
    "neutral": lambda words: words("rating", "Bình thường"),
    "dissatisfied": lambda words: words("rating", "Không hài lòng"),
}


def phrase(table: Mapping[str, Phrase], code: str, words: Words) -> str:
    """Return the text of a code, or the code itself where it has none."""
    return table[code](words) if code in table else code


def phrases(table: Mapping[str, Phrase], codes: Iterable[str], words: Words) -> str:
    """Return the texts of several codes, separated by commas."""
    return ", ".join(phrase(table, code, words) for code in codes)


def alternatives(table: Mapping[str, Phrase], codes: Sequence[str], words: Words) -> str:
    """Return the texts of several codes as a choice: "trưởng ca hoặc người quản lý"."""
    texts = [phrase(table, code, words) for code in codes]
    if len(texts) <= 1:
        return "".join(texts)
    return words("role", "{others} hoặc {last}", others=", ".join(texts[:-1]), last=texts[-1])


def expected_wait(interval: tuple[int, int] | None, words: Words) -> str | None:
    """Return an expected wait in words, given as (fewest minutes, most minutes); None for None."""
    if interval is None:
        return None
    low, high = interval
    if low <= 0:
        return words("wait", "không quá {to} phút", to=high)
    if high > MAX_WAIT_IN_MINUTES:
        return words("wait", "từ {from} đến {to}", **{"from": _duration(low, words), "to": _duration(high, words)})
    return words("wait", "khoảng {from}–{to} phút", **{"from": low, "to": high})


def expected_wait_short(interval: tuple[int, int] | None, words: Words) -> str | None:
    """Return an expected wait for a column of minutes ("20–35"); None for None."""
    if interval is None:
        return None
    return words("wait", "{from}–{to}", **{"from": interval[0], "to": interval[1]})


def _duration(minutes: int, words: Words) -> str:
    hours, remainder = divmod(minutes, 60)
    if not hours:
        return words("wait", "{m} phút", m=remainder)
    if not remainder:
        return words("wait", "{h} tiếng", h=hours)
    return words("wait", "{h} tiếng {m} phút", h=hours, m=remainder)
