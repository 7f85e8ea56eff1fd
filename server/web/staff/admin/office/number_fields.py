"""The fields of the kind of numbers, and the effects of their change."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from config.words import Words
from server.domain.number_range import NumberRange
from server.domain.office import OfficeDefinition
from server.domain.queue.numbering import format_number
from server.web.shared.phrases import Phrase
from server.web.staff.admin.office.fields import ChoiceField, FieldContext, OfficeField, WholeNumberField

_FIRST: Phrase = lambda words: words("office", "Số đầu tiên trong ngày")
_LAST: Phrase = lambda words: words("office", "Số cuối cùng trong ngày")
_DIGITS: Phrase = lambda words: words("office", "Ít nhất bao nhiêu chữ số")
_END: Phrase = lambda words: words("office", "Khi cấp đến số cuối cùng")
_AS_OFFICE: Phrase = lambda words: words("office", "Để trống là theo mục Quy tắc.")


def _ends(context: FieldContext) -> Sequence[tuple[str, str]]:
    words = context.words
    return [
        ("stop", words("office", "ngừng cấp số đến hết ngày")),
        ("wrap", words("office", "cấp lại từ số đầu, bỏ qua số còn đang chờ")),
    ]


def _own_ends(context: FieldContext) -> Sequence[tuple[str, str]]:
    return [("", context.words("office", "(theo mục Quy tắc)")), *_ends(context)]


def _owners(context: FieldContext) -> Sequence[tuple[str, str]]:
    services = context.office.services_offered.values()
    owners = [(service.id, context.service_name(service.id)) for service in services if service.series is None]
    return [("", context.words("office", "(dãy số riêng)")), *owners]


RULE_NUMBER_FIELDS: Sequence[OfficeField] = (
    WholeNumberField("number_first", _FIRST, least=1),
    WholeNumberField(
        "number_last",
        _LAST,
        lambda words: words("office", "Để trống là không có số cuối: sau 999 là 1000."),
        least=1,
        optional=True,
    ),
    WholeNumberField(
        "number_digits", _DIGITS, lambda words: words("office", "3 thì viết A001, 2 thì viết A01."), least=1, most=4
    ),
    ChoiceField("number_end", _END, options=_ends),
)
"""The fields of the rules: the numbers of every service without own ones."""

SERVICE_NUMBER_FIELDS: Sequence[OfficeField] = (
    ChoiceField(
        "series",
        lambda words: words("office", "Dùng chung dãy số với"),
        lambda words: words("office", "Chỉ khi hai lĩnh vực cùng chữ đầu. Số của hai lĩnh vực nối tiếp nhau."),
        options=_owners,
    ),
    WholeNumberField("number_first", _FIRST, _AS_OFFICE, least=1, optional=True),
    WholeNumberField("number_last", _LAST, _AS_OFFICE, least=1, optional=True),
    WholeNumberField("number_digits", _DIGITS, _AS_OFFICE, least=1, most=4, optional=True),
    ChoiceField("number_end", _END, options=_own_ends),
)
NEW_SERVICE_NUMBERS: Mapping[str, Any] = {field.name: None for field in SERVICE_NUMBER_FIELDS}


def number_sentences(before: OfficeDefinition, after: OfficeDefinition, context: FieldContext) -> Iterator[str]:
    """Yield what changes of the numbers that are issued from now on."""
    words = context.words
    old_shared, new_shared = _shared_range(before), _shared_range(after)
    if old_shared != new_shared:
        yield words("office", "Lĩnh vực không có dãy số riêng {range}.", range=_range_text(new_shared, "", words))
    if before.rules.repeat_min != (minutes := after.rules.repeat_min):
        if minutes:
            yield words(
                "office",
                "Ki-ốt từ chối số thứ hai cùng lĩnh vực của một lượt chạm trong {n} phút, khi số đầu còn chờ.",
                n=minutes,
            )
        else:
            yield words("office", "Ki-ốt không giới hạn số của một lượt chạm.")
    for service in after.services_offered.values():
        name, old = context.service_name(service.id), before.services.get(service.id)
        numbers = after.numbers_of(service.id)
        if service.series is not None:
            if old is None or old.series != service.series:
                other = context.service_name(service.series)
                yield words("office", "{service} và {other} dùng chung một dãy số.", service=name, other=other)
        elif old is not None and before.numbers_of(service.id) != numbers and numbers != new_shared:
            text = _range_text(numbers, service.prefix, words)
            yield words("office", "{service}: {range}.", service=name, range=text)


def _shared_range(office: OfficeDefinition) -> NumberRange:
    rules = office.rules
    return NumberRange(rules.number_first, rules.number_last, rules.number_digits, rules.number_end == "wrap")


def _range_text(numbers: NumberRange, prefix: str, words: Words) -> str:
    """Return the range as the end of a sentence."""
    first = format_number(prefix, numbers.first, numbers.digits)
    if numbers.last is None:
        return words("office", "cấp số từ {first}, không có số cuối", first=first)
    last = format_number(prefix, numbers.last, numbers.digits)
    if numbers.wraps:
        return words("office", "cấp số từ {first} đến {last}, hết thì cấp lại từ {first}", first=first, last=last)
    return words("office", "cấp số từ {first} đến {last}, hết thì ngừng cấp đến hết ngày", first=first, last=last)
