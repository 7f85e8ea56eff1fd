"""The sections of the office's pages as data: fields, list and texts."""

from collections.abc import Mapping, Sequence

from server.domain.calendar import WEEKDAYS
from server.domain.office_changes import Part, Row
from server.web.shared.phrases import Phrase
from server.web.staff.admin.office.fields import (
    ChoiceField,
    FieldContext,
    MomentField,
    NamesField,
    PlainTextField,
    TickField,
)
from server.web.staff.admin.office.item_names import counter_name, date_name, notice_name
from server.web.staff.admin.office.list_fields import ServicesField, SpansField, weekday_name
from server.web.staff.admin.office.person_section import CLERK_SECTION
from server.web.staff.admin.office.procedure_section import PROCEDURE_SECTION
from server.web.staff.admin.office.roster_section import ROSTER_SECTION
from server.web.staff.admin.office.rule_fields import RULE_FIELDS, RULE_HEADINGS
from server.web.staff.admin.office.section import IdInput, OfficeSection
from server.web.staff.admin.office.service_sections import GROUP_SECTION, SERVICE_SECTION
from server.web.staff.admin.office.zone_field import ZoneField


def _weekday_label(weekday: str) -> Phrase:
    return lambda words: weekday_name(words, weekday)


def _clerks(context: FieldContext) -> Sequence[tuple[str, str]]:
    names = [(clerk.id, clerk.name) for clerk in context.office.clerks.values() if not clerk.closed]
    return [("", context.words("office", "(không có)")), *names]


def _date_needs_something(row: Row) -> tuple[str, Phrase] | None:
    if row.get("name") is None and row.get("spans") is None:
        return "name", lambda words: words("office", "Mời ghi tên ngày nghỉ, hoặc giờ làm việc của ngày đó.")
    return None


