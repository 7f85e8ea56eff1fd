"""The sheets of an office's workbook: one for each kind of part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from server.domain.calendar import WEEKDAYS
from server.domain.office import (
    Clerk,
    CounterDefinition,
    NoticeDefinition,
    ProcedureDefinition,
    ServiceDefinition,
    ServiceGroup,
)
from server.domain.office_changes import Part, Row
from server.domain.office_changes.parts import with_lists
from server.domain.permissions import Role
from server.domain.roster import RosterEntry
from server.domain.rules import Rules
from server.tables.cells import CellForm, SheetColumn

ID = "id"
"""The column by which a row finds its part, or its line of a part that is there once."""
PERSON = "person"
"""The column of a clerk's name, which no part has."""
ORDER = "order"
"""The column of a part's place among those of its kind."""
REMOVED = "removed"
"""The column whose mark removes the part."""
NOT_FIELDS = frozenset({ID, PERSON, ORDER, REMOVED})
"""The columns that are no fields of their part."""
DEFAULT_SERVICE_MIN = 10


@dataclass(frozen=True, slots=True)
class OfficeSheet:
    """A sheet. ``columns``: the first names the part, but for a part that is there once.

    ``lines``: the fields of a part that is there once, where each has a line of its own. The columns are then two: the
    name of the field, and its value.
    """

    name: str
    english: str
    part: Part
    columns: Sequence[SheetColumn]
    lines: Mapping[str, SheetColumn] | None = None

    def column(self, name: str) -> SheetColumn:
        """Return the column with this name."""
        return next(column for column in self.columns if column.name == name)


CODE = SheetColumn(ID, "Mã", "Code")
PLACE_IN_ORDER = SheetColumn(ORDER, "Thứ tự", "Order", CellForm.NUMBER, optional=True)
CLOSED = SheetColumn("closed", "Đã ngừng (x)", "Closed (x)", CellForm.MARK, also=("Đã ngừng", "Ngừng", "Xóa/Ngừng"))
REMOVAL = SheetColumn(REMOVED, "Xóa (x)", "Remove (x)", CellForm.MARK, also=("Xóa", "Xóa/Ngừng"))
ENGLISH_NAME = SheetColumn("name.en", "Tên tiếng Anh", "English name")
NAME_AND_VALUE = "Giá trị"

OFFICE_SHEET = OfficeSheet(
    "Cơ quan",
    "Office",
    Part.OFFICE,
    (
        SheetColumn("name.vi", "Tên cơ quan", "Name"),
        ENGLISH_NAME,
        SheetColumn("hotline", "Số điện thoại", "Telephone", optional=True),
        SheetColumn("address", "Địa chỉ", "Address", optional=True),
        SheetColumn("zone", "Múi giờ", "Time zone", CellForm.ZONE),
    ),
)
HOURS_SHEET = OfficeSheet(
    "Giờ làm việc",
    "Hours",
    Part.HOURS,
    (
        SheetColumn(ID, "Ngày trong tuần", "Weekday", CellForm.WEEKDAY),
        SheetColumn("spans", "Giờ", "Hours", CellForm.SPANS),
    ),
    {day: SheetColumn(day, "Giờ", "Hours", CellForm.SPANS) for day in WEEKDAYS},
)
_RULE_FORMS = {"close_at": CellForm.TIME, "number_end": CellForm.NUMBER_END, "order_by": CellForm.ORDER_BY}


def _rule_column(name: str, default: Any) -> SheetColumn:
    """Return the column of a rule's value; its form is that of its default."""
    forms = {bool: CellForm.YES_NO, int: CellForm.NUMBER, tuple: CellForm.LINES, type(None): CellForm.NUMBER}
    form = _RULE_FORMS.get(name) or forms[type(default)]
    return SheetColumn(name, NAME_AND_VALUE, "Value", form, optional=default is None)


