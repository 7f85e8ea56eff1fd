"""The problems of an impossible office, as sentences beside the fields of the form."""

from collections.abc import Callable, Mapping
from typing import Any

from config.words import Words
from server.domain.calendar import WEEKDAYS
from server.domain.office_changes import OfficeProblem, Part, ProblemKind
from server.web.shared.phrases import Phrase
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.list_fields import weekday_name
from server.web.staff.admin.office.part_names import item_name, section_title
from server.web.staff.admin.office.section import OfficeSection

_SENTENCES: Mapping[ProblemKind, Phrase] = {
    ProblemKind.ID: lambda words: words(
        "office", "Mã chỉ gồm chữ cái không dấu, chữ số, dấu chấm và gạch ngang, không quá 40 ký tự."
    ),
    ProblemKind.PREFIX: lambda words: words("office", "Cần một hoặc hai chữ cái in hoa không dấu, như A hoặc KT."),
    ProblemKind.OUTCOME: lambda words: words("office", "Mời chọn một kết quả trong danh sách."),
    ProblemKind.CAPACITY: lambda words: words("office", "Cần một số từ 1 đến 9999, hoặc để trống."),
    ProblemKind.TIME: lambda words: words("office", "Giờ viết như 03:00."),
    ProblemKind.MOMENT: lambda words: words("office", "Mời nhập đủ ngày và giờ."),
    ProblemKind.ENDS_FIRST: lambda words: words("office", "Thời điểm kết thúc phải sau thời điểm bắt đầu."),
    ProblemKind.COUNTER_IN_USE: lambda words: words(
        "office", "Quầy đang mở hoặc đang phục vụ. Mời đóng quầy trước, hoặc chọn một ngày sau."
    ),
    ProblemKind.DAY: lambda words: words("office", "Mời chọn một ngày có trong lịch."),
    ProblemKind.SERIES: lambda words: words("office", "Mời chọn một lĩnh vực khác có dãy số riêng."),
    ProblemKind.SERIES_RANGE: lambda words: words(
        "office", "Lĩnh vực dùng chung dãy số thì không có số đầu, số cuối và số chữ số riêng. Mời để trống các mục đó."
    ),
    ProblemKind.WEEKDAYS: lambda words: words("office", "Mời chọn ít nhất một ngày trong tuần có trong thời gian này."),
    ProblemKind.SPAN: lambda words: words("office", "Mời ghi giờ ngồi quầy, như 08:00-10:00."),
    ProblemKind.BOTH_DATES: lambda words: words("office", "Ngoại lệ cần cả ngày đầu và ngày cuối."),
    ProblemKind.NO_COUNTERS: lambda words: words("office", "Cơ quan phải còn ít nhất một quầy."),
    ProblemKind.NO_OPEN_SERVICES: lambda words: words("office", "Cơ quan phải còn ít nhất một lĩnh vực cấp số."),
}
"""The sentences without values."""


SentenceOfValues = Callable[[Mapping[str, Any], FieldContext], str]
"""Returns the sentence of a problem with these values."""

_SENTENCES_OF_VALUES: Mapping[ProblemKind, SentenceOfValues] = {
    ProblemKind.SAME_PREFIX: lambda values, context: context.words(
        "office",
        "{service} đã dùng chữ {prefix}. Mời chọn chữ khác, hoặc chọn {service} ở mục “Dùng chung dãy số với”.",
        service=context.service_name(values["other"]),
        prefix=values["prefix"],
    ),
    ProblemKind.SERIES_PREFIX: lambda values, context: context.words(
        "office",
        "Dùng chung dãy số với {service} thì chữ đầu phải là {prefix}.",
        service=context.service_name(values["other"]),
        prefix=values["prefix"],
    ),
    ProblemKind.ALSO_NOT_SERVED: lambda values, context: context.words(
        "office",
        "Cán bộ không phục vụ {service}. Mời chọn cả ở mục “Lĩnh vực cán bộ phục vụ”, hoặc bỏ ở mục này.",
        service=context.service_name(values["service"]),
    ),
    ProblemKind.UNKNOWN_COUNTER: lambda values, context: context.words(
        "office", "Không có quầy “{counter}”.", counter=values["counter"]
    ),
    ProblemKind.SEAT_TAKEN: lambda values, context: context.words(
        "office",
        "{day}: dòng “{other}” đã xếp người ngồi quầy này cùng lúc. Mời sửa dòng đó, hoặc chọn buổi khác.",
        day=weekday_name(context.words, values["day"]),
        other=_entry_name(values["other"], context),
    ),
    ProblemKind.RANGE: lambda values, context: context.words(
        "office", "Số cuối phải từ {first} trở lên, vì số đầu là {first}.", first=values["first"]
    ),
    ProblemKind.DAY_OPEN: lambda _values, context: context.words(
        "office", "Không đổi được khi ngày làm việc đang mở. Mời đóng ngày trước, hoặc chọn từ một ngày sau."
    ),
    ProblemKind.PAST: lambda values, context: context.words(
        "office",
        "Ngày {date} đã qua, hoặc trước ngày thay đổi có hiệu lực. Mời chọn một ngày sau.",
        date=context.formatter.date(values["date"]),
    ),
    ProblemKind.WRAPPING: lambda values, context: context.words(
        "office", "Muốn cấp lại từ đầu thì phải có số cuối, và dãy có ít nhất {least} số.", least=values["least"]
    ),
}
"""The sentences with values."""


