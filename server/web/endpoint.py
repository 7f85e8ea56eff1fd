"""One call of the API as a row: its address, models and function. Routes and the OpenAPI document come from it."""

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
from server.web.errors import MEDIA_TYPE, FieldTwice, Reader, problem
from server.web.identity import preferred
from server.web.parts import Parts, parts
from server.wire.messages import Ask, Problem, ProblemCode, Read

Body = TypeVar("Body", bound=Ask)
Asked_ = TypeVar("Asked_", bound=Ask)

PATH_ID = r"^[A-Za-z0-9._-]{1,64}$"
_ID = re.compile(PATH_ID)


class NoBody(Ask):
    """The body, or the query, of a call that has none."""


@dataclass(frozen=True, slots=True)
class Asked(Generic[Body]):
    """One call as its function gets it; ``ids`` are the parts of the path, ``query`` what follows the "?"."""

    parts: Parts
    ids: Mapping[str, str]
    body: Body
    query: Any


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call. ``created``: answers 201 unless repeated. ``etag`` makes the answer conditional."""

    method: str
    path: str
    run: Callable[[Asked[Any]], Read | None]
    summary: str
    ask: type[Ask] = NoBody
    query: type[Ask] = NoBody
    answer: type[Read] | None = None
    refusals: Sequence[ProblemCode] = ()
    created: bool = False
    etag: Callable[[Any], str] | None = None

    @property
    def route(self) -> str:
        """The path as Flask writes it."""
        return self.path.replace("{", "<").replace("}", ">")

    @property
    def name(self) -> str:
        """One word for the call, such as "post_tickets_id_moves"."""
        return "_".join(re.findall(r"[a-z]+", f"{self.method} {self.path}".lower()))

    @property
    def ids(self) -> Sequence[str]:
        """Names of the parts of the path."""
        return re.findall(r"{(\w+)}", self.path)


def register(blueprint: Blueprint, endpoint: Endpoint) -> None:
    """Give ``endpoint`` its route."""

    def view(**ids: str) -> Response:
        return _answer(endpoint, endpoint.run(_asked(endpoint, ids)))

    blueprint.add_url_rule(endpoint.route, endpoint.name, view, methods=[endpoint.method])


def refuse(error: Exception) -> Response:
    """The problem document of an error, in the caller's language. Raises ``error`` when nobody knows it."""
    return problem_answer(problem(error, reader(words(preferred()))))


def reader(language: Words) -> Reader:
    """Whom this request's sentences are for."""
    here = parts()
    return Reader(language, here.pictures.office, here.now().wall_ms)


def problem_answer(found: Problem) -> Response:
    """A problem as HTTP says it."""
    return say_when(Response(found.model_dump_json(), found.status, mimetype=MEDIA_TYPE))


def say_when(response: Response) -> Response:
    """``response``, and for what may go well soon, how soon."""
    if response.status_code in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response.headers["Retry-After"] = "2"
    return response


def _asked(endpoint: Endpoint, ids: Mapping[str, str]) -> Asked[Any]:
    if any(not _ID.fullmatch(one) for one in ids.values()):
        raise NotFound
    for name, values in request.args.lists():
        if len(values) > 1:
            raise FieldTwice(name)
    query = endpoint.query.model_validate(request.args.to_dict())
    return Asked(parts(), ids, _body(endpoint.ask), query)


def _body(model: type[Asked_]) -> Asked_:
    if model is NoBody:
        return model()
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    body = request.get_data(cache=False)
    _check_once(body)
    return model.model_validate_json(body, strict=True)


def _check_once(body: bytes) -> None:
    """Raises ``FieldTwice`` for an object that says one field twice: readers of JSON differ in which they take."""

    def each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, value in pairs:
            if name in found:
                raise FieldTwice(name)
            found[name] = value
        return found

    with suppress(ValueError, RecursionError):  # what cannot be read is the model's to refuse
        json.loads(body, object_pairs_hook=each_once)


def _answer(endpoint: Endpoint, answer: Read | None) -> Response:
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