SECTIONS: Sequence[OfficeSection] = (
    OfficeSection(
        key="general",
        part=Part.OFFICE,
        title=lambda words: words("office", "Thông tin chung"),
        about=lambda words: words(
            "office",
            "Tên cơ quan hiện trên phiếu, màn hình và các trang; địa chỉ và số điện thoại giúp công dân tìm đến.",
        ),
        fields=(
            NamesField("name", lambda words: words("office", "Tên cơ quan")),
            PlainTextField(
                "hotline",
                lambda words: words("office", "Số điện thoại hỗ trợ"),
                lambda words: words("office", "Để trống nếu không có."),
                optional=True,
            ),
            PlainTextField(
                "address",
                lambda words: words("office", "Địa chỉ"),
                lambda words: words("office", "In trên phiếu và hiện trên trang của công dân. Để trống nếu không cần."),
                optional=True,
            ),
            ZoneField(
                "zone",
                lambda words: words("office", "Múi giờ"),
                lambda words: words("office", "Chỉ đổi được khi ngày làm việc chưa mở."),
            ),
        ),
        item_name=lambda _id, _row, context: context.words("office", "Thông tin chung"),
    ),
    OfficeSection(
        key="hours",
        part=Part.HOURS,
        title=lambda words: words("office", "Giờ làm việc"),
        about=lambda words: words(
            "office", "Giờ tiếp nhận của từng ngày trong tuần. Viết như 07:30-11:30, 13:30-17:00; để trống là nghỉ."
        ),
        fields=tuple(SpansField(weekday, _weekday_label(weekday)) for weekday in WEEKDAYS),
        item_name=lambda _id, _row, context: context.words("office", "Giờ làm việc"),
    ),
    OfficeSection(
        key="dates",
        part=Part.DATE,
        title=lambda words: words("office", "Ngày nghỉ và ngày đặc biệt"),
        about=lambda words: words(
            "office", "Ngày lễ, ngày nghỉ bù, ngày làm bù và ngày có giờ làm việc khác thường lệ."
        ),
        fields=(
            NamesField(
                "name",
                lambda words: words("office", "Tên ngày"),
                lambda words: words("office", "Ngày nghỉ thì phải có tên, như “Quốc khánh”."),
                optional=True,
            ),
            SpansField(
                "spans",
                lambda words: words("office", "Giờ làm việc của ngày đó"),
                lambda words: words("office", "Để trống là nghỉ cả ngày. Có giờ thì ngày đó làm việc theo giờ này."),
                optional=True,
            ),
        ),
        item_name=date_name,
        columns=("name", "spans"),
        added=lambda words: words("office", "Thêm ngày"),
        new={"name": None, "spans": None},
        id_input=IdInput(
            lambda words: words("office", "Ngày"),
            lambda words: words("office", "Mỗi ngày chỉ có một dòng."),
            "date",
        ),
        is_removable=True,
        check=_date_needs_something,
    ),
    SERVICE_SECTION,
    GROUP_SECTION,
    OfficeSection(
        key="counters",
        part=Part.COUNTER,
        title=lambda words: words("office", "Quầy"),
        about=lambda words: words("office", "Các quầy và những lĩnh vực mà mỗi quầy nhận."),
        fields=(
            PlainTextField(
                "label",
                lambda words: words("office", "Tên quầy"),
                lambda words: words("office", "Thường là một số, như 3. Màn hình và loa đọc “quầy số 3”."),
                hint="3",
            ),
            ServicesField("services", lambda words: words("office", "Lĩnh vực quầy nhận")),
            ChoiceField(
                "clerk",
                lambda words: words("office", "Cán bộ thường ngồi quầy"),
                lambda words: words("office", "Dùng khi quầy được mở bằng bàn phím mà không ai đăng nhập."),
                options=_clerks,
            ),
            TickField(
                "closed",
                lambda words: words("office", "Bỏ hẳn quầy này"),
                lambda words: words("office", "Quầy không mở được nữa. Tạm nghỉ một buổi thì chỉ cần đóng quầy."),
            ),
        ),
        item_name=counter_name,
        columns=("services", "clerk"),
        added=lambda words: words("office", "Thêm quầy"),
        new={"label": "", "services": [], "clerk": None, "zone": "hall", "closed": False},
        id_prefix="c",
        closed_name=lambda words: words("office", "đã bỏ"),
    ),
    PROCEDURE_SECTION,
    CLERK_SECTION,
    ROSTER_SECTION,
    OfficeSection(
        key="rules",
        part=Part.RULES,
        title=lambda words: words("office", "Quy tắc"),
        about=lambda words: words("office", "Cách gọi số và các khoảng thời gian của hàng chờ."),
        fields=RULE_FIELDS,
        headings=RULE_HEADINGS,
        item_name=lambda _id, _row, context: context.words("office", "Quy tắc"),
    ),
    OfficeSection(
        key="notices",
        part=Part.NOTICE,
        title=lambda words: words("office", "Thông báo"),
        about=lambda words: words(
            "office", "Câu thông báo cho người dân, hiện trên màn hình sảnh, ki-ốt và trang của công dân."
        ),
        fields=(
            NamesField("text", lambda words: words("office", "Nội dung"), lines=3),
            MomentField(
                "since",
                lambda words: words("office", "Hiện từ"),
                lambda words: words("office", "Để trống là hiện ngay."),
            ),
            MomentField(
                "until",
                lambda words: words("office", "Đến"),
                lambda words: words("office", "Để trống là hiện cho đến khi xóa."),
            ),
            TickField("on_tv", lambda words: words("office", "Hiện trên màn hình sảnh")),
            TickField("on_kiosk", lambda words: words("office", "Hiện trên ki-ốt")),
            TickField("on_phone", lambda words: words("office", "Hiện trên trang của công dân")),
        ),
        item_name=notice_name,
        columns=("since", "until"),
        added=lambda words: words("office", "Thêm thông báo"),
        new={"text": {"vi": ""}, "since": None, "until": None, "on_tv": True, "on_kiosk": True, "on_phone": True},
        id_prefix="n",
        is_removable=True,
    ),
)
"""All sections in the order of the pages."""

BY_KEY: Mapping[str, OfficeSection] = {section.key: section for section in SECTIONS}
BY_PART: Mapping[Part, OfficeSection] = {section.part: section for section in SECTIONS}
SINGLE = frozenset({Part.OFFICE, Part.HOURS, Part.RULES})
"""The parts that are there once: their section is a form, not a list."""
ORDERED: Mapping[Part, Phrase] = {
    Part.SERVICE: lambda words: words("office", "Đổi thứ tự lĩnh vực"),
    Part.GROUP: lambda words: words("office", "Đổi thứ tự nhóm lĩnh vực"),
    Part.COUNTER: lambda words: words("office", "Đổi thứ tự quầy"),
    Part.NOTICE: lambda words: words("office", "Đổi thứ tự thông báo"),
}
"""The parts whose order is changed on a page, with its title."""
