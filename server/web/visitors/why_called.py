"""Why a number was called, and the order of calls, in the visitor's words.

Reasons that clerks typed and names of clerks are left out: they may be about other people.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from config.words import Words
from server.domain.queue.ticket import TicketState
from server.views import Sentence, VisitorTicket

Values = Mapping[str, object]

_SENTENCES: Mapping[str, Callable[[Words, Values], str]] = {
    "first": lambda words, v: words(
        "why", "Ông/Bà lấy số lúc {time}, sớm nhất trong các số đang chờ mà quầy {counter} phục vụ.", **v
    ),
    "priority": lambda words, v: words(
        "why", "Số ưu tiên của Ông/Bà được tính như lấy lúc {time}, sớm hơn {minutes} phút.", **v
    ),
    "passed": lambda words, v: words("why", "Số của Ông/Bà được gọi trước các số lấy sớm hơn: {numbers}.", **v),
    "passed_none": lambda words, v: words("why", "Không số nào bị vượt lượt."),
    "passed_also": lambda words, v: words(
        "why", "Các số {numbers} lấy sớm hơn nhưng thuộc lĩnh vực mà cán bộ ở quầy chỉ phục vụ thêm.", **v
    ),
    "also_none": lambda words, v: words("why", "Cán bộ ở quầy không còn số nào của lĩnh vực chính để gọi."),
    "also_target": lambda words, v: words("why", "Ông/Bà đã chờ quá thời gian mục tiêu của trung tâm."),
    "skill": lambda words, v: words("why", "Các số {numbers} lấy sớm hơn nhưng thuộc lĩnh vực khác.", **v),
    "not_callable": lambda words, v: words(
        "why", "Các số {numbers} dành cho quầy hoặc cán bộ khác, hoặc chưa đến giờ gọi lại.", **v
    ),
    "tie": lambda words, v: words("why", "Cùng thời điểm: số cấp trước được gọi trước."),
    "ready": lambda words, v: words("why", "Quầy {counter} đang sẵn sàng nên số được gọi ngay.", **v),
    "transfer": lambda words, v: words("why", "Ông/Bà được chuyển từ quầy {counter}, giữ nguyên thứ tự chờ.", **v),
    "pinned": lambda words, v: words("why", "Số của Ông/Bà dành riêng cho quầy {counter}.", **v),
    "pinned_clerk": lambda words, v: words("why", "Số của Ông/Bà dành riêng cho cán bộ ở quầy này."),
    "returned": lambda words, v: words("why", "Ông/Bà quay lại lúc {time}; thứ tự tính từ lúc đó.", **v),
    "deferred": lambda words, v: words("why", "Ông/Bà đã xin lùi lượt lúc {time}.", **v),
    "class": lambda words, v: words("why", "Diện ưu tiên của số được đổi lúc {time}.", **v),
    "chosen": lambda words, v: words("why", "Cán bộ gọi số này ngoài thứ tự; lý do được ghi vào nhật ký."),
}


def why_values(visitor_ticket: VisitorTicket, words: Words) -> dict[str, Any]:
    """Return the template variables of the fold: its title and its sentences."""
    if visitor_ticket.why:
        return {"why_title": words("why", "Vì sao gọi số này"), "why": _texts(visitor_ticket.why, words)}
    if visitor_ticket.state is TicketState.WAITING:
        return {"why_title": words("why", "Số được gọi theo thứ tự nào"), "why": _rule(visitor_ticket, words)}
    return {"why": ()}


def _texts(sentences: Sequence[Sentence], words: Words) -> list[str]:
    return [_SENTENCES[sentence.key](words, sentence.values) for sentence in sentences]


def _rule(visitor_ticket: VisitorTicket, words: Words) -> list[str]:
    """Return the rule of the queue for those who wait."""
    rule = [words("why", "Đến trước phục vụ trước: số lấy sớm hơn của cùng lĩnh vực được gọi trước.")]
    if visitor_ticket.head_start_min:
        minutes = visitor_ticket.head_start_min
        rule.append(words("why", "Số ưu tiên được tính như lấy sớm hơn {minutes} phút.", minutes=minutes))
    return [*rule, words("why", "Một số của lĩnh vực khác lấy sau có thể được gọi trước, vì quầy khác phục vụ.")]
