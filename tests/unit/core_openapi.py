"""Schemathesis against the API: it makes up requests, and the document names each answer."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
from core_hall import Hall, request_id
from core_web import Web
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

HOST = {"Host": "127.0.0.1"}
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)


@dataclass(frozen=True, slots=True)
class Tried:
    """How many cases one operation was asked."""

    operation: str
    cases: int


def try_operations(folder: Path, examples: int) -> Iterator[Tried]:
    """Ask each operation ``examples`` times in accord with the document and as often against it.

    Every second path names something that exists. A mistake is raised as schemathesis reports it.
    """
    hall = Hall(folder)
    try:
        hall.tick()
        hall.open("c1", "c2")
        app = Web(hall).app
        document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, headers=HOST)
        for result in document.get_all_operations():
            assert isinstance(result, Ok), result.err()
            operation = result.ok()
            cases = sum(_try(operation, mode, examples, _existing(hall, operation.path)) for mode in MODES)
            yield Tried(operation.label, cases)
    finally:
        hall.close()


def _existing(hall: Hall, path: str) -> Callable[[], str]:
    """Return what makes the id of something that exists for a path."""
    if path.startswith("/counters"):
        return itertools.cycle(("c1", "c2")).__next__
    if path.startswith("/tickets"):
        return lambda: hall.issue().id
    return request_id


def _try(
    operation: schemathesis.APIOperation[Any, Any, Any, Any],
    mode: schemathesis.GenerationMode,
    examples: int,
    existing: Callable[[], str],
) -> int:
    count = 0

    @seed(20261130)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        nonlocal count
        count += 1
        if count % 2 and "id" in case.path_parameters:
            case.path_parameters["id"] = existing()
        case.call_and_validate(headers=HOST, excluded_checks=_EXCLUDED)

    try:
        ask()
    except Unsatisfiable:  # an operation without parameters and without a body cannot be asked wrongly
        assert mode is schemathesis.GenerationMode.NEGATIVE
    return count


_EXCLUDED: list[CheckFunction] = [positive_data_acceptance]
"""A service or an outcome that is well spelt may be unknown to this office."""
