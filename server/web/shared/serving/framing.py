"""Find where an HTTP request ends, from its bytes alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

END_OF_HEAD = b"\r\n\r\n"
MAX_LENGTH_DIGITS = 12  # a Content-Length with more digits is not parsed: it cannot be real
MAX_DISCARDED_BYTES = 1024 * 1024
"""A refused body up to this size is read to its end; after a reset its sender would not receive the response."""


UPLOAD_PATHS = (b"/admin/office/", b"/setup/office")
"""The beginnings of the paths that take files. A larger body is read to its end too, so that its sender sees why."""
MAX_DISCARDED_UPLOAD = 64 * 1024 * 1024

API_PATHS = b"/api/"
"""The beginning of the API's paths."""
WITHOUT_TURN = (b"/live", b"/version", b"/static/", b"/visitor/", b"/display/")
"""The beginnings of the paths of the live version, of files and of the display's content: quick answers."""
READING_METHODS = (b"GET", b"HEAD")


class Turn(Enum):
    """The kinds of requests that wait for each other."""

    PAGE = "a page that is drawn for its caller"
    READ = "a read of the API, which does not wait for the writer"
    CALL = "a call of the API that may change something, or a form"


@dataclass(frozen=True, slots=True)
class RequestLine:
    """The first line of a request, as cheroot reads it. ``path``: with the query string."""

    method: bytes
    path: bytes

    @property
    def turn(self) -> Turn | None:
        """The kind of the request; None for one that waits for no other."""
        if self.method not in READING_METHODS:
            return Turn.CALL
        if self.path.startswith(WITHOUT_TURN):
            return None
        return Turn.READ if self.is_of_api else Turn.PAGE

    @property
    def is_upload(self) -> bool:
        """Return whether the request may bring a file."""
        return self.method == b"POST" and self.path.startswith(UPLOAD_PATHS)

    @property
    def is_of_api(self) -> bool:
        """Return whether the request is to the API."""
        return self.path.startswith(API_PATHS)


def request_line(request: bytes) -> RequestLine:
    """Return the first line of a request. One empty line before it, and spaces around it, are ignored."""
    line = request[_start(request) :].partition(b"\r\n")[0]
    method, _, rest = line.strip().partition(b" ")
    return RequestLine(method.upper(), rest.partition(b" ")[0])


class EarlyRefusal(Enum):
    """Why a request is refused before it is parsed; the value is the status line."""

    HEAD_TOO_LARGE = "431 Request Header Fields Too Large"
    NO_LENGTH = "411 Length Required"
    TOO_SLOW = "408 Request Timeout"

    @property
    def response(self) -> bytes:
        """The complete HTTP response."""
        return closing_response(self.value, {}, b"")


def without_body(response: bytes) -> bytes:
    """Return the response to a HEAD request, from that to GET."""
    return response[: response.index(END_OF_HEAD) + len(END_OF_HEAD)]


def closing_response(status: str, fields: Mapping[str, str], body: bytes) -> bytes:
    """Return a complete HTTP response, after which the connection is closed."""
    all_fields = {**fields, "Content-Length": str(len(body)), "Connection": "close"}
    head = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in all_fields.items())]
    return "\r\n".join([*head, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Framing:
    """The bytes of a request that can be answered.

    The request is the first ``kept`` bytes; ``discarded`` further bytes belong to it and are dropped when they arrive.
    ``is_synchronised``: the bytes after them begin the connection's next request.
    """

    kept: int
    discarded: int = 0
    is_synchronised: bool = True


def framing(
    received: bytes | bytearray, head_limit: int, body_limit: int, discard_limit: int = MAX_DISCARDED_BYTES
) -> Framing | EarlyRefusal | None:
    """Return where the request in ``received`` ends, or its refusal; None when bytes are missing.

    A body over ``body_limit`` bytes is dropped: the application refuses the request by its declared length. One over
    ``discard_limit`` is not even read to its end.
    """
    start = _start(received)
    end = received.find(END_OF_HEAD, start, start + head_limit)
    if end < 0:
        return EarlyRefusal.HEAD_TOO_LARGE if len(received) - start >= head_limit else None
    fields = _fields(received[start:end])
    if _values(fields, b"transfer-encoding"):
        return EarlyRefusal.NO_LENGTH
    lengths = _values(fields, b"content-length")
    if not lengths:
        return Framing(len(received))
    head = end + len(END_OF_HEAD)
    if len(lengths) > 1 or not lengths[0].isdigit() or len(lengths[0]) > MAX_LENGTH_DIGITS:
        return Framing(head, is_synchronised=False)  # cheroot refuses it; the start of the next request is unknown
    length = int(lengths[0])
    if length > body_limit:
        missing = head + length - len(received)
        return (
            Framing(head, discarded=missing) if 0 <= missing <= discard_limit else Framing(head, is_synchronised=False)
        )
    return Framing(len(received)) if len(received) >= head + length else None


def _start(received: bytes | bytearray) -> int:
    """Return where the request begins: one empty line before it is ignored (RFC 9112, 2.2)."""
    return 2 if received.startswith(b"\r\n") else 0


def header_values(request: bytes, name: bytes) -> list[bytes]:
    """Return the values of every header field of this name (in lower case)."""
    return _values(_fields(request[_start(request) :].partition(END_OF_HEAD)[0]), name)


def _fields(head: bytes | bytearray) -> list[list[bytes | bytearray]]:
    """Return name and value of each header field."""
    return [list(line.split(b":", 1)) for line in head.split(b"\r\n")[1:]]


def _values(fields: Sequence[Sequence[bytes | bytearray]], name: bytes) -> list[bytes]:
    """Return the values of every header field of this name."""
    return [bytes(field[1]).strip() for field in fields if len(field) == 2 and field[0].strip().lower() == name]
