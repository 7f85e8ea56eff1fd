"""What code words are called in front of people: states, moves, outcomes."""

from collections.abc import Callable, Iterable, Mapping

from config.words import Words

Phrase = Callable[[Words], str]

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


def phrase(table: Mapping[str, Phrase], word: str, words: Words) -> str:
    """The phrase of a code word; a word that has none is shown as it is."""
    return table[word](words) if word in table else word


def phrases(table: Mapping[str, Phrase], found: Iterable[str], words: Words) -> str:
    """Several code words, parted by commas."""
    return ", ".join(phrase(table, word, words) for word in found)
