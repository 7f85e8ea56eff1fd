"""The limits of receiving: sizes, times and numbers of requests."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.web.shared.serving.dispatching import RequestQueue
from server.web.shared.serving.framing import MAX_DISCARDED_UPLOAD, EarlyRefusal, Framing, Turn, framing, request_line


@dataclass(frozen=True, slots=True)
class ReceiveLimits:
    """Limits of one connection, and of all together.

    ``max_waiting``: the most connections without a complete request. Of complete requests, see ``RequestQueue``:
    ``pages_at_once`` and ``pages_waiting`` of pages, and the same of reads of the API; ``calls_at_once``;
    ``share_of_one`` of the places for waiting pages.

    Real time: ``request_s`` from the first byte of a request to its last, ``answer_s`` until its response is sent,
    ``idle_s`` between two requests. ``head_bytes``, ``body_bytes``: the largest head and body of a request;
    ``upload_bytes``: of one that may bring a file, of which ``uploads_at_once`` are received.
    """

    request_s: float = 10.0
    answer_s: float = 60.0
    idle_s: float = 30.0
    max_waiting: int = 500
    head_bytes: int = 16 * 1024
    body_bytes: int = 64 * 1024
    upload_bytes: int = 3 * 1024 * 1024
    uploads_at_once: int = 4
    pages_at_once: int = 2
    pages_waiting: int = 400
    calls_at_once: int = 64
    share_of_one: float = 1.0

    def end_of(self, received: bytearray) -> Framing | EarlyRefusal | None:
        """Return where the request ends; a file may be larger than any other body."""
        takes_files = self.upload_bytes > self.body_bytes
        if takes_files and request_line(bytes(received[: self.head_bytes])).is_upload:
            return framing(received, self.head_bytes, self.upload_bytes, MAX_DISCARDED_UPLOAD)
        return framing(received, self.head_bytes, self.body_bytes)

    def queues(self) -> Mapping[Turn, RequestQueue]:
        """Return an empty queue for each kind of request."""
        return {
            Turn.PAGE: RequestQueue(self.pages_at_once, self.pages_waiting, self.share_of_one),
            Turn.READ: RequestQueue(self.pages_at_once, self.pages_waiting, self.share_of_one),
            Turn.CALL: RequestQueue(self.calls_at_once),
        }
