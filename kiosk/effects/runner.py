"""Carry out the effects of the kiosk's flow, with the printer or over HTTP."""

from kiosk.effects.printer import PrinterCalls
from kiosk.effects.server import ServerCalls
from kiosk.flow.effects import Effect, PrinterEffect
from kiosk.flow.state import KioskState


class KioskEffectRunner:
    """Passes each effect to the printer or to the server."""

    def __init__(self, server: ServerCalls, printer: PrinterCalls) -> None:
        self._server, self._printer = server, printer

    def run(self, effect: Effect, state: KioskState) -> None:
        """Start ``effect``, which the step to ``state`` returned. Returns at once."""
        if isinstance(effect, PrinterEffect):
            self._printer.run(effect, state)
        else:
            self._server.run(effect)

    def close(self) -> None:
        """Wait for the running calls, and drop those that have not begun."""
        self._server.close()
        self._printer.close()
