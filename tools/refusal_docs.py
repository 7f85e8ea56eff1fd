"""The documents' tables of refusals and of programs' scopes, from the code's own tables."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

from config.words import TextId, Words, words
from server.access.api_tokens import OFFERED_SCOPES
from server.web.api.scope_calls import calls_of_scope
from server.web.shared.refusal_entry import (
    MISSING_FIELD,
    DetailText,
    NeedText,
    OwnSentence,
    RefusalText,
    RequestField,
    TextByValue,
    audience_name,
)
from server.web.shared.refusals import CATALOGUE
from server.wire.messages import ProblemNeed

DOCS = Path(__file__).parent.parent / "docs"
API = DOCS / "API.md"
VIETNAMESE = DOCS / "vi" / "tu-choi.md"

_PART = "<!-- {name}: made by python -m tools.docs from {source} -->\n"
_REFUSALS = "server/web/shared/refusals.py"
_PERMISSIONS = "server/domain/permissions.py"
_END = "<!-- end of {name} -->"

VIETNAMESE_HEAD = """# Khi máy chủ từ chối một việc

Trang này do `python -m tools.docs` tạo từ `server/web/shared/refusals.py`; sửa ở đó.

Việc bị từ chối thì *chưa có gì thay đổi*. Trang cán bộ và trang của công dân hiện câu giải thích; chương trình nhận
thêm mã (`code`, `need`). Dấu … thay cho số, quầy, lĩnh vực, giờ của lần đó. Chữ trên bảng số quầy: xem
[bảng số và bàn phím quầy](bang-so-ban-phim.md).

## Các mã

"""

VIETNAMESE_NEEDS = """
## Câu nói rõ hơn

Có `need` thì câu sau đây hiện thay cho câu chung của mã, hoặc đứng giữa câu chung.

"""


def api_page() -> str:
    """Return docs/API.md with its tables of refusals and scopes as the code has them."""
    english = words("en")
    page = API.read_text(encoding="utf-8")
    page = _with_part(page, "codes", "".join(_api_codes(english)))
    page = _with_part(page, "scopes", "".join(_scopes()), _PERMISSIONS)
    return _with_part(page, "needs", "".join(_needs(english, "| code | need | sentence |\n|---|---|---|\n")))


def vietnamese_page() -> str:
    """Return the page for staff: each code with its sentence and what to do."""
    vietnamese = words("vi")
    needs = _needs(vietnamese, "| Mã | `need` | Câu hiện ra |\n|---|---|---|\n")
    return "".join((VIETNAMESE_HEAD, *_vietnamese_codes(vietnamese), VIETNAMESE_NEEDS, *needs))


def _scopes() -> Iterator[str]:
    yield "| scope | calls that it opens |\n|---|---|\n"
    for scope in OFFERED_SCOPES:
        yield f"| `{scope}` | {', '.join(f'`{call}`' for call in calls_of_scope(scope))} |\n"


def _with_part(page: str, name: str, part: str, source: str = _REFUSALS) -> str:
    begin, end = _PART.format(name=name, source=source), _END.format(name=name)
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if len(pattern.findall(page)) != 1:
        raise ValueError(f"docs/API.md needs one part that begins with {begin.strip()!r} and ends with {end!r}")
    return pattern.sub(lambda _: f"{begin}{part}{end}", page)


def _api_codes(english: Words) -> Iterator[str]:
    yield "| code | status | means | what to do | who can meet it |\n|---|---|---|---|---|\n"
    for code, entry in CATALOGUE.items():
        audiences = ", ".join(audience_name(audience, english) for audience in entry.audiences)
        yield f"| `{code}` | {entry.status.value} | {entry.meaning} | {english(*entry.remedy)} | {audiences} |\n"


def _vietnamese_codes(vietnamese: Words) -> Iterator[str]:
    yield "| Mã | Câu hiện ra | Việc cần làm | Ai có thể gặp |\n|---|---|---|---|\n"
    for code, entry in CATALOGUE.items():
        audiences = ", ".join(audience_name(audience, vietnamese) for audience in entry.audiences)
        yield f"| `{code}` | {_longest(vietnamese, entry.text)} | {vietnamese(*entry.remedy)} | {audiences} |\n"


def _needs(language: Words, head: str) -> Iterator[str]:
    yield head
    for code, entry in CATALOGUE.items():
        for need, text in entry.needs.items():
            yield f"| `{code}` | `{need}` | {_need_text(language, need, text)} |\n"


def _need_text(language: Words, need: ProblemNeed, text: NeedText) -> str:
    match text:
        case OwnSentence():
            return _longest(language, text.text)
        case DetailText():
            return language(*text.text)
        case RequestField():
            both = f"{language(*MISSING_FIELD)}; {language(*text.wrong)}"
            return both.replace("“{field}”", f"`{need.value}`")
        case _:
            assert_never(text)


def _longest(language: Words, text: RefusalText) -> str:
    """Return a sentence with all its values, each as "…"."""
    match text:
        case TextId():
            return re.sub(r"{\w+}", "…", language(*text))
        case TextByValue():
            return _longest(language, text.with_value)
        case _:
            assert_never(text)
