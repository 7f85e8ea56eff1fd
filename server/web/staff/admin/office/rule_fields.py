"""The fields of the rules of the queue. ``config.office_rules.RuleSettings`` describes each."""

from collections.abc import Mapping, Sequence

from server.domain.office_changes.problems import RULE_LIMITS
from server.web.shared.phrases import Phrase
from server.web.staff.admin.office.fields import OfficeField, PlainTextField, TickField, WholeNumberField
from server.web.staff.admin.office.list_fields import LinesField
from server.web.staff.admin.office.number_fields import RULE_NUMBER_FIELDS
from server.web.staff.admin.office.order_fields import ORDER_FIELDS


def _number(name: str, label: Phrase, unit: Phrase | None, about: Phrase | None = None) -> WholeNumberField:
    least, most = RULE_LIMITS[name]
    return WholeNumberField(name, label, about, least=least, most=most, unit=unit)


MINUTES: Phrase = lambda words: words("office", "phút")
SECONDS: Phrase = lambda words: words("office", "giây")

RULE_HEADINGS: Mapping[str, Phrase] = {
    "head_start_min": lambda words: words("office", "Thứ tự và mục tiêu"),
    "calls": lambda words: words("office", "Gọi số tại quầy"),
    "ready": lambda words: words("office", "Tự động gọi số"),
    "repeat_min": lambda words: words("office", "Cấp số"),
    "order_by": lambda words: words("office", "Thứ tự trên ki-ốt"),
    "close_at": lambda words: words("office", "Cuối ngày và mã hồ sơ"),
}
RULE_FIELDS: Sequence[OfficeField] = (
    _number(
        "head_start_min",
        lambda words: words("office", "Số ưu tiên được tính như lấy sớm hơn"),
        MINUTES,
        lambda words: words("office", "0: số ưu tiên không được tính sớm hơn. Số đã cấp giữ cách tính cũ."),
    ),
    _number(
        "target_min",
        lambda words: words("office", "Mục tiêu: gọi số trong vòng"),
        MINUTES,
        lambda words: words("office", "Dùng trên trang toàn sảnh và trong báo cáo; không đổi thứ tự gọi."),
    ),
    _number(
        "calls",
        lambda words: words("office", "Số lần gọi nhiều nhất của một số"),
        lambda words: words("office", "lần"),
        lambda words: words("office", "Tính cả lần đầu. Đánh dấu vắng mặt trước lần cuối thì phải ghi lý do."),
    ),
    _number(
        "call_gap_s",
        lambda words: words("office", "Cách giữa hai lần gọi cùng một số, ít nhất"),
        SECONDS,
    ),
    _number(
        "call_later_min",
        lambda words: words("office", "Số để “Gọi lại sau” được gọi lại sau"),
        MINUTES,
    ),
    _number(
        "defer_behind",
        lambda words: words("office", "Người dân nhường lượt thì lùi sau"),
        lambda words: words("office", "số"),
    ),
    _number(
        "hold_min",
        lambda words: words("office", "Số tạm gác đến hạn sau"),
        MINUTES,
        lambda words: words("office", "Khi cán bộ không ghi thời gian."),
    ),
    _number("reopen_min", lambda words: words("office", "Mở lại được lượt vừa xong trong"), MINUTES),
    _number("undo_min", lambda words: words("office", "Hoàn tác được thao tác vừa làm trong"), MINUTES),
    _number("rating_min", lambda words: words("office", "Người dân đánh giá được trong"), MINUTES),
    _number(
        "pin_pause_min",
        lambda words: words("office", "Quầy tạm dừng quá lâu thì quầy khác được gọi số hẹn tại quầy đó, sau"),
        MINUTES,
    ),
    TickField(
        "next_finishes",
        lambda words: words("office", "Bấm “Gọi số tiếp theo” thì lượt đang phục vụ được hoàn thành"),
    ),
    TickField(
        "ready",
        lambda words: words("office", "Quầy đang rảnh được tự động gọi số mới"),
        lambda words: words("office", "Cán bộ bấm gọi khi chưa có ai chờ thì người đến sau được gọi ngay."),
    ),
    _number("ready_min", lambda words: words("office", "Chờ tự động gọi nhiều nhất"), MINUTES),
    _number(
        "acknowledge_s",
        lambda words: words("office", "Lượt gọi tự động không ai nhận thì thu lại sau"),
        SECONDS,
    ),
    _number(
        "grace_s",
        lambda words: words("office", "Quầy không có tín hiệu thì coi là vắng người sau"),
        SECONDS,
    ),
    _number(
        "repeat_min",
        lambda words: words("office", "Một lượt chạm ki-ốt không lấy số thứ hai cùng lĩnh vực trong"),
        MINUTES,
        lambda words: words(
            "office",
            "Khi số đầu còn chờ. 0: không giới hạn. Lượt chạm kết thúc khi không ai chạm trong 10 giây;"
            " cán bộ vẫn cấp thêm được tại quầy.",
        ),
    ),
    *RULE_NUMBER_FIELDS,
    _number(
        "seat_late_min",
        lambda words: words("office", "Báo trên trang Toàn sảnh khi quầy vắng người theo lịch"),
        MINUTES,
    ),
    *ORDER_FIELDS,
    PlainTextField(
        "close_at",
        lambda words: words("office", "Ngày còn mở được tự động kết thúc lúc"),
        lambda words: words("office", "Giờ của đêm hôm sau, viết như 03:00."),
        hint="03:00",
    ),
    LinesField(
        "dossier_codes",
        lambda words: words("office", "Mẫu của mã hồ sơ khi quét"),
        lambda words: words("office", "Biểu thức chính quy, mỗi dòng một mẫu. Chỉ sửa khi có hướng dẫn kỹ thuật."),
    ),
)
