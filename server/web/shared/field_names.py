"""Names of request fields for people.

Problem documents also have the field's name for programs.
"""

from collections.abc import Callable, Mapping

from config.words import Words

FIELD_NAMES: Mapping[str, Callable[[Words], str]] = {
    "request_id": lambda words: words("field", "mã yêu cầu"),
    "service": lambda words: words("field", "lĩnh vực"),
    "procedure": lambda words: words("field", "thủ tục"),
    "class": lambda words: words("field", "diện ưu tiên"),
    "station": lambda words: words("field", "máy trạm"),
    "print_at": lambda words: words("field", "nơi in phiếu"),
    "slip": lambda words: words("field", "in phiếu"),
    "seq": lambda words: words("field", "số thứ tự trong nhật ký"),
    "move": lambda words: words("field", "thao tác"),
    "device": lambda words: words("field", "thiết bị"),
    "fault": lambda words: words("field", "lỗi"),
    "earlier": lambda words: words("field", "mã của số vừa lấy"),
    "counter": lambda words: words("field", "quầy"),
    "reason": lambda words: words("field", "lý do"),
    "outcome": lambda words: words("field", "kết quả"),
    "pin": lambda words: words("field", "quầy được gọi"),
    "pin_clerk": lambda words: words("field", "cán bộ được gọi"),
    "back": lambda words: words("field", "quay lại quầy cũ"),
    "note": lambda words: words("field", "ghi chú"),
    "due_min": lambda words: words("field", "số phút quay lại"),
    "number": lambda words: words("field", "số"),
    "state": lambda words: words("field", "trạng thái"),
    "do": lambda words: words("field", "việc cần làm"),
    "from": lambda words: words("field", "lấy từ quầy"),
    "confirmed": lambda words: words("field", "đã xác nhận"),
    "ask": lambda words: words("field", "nơi hỏi"),
    "until": lambda words: words("field", "giờ phục vụ lại"),
    "clerk": lambda words: words("field", "cán bộ"),
    "ready": lambda words: words("field", "sẵn sàng nhận số"),
    "key": lambda words: words("field", "phím"),
    "proof": lambda words: words("field", "bằng chứng in"),
    "shown_at": lambda words: words("field", "lúc hiện số"),
    "spoken": lambda words: words("field", "phát loa"),
    "text": lambda words: words("field", "nội dung quét"),
    "why": lambda words: words("field", "nguyên nhân"),
    "level": lambda words: words("field", "mức đánh giá"),
    "day": lambda words: words("field", "ngày"),
    "after": lambda words: words("field", "vị trí bắt đầu"),
    "limit": lambda words: words("field", "số dòng"),
    "kind": lambda words: words("field", "loại việc"),
    "counters": lambda words: words("field", "các quầy"),
    "commitment": lambda words: words("field", "cam kết khóa"),
    "random": lambda words: words("field", "số ngẫu nhiên"),
    "receipt": lambda words: words("field", "biên nhận"),
    "ticket_class": lambda words: words("field", "diện ưu tiên"),
}


def field_name(words: Words, field: str) -> str:
    """Return the name of a field for people, or ``field`` itself where there is none."""
    return FIELD_NAMES[field](words) if field in FIELD_NAMES else field
