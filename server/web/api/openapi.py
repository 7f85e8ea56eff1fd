"""The OpenAPI document, made from the endpoints and their models, so that they always agree."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import ConfigDict
from pydantic.json_schema import models_json_schema

from server.web.api.endpoint import ID_PATTERN, Endpoint, NoBody
from server.web.shared.errors import MEDIA_TYPE
from server.web.shared.refusals import CATALOGUE
from server.wire.messages import Ask, Problem, ProblemCode, Read


class OpenApi(Read):
    """An OpenAPI document, as the standard defines it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    openapi: str


_REF = "#/components/schemas/{model}"
"""The reference to a model in the document."""
_COMMON_CODES = (ProblemCode.BAD_REQUEST, ProblemCode.FORBIDDEN, ProblemCode.BUSY, ProblemCode.STORAGE)
_BODY_STATUSES = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
"""The statuses that refuse a body before it is read; their code is ``bad_request``."""


def document(endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the API; ``version`` is the program's."""
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
    request_models: list[type[Ask] | type[Read]] = [
        model for endpoint in endpoints for model in (endpoint.body_model, endpoint.query_model) if model is not NoBody
    ]
    response_models: list[type[Ask] | type[Read]] = [
        endpoint.response_model for endpoint in endpoints if endpoint.response_model is not None
    ]
    models = dict.fromkeys([*request_models, *response_models, Problem])
    _, schema = models_json_schema([(model, "validation") for model in models], ref_template=_REF, by_alias=True)
    schemas: dict[str, Any] = schema["$defs"]
    return schemas


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [*map(_path_parameter, endpoint.ids), *_query_parameters(endpoint.query_model)],
        "responses": _responses(endpoint),
    }
    if endpoint.body_model is not NoBody:
        operation["requestBody"] = {"required": True, "content": _content(endpoint.body_model)}
    return operation


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": ID_PATTERN}}


def _query_parameters(model: type[Ask]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(ref_template=_REF)
    properties: Mapping[str, Any] = schema.get("properties", {})
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": property_schema}
        for name, property_schema in properties.items()
    ]


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if endpoint.response_model is None:
        responses["204"] = {"description": "Done."}
    else:
        answer = {"description": endpoint.summary, "content": _content(endpoint.response_model)}
        responses["200"] = answer
        if endpoint.created:
            responses["201"] = answer
            responses["200"] = {**answer, "description": "The same request again: the same answer as it is now."}
    if endpoint.etag is not None:
        responses["304"] = {"description": "Not changed since the ETag in If-None-Match."}
    by_status: dict[str, list[str]] = {}
    has_body = endpoint.body_model is not NoBody
    reused_codes = (ProblemCode.REQUEST_REUSED,) if has_body else ()
    missing_codes = (ProblemCode.NOT_FOUND,) if endpoint.ids else ()
    for code in dict.fromkeys([*endpoint.refusals, *missing_codes, *reused_codes, *_COMMON_CODES]):
        by_status.setdefault(str(CATALOGUE[code].status.value), []).append(code.value)
    for body_status in _BODY_STATUSES if has_body else ():
        by_status.setdefault(str(body_status.value), []).append(ProblemCode.BAD_REQUEST.value)
    for status, codes in sorted(by_status.items()):
        responses[status] = {
            "description": f"Refused; code: {', '.join(codes)}.",
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
        }
    return responses


def _content(model: type[Ask] | type[Read]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}
