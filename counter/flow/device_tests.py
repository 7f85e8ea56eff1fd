"""The tests of keypads, rating pads and scanners.

An input of a tested device is reported, and does nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

TEST_S = 30.0
"""A test ends so long after it began, or after its last input."""
CODE = "code"
UNREADABLE = "unreadable"
"""The inputs of a scanner: a code that it read, whose text is not reported, and bytes that are no text."""
CLEAR = "clear"
"""The input of a keypad whose digits were cleared."""


@dataclass(frozen=True, slots=True)
class InputTest:
    """A running test. ``ends_at_s``: monotonic seconds; ``received``: the inputs so far, each once."""

    ends_at_s: float
    received: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputTests:
    """The tests of a station's devices by name, such as "keypad-c1".

    ``expected``: the inputs that each device can make, in the order of its keys; a device without them has no test.
    """

    expected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    running: Mapping[str, InputTest] = field(default_factory=dict)

    def begun(self, device: str, now_s: float) -> "InputTests":
        """Return the tests after one began; it begins anew if it was running."""
        return replace(self, running={**self.running, device: InputTest(now_s + TEST_S)})

    def ended(self, device: str) -> "InputTests":
        """Return the tests without that of the device."""
        return replace(self, running={name: test for name, test in self.running.items() if name != device})

    def is_running(self, device: str, now_s: float) -> bool:
        """Return whether an input of the device is a test."""
        test = self.running.get(device)
        return test is not None and now_s < test.ends_at_s

    def with_inputs(self, device: str, inputs: Iterable[str], now_s: float) -> "InputTests":
        """Return the tests after inputs of a running one, which goes on for ``TEST_S``."""
        received = tuple(dict.fromkeys((*self.running[device].received, *inputs)))
        return replace(self, running={**self.running, device: InputTest(now_s + TEST_S, received)})

    def received(self, device: str) -> tuple[str, ...]:
        """Return the inputs of the device's test."""
        return self.running[device].received

    def missing(self, device: str) -> tuple[str, ...]:
        """Return the inputs that the device can make and has not made in its test."""
        received = self.received(device)
        return tuple(name for name in self.expected.get(device, ()) if name not in received)
