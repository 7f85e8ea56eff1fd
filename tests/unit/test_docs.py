"""The documents agree with the code: settings, topics, calls, commands, links, page texts."""

import inspect
import re
import tomllib
from pathlib import Path

import pytest

from kiosk.flow.state import Accessibility
from server.domain.moves import Move
from server.web.staff.clerk.actions import ACTIONS
from server.wire.messages import ProblemCode
from server.wire.topics import Topics
from tools import docs as docs_tool
from tools.pictures import kiosk as kiosk_pictures

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
API = (ROOT / "docs" / "API.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_generated_tables_are_those_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["docs", "--check"])
    assert docs_tool.main() == 0


def test_every_topic_is_documented() -> None:
    topics = Topics("<office>")
    for name, member in inspect.getmembers(Topics):
        if name.startswith("_") or name == "office_id":
            continue
        wanted = getattr(topics, name)
        arguments = ["<id>", "<device>"] if name == "device" else [f"<{'fact' if name == 'fact' else 'id'}>"]
        topic = wanted(*arguments) if inspect.isfunction(member) else wanted
        word = topic.removeprefix("luot/v1/<office>/").split("/")[0]
        assert re.search(rf"`[^`]*\b{word}\b[^`]*`", API), f"{topic} is not in docs/API.md"


@pytest.mark.parametrize("code", list(ProblemCode))
def test_every_code_word_of_a_refusal_is_documented(code: ProblemCode) -> None:
    assert f"`{code.value}`" in API


@pytest.mark.parametrize("move", list(Move))
def test_every_move_is_documented(move: Move) -> None:
    assert f"`{move.value}`" in API


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", text):
        assert (page.parent / target).exists(), f"{target} in {page.name}"


def test_the_commands_of_the_documents_exist() -> None:
    made = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = {a or b for a, b in re.findall(r"`make ([a-z-]+)\b|^make ([a-z-]+)\s+#", text, re.MULTILINE)}
    assert named <= made, named - made
    scripts = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"])
    units = {unit.stem for unit in (ROOT / "packaging/systemd").iterdir()}
    spoken = set(re.findall(r"`(luot-[a-z]+)\b", text))
    assert spoken <= scripts | units | {"luot-site"}, spoken - scripts


def test_the_pictures_of_the_documents_show_no_wait_that_the_server_does_not_compute() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    shown = set(
        re.findall(r"pictures/kiosk-(?:landscape-)?([\w-]+?)(?:-contrast|-big|-lowered)?-(?:vi|en)\.png", pages)
    )
    states = {shot.name: shot.state for shot in kiosk_pictures.shots(Accessibility())}
    assert shown <= states.keys()
    for name in shown:
        state = states[name]
        assert state.hall.board is None or {service.wait_min for service in state.hall.board.services} == {None}, name
        assert state.visit.ticket is None or state.visit.ticket.wait_min is None, name
    assert kiosk_pictures.ticket().wait_min is None  # that of the slips


def test_the_clerks_page_in_vietnamese_names_the_keys_that_the_page_has() -> None:
    text = (ROOT / "docs" / "vi" / "can-bo.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([A-Z]) \|", text, re.MULTILINE)
    assert len(rows) >= 10
    from config.words import words

    known = {(action.phrase(words("vi")), action.key) for action in ACTIONS.values()}
    assert {(name.strip(), key) for name, key in rows} <= known