def _entry_name(id_: str, context: FieldContext) -> str:
    """Return the name of an entry of the roster."""
    entry = context.office.roster.get(id_)
    row = {} if entry is None else {"counter": entry.counter, "clerk": entry.clerk}
    return item_name(Part.ROSTER, id_, row, context)


def problem_field(problem: OfficeProblem, section: OfficeSection) -> str:
    """Return the field beside which a problem stands; empty: the whole part."""
    if section.field_named(problem.name) is not None:
        return problem.name
    if problem.kind is ProblemKind.ID:
        return "id" if section.id_input is not None else ""
    if problem.name in WEEKDAYS and section.field_named("hours") is not None:
        return "hours"
    if problem.kind is ProblemKind.UNKNOWN_SERVICE and section.field_named("service") is not None:
        return "service"
    return ""


def problem_text(problem: OfficeProblem, section: OfficeSection | None, context: FieldContext) -> str:
    """Return the sentence of a problem."""
    words, values = context.words, problem.values
    if problem.kind in _SENTENCES_OF_VALUES:
        return _SENTENCES_OF_VALUES[problem.kind](values, context)
    match problem.kind:
        case ProblemKind.NO_NAME:
            if problem.name == "label":
                return words("office", "Mục này không được để trống.")
            return words("office", "Cần có nội dung tiếng Việt.")
        case ProblemKind.TOO_LONG:
            return words("office", "Dài quá {most} ký tự.", most=values["most"])
        case ProblemKind.NO_SERVICES | ProblemKind.IN_TWO_GROUPS | ProblemKind.SYNONYM:
            return _list_text(problem, context)
        case ProblemKind.SAME_LABEL:
            return words("office", "Đã có một quầy khác tên này. Mời chọn tên khác.")
        case ProblemKind.UNKNOWN_SERVICE:
            return words("office", "Không có lĩnh vực “{service}”.", service=values["service"])
        case ProblemKind.UNKNOWN_CLERK:
            return words("office", "Không có cán bộ “{clerk}”.", clerk=values["clerk"])
        case ProblemKind.OVERLAP:
            return _overlap_text(problem, section, context)
        case ProblemKind.LIMITS:
            return _limits_text(problem.name, values["least"], values["most"], words)
        case ProblemKind.PEOPLE_WAIT:
            return words(
                "office", "{n} người đang chờ mà không còn quầy nào gọi họ. Mời chuyển họ trước.", n=values["n"]
            )
        case ProblemKind.PATTERN:
            return words("office", "“{pattern}” không phải biểu thức chính quy.", pattern=values["pattern"])
        case _:
            return _SENTENCES[problem.kind](words)


def _list_text(problem: OfficeProblem, context: FieldContext) -> str:
    """Return the sentence of a problem of a list of services or words."""
    words, values = context.words, problem.values
    if problem.kind is ProblemKind.IN_TWO_GROUPS:
        service = context.service_name(values["service"])
        return words("office", "{service} đã thuộc nhóm khác. Mời bỏ lĩnh vực này ở một nhóm.", service=service)
    if problem.kind is ProblemKind.SYNONYM:
        return words(
            "office",
            "“{word}”: mỗi từ hoặc cụm từ chỉ ghi một lần và không quá {most} ký tự.",
            word=values["word"],
            most=values["most"],
        )
    if problem.part is Part.GROUP:
        return words("office", "Mời chọn ít nhất một lĩnh vực cho nhóm.")
    return words("office", "Mời chọn ít nhất một lĩnh vực cho quầy.")


def _limits_text(name: str, least: int, most: int, words: Words) -> str:
    if name == "dossier_codes":
        return words("office", "Nhiều nhất {most} mẫu.", most=most)
    if name == "synonyms":
        return words("office", "Nhiều nhất {most} từ hoặc cụm từ.", most=most)
    return words("office", "Mời nhập một số nguyên từ {least} đến {most}.", least=least, most=most)


def other_problem_text(problem: OfficeProblem, context: FieldContext) -> str:
    """Return the sentence of a problem of another part, with the name of that part."""
    sentence = problem_text(problem, None, context)
    if problem.part is Part.OFFICE:
        return sentence
    name = item_name(problem.part, problem.id, _row_of(problem, context), context)
    return f"{section_title(problem.part, problem.id, context)}, {name}: {sentence}"


def _row_of(problem: OfficeProblem, context: FieldContext) -> Mapping[str, object]:
    """Return what the name of the part is made of."""
    office = context.office
    match problem.part:
        case Part.SERVICE if problem.id in office.services:
            return {"name": office.services[problem.id].name}
        case Part.GROUP if problem.id in office.groups:
            return {"name": office.groups[problem.id].name}
        case Part.COUNTER if problem.id in office.counters:
            return {"label": office.counters[problem.id].label}
        case Part.ROSTER if problem.id in office.roster:
            entry = office.roster[problem.id]
            return {"counter": entry.counter, "clerk": entry.clerk}
        case Part.PROCEDURE if problem.id in office.procedures:
            return {"name": office.procedures[problem.id].name}
    return {}


def _overlap_text(problem: OfficeProblem, section: OfficeSection | None, context: FieldContext) -> str:
    words = context.words
    sentence = words("office", "Các buổi chồng lên nhau hoặc sai thứ tự: {spans}.", spans=problem.values["spans"])
    if problem.name in WEEKDAYS and (section is None or section.field_named(problem.name) is None):
        return f"{weekday_name(words, problem.name)}: {sentence}"
    return sentence
