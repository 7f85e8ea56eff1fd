"""The sentences of "why was this called now", by the keys that views give them."""

from collections.abc import Callable, Iterable, Mapping

from config.words import Words
from server.domain.choice import Why
from server.views.desk import Sentence
from server.web.figures import Figures
from server.web.keys import reason_shown

NAMED = 8
"""So many numbers that were passed are named."""

Values = Mapping[str, object]

SENTENCES: Mapping[str, Callable[[Words, Values], str]] = {
    "first": lambda words, v: words(
        "why", "Lấy số lúc {time}, sớm nhất trong các số đang chờ mà quầy {counter} phục vụ.", **v
    ),
    "priority": lambda words, v: words("why", "Số ưu tiên: được tính như lấy lúc {time}, sớm hơn {minutes} phút.", **v),
    "passed": lambda words, v: words("why", "Được gọi trước: {numbers}.", **v),
    "passed_none": lambda words, v: words("why", "Không số nào bị vượt lượt."),
    "skill": lambda words, v: words("why", "Các số {numbers} lấy sớm hơn nhưng thuộc lĩnh vực khác.", **v),
    "not_callable": lambda words, v: words("why", "Các số {numbers} đang tạm gác hoặc chưa đến giờ hẹn.", **v),
    "tie": lambda words, v: words("why", "Cùng thời điểm: số cấp trước được gọi trước."),
    "ready": lambda words, v: words("why", "Quầy {counter} đang sẵn sàng nên số được gọi ngay.", **v),
    "transfer": lambda words, v: words("why", "Chuyển từ quầy {counter}, giữ nguyên thứ tự chờ.", **v),
    "pinned": lambda words, v: words("why", "Chỉ quầy {counter} được gọi số này.", **v),
    "returned": lambda words, v: words("why", "Công dân quay lại lúc {time}; thứ tự tính từ lúc đó.", **v),
    "deferred": lambda words, v: words("why", "Đã lùi lượt theo yêu cầu lúc {time}.", **v),
    "class": lambda words, v: words("why", "Đổi diện ưu tiên lúc {time}. Lý do: {reason}.", **v),
    "chosen": lambda words, v: words(
        "why", "Cán bộ gọi số chỉ định. Lý do: {reason}.", reason=reason_shown(str(v["reason"]), words)
    ),
    "guard": lambda words, v: words(
        "why", "Sau {n} số ưu tiên liền nhau, gọi 1 số thường đã chờ quá {minutes} phút.", **v
    ),
}


def spoken(sentences: Iterable[Sentence], words: Words) -> list[str]:
    """The sentences in the words' language."""
    return [SENTENCES[one.key](words, one.values) for one in sentences]


def of_next(why: Why, fig: Figures, *, counter: str, priority: bool, issued_at_ms: int, counts_at_ms: int) -> list[str]:
    """Why a ticket is the next one: the rule's answer at this moment. Times are UTC ms."""
    said: list[Sentence] = []
    if priority:
        minutes = (issued_at_ms - counts_at_ms) // 60_000
        said.append(Sentence("priority", {"time": fig.time(counts_at_ms), "minutes": minutes}))
    elif not why.passed:
        said.append(Sentence("first", {"time": fig.time(issued_at_ms), "counter": counter}))
    said += [Sentence("pinned", {"counter": counter})] if why.pinned else []
    numbers = ", ".join([*why.passed[:NAMED], *(["…"] if len(why.passed) > NAMED else [])])
    said.append(Sentence("passed", {"numbers": numbers}) if numbers else Sentence("passed_none", {}))
    if why.not_callable:
        said.append(Sentence("not_callable", {"numbers": ", ".join(why.not_callable)}))
    said += [Sentence("tie", {})] if why.tie else []
    return spoken(said, fig.words)
