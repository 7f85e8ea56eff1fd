from pathlib import Path

import pytest
from flask import Flask, render_template, url_for
from jinja2.bccache import Bucket

from server.web.shared.web_application import CompiledTemplates, WebApplication

PAGE = "page.html"


def application(templates: Path) -> Flask:
    """Return an application with one page and with the templates of a folder."""
    app = WebApplication()
    app.template_folder = str(templates)
    app.add_url_rule("/counters/<int:rule>/<name>", "counter", lambda rule, name: f"{rule} {name}")
    return app


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record each template that is compiled."""
    compiled: list[str] = []
    keep = CompiledTemplates.dump_bytecode

    def record(templates: CompiledTemplates, bucket: Bucket) -> None:
        compiled.append(PAGE)
        keep(templates, bucket)

    monkeypatch.setattr(CompiledTemplates, "dump_bytecode", record)
    return compiled


def test_an_address_is_built_from_values_and_further_ones_become_its_query(tmp_path: Path) -> None:
    app = application(tmp_path)
    with app.test_request_context():
        for _ in range(2):
            assert url_for("counter", rule=7, name="Quầy 7") == "/counters/7/Qu%E1%BA%A7y%207"
            assert url_for("counter", rule=7, name="a", lang="vi") == "/counters/7/a?lang=vi"
    assert app.test_client().get("/counters/7/a").text == "7 a"


def test_an_application_uses_the_template_that_another_one_has_compiled(
    tmp_path: Path, compilations: list[str]
) -> None:
    (tmp_path / PAGE).write_text("{{ name }}", encoding="utf-8")
    for name in ("một", "<hai>"):
        with application(tmp_path).test_request_context():
            assert render_template(PAGE, name=name) == name.replace("<", "&lt;").replace(">", "&gt;")
    assert compilations == [PAGE]


def test_a_changed_template_is_compiled_again(tmp_path: Path, compilations: list[str]) -> None:
    for text in ("một", "hai"):
        (tmp_path / PAGE).write_text(text, encoding="utf-8")
        with application(tmp_path).test_request_context():
            assert render_template(PAGE) == text
    assert compilations == [PAGE, PAGE]
