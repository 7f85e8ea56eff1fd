"""The response ``busy`` of an overloaded server, with ``Retry-After``.

Its bytes are made at the start, so that the receiving thread can send it without a worker thread.
"""

from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from config.words import LANGUAGES, words
from server.web.shared.error_texts import refusal_sentence
from server.web.shared.errors import MEDIA_TYPE, RETRY_AFTER_S
from server.web.shared.guard import SECURITY_HEADERS
from server.web.shared.refusals import CATALOGUE
from server.web.shared.serving.framing import (
    READING_METHODS,
    RequestLine,
    closing_response,
    header_values,
    request_line,
    without_body,
)
from server.wire.messages import Problem, ProblemCode

VISITOR_TICKETS = b"/v/"
"""The beginning of the paths of visitors' tickets: a confirmation is shown again at the address of its form."""


class CallerKind(Enum):
    """The kinds of callers, which are sent different responses."""

    PROGRAM = auto()
    READER = auto()
    """A browser that loads a page, and may load it again by itself."""
    STAFF_FORM = auto()
    VISITOR_FORM = auto()


def busy_response(request: bytes) -> bytes:
    """Return the response ``busy``: a problem document to programs, a page to browsers.

    In the language of ``?lang=``, else of ``Accept-Language``; the signed cookie is not read here.
    """
    line = request_line(request)
    response = _RESPONSES[_caller_kind(line), request_language(request)]
    return without_body(response) if line.method == b"HEAD" else response


def _caller_kind(line: RequestLine) -> CallerKind:
    if line.is_of_api:
        return CallerKind.PROGRAM
    if line.method in READING_METHODS:
        return CallerKind.READER
    return CallerKind.VISITOR_FORM if line.path.startswith(VISITOR_TICKETS) else CallerKind.STAFF_FORM


def request_language(request: bytes) -> str:
    """Return the language of ``?lang=``, else of ``Accept-Language``, else Vietnamese."""
    query = request_line(request).path.partition(b"?")[2].split(b"&")
    for language in LANGUAGES:
        if f"lang={language}".encode() in query:
            return language
    preferred = b",".join(header_values(request, b"accept-language")).decode("latin-1")
    return parse_accept_header(preferred, LanguageAccept).best_match(list(LANGUAGES)) or "vi"


def _response(kind: CallerKind, language: str) -> bytes:
    entry, texts = CATALOGUE[ProblemCode.BUSY], words(language)
    sentence = refusal_sentence(texts, ProblemCode.BUSY, None, {})
    problem = Problem(title=entry.status.phrase, status=entry.status.value, code=ProblemCode.BUSY, detail=sentence)
    if kind is CallerKind.PROGRAM:
        media_type, body = MEDIA_TYPE, problem.model_dump_json()
    else:
        media_type = "text/html; charset=utf-8"
        body = _TEMPLATES.get_template("problem.html").render(
            words=texts,
            problem=problem,
            reload_s=RETRY_AFTER_S if kind is CallerKind.READER else None,
            is_lost_press=kind is not CallerKind.READER,
            back="" if kind is CallerKind.VISITOR_FORM else "/",
        )
    fields = {
        "Content-Type": media_type,
        "Retry-After": str(RETRY_AFTER_S),
        "Cache-Control": "no-store",
        **SECURITY_HEADERS,
    }
    return closing_response(f"{entry.status.value} {entry.status.phrase}", fields, body.encode())


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[2] / "templates"), autoescape=True, trim_blocks=True
)
_RESPONSES: Mapping[tuple[CallerKind, str], bytes] = {
    (kind, language): _response(kind, language) for kind in CallerKind for language in LANGUAGES
}
