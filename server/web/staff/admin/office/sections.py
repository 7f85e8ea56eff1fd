"""The sections of the office's pages as data: fields, list and texts."""

from collections.abc import Mapping, Sequence

from server.domain.calendar import WEEKDAYS
from server.domain.office_changes import Part, Row
from server.web.shared.phrases import OUTCOMES, Phrase
from server.web.staff.admin.office.fields import (
    ChoiceField,
    FieldContext,
    MomentField,
    NamesField,
    PlainTextField,
    TickField,
    WholeNumberField,
)
from server.web.staff.admin.office.list_fields import (
    LinesField,
    OwnHoursField,
    ServicesField,
    SpansField,
    weekday_name,
)
from server.web.staff.admin.office.number_fields import NEW_SERVICE_NUMBERS, SERVICE_NUMBER_FIELDS
from server.web.staff.admin.office.rule_fields import RULE_FIELDS
from server.web.staff.admin.office.section import IdInput, ItemName, OfficeSection
from server.web.staff.admin.office.service_fields import NEW_SERVICE_FIELDS, SERVICE_DATES, TARGET_FIELDS

DEFAULT_SERVICE_MIN = 10


def _weekday_label(weekday: str) -> Phrase:
    return lambda words: weekday_name(words, weekday)


def _own_name(name: str) -> ItemName:
    """Return a function for parts whose name by language is the field ``name``."""
    return lambda id_, row, context: context.words.pick(row[name]) if row.get(name) and row[name].get("vi") else id_


def _counter_name(id_: str, row: Row, context: FieldContext) -> str:
    return context.words("term", "Quầy {label}", label=row.get("label") or id_)


def _clerk_name(id_: str, _row: Row, context: FieldContext) -> str:
    clerk = context.office.clerks.get(id_)
    return id_ if clerk is None else clerk.name


def _date_name(id_: str, _row: Row, context: FieldContext) -> str:
    try:
        return context.formatter.date(id_)
    except ValueError:
        return id_


def notice_name(id_: str, row: Row, context: FieldContext) -> str:
    text = _own_name("text")(id_, row, context)
    return text if len(text) <= 60 else f"{text[:59].rstrip()}…"


def _outcomes(context: FieldContext) -> Sequence[tuple[str, str]]:
    return [(code, OUTCOMES[code](context.words)) for code in ("received", "returned", "advice")]


def _clerks(context: FieldContext) -> Sequence[tuple[str, str]]:
    names = [(clerk.id, clerk.name) for clerk in context.office.clerks.values() if not clerk.closed]
    return [("", context.words("office", "(không có)")), *names]


def _services(context: FieldContext) -> Sequence[tuple[str, str]]:
    offered = [(service, context.service_name(service)) for service in context.office.services]
    return [("", context.words("office", "(cơ quan không tiếp nhận thủ tục này)")), *offered]


def _date_needs_something(row: Row) -> tuple[str, Phrase] | None:
    if row.get("name") is None and row.get("spans") is None:
        return "name", lambda words: words("office", "Mời ghi tên ngày nghỉ, hoặc giờ làm việc của ngày đó.")
    return None


def _place_needed(row: Row) -> tuple[str, Phrase] | None:
    if row.get("service") is None and not row.get("place"):
        return "place", lambda words: words("office", "Mời ghi nơi tiếp nhận, để ki-ốt hướng dẫn người dân.")
    return None


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
    item_name=_own_name("name"),
    columns=("services",),
    added=lambda words: words("office", "Thêm nhóm"),
    new={"name": {"vi": ""}, "services": []},
    id_prefix="g",
    is_removable=True,
)

