"""Open the accounts of a real hall; a demonstration has none."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Literal

from server.access.access import Access
from server.access.tokens import new_token
from server.wire import box_token


def open_accounts(
    mode: Literal["live", "demo"], state: Path, wall_ms: Callable[[], int], resources: ExitStack
) -> Access | None:
    """Return the accounts, devices and programs, closed with ``resources``; None in a demonstration.

    Raises ``CannotOpen``.
    """
    return resources.enter_context(closing(Access.open(state, wall_ms))) if mode == "live" else None


def make_box_token(state: Path) -> str:
    """Return a new token of the box, stored for its own stations."""
    token = new_token()
    box_token.write_token(state / box_token.FILE_NAME, token)
    return token
