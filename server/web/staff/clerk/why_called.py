"""Texts of the sentences that explain a call, by the keys of ``server.views``."""

from collections.abc import Callable, Iterable, Mapping

from config.words import Words
from server.views import Sentence
from server.web.staff.clerk.actions import reason_text

Values = Mapping[str, object]

SENTENCES: Mapping[str, Callable[[Words, Values], str]] = {
    "first": lambda words, v: words(
        "why", "Lấy số lúc {time}, sớm nhất trong các số đang chờ mà quầy {counter} phục vụ.", **v
    ),
    "priority": lambda words, v: words("why", "Số ưu tiên: được tính như lấy lúc {time}, sớm hơn {minutes} phút.", **v),
    "passed": lambda words, v: words("why", "Được gọi trước: {numbers}.", **v),
    "passed_none": lambda words, v: words("why", "Không số nào bị vượt lượt."),
    "also_none": lambda words, v: words(
        "why", "Lĩnh vực cán bộ phục vụ thêm: không còn số nào của lĩnh vực chính gọi được."
    ),
    "also_target": lambda words, v: words(
        "why", "Lĩnh vực cán bộ phục vụ thêm: đã chờ quá thời gian mục tiêu nên xếp như lĩnh vực chính."
    ),
    "passed_also": lambda words, v: words(
        "why", "Các số {numbers} lấy sớm hơn nhưng thuộc lĩnh vực cán bộ chỉ phục vụ thêm.", **v
    ),
    "skill": lambda words, v: words("why", "Các số {numbers} lấy sớm hơn nhưng thuộc lĩnh vực khác.", **v),
    "not_callable": lambda words, v: words(
        "why", "Các số {numbers} dành cho quầy hoặc cán bộ khác, hoặc chưa đến giờ gọi lại.", **v
    ),
    "tie": lambda words, v: words("why", "Cùng thời điểm: số cấp trước được gọi trước."),
    "ready": lambda words, v: words("why", "Quầy {counter} đang sẵn sàng nên số được gọi ngay.", **v),
    "transfer": lambda words, v: words("why", "Chuyển từ quầy {counter}, giữ nguyên thứ tự chờ.", **v),
    "pinned": lambda words, v: words("why", "Chỉ quầy {counter} được gọi số này.", **v),
    "pinned_clerk": lambda words, v: words("why", "Chỉ cán bộ {clerk} được gọi số này.", **v),
    "returned": lambda words, v: words("why", "Công dân quay lại lúc {time}; thứ tự tính từ lúc đó.", **v),
    "deferred": lambda words, v: words("why", "Đã lùi lượt theo yêu cầu lúc {time}.", **v),
    "class": lambda words, v: words("why", "Đổi diện ưu tiên lúc {time}. Lý do: {reason}.", **v),
    "chosen": lambda words, v: words(
        "why", "Cán bộ gọi số chỉ định. Lý do: {reason}.", reason=reason_text(str(v["reason"]), words)
    ),
}


def sentence_texts(sentences: Iterable[Sentence], words: Words) -> list[str]:
    """Return the texts of the sentences in the language of ``words``."""
    return [SENTENCES[sentence.key](words, sentence.values) for sentence in sentences]
