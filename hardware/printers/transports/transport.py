"""How bytes reach a printer and come back: one narrow verb each way, and no call that can wait for ever.

A kind of link is one class in a file of its own; foreign errors (``OSError``, pyserial's, termios') become the three
of this file where a link meets them, and nowhere else.
"""

import contextlib
import errno
import os
import termios
from collections.abc import Callable, Iterator
from typing import Literal, Protocol

Flow = Literal["none", "rtscts", "xonxoff"]


class LinkError(Exception):
    """The link to the printer failed."""


class CannotOpen(LinkError):
    """Nothing answers at the address: try again later, nothing was sent."""


class Gone(LinkError):
    """An open link broke: what was sent last may or may not have arrived."""


class Stuck(LinkError):
    """The printer took no more bytes in time. ``sent`` of the bytes given are on their way for good; what
    follows them may still be written."""

    def __init__(self, sent: int) -> None:
        super().__init__("the printer takes no more bytes")
        self.sent = sent


class Transport(Protocol):
    """An open link. One thread owns it."""

    def write(self, data: bytes, timeout_s: float) -> None:
        """Returns when the last byte has left the port. Raises :class:`Stuck` and :class:`Gone`."""

    def read(self, limit: int, timeout_s: float) -> bytes:
        """What came, at most ``limit`` bytes, ``b""`` after the time-out. Raises :class:`Gone`."""

    def close(self) -> None:
        """At once, without waiting for what has not left; any number of times."""


Connect = Callable[[], Transport]
"""Opens a link. Raises :class:`CannotOpen`."""


def why(error: BaseException) -> str:
    """What went wrong, in the system's words: pyserial names the port once more, and wraps others' errors whole."""
    number = error.args[0] if error.args else None
    if isinstance(number, int) and number in errno.errorcode:
        return os.strerror(number)
    if isinstance(error.__context__, (OSError, termios.error)):
        return why(error.__context__)
    return getattr(error, "strerror", None) or str(error)


@contextlib.contextmanager
def mapped() -> Iterator[None]:
    """What breaks inside is the end of the link."""
    try:
        yield
    except (OSError, termios.error) as error:  # pyserial's own are OSErrors; termios' are not (pyserial #417)
        raise Gone(why(error)) from error