SECTIONS: Sequence[OfficeSection] = (
    OfficeSection(
        key="general",
        part=Part.OFFICE,
        title=lambda words: words("office", "Thông tin chung"),
        about=lambda words: words("office", "Tên cơ quan và số điện thoại, hiện trên phiếu, màn hình và các trang."),
        fields=(
            NamesField("name", lambda words: words("office", "Tên cơ quan")),
            PlainTextField(
                "hotline",
                lambda words: words("office", "Số điện thoại hỗ trợ"),
                lambda words: words("office", "Để trống nếu không có."),
                optional=True,
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
        item_name=_date_name,
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
    OfficeSection(
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
        item_name=_own_name("name"),
        columns=("prefix", "capacity", "hours"),
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
    ),
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
        item_name=_counter_name,
        columns=("services", "clerk"),
        added=lambda words: words("office", "Thêm quầy"),
        new={"label": "", "services": [], "clerk": None, "zone": "hall", "closed": False},
        id_prefix="c",
        closed_name=lambda words: words("office", "đã bỏ"),
    ),
    OfficeSection(
        key="procedures",
        part=Part.PROCEDURE,
        title=lambda words: words("office", "Thủ tục"),
        about=lambda words: words("office", "Thủ tục hành chính mà người dân tra cứu và chọn trên ki-ốt."),
        fields=(
            NamesField("name", lambda words: words("office", "Tên ngắn, hiện trên ki-ốt")),
            PlainTextField("full_name", lambda words: words("office", "Tên đầy đủ"), lines=2),
            ChoiceField("service", lambda words: words("office", "Lĩnh vực tiếp nhận"), options=_services),
            PlainTextField(
                "place",
                lambda words: words("office", "Nơi tiếp nhận khác"),
                lambda words: words("office", "Khi cơ quan không tiếp nhận: người dân cần đến đâu."),
                optional=True,
            ),
            LinesField(
                "papers",
                lambda words: words("office", "Giấy tờ cần chuẩn bị"),
                lambda words: words("office", "Mỗi dòng một loại giấy tờ."),
                lines=6,
            ),
            PlainTextField("fee", lambda words: words("office", "Phí, lệ phí")),
            PlainTextField("time", lambda words: words("office", "Thời hạn giải quyết")),
            PlainTextField(
                "legal_time",
                lambda words: words("office", "Thời hạn theo quy định"),
                lambda words: words("office", "Khi cơ quan hẹn sớm hơn luật; để trống nếu như nhau."),
            ),
            PlainTextField(
                "decision",
                lambda words: words("office", "Quyết định công bố"),
                lambda words: words(
                    "office", "Số và ngày của văn bản công bố thủ tục; hiện trên ki-ốt và trang của quầy."
                ),
            ),
            PlainTextField("authority", lambda words: words("office", "Cơ quan thực hiện")),
            PlainTextField("result", lambda words: words("office", "Kết quả")),
            SEARCH_WORDS,
            TickField(
                "closed",
                lambda words: words("office", "Ngừng thủ tục này"),
                lambda words: words("office", "Ki-ốt không hiện thủ tục nữa. Số đã lấy không thay đổi."),
            ),
        ),
        item_name=_own_name("name"),
        columns=("service",),
        added=lambda words: words("office", "Thêm thủ tục"),
        new={
            "name": {"vi": ""},
            "full_name": "",
            "service": None,
            "place": None,
            "papers": [],
            "fee": "",
            "time": "",
            "legal_time": "",
            "decision": "",
            "authority": "",
            "result": "",
            "synonyms": [],
            "demo_service_min": DEFAULT_SERVICE_MIN,
            "closed": False,
        },
        id_input=IdInput(
            lambda words: words("office", "Mã thủ tục"),
            lambda words: words("office", "Mã của Cổng dịch vụ công quốc gia, như 1.001193. Sau này không đổi được."),
        ),
        closed_name=lambda words: words("office", "đã ngừng"),
        check=_place_needed,
    ),
    OfficeSection(
        key="clerks",
        part=Part.CLERK,
        title=lambda words: words("office", "Cán bộ"),
        about=lambda words: words(
            "office", "Mỗi cán bộ phục vụ những lĩnh vực nào. Họ tên, vai trò và tài khoản ở trang Người dùng."
        ),
        fields=(
            ServicesField(
                "services",
                lambda words: words("office", "Lĩnh vực cán bộ phục vụ"),
                all_name=lambda words: words("office", "mọi lĩnh vực của quầy đang ngồi"),
            ),
        ),
        item_name=_clerk_name,
        columns=("services",),
        closed_name=lambda words: words("office", "đã nghỉ"),
    ),
    OfficeSection(
        key="rules",
        part=Part.RULES,
        title=lambda words: words("office", "Quy tắc"),
        about=lambda words: words("office", "Cách gọi số và các khoảng thời gian của hàng chờ."),
        fields=RULE_FIELDS,
        item_name=lambda _id, _row, context: context.words("office", "Quy tắc"),
    ),
    OfficeSection(
        key="notices",
        part=Part.NOTICE,
        title=lambda words: words("office", "Thông báo"),
        about=lambda words: words("office", "Câu thông báo cho người dân, hiện trên màn hình sảnh và ki-ốt."),
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
        ),
        item_name=notice_name,
        columns=("since", "until"),
        added=lambda words: words("office", "Thêm thông báo"),
        new={"text": {"vi": ""}, "since": None, "until": None},
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
