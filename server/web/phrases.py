"""What code words are called in front of people: states, moves, outcomes, ratings."""

from collections.abc import Callable, Iterable, Mapping

from config.words import Words

Phrase = Callable[[Words], str]

LONG_MIN = 90
"""From so many minutes on a wait is said in hours."""

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
    "reopen": lambda words: words("clerk", "Mở lại lượt vừa xong"),
    "cancel": lambda words: words("clerk", "Hủy số"),
}

OUTCOMES: Mapping[str, Phrase] = {
    "received": lambda words: words("clerk", "Đã tiếp nhận hồ sơ"),
    "more_papers": lambda words: words("clerk", "Yêu cầu bổ sung, hoàn thiện hồ sơ"),
    "refused": lambda words: words("clerk", "Từ chối tiếp nhận"),
    "returned": lambda words: words("clerk", "Đã trả kết quả"),
    "advice": lambda words: words("clerk", "Chỉ hướng dẫn"),
}


LEVELS: Mapping[str, Phrase] = {
    "very_satisfied": lambda words: words("rating", "Rất hài lòng"),
    "satisfied": lambda words: words("rating", "Hài lòng"),
    "neutral": lambda words: words("rating", "Bình thường"),
    "dissatisfied": lambda words: words("rating", "Không hài lòng"),
}


def phrase(table: Mapping[str, Phrase], word: str, words: Words) -> str:
    """The phrase of a code word; a word that has none is shown as it is."""
    return table[word](words) if word in table else word


def phrases(table: Mapping[str, Phrase], found: Iterable[str], words: Words) -> str:
    """Several code words, parted by commas."""
    return ", ".join(phrase(table, word, words) for word in found)


def wait(interval: tuple[int, int] | None, words: Words) -> str | None:
    """An expected wait in minutes as people say it, never one number; None when nothing is known."""
    if interval is None:
        return None
    low, high = interval
    if low <= 0:
        return words("wait", "không quá {to} phút", to=high)
    if high > LONG_MIN:
        return words("wait", "từ {from} đến {to}", **{"from": _length(low, words), "to": _length(high, words)})
    return words("wait", "khoảng {from}–{to} phút", **{"from": low, "to": high})


def wait_short(interval: tuple[int, int] | None, words: Words) -> str | None:
    """An expected wait in a column of minutes, "20–35"."""
    if interval is None:
        return None
    return words("wait", "{from}–{to}", **{"from": interval[0], "to": interval[1]})


def _length(minutes: int, words: Words) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return words("wait", "{m} phút", m=rest)
    if not rest:
        return words("wait", "{h} tiếng", h=hours)
    return words("wait", "{h} tiếng {m} phút", h=hours, m=rest)
