"""The code starts no shell, and neither code nor scripts evaluate text."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("kiosk", "counter", "display", "server", "hardware", "config", "packaging/onsite")
OWN_HTML = "area.innerHTML = notice.html"
"""A notice of the server's own page, shown again after a refresh as it was."""
FORBIDDEN_CALLS = {"eval", "exec", "os.system", "os.popen", "pickle.load", "pickle.loads", "render_template_string"}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call with the name of the called function as the code has it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def findings(text: str) -> list[str]:
    """Return the calls in ``text`` that are forbidden, or that start a shell."""
    return [
        ast.unparse(call)
        for name, call in calls(ast.parse(text))
        if name in FORBIDDEN_CALLS or any(keyword.arg == "shell" for keyword in call.keywords)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_shell_is_started_and_no_text_is_evaluated(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        assert findings(path.read_text(encoding="utf-8")) == [], path


def test_the_search_finds_each_of_them() -> None:
    code = "eval(x)\nos.system(x)\nsubprocess.run(x, shell=True)\nrender_template_string(x)\npickle.loads(x)\n"
    assert len(findings(code)) == 5


@pytest.mark.parametrize("script", sorted((ROOT / "server/web/static").glob("*/*.js")), ids=lambda path: path.name)
def test_no_script_of_a_page_evaluates_text_or_builds_html_of_it(script: Path) -> None:
    text = script.read_text(encoding="utf-8").replace(OWN_HTML, "")
    for word in ("eval(", "new Function", "innerHTML =", "outerHTML =", "insertAdjacentHTML", "document.write"):
        assert word not in text, word
