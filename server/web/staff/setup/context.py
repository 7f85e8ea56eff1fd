"""The parts of the server that the set-up's pages use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from flask import current_app

from server.access.access import Access
from server.access.setup_progress import SetupProgress
from server.web.shared.context import AppContext

EXTENSION = "luot_setup"
"""The key of the context among the extensions of an application."""


class OfficeChosen(Exception):
    """Another browser has chosen the office meanwhile."""


class OfficeChoice(Protocol):
    """The choice of the office, which is made once.

    Both methods apply the whole office or nothing. They raise ``OfficeFileError`` with every mistake, and
    :class:`OfficeChosen`.
    """

    @property
    def is_made(self) -> bool: ...

    def use_template(self, template: str, name: Mapping[str, str]) -> None: ...

    def use_file(self, contents: bytes, procedures: bytes | None) -> None: ...


@dataclass(frozen=True, slots=True)
class ReachableAt:
    """The addresses of pages; ``visitors`` is empty when phones have none."""

    staff: tuple[str, ...]
    visitors: str


@dataclass(frozen=True, slots=True)
class SetupContext:
    """Everything that the set-up's pages work with.

    ``hall``: the parts of the hall, None before the office is chosen. ``refresh_code`` shows a new code after 24 hours,
    and none once an administrator exists. ``addresses`` returns where
    pages are reached. ``on_finished`` is called after the last step.
    """

    access: Access
    progress: SetupProgress
    offices: OfficeChoice
    hall: AppContext | None
    refresh_code: Callable[[], None]
    addresses: Callable[[], ReachableAt]
    on_finished: Callable[[], None]
    new_id: Callable[[], str]


def setup_context() -> SetupContext:
    """Return the set-up's context of the application that handles this request."""
    context: SetupContext = current_app.extensions[EXTENSION]
    return context


def add_setup(app_extensions: dict[str, object], context: SetupContext) -> None:
    """Make ``context`` that of an application's set-up pages."""
    app_extensions[EXTENSION] = context
