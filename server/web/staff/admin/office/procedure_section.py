"""The section of procedures."""

from collections.abc import Sequence

from server.domain.office_changes import Part, Row
from server.tables.office_sheets import DEFAULT_SERVICE_MIN
from server.web.shared.phrases import Phrase
from server.web.staff.admin.office.fields import ChoiceField, FieldContext, NamesField, PlainTextField, TickField
from server.web.staff.admin.office.item_names import own_name
from server.web.staff.admin.office.list_fields import LinesField
from server.web.staff.admin.office.section import IdInput, OfficeSection
from server.web.staff.admin.office.service_sections import SEARCH_WORDS


def _services(context: FieldContext) -> Sequence[tuple[str, str]]:
    offered = [(service, context.service_name(service)) for service in context.office.services]
    return [("", context.words("office", "(cơ quan không tiếp nhận thủ tục này)")), *offered]


def _place_needed(row: Row) -> tuple[str, Phrase] | None:
    if row.get("service") is None and not row.get("place"):
        return "place", lambda words: words("office", "Mời ghi nơi tiếp nhận, để ki-ốt hướng dẫn người dân.")
    return None


PROCEDURE_SECTION = OfficeSection(
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
            lambda words: words("office", "Số và ngày của văn bản công bố thủ tục; hiện trên ki-ốt và trang của quầy."),
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
    item_name=own_name("name"),
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
)
