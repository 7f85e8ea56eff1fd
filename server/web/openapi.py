"""The OpenAPI document, made of the endpoints and their models, so that it cannot say anything else than they do."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import ConfigDict
from pydantic.json_schema import models_json_schema

from server.web.endpoint import PATH_ID, Endpoint, NoBody
from server.web.errors import MEDIA_TYPE, STATUSES
from server.wire.messages import Ask, Problem, ProblemCode, Read


class OpenApi(Read):
    """An OpenAPI document; the standard says what is in it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    openapi: str


_REF = "#/components/schemas/{model}"
_ALWAYS = (ProblemCode.BAD_REQUEST, ProblemCode.FORBIDDEN, ProblemCode.BUSY, ProblemCode.STORAGE)
_BODY_STATUSES = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
"""Answers to a body that is not read; their code is ``bad_request``."""


def document(endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """The whole API as OpenAPI 3.1; ``version`` is the program's."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lượt", "version": version, "summary": "Queue tickets for public-service halls."},
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {"schemas": _schemas(endpoints)},
    }


def _schemas(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    asks: list[type[Ask] | type[Read]] = [
        model for endpoint in endpoints for model in (endpoint.ask, endpoint.query) if model is not NoBody
    ]
    answers: list[type[Ask] | type[Read]] = [one.answer for one in endpoints if one.answer is not None]
    wanted = dict.fromkeys([*asks, *answers, Problem])
    _, schema = models_json_schema([(model, "validation") for model in wanted], ref_template=_REF, by_alias=True)
    found: dict[str, Any] = schema["$defs"]
    return found


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [*map(_path_parameter, endpoint.ids), *_query_parameters(endpoint.query)],
        "responses": _responses(endpoint),
    }
    if endpoint.ask is not NoBody:
        operation["requestBody"] = {"required": True, "content": _content(endpoint.ask)}
    return operation


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": PATH_ID}}


def _query_parameters(model: type[Ask]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(ref_template=_REF)
    properties: Mapping[str, Any] = schema.get("properties", {})
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": one}
        for name, one in properties.items()
    ]


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if endpoint.answer is None:
        found["204"] = {"description": "Done."}
    else:
        said = {"description": endpoint.summary, "content": _content(endpoint.answer)}
        found["200"] = said
        if endpoint.created:
            found["201"] = said
            found["200"] = {**said, "description": "The same request again: the same answer as it is now."}
    if endpoint.etag is not None:
        found["304"] = {"description": "Not changed since the ETag in If-None-Match."}
    by_status: dict[str, list[str]] = {}
    has_body = endpoint.ask is not NoBody
    reused = (ProblemCode.REQUEST_REUSED,) if has_body else ()
    missing = (ProblemCode.NOT_FOUND,) if endpoint.ids else ()
    for code in dict.fromkeys([*endpoint.refusals, *missing, *reused, *_ALWAYS]):
        by_status.setdefault(str(STATUSES[code].value), []).append(code.value)
    for body_status in _BODY_STATUSES if has_body else ():
        by_status.setdefault(str(body_status.value), []).append(ProblemCode.BAD_REQUEST.value)
    for status, words in sorted(by_status.items()):
        found[status] = {
            "description": f"Refused; code: {', '.join(words)}.",
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
        }
    return found


def _content(model: type[Ask] | type[Read]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}
