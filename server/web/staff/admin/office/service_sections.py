"""The sections of services and of their groups."""

from collections.abc import Sequence

from server.domain.office_changes import Part
from server.web.shared.phrases import OUTCOMES
from server.web.staff.admin.office.fields import (
    ChoiceField,
    FieldContext,
    NamesField,
    PlainTextField,
    TickField,
    WholeNumberField,
)
from server.web.staff.admin.office.item_names import own_name
from server.web.staff.admin.office.list_fields import LinesField, OwnHoursField, ServicesField
from server.web.staff.admin.office.number_fields import NEW_SERVICE_NUMBERS, SERVICE_NUMBER_FIELDS
from server.web.staff.admin.office.section import FurtherColumn, OfficeSection
from server.web.staff.admin.office.service_fields import NEW_SERVICE_FIELDS, SERVICE_DATES, TARGET_FIELDS


def _outcomes(context: FieldContext) -> Sequence[tuple[str, str]]:
    return [(code, OUTCOMES[code](context.words)) for code in ("received", "returned", "advice")]


def _counters(service: str, context: FieldContext) -> str:
    """Return the counters of a service in words."""
    counters = [counter.label for counter in context.office.counters_in_use.values() if service in counter.services]
    if not counters:
        return context.words("office", "không quầy nào")
    return context.words("term", "Quầy {label}", label=", ".join(counters))


SEARCH_WORDS = LinesField(
    "synonyms",
    lambda words: words("office", "Từ người dân thường dùng"),
    lambda words: words("office", "Mỗi dòng một từ hoặc cụm từ, có dấu; ki-ốt tìm theo các từ này."),
)
CLOSED_SERVICE = TickField(
    "closed",
    lambda words: words("office", "Ngừng lĩnh vực này"),
    lambda words: words("office", "Không cấp số mới. Người đang chờ vẫn được phục vụ."),
)
SERVICE_SECTION = OfficeSection(
    key="services",
    part=Part.SERVICE,
    title=lambda words: words("office", "Lĩnh vực"),
    about=lambda words: words("office", "Các lĩnh vực mà người dân lấy số, theo thứ tự trên ki-ốt."),
    fields=(
        NamesField("name", lambda words: words("office", "Tên lĩnh vực")),
        PlainTextField(
            "prefix",
            lambda words: words("office", "Chữ đầu của số"),
            lambda words: words(
                "office", "Một hoặc hai chữ cái in hoa, khác với các lĩnh vực khác trừ khi dùng chung dãy số."
            ),
            hint="A",
        ),
        *SERVICE_NUMBER_FIELDS,
        ChoiceField(
            "outcome",
            lambda words: words("office", "Kết quả thường ghi khi hoàn thành"),
            options=_outcomes,
        ),
        WholeNumberField(
            "capacity",
            lambda words: words("office", "Nhiều nhất bao nhiêu số mỗi buổi"),
            lambda words: words("office", "Để trống là không giới hạn."),
            least=1,
            most=9999,
            unit=lambda words: words("office", "số"),
            optional=True,
        ),
        OwnHoursField("hours", lambda words: words("office", "Giờ tiếp nhận")),
        SERVICE_DATES,
        SEARCH_WORDS,
        *TARGET_FIELDS,
        TickField("usual", lambda words: words("office", "Hiện ở trang đầu danh sách của ki-ốt")),
        CLOSED_SERVICE,
    ),
    item_name=own_name("name"),
    columns=("prefix", "capacity", "hours"),
    headings={
        "prefix": lambda words: words("office", "Số của lĩnh vực"),
        "outcome": lambda words: words("office", "Tiếp nhận"),
        "synonyms": lambda words: words("office", "Ki-ốt và mục tiêu"),
    },
    further_columns=(FurtherColumn(lambda words: words("office", "Nơi phục vụ"), _counters),),
    added=lambda words: words("office", "Thêm lĩnh vực"),
    new={
        "name": {"vi": ""},
        "prefix": "",
        **NEW_SERVICE_NUMBERS,
        "outcome": "received",
        "capacity": None,
        "hours": None,
        **NEW_SERVICE_FIELDS,
        "usual": True,
        "closed": False,
        "synonyms": [],
    },
    id_prefix="lv",
    closed_name=lambda words: words("office", "đã ngừng"),
)
GROUP_SECTION = OfficeSection(
    key="groups",
    part=Part.GROUP,
    title=lambda words: words("office", "Nhóm lĩnh vực"),
    about=lambda words: words(
        "office", "Khi có nhiều lĩnh vực: ki-ốt hiện các nhóm trước, bấm vào nhóm mới hiện các lĩnh vực của nhóm."
    ),
    fields=(
        NamesField("name", lambda words: words("office", "Tên nhóm")),
        ServicesField("services", lambda words: words("office", "Lĩnh vực thuộc nhóm")),
    ),
    item_name=own_name("name"),
    columns=("services",),
    added=lambda words: words("office", "Thêm nhóm"),
    new={"name": {"vi": ""}, "services": []},
    id_prefix="g",
    is_removable=True,
)
