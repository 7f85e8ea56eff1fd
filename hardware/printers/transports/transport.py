"""Byte links to printers: one narrow method each way, each with a time-out.

Each kind of link is one class in a file of its own, and maps foreign errors (``OSError``, pyserial's, termios')::

    LinkError
    ├── CannotConnect   nothing was sent
    ├── LinkLost        the last bytes may or may not have arrived
    └── WriteStalled    a part was taken; the link is still open
"""

import contextlib
import errno
import os
import termios
from collections.abc import Callable, Iterator
from typing import Literal, Protocol

FlowControl = Literal["none", "rtscts", "xonxoff"]
"""How a serial printer stops its sender: not at all, by wires, by two bytes."""


class LinkError(Exception):
    """The link to the printer failed."""


class CannotConnect(LinkError):
    """The link did not open: try again later, nothing was sent."""


class LinkLost(LinkError):
    """An open link broke: the last bytes sent may or may not have arrived."""


class WriteStalled(LinkError):
    """The printer took no more bytes in time.

    ``sent`` of the bytes given are on their way for good; the rest may still be written.
    """

    def __init__(self, sent: int) -> None:
        super().__init__("the printer takes no more bytes")
        self.sent = sent


class Transport(Protocol):
    """An open link. One thread owns it."""

    def write(self, data: bytes, timeout_s: float) -> None:
        """Write; return when the last byte was sent. Raises :class:`WriteStalled` and :class:`LinkLost`."""

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return at most ``limit`` received bytes, ``b""`` after the time-out. Raises :class:`LinkLost`."""

    def close(self) -> None:
        """Close at once, without waiting for unsent bytes. Further calls do nothing."""


Connect = Callable[[], Transport]
"""Opens a link. Raises :class:`CannotConnect`."""


def error_text(error: BaseException) -> str:
    """Return the system's text for an error.

    pyserial repeats the port's name, and wraps other errors whole.
    """
    number = error.args[0] if error.args else None
    if isinstance(number, int) and number in errno.errorcode:
        return os.strerror(number)
    if isinstance(error.__context__, (OSError, termios.error)):
        return error_text(error.__context__)
    return getattr(error, "strerror", None) or str(error)


@contextlib.contextmanager
def link_errors_mapped() -> Iterator[None]:
    """Map errors inside to ``LinkLost``."""
    try:
        yield
    except (OSError, termios.error) as error:  # pyserial's own are OSErrors; termios' are not (pyserial #417)
        raise LinkLost(error_text(error)) from error
