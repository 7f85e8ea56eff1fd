"""The fields of a service's single dates, its target and the question about priority."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.web.staff.admin.office.date_fields import DatesField
from server.web.staff.admin.office.fields import OfficeField, PlainTextField, TickField, WholeNumberField

SERVICE_DATES = DatesField(
    "dates",
    lambda words: words("office", "Giờ của từng ngày"),
    lambda words: words(
        "office",
        "Mỗi dòng một ngày, như 05/12/2026: 08:00-11:00; “nghỉ” là không tiếp nhận ngày đó."
        " Thay cho giờ trong tuần, ngày nghỉ và ngày đặc biệt của cơ quan.",
    ),
)
TARGET_FIELDS: Sequence[OfficeField] = (
    WholeNumberField(
        "target_min",
        lambda words: words("office", "Mục tiêu: gọi số trong vòng"),
        lambda words: words("office", "Để trống là theo mục Quy tắc. Dùng trong cảnh báo và báo cáo."),
        least=1,
        most=240,
        unit=lambda words: words("office", "phút"),
        optional=True,
    ),
    PlainTextField(
        "place",
        lambda words: words("office", "Nơi tiếp nhận khác"),
        lambda words: words(
            "office", "Khi cơ quan không tiếp nhận lĩnh vực này: ki-ốt không cấp số và hướng dẫn người dân đến đó."
        ),
        optional=True,
    ),
    TickField(
        "asks_priority",
        lambda words: words("office", "Ki-ốt hỏi diện ưu tiên khi lấy số"),
        lambda words: words("office", "Bỏ dấu thì ki-ốt không hỏi; cán bộ vẫn ghi được diện ưu tiên."),
    ),
)
NEW_SERVICE_FIELDS: Mapping[str, Any] = {"dates": {}, "target_min": None, "asks_priority": True, "place": None}
