"""The section of the roster: who sits at which counter."""

from collections.abc import Sequence

from server.domain.calendar import WEEKDAYS
from server.domain.office_changes import Part, Row
from server.web.staff.admin.office.fields import ChoiceField, FieldContext
from server.web.staff.admin.office.roster_fields import DateField, DayPartField, WeekdaysField
from server.web.staff.admin.office.section import OfficeSection


def _counters(context: FieldContext) -> Sequence[tuple[str, str]]:
    words, gone = context.words, context.words("office", "đã bỏ")
    return [
        (counter.id, words("term", "Quầy {label}", label=counter.label) + (f" ({gone})" if counter.closed else ""))
        for counter in context.office.counters.values()
    ]


def _clerks(context: FieldContext) -> Sequence[tuple[str, str]]:
    gone = context.words("office", "đã nghỉ")
    names = [
        (clerk.id, clerk.name + (f" ({gone})" if clerk.closed else "")) for clerk in context.office.clerks.values()
    ]
    return [*names, ("", context.words("office", "(không ai: quầy nghỉ)"))]


def _entry_name(id_: str, row: Row, context: FieldContext) -> str:
    if not row.get("counter"):
        return id_
    counter = dict(_counters(context)).get(row["counter"], row["counter"])
    person = dict(_clerks(context)).get(row.get("clerk") or "", row.get("clerk"))
    return f"{counter}: {person}"


ROSTER_SECTION = OfficeSection(
    key="roster",
    part=Part.ROSTER,
    title=lambda words: words("office", "Lịch ngồi quầy"),
    about=lambda words: words(
        "office",
        "Ai ngồi quầy nào, theo tuần và theo ngày. Dòng có ngày là ngoại lệ: cán bộ đi hỗ trợ quầy khác, nghỉ, đổi ca.",
    ),
    fields=(
        ChoiceField("counter", lambda words: words("office", "Quầy"), options=_counters),
        ChoiceField("clerk", lambda words: words("office", "Cán bộ"), options=_clerks),
        WeekdaysField("weekdays", lambda words: words("office", "Các ngày trong tuần")),
        DayPartField("hours", lambda words: words("office", "Buổi")),
        DateField(
            "since",
            lambda words: words("office", "Chỉ từ ngày"),
            lambda words: words("office", "Để trống cả hai ngày là mọi tuần. Một ngày thì ghi hai lần ngày đó."),
        ),
        DateField("until", lambda words: words("office", "Đến hết ngày")),
    ),
    item_name=_entry_name,
    columns=("weekdays", "hours", "since", "until"),
    added=lambda words: words("office", "Thêm dòng lịch"),
    new={
        "counter": None,
        "clerk": None,
        "weekdays": list(WEEKDAYS[:5]),
        "hours": None,
        "since": None,
        "until": None,
    },
    id_prefix="r",
    is_removable=True,
)
