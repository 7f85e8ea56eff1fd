"""Routes, OpenAPI document and docs/API.md say the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask

from server.web.api.endpoint import NoBody, register
from server.web.api.openapi import document
from server.web.api.table import ENDPOINTS
from server.web.shared.refusals import CATALOGUE

DOCS = (Path(__file__).parents[2] / "docs" / "API.md").read_text(encoding="utf-8")
CALLS = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    as_json: dict[str, Any] = json.loads(json.dumps(document(ENDPOINTS, "0.1.0")))
    return as_json


def test_every_call_is_in_the_docs_and_nothing_else() -> None:
    table = re.findall(r"^\| `((?:GET|POST|PUT|DELETE) /[^`]*)`", DOCS, re.MULTILINE)
    assert sorted(table) == sorted(CALLS)


def test_the_docs_name_every_field_of_a_request() -> None:
    rows = dict(re.findall(r"^\| `((?:GET|POST) /[^`]*)` \| (?:`([^`]*)`)? ?\|", DOCS, re.MULTILINE))
    for endpoint in ENDPOINTS:
        model = endpoint.body_model if endpoint.body_model is not NoBody else endpoint.query_model
        wanted = {
            (field.alias or name) + ("" if field.is_required() else "?") for name, field in model.model_fields.items()
        }
        assert set(re.findall(r"\w+\??", rows[f"{endpoint.method} {endpoint.path}"])) == wanted, endpoint.path


def test_every_refusal_is_in_the_docs_with_its_status() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d{3}) \|", DOCS, re.MULTILINE))
    assert rows == {code.value: str(entry.status.value) for code, entry in CATALOGUE.items()}


def test_every_route_is_a_call_and_every_call_a_route() -> None:
    app, api = Flask("x"), Blueprint("api", "x")
    for endpoint in ENDPOINTS:
        register(api, endpoint)
    app.register_blueprint(api)
    routes = {
        f"{method} {rule.rule.replace('<', '{').replace('>', '}')}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert routes == CALLS


def test_every_call_is_in_the_document(made: dict[str, Any]) -> None:
    described = {f"{method.upper()} {path}" for path, ways in made["paths"].items() for method in ways}
    assert described == CALLS
    names = [way["operationId"] for ways in made["paths"].values() for way in ways.values()]
    assert len(set(names)) == len(names)


def test_every_reference_in_the_document_leads_somewhere(made: dict[str, Any]) -> None:
    references = re.findall(r'"\$ref": "([^"]+)"', json.dumps(made))
    assert references
    assert set(references) <= {f"#/components/schemas/{name}" for name in made["components"]["schemas"]}


def test_requests_refuse_unknown_fields_and_answers_do_not(made: dict[str, Any]) -> None:
    schemas = made["components"]["schemas"]
    assert schemas["IssueTicket"]["additionalProperties"] is False
    assert "class" in schemas["IssueTicket"]["properties"]
    assert "additionalProperties" not in schemas["Ticket"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_each_call_describes_its_parameters_and_answers(made: dict[str, Any], endpoint: Any) -> None:
    operation = made["paths"][endpoint.path][endpoint.method.lower()]
    assert [p["name"] for p in operation["parameters"] if p["in"] == "path"] == list(endpoint.ids)
    assert ("requestBody" in operation) is (endpoint.body_model is not NoBody)
    good = [status for status in operation["responses"] if status.startswith("2")]
    assert good == (["204"] if endpoint.response_model is None else ["200", "201"] if endpoint.created else ["200"])
    assert operation["responses"]["503"]["content"].keys() == {"application/problem+json"}


def test_a_problem_documents_every_need(made: dict[str, Any]) -> None:
    schemas = made["components"]["schemas"]
    assert schemas["Problem"]["properties"]["need"]["anyOf"][0] == {"$ref": "#/components/schemas/ProblemNeed"}
    assert "need" not in schemas["Problem"]["required"]
    in_docs = set(re.findall(r"^\| `\w+` \| `(\w+)` \|", DOCS, re.MULTILINE))
    assert (
        set(schemas["ProblemNeed"]["enum"]) == in_docs == {need for entry in CATALOGUE.values() for need in entry.needs}
    )
