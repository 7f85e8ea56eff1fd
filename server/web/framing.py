"""Where an HTTP request ends, found from its bytes alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

END_OF_HEAD = b"\r\n\r\n"
LONGEST_NUMBER = 12
MOST_DISCARDED = 1024 * 1024
"""A body is read to its end up to here, so that its sender gets to see the answer."""


class EarlyRefusal(Enum):
    """A request that is refused before anybody looks at what it asks."""

    HEAD_TOO_LARGE = "431 Request Header Fields Too Large"
    NO_LENGTH = "411 Length Required"
    TOO_SLOW = "408 Request Timeout"

    @property
    def response(self) -> bytes:
        """The whole response."""
        return f"HTTP/1.1 {self.value}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


@dataclass(frozen=True, slots=True)
class Framing:
    """A request that can be answered: its first ``kept`` bytes, once ``discarded`` further bytes were thrown away.

    ``in_step``: the bytes behind it are the connection's next request.
    """

    kept: int
    discarded: int = 0
    in_step: bool = True


def framing(received: bytes | bytearray, head_limit: int, body_limit: int) -> Framing | EarlyRefusal | None:
    """Return whether ``received`` can be answered or must be refused; None when more is needed.

    Of a body over ``body_limit`` bytes nothing is kept: the application refuses it by its declared length.
    """
    start = 2 if received.startswith(b"\r\n") else 0  # RFC 9112, 2.2: one empty line before a request is ignored
    end = received.find(END_OF_HEAD, start, start + head_limit)
    if end < 0:
        return EarlyRefusal.HEAD_TOO_LARGE if len(received) - start >= head_limit else None
    fields = [line.split(b":", 1) for line in received[start:end].split(b"\r\n")[1:]]
    if _values(fields, b"transfer-encoding"):
        return EarlyRefusal.NO_LENGTH
    lengths = _values(fields, b"content-length")
    if not lengths:
        return Framing(len(received))
    head = end + len(END_OF_HEAD)
    if len(lengths) > 1 or not lengths[0].isdigit() or len(lengths[0]) > LONGEST_NUMBER:
        return Framing(head, in_step=False)  # cheroot refuses it; nobody knows where the next request begins
    length = int(lengths[0])
    if length > body_limit:
        behind = head + length - len(received)
        return Framing(head, discarded=behind) if 0 <= behind <= MOST_DISCARDED else Framing(head, in_step=False)
    return Framing(len(received)) if len(received) >= head + length else None


def _values(fields: Sequence[Sequence[bytes | bytearray]], name: bytes) -> list[bytes]:
    """Return the values of every header field of this name."""
    return [bytes(field[1]).strip() for field in fields if len(field) == 2 and field[0].strip().lower() == name]
