"""The types of the catalogue of refusals.

An entry belongs to a problem code (``not_allowed``); a need (``reason``) says more exactly why a request was refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import assert_never

from config.words import TextId, Words
from server.wire.messages import ProblemNeed


class Audience(StrEnum):
    """The callers that can meet a refusal."""

    STATIONS = "stations"
    PROGRAMS = "programs"
    STAFF = "staff"
    VISITORS = "visitors"


MISSING_FIELD = TextId("error", "thiếu mục “{field}”")
WRONG_FIELD = TextId("error", "mục “{field}” không đúng")


@dataclass(frozen=True, slots=True)
class TextByValue:
    """Two forms of a sentence, with and without a value; ``value`` is its name."""

    value: str
    with_value: TextId
    without_value: TextId


RefusalText = TextId | TextByValue


@dataclass(frozen=True, slots=True)
class OwnSentence:
    """A sentence of a need, which replaces the sentence of the code."""

    text: RefusalText


@dataclass(frozen=True, slots=True)
class DetailText:
    """A text of a need, which fills ``{detail}`` in the sentence of the code."""

    text: TextId


@dataclass(frozen=True, slots=True)
class RequestField:
    """A need that names a request field, missing or wrong; the text fills ``{detail}``."""

    wrong: TextId = WRONG_FIELD


NeedText = OwnSentence | DetailText | RequestField


@dataclass(frozen=True, slots=True)
class RefusalEntry:
    """One row of the catalogue.

    ``meaning``: for authors of programs, in Markdown. ``text``: the sentence for people; ``remedy``: what its reader
    can do; ``needs``: the texts of refusals with such a need; ``audiences``: the callers that can meet the refusal.
    """

    status: HTTPStatus
    meaning: str
    text: RefusalText
    remedy: TextId
    audiences: tuple[Audience, ...]
    needs: Mapping[ProblemNeed, NeedText] = field(default_factory=dict)


def audience_name(audience: Audience, words: Words) -> str:
    """Return the name of an audience in the language of ``words``."""
    match audience:
        case Audience.STATIONS:
            return words("audience", "máy trạm")
        case Audience.PROGRAMS:
            return words("audience", "chương trình khác")
        case Audience.STAFF:
            return words("audience", "cán bộ")
        case Audience.VISITORS:
            return words("audience", "công dân")
        case _:
            assert_never(audience)
