"""The addresses of a counter's page, of the forms on it, and of its actions.

A page has dozens of them: ``url_for`` makes the first one, from which the others follow.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

PAGE_ROUTE = "/clerk/<counter>"
_ACTIONS = "/do/"
ACTION_ROUTE = f"{PAGE_ROUTE}{_ACTIONS}<action>"


@dataclass(frozen=True, slots=True)
class PageAddresses:
    """The addresses of one counter; ``page`` is that of its page without a form."""

    page: str

    def form(self, panel: str, ticket: str | None = None) -> str:
        """Return the address of the page with a form on it. ``ticket``: the id of the ticket that the form shows."""
        return f"{self.page}?{urlencode({'panel': panel} if ticket is None else {'panel': panel, 'ticket': ticket})}"

    def action(self, action: str) -> str:
        """Return the address to which the form of an action is sent."""
        return f"{self.page}{_ACTIONS}{action}"


def addresses_of(counter: str) -> PageAddresses:
    """Return the addresses of a counter. Needs an application context."""
    return PageAddresses(url_for("clerk.counter_page", counter=counter))
