"""``docs/SECURITY.md`` answers each line of the standard once, with tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")

LEVEL_1 = """
    1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2
    3.5.3 4.1.1 4.4.1 5.2.1 5.2.2 5.3.1 5.3.2 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1
    6.4.2 7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 10.4.3
    10.4.4 10.4.5 11.3.1 11.3.2 11.4.1 12.1.1 12.2.1 12.2.2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1
"""
OF_LEVEL_2 = """
    2.3.3 2.3.4 2.4.1 6.3.3 6.3.4 7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2 16.5.2 16.5.3
"""
WITHOUT_TEST = {"not used", "a promise about work"}
ATTACKS = 13
"""The lines of the table of attacks."""

TEST = re.compile(r"`([\w/]+\.py)::(\*|\w+)`")
LINE = re.compile(r"\d+\.\d+\.\d+")


def table(heading: str) -> list[list[str]]:
    """Return the cells of the rows of the table below ``heading``."""
    section = PAGE.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


STANDARD = table("OWASP ASVS 5.0")
NOT_ALLOWED = table("What an attacker on the hall's network may not do")


@cache
def named_tests(path: str) -> frozenset[str]:
    """Return the names of the tests of a file below ``tests``; none without the file."""
    file = ROOT / "tests" / path
    if not file.is_file():
        return frozenset()
    functions = (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.FunctionDef))
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


def missing_tests(cell: str) -> list[str]:
    """Return the parts of a cell that name no test."""
    missing = []
    for part in cell.split("<br>"):
        named = TEST.fullmatch(part)
        known = named_tests(named[1]) if named else frozenset()
        if named is None or not known or (named[2] != "*" and named[2] not in known):
            missing.append(part)
    return missing


def test_each_line_of_the_standard_is_answered_once() -> None:
    answered = [row[0] for row in STANDARD]
    assert sorted(answered) == sorted((LEVEL_1 + OF_LEVEL_2).split())


@pytest.mark.parametrize("row", STANDARD, ids=lambda row: row[0])
def test_a_line_has_a_test_or_says_why_not(row: list[str]) -> None:
    line, how, tests = row
    assert LINE.fullmatch(line)
    assert how
    assert tests in WITHOUT_TEST or missing_tests(tests) == []


@pytest.mark.parametrize("row", NOT_ALLOWED, ids=lambda row: row[0][:40])
def test_each_attack_has_tests_that_try_it(row: list[str]) -> None:
    assert missing_tests(row[1]) == []


def test_no_attack_is_left_out() -> None:
    assert len(NOT_ALLOWED) == ATTACKS


def test_a_deviation_gives_its_reason() -> None:
    deviations = {row[0]: row[1] for row in STANDARD if "**deviation**" in row[1]}
    assert set(deviations) == {"3.4.1", "6.3.3", "12.2.2"}
    assert all(len(how) > 100 for how in deviations.values())


def test_a_test_that_does_not_exist_is_noticed() -> None:
    assert missing_tests("`unit/test_docs_security.py::*`") == []
    assert missing_tests("`unit/test_docs_security.py::test_that_nobody_wrote`<br>later") == [
        "`unit/test_docs_security.py::test_that_nobody_wrote`",
        "later",
    ]
    assert missing_tests("`unit/test_no_such_file.py::*`") != []
