"""One endpoint of the API as data: method, path, models and function.

The routes and the OpenAPI document are made from these.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from config.words import Words, words
from server.web.shared.callers import known_caller, own_station
from server.web.shared.context import AppContext, current_context
from server.web.shared.errors import MEDIA_TYPE, RETRY_AFTER_S, DuplicateField, ErrorTextContext, problem
from server.web.shared.identity import preferred_language
from server.wire.messages import Ask, Problem, ProblemCode, Read

Body = TypeVar("Body", bound=Ask)
BodyModel = TypeVar("BodyModel", bound=Ask)

ID_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"
"""The ids that a path may have."""
_ID = re.compile(ID_PATTERN)


class NoBody(Ask):
    """The model of an endpoint without a body, or without a query string."""


@dataclass(frozen=True, slots=True)
class ApiRequest(Generic[Body]):
    """A request to the API as its function receives it.

    ``ids`` are the ids in the path by name, ``query`` is the validated query string (``Endpoint.query_model``).
    """

    context: AppContext
    ids: Mapping[str, str]
    body: Body
    query: Any


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of the API, served by ``run``.

    ``summary`` is its sentence in the OpenAPI document. ``body_model``, ``query_model``: ``NoBody`` where there is
    none; ``response_model`` None: it responds without content (204). ``created``: the status is 201 for a new request,
    200 for a repeated one. ``etag`` computes the entity tag of the response, which makes requests conditional; None:
    the response has no tag. ``refusals``: the problem codes beside those of every endpoint.
    """

    method: str
    path: str
    run: Callable[[ApiRequest[Any]], Read | None]
    summary: str
    body_model: type[Ask] = NoBody
    query_model: type[Ask] = NoBody
    response_model: type[Read] | None = None
    refusals: Sequence[ProblemCode] = ()
    created: bool = False
    etag: Callable[[Any], str] | None = None

    @property
    def route(self) -> str:
        """The path in Flask's notation."""
        return self.path.replace("{", "<").replace("}", ">")

    @property
    def name(self) -> str:
        """The id of the operation, such as "post_tickets_id_moves"."""
        return "_".join(re.findall(r"[a-z]+", f"{self.method} {self.path}".lower()))

    @property
    def ids(self) -> Sequence[str]:
        """The names of the ids in the path."""
        return re.findall(r"{(\w+)}", self.path)


def register(blueprint: Blueprint, endpoint: Endpoint) -> None:
    """Add the route of ``endpoint`` to the blueprint."""

    def view(**ids: str) -> Response:
        return _response(endpoint, endpoint.run(_read_request(endpoint, ids)))

    blueprint.add_url_rule(endpoint.route, endpoint.name, view, methods=[endpoint.method])


def error_response(error: Exception) -> Response:
    """Return the problem document of an error as a response, in the caller's language.

    Raises ``error`` itself if it is none of ``HANDLED_ERRORS``.
    """
    return problem_response(problem(error, error_text_context(words(preferred_language()))))


def error_text_context(translations: Words) -> ErrorTextContext:
    """Return the context of error sentences in this language, with the current office and time."""
    context = current_context()
    return ErrorTextContext(translations, context.pictures.office, context.now().wall_ms)


def problem_response(refusal: Problem) -> Response:
    """Return a problem as an HTTP response."""
    return add_retry_after(Response(refusal.model_dump_json(), refusal.status, mimetype=MEDIA_TYPE))


def add_retry_after(response: Response) -> Response:
    """Add ``Retry-After`` to a refusal if the same request may succeed soon."""
    if response.status_code in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _read_request(endpoint: Endpoint, ids: Mapping[str, str]) -> ApiRequest[Any]:
    if any(not _ID.fullmatch(part) for part in ids.values()):
        raise NotFound
    for name, values in request.args.lists():
        if len(values) > 1:
            raise DuplicateField(name)
    query = endpoint.query_model.model_validate(request.args.to_dict())
    return ApiRequest(current_context(), ids, _sent_by_caller(_body(endpoint.body_model)), query)


def _sent_by_caller(body: BodyModel) -> BodyModel:
    """Return the body with the caller's own station. Raises ``forbidden`` as ``own_station`` does."""
    if "station" not in type(body).model_fields or known_caller() is None:
        return body  # a call without credentials: the station asks for enrolment
    named: str | None = getattr(body, "station")  # noqa: B009 - the type of the body is any model with this field
    station = own_station(named)
    return body if station == named else body.model_copy(update={"station": station})


def _body(model: type[BodyModel]) -> BodyModel:
    if model is NoBody:
        return model()
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    body = request.get_data(cache=False)
    _check_duplicates(body)
    return model.model_validate_json(body, strict=True)


def _check_duplicates(body: bytes) -> None:
    """Raise ``DuplicateField`` if an object of the JSON has a field twice.

    JSON parsers differ in the value that they keep.
    """

    def reject_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
        fields: dict[str, object] = {}
        for name, value in pairs:
            if name in fields:
                raise DuplicateField(name)
            fields[name] = value
        return fields

    with suppress(ValueError, RecursionError):  # the model refuses JSON that cannot be parsed
        json.loads(body, object_pairs_hook=reject_duplicates)


def _response(endpoint: Endpoint, answer: Read | None) -> Response:
    if answer is None:
        return Response(status=HTTPStatus.NO_CONTENT)
    created = endpoint.created and not getattr(answer, "repeated", False)
    status = HTTPStatus.CREATED if created else HTTPStatus.OK
    response = Response(answer.model_dump_json(by_alias=True), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache" if endpoint.etag else "no-store"
    if endpoint.etag is None:
        return response
    response.headers["ETag"] = endpoint.etag(answer)
    response.make_conditional(request)
    return response
