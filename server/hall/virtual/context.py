"""The context of the routes of the virtual hall's page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import current_app

from config.clock import Now
from config.settings import Settings
from server.hall.virtual.control_clients import ControlClient, ControlClients
from server.hall.virtual.requests import HttpError
from server.hall.virtual.state import HallState, LogEntry
from server.hall.virtual.view import counter_labels

EXTENSION_KEY = "virtual hall"
"""The key of the ``PageContext`` in the Flask application's ``extensions``."""


class HallActions(Protocol):
    """The actions of the hall itself that the page offers."""

    def set_speed(self, speed: float) -> None:
        """Run the hall's clock ``speed`` times as fast as real time."""

    def add_visitor(self) -> None:
        """Send one more visitor to the kiosk."""

    def play_morning(self, *, on: bool) -> None:
        """Begin (``on``) or end the sample morning."""

    def switch_power(self, name: str, *, on: bool) -> None:
        """Switch the server or the broker. Raises ``KeyError`` for anything else."""


@dataclass(frozen=True, slots=True)
class PageContext:
    """The parts of one hall that its page shows and controls. ``zone``: its time zone."""

    settings: Settings
    state: HallState
    clients: ControlClients
    actions: HallActions
    now: Callable[[], Now]
    zone: ZoneInfo

    @property
    def counters(self) -> list[str]:
        """The ids of the counters with simulated devices."""
        simulated = self.settings.simulated
        return [desk.counter for desk in simulated.desks] if simulated is not None else []

    def label(self, counter: str) -> str:
        """Return a counter's label; its id before the office is known."""
        return counter_labels(self.state.get("office")).get(counter, counter)

    def log(self, event: str, **values: str) -> None:
        """Add an event to the page's log."""
        self.state.add_log(LogEntry(self.now().wall_ms, event, values))

    def devices(self) -> ControlClient:
        """Return the client of the simulated devices. Raises :class:`HttpError`."""
        return _existing(self.clients.devices)

    def kiosk(self) -> ControlClient:
        """Return the client of the kiosk. Raises :class:`HttpError`."""
        return _existing(self.clients.kiosk)

    def tv(self) -> ControlClient:
        """Return the client of the hall TV. Raises :class:`HttpError`."""
        return _existing(self.clients.tv)


def current_page() -> PageContext:
    """Return the context of the application that serves this request."""
    context: PageContext = current_app.extensions[EXTENSION_KEY]
    return context


def _existing(client: ControlClient | None) -> ControlClient:
    """Return the client. Raises :class:`HttpError` when this hall has none."""
    if client is None:
        raise HttpError(404, "this hall has no such device")
    return client
