"""Make the sentence of a refusal from the catalogue's texts and the refusal's values."""

from collections.abc import Callable, Mapping
from typing import assert_never

from config.words import TextId, Words
from server.web.shared.field_names import field_name
from server.web.shared.refusal_entry import (
    MISSING_FIELD,
    WRONG_FIELD,
    DetailText,
    OwnSentence,
    RefusalText,
    RequestField,
    TextByValue,
)
from server.web.shared.refusals import CATALOGUE
from server.wire.messages import ProblemCode, ProblemNeed

Values = Mapping[str, object]
"""The values that fill the sentence of a refusal, by the name of the field in the sentence."""


class _PlaceholderDict(dict[str, object]):
    """Values for a sentence; a missing one reads "…" and raises no error."""

    def __missing__(self, name: str) -> str:
        return "…"


def refusal_sentence(words: Words, code: ProblemCode, need: ProblemNeed | None, values: Values) -> str:
    """Return the sentence of a refusal; a missing value reads "…".

    ``need`` None: the refusal has no need, and the sentence of ``code`` applies.
    """
    entry = CATALOGUE[code]
    need_text = None if need is None else entry.needs.get(need)
    match need_text:
        case None:
            return _fill(words, entry.text, values)
        case OwnSentence():
            return _fill(words, need_text.text, values)
        case DetailText():
            detail = words(*need_text.text).rstrip(".")
        case RequestField():
            detail = _field_text(words, need_text, str(need), wrong=is_wrong(need, values))
        case _:
            assert_never(need_text)
    return _fill(words, entry.text, {**values, "detail": detail})


def is_wrong(need: ProblemNeed | None, values: Values) -> bool:
    """Return whether the field ``need`` is present but wrong; otherwise it is missing.

    Commands put the wrong value into ``detail``, or for a missing field its name.
    """
    return values.get("detail") not in (None, need)


def missing_field(words: Words, field: str) -> str:
    return words(*MISSING_FIELD, field=field)


def wrong_field(words: Words, field: str) -> str:
    return words(*WRONG_FIELD, field=field)


def duplicate_field(words: Words, field: str) -> str:
    return words("error", "mục “{field}” có hai lần", field=field)


FIELD_MISTAKES: Mapping[str, Callable[[Words, str], str]] = {
    "missing": missing_field,
    "extra_forbidden": lambda words, field: words("error", "không có mục “{field}”", field=field),
    "json_invalid": lambda words, field: words("error", "nội dung không phải là JSON"),
    "duplicate": duplicate_field,
}
"""The text of a mistake in a field, by pydantic's error type and ``duplicate``; any other type is ``wrong_field``."""


def _field_text(words: Words, field: RequestField, need: str, *, wrong: bool) -> str:
    """Return the text about the field ``need``; ``wrong`` False: the field is missing."""
    text = field.wrong if wrong else MISSING_FIELD
    return _fill(words, text, {"field": field_name(words, need)})


def _fill(words: Words, text: RefusalText, values: Values) -> str:
    match text:
        case TextId():
            return words(*text).format_map(_PlaceholderDict(values))
        case TextByValue():
            return _fill(words, text.with_value if values.get(text.value) else text.without_value, values)
        case _:
            assert_never(text)