RULES_SHEET = OfficeSheet(
    "Quy tắc",
    "Rules",
    Part.RULES,
    (SheetColumn(ID, "Mã quy tắc", "Rule"), SheetColumn("value", NAME_AND_VALUE, "Value")),
    {rule.name: _rule_column(rule.name, rule.default) for rule in fields(Rules)},
)
DATE_SHEET = OfficeSheet(
    "Ngày nghỉ",
    "Dates",
    Part.DATE,
    (
        SheetColumn(ID, "Ngày", "Date", CellForm.DATE),
        SheetColumn("name.vi", "Tên ngày nghỉ", "Holiday"),
        ENGLISH_NAME,
        SheetColumn("spans", "Giờ làm việc ngày đó", "Hours of that date", CellForm.SPANS, optional=True),
        REMOVAL,
    ),
)
SERVICE_SHEET = OfficeSheet(
    "Lĩnh vực",
    "Services",
    Part.SERVICE,
    (
        CODE,
        PLACE_IN_ORDER,
        SheetColumn("prefix", "Chữ đầu của số", "Letters of numbers"),
        SheetColumn("name.vi", "Tên lĩnh vực", "Name"),
        ENGLISH_NAME,
        SheetColumn("outcome", "Kết quả thường ghi", "Usual outcome", CellForm.OUTCOME),
        SheetColumn("capacity", "Nhiều nhất mỗi buổi", "Most per half-day", CellForm.NUMBER, optional=True),
        SheetColumn("hours", "Giờ riêng", "Own hours", CellForm.WEEK, optional=True),
        SheetColumn("dates", "Giờ của từng ngày", "Hours of dates", CellForm.DATES),
        SheetColumn("synonyms", "Từ người dân thường dùng", "Words to search", CellForm.WORDS),
        SheetColumn("target_min", "Mục tiêu gọi trong (phút)", "Target (min)", CellForm.NUMBER, optional=True),
        SheetColumn("place", "Nơi tiếp nhận khác", "Handled elsewhere", optional=True),
        SheetColumn("asks_priority", "Hỏi diện ưu tiên", "Asks priority", CellForm.YES_NO),
        SheetColumn("usual", "Hiện ở trang đầu", "On first page", CellForm.YES_NO),
        SheetColumn("series", "Chung dãy số với", "Shares numbers with", CellForm.SERVICE, optional=True),
        SheetColumn("number_first", "Số đầu tiên", "First number", CellForm.NUMBER, optional=True),
        SheetColumn("number_last", "Số cuối cùng", "Last number", CellForm.NUMBER, optional=True),
        SheetColumn("number_digits", "Số chữ số", "Digits", CellForm.NUMBER, optional=True),
        SheetColumn("number_end", "Khi hết số", "After last number", CellForm.NUMBER_END, optional=True),
        CLOSED,
    ),
)
GROUP_SHEET = OfficeSheet(
    "Nhóm lĩnh vực",
    "Groups",
    Part.GROUP,
    (
        CODE,
        PLACE_IN_ORDER,
        SheetColumn("name.vi", "Tên nhóm", "Name"),
        ENGLISH_NAME,
        SheetColumn("services", "Lĩnh vực", "Services", CellForm.SERVICES),
        REMOVAL,
    ),
)
CLERK_SHEET = OfficeSheet(
    "Cán bộ",
    "Clerks",
    Part.CLERK,
    (
        CODE,
        PLACE_IN_ORDER,
        SheetColumn(PERSON, "Họ tên", "Full name"),
        SheetColumn("role", "Vai trò", "Role", CellForm.ROLE),
        SheetColumn("services", "Chỉ phục vụ lĩnh vực", "Only serves", CellForm.SERVICES, optional=True),
        SheetColumn("also", "Trong đó chỉ phục vụ thêm", "Further services", CellForm.SERVICES),
        CLOSED,
    ),
)
COUNTER_SHEET = OfficeSheet(
    "Quầy",
    "Counters",
    Part.COUNTER,
    (
        CODE,
        PLACE_IN_ORDER,
        SheetColumn("label", "Tên quầy", "Label"),
        SheetColumn("services", "Lĩnh vực", "Services", CellForm.SERVICES),
        SheetColumn("clerk", "Cán bộ thường ngồi", "Usual clerk", CellForm.CLERK, optional=True, also=("Mã cán bộ",)),
        SheetColumn("zone", "Khu vực", "Zone", CellForm.CODE),
        CLOSED,
    ),
)
PROCEDURE_SHEET = OfficeSheet(
    "Thủ tục",
    "Procedures",
    Part.PROCEDURE,
    (
        SheetColumn(ID, "Mã thủ tục", "Code", also=("Mã", "Mã TTHC")),
        PLACE_IN_ORDER,
        SheetColumn("service", "Lĩnh vực", "Service", CellForm.SERVICE, optional=True, also=("Mã lĩnh vực", "Field")),
        SheetColumn("name.vi", "Tên ngắn", "Name", also=("Tên",)),
        ENGLISH_NAME,
        SheetColumn("full_name", "Tên đầy đủ", "Full name", also=("Tên thủ tục",)),
        SheetColumn("synonyms", "Từ gợi ý", "Words to search", CellForm.WORDS, also=("Từ đồng nghĩa",)),
        SheetColumn("papers", "Giấy tờ cần mang", "Documents", CellForm.LINES, also=("Thành phần hồ sơ",)),
        SheetColumn("fee", "Lệ phí", "Fee", also=("Phí", "Phí, lệ phí")),
        SheetColumn("time", "Thời hạn giải quyết", "Time limit", also=("Thời hạn",)),
        SheetColumn("legal_time", "Thời hạn theo quy định", "Legal time limit", also=("Thời hạn theo luật",)),
        SheetColumn("authority", "Cơ quan giải quyết", "Authority", also=("Cơ quan thực hiện",)),
        SheetColumn("result", "Kết quả", "Result"),
        SheetColumn("decision", "Quyết định công bố", "Decision", also=("Số quyết định",)),
        SheetColumn("place", "Nơi giải quyết", "Where to go", optional=True, also=("Nơi nộp", "Nơi tiếp nhận khác")),
        SheetColumn("demo_service_min", "Phút phục vụ khi trình diễn", "Minutes in demonstrations", CellForm.NUMBER),
        CLOSED,
    ),
)
NOTICE_SHEET = OfficeSheet(
    "Thông báo",
    "Notices",
    Part.NOTICE,
    (
        CODE,
        PLACE_IN_ORDER,
        SheetColumn("text.vi", "Nội dung", "Text"),
        SheetColumn("text.en", "Nội dung tiếng Anh", "English text"),
        SheetColumn("since", "Hiện từ", "From", CellForm.MOMENT, optional=True),
        SheetColumn("until", "Đến", "Until", CellForm.MOMENT, optional=True),
        SheetColumn("on_tv", "Hiện trên màn hình sảnh", "On hall screens", CellForm.YES_NO),
        SheetColumn("on_kiosk", "Hiện trên ki-ốt", "On kiosks", CellForm.YES_NO),
        SheetColumn("on_phone", "Hiện trên trang của công dân", "On visitors' pages", CellForm.YES_NO),
        REMOVAL,
    ),
)
ROSTER_SHEET = OfficeSheet(
    "Lịch ngồi quầy",
    "Roster",
    Part.ROSTER,
    (
        CODE,
        SheetColumn("counter", "Quầy", "Counter", CellForm.COUNTER),
        SheetColumn("clerk", "Cán bộ (trống: không ai)", "Clerk", CellForm.CLERK, optional=True, also=("Cán bộ",)),
        SheetColumn("weekdays", "Các ngày trong tuần", "Weekdays", CellForm.WEEKDAYS),
        SheetColumn("hours", "Buổi", "Part of the day", CellForm.DAY_PART),
        SheetColumn("since", "Chỉ từ ngày", "From", CellForm.DATE, optional=True),
        SheetColumn("until", "Đến hết ngày", "Until", CellForm.DATE, optional=True),
        REMOVAL,
    ),
)
SHEETS: Sequence[OfficeSheet] = (
    OFFICE_SHEET,
    HOURS_SHEET,
    DATE_SHEET,
    SERVICE_SHEET,
    GROUP_SHEET,
    CLERK_SHEET,
    COUNTER_SHEET,
    ROSTER_SHEET,
    PROCEDURE_SHEET,
    NOTICE_SHEET,
    RULES_SHEET,
)
"""The sheets in their order: one that is named by others comes before them."""
NOT_IN_SHEETS: Mapping[tuple[Part, str], str] = {(Part.OFFICE, "logo"): "a picture; it has a page of its own"}
"""The fields without a column, with the reason."""
_NEW_PARTS: Mapping[Part, Any] = {
    Part.SERVICE: ServiceDefinition("", "", {}, "received", None, None, usual=True),
    Part.GROUP: ServiceGroup("", {}, ()),
    Part.COUNTER: CounterDefinition("", "", (), None, "hall"),
    Part.CLERK: Clerk("", "", Role.CLERK, None),
    Part.PROCEDURE: ProcedureDefinition("", None, {}, "", (), (), "", "", "", "", None, DEFAULT_SERVICE_MIN),
    Part.NOTICE: NoticeDefinition("", {}, None, None),
    Part.ROSTER: RosterEntry("", "", None, WEEKDAYS[:5]),
}
_NOT_IN_ROWS: Mapping[Part, str] = {Part.CLERK: "name", Part.PROCEDURE: "code"}
"""The fields of definitions that no row has, beside the id."""


def new_row(part: Part) -> Row:
    """Return the fields of a new part before those of its row."""
    if part is Part.DATE:
        return {"name": None, "spans": None}
    definition = _NEW_PARTS[part]
    left_out = (ID, _NOT_IN_ROWS.get(part))
    names = [member.name for member in fields(definition) if member.name not in left_out]
    return with_lists({name: getattr(definition, name) for name in names})
