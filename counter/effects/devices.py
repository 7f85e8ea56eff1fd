"""Open the devices wired to this machine, and turn their input into events."""

from collections.abc import Callable
from contextlib import ExitStack, closing

from config.settings import DeskSettings
from config.signs import DataSheets
from counter.flow.events import CodeScanned, DigitsKeyed, Event, KeyPressed, Rated
from hardware.health.monitor import Monitored
from hardware.keypads.serial_keys import KeypadBuses
from hardware.open.inputs import lamp_beeps, open_keypad, open_rating_pad, open_scanner
from hardware.open.signs import open_sign
from hardware.ports import Press, Sign
from hardware.serial_bus.bus import SerialBuses


class UnusableDevice(Exception):
    """A device cannot be opened with its settings."""


class OpenedDevices:
    """The opened devices: signs by counter; health and lamps by device ("sign-c1", "keypad-c1").

    ``monitored``: the devices whose health is reported. ``lamps``: functions that light a device's lamp for a moment.
    ``beepers``: devices whose lamp makes a sound.
    """

    def __init__(
        self,
        put: Callable[[Event], None],
        new_id: Callable[[], str],
        mono_s: Callable[[], float],
        exit_stack: ExitStack,
        sign_sheets: DataSheets,
    ) -> None:
        """``put`` receives the events; ``new_id`` returns a request id per press; ``exit_stack`` closes the devices.

        ``sign_sheets``: the data sheets of sign models, from the settings.
        """
        self._put, self._new_id, self._mono_s = put, new_id, mono_s
        self._exit_stack, self._sign_sheets = exit_stack, sign_sheets
        self._buses = SerialBuses(mono_s)
        self._keypad_buses = KeypadBuses(self._buses)
        self.signs: dict[str, Sign] = {}
        self.monitored: dict[str, Monitored] = {}
        self.lamps: dict[str, Callable[[], None]] = {}
        self.beepers: set[str] = set()

    def open(self, desk: DeskSettings) -> None:
        """Open the devices of one counter. Raises :class:`UnusableDevice`."""
        try:
            self._open_sign(desk)
            self._open_keypad(desk)
            self._open_pad(desk)
            self._open_scanner(desk)
        except ValueError as error:
            raise UnusableDevice(f"{desk.counter}: {error}") from error

    def _open_sign(self, desk: DeskSettings) -> None:
        name = f"sign-{desk.counter}"
        sign = open_sign(desk.sign, self._buses, self._sign_sheets, name)
        if sign is not None:
            self.signs[desk.counter] = self.monitored[name] = self._exit_stack.enter_context(closing(sign))

    def _open_keypad(self, desk: DeskSettings) -> None:
        name = f"keypad-{desk.counter}"

        def on_press(press: Press) -> None:
            self._put(KeyPressed(desk.counter, press.key, self._new_id(), press.digits))

        def on_digits(digits: str) -> None:
            self._put(DigitsKeyed(desk.counter, digits))

        keypad = open_keypad(desk.keypad, on_press, self._keypad_buses, self._mono_s, on_digits=on_digits)
        if keypad is not None:
            self.monitored[name] = self._exit_stack.enter_context(closing(keypad))
            self.lamps[name] = keypad.flash_lamp
            if lamp_beeps(desk.keypad):
                self.beepers.add(name)

    def _open_pad(self, desk: DeskSettings) -> None:
        name = f"pad-{desk.counter}"

        def on_level(level: int) -> None:
            self._put(Rated(desk.counter, level, self._new_id()))

        pad = open_rating_pad(desk.pad, on_level, self._keypad_buses, self._mono_s)
        if pad is not None:
            self.monitored[name] = self._exit_stack.enter_context(closing(pad))
            self.lamps[name] = pad.flash_lamp

    def _open_scanner(self, desk: DeskSettings) -> None:
        def on_code(text: str) -> None:
            self._put(CodeScanned(desk.counter, text))

        def on_unreadable() -> None:
            self._put(CodeScanned(desk.counter, None))

        scanner = open_scanner(desk.scanner, on_code, self._buses, self._mono_s, on_unreadable=on_unreadable)
        if scanner is not None:
            self.monitored[f"scanner-{desk.counter}"] = self._exit_stack.enter_context(closing(scanner))
