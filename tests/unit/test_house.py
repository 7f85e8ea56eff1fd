"""The checks of layout and plain English find breaches, and CONTRIBUTING has their tables."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from bench import statements
from server.web.api.table import ENDPOINTS
from tools.house import english, layout, table
from tools.house.rule import Breach, Rule, breach_counts, breach_sentences
from tools.house.sources import Source, parse, read

FIFTEEN = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
LONG_FUNCTION = "def f():\n" + "    pass\n" * layout.MAX_FUNCTION_LINES

Find = Callable[[Source], Iterable[Breach]]

PLANTED: list[tuple[Find, str]] = [
    (english.vague_variables, "for one in (): pass"),
    (english.vague_variables, "numbers = [one for one in ()]"),
    (english.vague_variables, "for at, (one, other) in (): pass"),
    (english.vague_variables, "found = 1"),
    (english.vague_variables, "lambda said: None"),
    (english.long_first_sentences, f'"""{FIFTEEN} sixteen."""'),
    (english.long_first_sentences, f'def f():\n    """{FIFTEEN}\n    sixteen\n\n    more.\n    """'),
    (english.vague_beginnings, '"""What becomes of it."""'),
    (english.vague_beginnings, 'class C:\n    """Who is there."""'),
    (english.vague_beginnings, 'def f():\n    """Whether it rains."""'),
    (english.banned_names, "def told(): pass"),
    (english.banned_names, "class TextsSaid: pass"),
    (english.banned_names, "def f(*, what): pass"),
    (english.banned_names, "def _last_heard(): pass"),
    (layout.long_files, "pass\n" * (layout.MAX_FILE_LINES + 1)),
    (layout.long_functions, LONG_FUNCTION),
]
KEPT: list[tuple[Find, str]] = [
    (english.vague_variables, "for ticket in (): print(one.found)"),
    (english.long_first_sentences, f'"""{FIFTEEN}. {FIFTEEN}"""'),
    (english.long_first_sentences, f'"""{FIFTEEN.removesuffix("fifteen")} ``a call(of, four, words)``."""'),
    (english.vague_beginnings, 'def f():\n    """Return whether it rains."""'),
    (english.banned_names, "def test_what_was_said_is_told(): pass"),
    (english.banned_names, "def shutdown(essays): pass"),
    (layout.long_files, "pass\n" * layout.MAX_FILE_LINES),
    (layout.long_functions, LONG_FUNCTION.replace("    pass\n", '    """\n    A text.\n    """\n', 1)),
]


@pytest.mark.parametrize(("find", "text"), PLANTED)
def test_a_planted_breach_is_found(find: Find, text: str) -> None:
    assert len(list(find(parse("kiosk/planted.py", text)))) == 1


@pytest.mark.parametrize(("find", "text"), KEPT)
def test_code_that_keeps_a_rule_has_no_breach(find: Find, text: str) -> None:
    assert list(find(parse("kiosk/kept.py", text))) == []


def test_a_breach_is_reported_with_its_place_where_the_rule_is_kept() -> None:
    rule = Rule("a variable names the thing", english.vague_variables, ("kiosk",))
    files = [parse(f"{area}/planted.py", "pass\nfor one in (): pass") for area in ("kiosk", "server")]
    assert list(breach_sentences([rule], files)) == [
        "kiosk/planted.py:2: a variable is called `one` (a variable names the thing)"
    ]
    assert [line.split()[:2] for line in breach_counts([rule], files)] == [["1", "kiosk"], ["1", "server"]]


def test_every_rule_is_kept_somewhere_and_planted_here() -> None:
    rules = (*layout.RULES, *english.RULES)
    assert {rule.find for rule in rules} == {find for find, _ in PLANTED}
    assert all(rule.areas for rule in rules)


def test_a_class_name_of_two_files_is_reported() -> None:
    files = [parse(f"{area}/planted.py", "class Line: pass") for area in ("kiosk", "server", "tests")]
    assert list(layout.shared_names(files)) == [
        "class Line is defined in kiosk/planted.py, server/planted.py (a name means one thing)"
    ]


def test_every_allowed_name_is_still_shared() -> None:
    assert layout.SHARED_NAMES.keys() <= layout.duplicates(read()).keys()


# --- the tables ----------------------------------------------------------------------------------------


def test_the_tables_stand_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{table.BEGIN}\n\nold\n\n{table.END}\n\nafter\n", encoding="utf-8")
    for line in ("first", "second"):
        table.write([line], page)
        expected = f"before\n\n{table.BEGIN}\n\n{line}\n\n{table.END}\n\nafter\n"
        assert page.read_text(encoding="utf-8") == expected


def test_a_page_without_marks_is_not_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before", encoding="utf-8")
    with pytest.raises(ValueError, match="are missing"):
        table.write(["line"], page)
    assert page.read_text(encoding="utf-8") == "before"


def test_contributing_has_every_measure_and_every_counted_request() -> None:
    """The numbers are those of the last ``make house``."""
    page = table.PAGE.read_text(encoding="utf-8")
    written = page[page.index(table.BEGIN) : page.index(table.END)]
    measures = [line.split("|")[1] for line in table.table(read())]
    requests = [f" {name} " for name in statements.all_cases()]
    assert [name for name in [*measures, *requests] if f"|{name}|" not in written] == []


def test_the_statements_of_every_call_of_the_api_are_counted() -> None:
    of_the_hall = {endpoint.name for endpoint in ENDPOINTS if not endpoint.path.startswith(statements.OF_DEVICES)}
    assert statements.CALLS.keys() == of_the_hall
