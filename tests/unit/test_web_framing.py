"""Where a request ends, and what is refused before anybody looks at it."""

import pytest

from server.web.shared.serving.framing import MAX_DISCARDED_BYTES, EarlyRefusal, Framing, Turn, framing, request_line
from server.web.shared.serving.limits import ReceiveLimits

HEAD, BODY = 200, 50
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def post(*fields: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST / HTTP/1.1", b"Host: x", *fields, b"", b""]) + body


def test_a_request_is_answered_once_its_last_byte_is_there() -> None:
    whole = post(b"content-LENGTH: 5", body=b"12345")
    for received in range(len(whole)):
        assert framing(whole[:received], HEAD, BODY) is None
    assert framing(whole, HEAD, BODY) == Framing(len(whole))
    assert framing(GET, HEAD, BODY) == Framing(len(GET))


def test_the_bytes_of_the_next_request_are_kept_with_the_first() -> None:
    assert framing(GET + GET[:7], HEAD, BODY) == Framing(len(GET) + 7)


def test_one_empty_line_before_a_request_is_ignored() -> None:
    assert framing(b"\r\n", HEAD, BODY) is None
    assert framing(b"\r\n" + GET, HEAD, BODY) == Framing(2 + len(GET))


@pytest.mark.parametrize("received", [b"GET /" + b"x" * HEAD, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 40])
def test_a_head_over_its_limit_is_refused_before_its_end(received: bytes) -> None:
    assert framing(received[: HEAD - 1], HEAD, BODY) is None
    assert framing(received[:HEAD], HEAD, BODY) is EarlyRefusal.HEAD_TOO_LARGE
    assert framing(received + b"\r\n\r\n", HEAD, BODY) is EarlyRefusal.HEAD_TOO_LARGE


def test_a_body_over_its_limit_is_thrown_away_so_that_its_sender_sees_the_answer() -> None:
    head = post(b"Content-Length: 51")
    assert framing(head + b"123", HEAD, BODY) == Framing(len(head), discarded=48)
    assert framing(post(b"Content-Length: 50"), HEAD, BODY) is None


@pytest.mark.parametrize("length", [str(2 * MAX_DISCARDED_BYTES).encode(), b"9" * 13, b"-1", b"0x5", b"+5", b"5, 5"])
def test_a_length_that_nobody_waits_for_ends_the_connection(length: bytes) -> None:
    head = post(b"Content-Length: " + length)
    assert framing(head + b"GET", HEAD, BODY) == Framing(len(head), is_synchronised=False)


def test_two_lengths_end_the_connection() -> None:
    head = post(b"Content-Length: 3", b"content-length: 4")
    assert framing(head + b"123", HEAD, BODY) == Framing(len(head), is_synchronised=False)


def test_a_body_without_a_length_is_refused() -> None:
    assert framing(post(b"transfer-encoding: chunked", body=b"0\r\n\r\n"), HEAD, BODY) is EarlyRefusal.NO_LENGTH


@pytest.mark.parametrize(
    ("line", "turn"),
    [
        (b"GET / HTTP/1.1", Turn.PAGE),
        (b"GET /clerk/c1 HTTP/1.1", Turn.PAGE),
        (b"GET /v/abc HTTP/1.1", Turn.PAGE),
        (b"GET /manager/day/2026-11-23.csv HTTP/1.1", Turn.PAGE),
        (b"POST /clerk/c1/do/next HTTP/1.1", Turn.CALL),
        (b"POST /api/v1/tickets HTTP/1.1", Turn.CALL),
        (b"GET /api/v1/board HTTP/1.1", Turn.READ),
        (b"HEAD /clerk/c1 HTTP/1.1", Turn.PAGE),
        (b"\r\nGET /clerk/c1 HTTP/1.1", Turn.PAGE),
        (b"get /clerk/c1 HTTP/1.1", Turn.PAGE),
        (b" GET /clerk/c1 HTTP/1.1", Turn.PAGE),
        (b"\r\nPOST /api/v1/tickets HTTP/1.1", Turn.CALL),
        (b"GET http://127.0.0.1/api/v1/board HTTP/1.1", Turn.PAGE),
        (b"GET", Turn.PAGE),
        (b"", Turn.CALL),
        (b"GET /live HTTP/1.1", None),
        (b"GET /version HTTP/1.1", None),
        (b"GET /static/staff/live.js HTTP/1.1", None),
        (b"GET /visitor/page.css HTTP/1.1", None),
    ],
)
def test_pages_and_calls_wait_each_for_their_own_kind(line: bytes, turn: Turn | None) -> None:
    assert request_line(line + b"\r\nHost: x\r\n\r\n").turn is turn


@pytest.mark.parametrize(
    ("line", "takes_files"),
    [
        (b"POST /admin/office/logo HTTP/1.1", True),
        (b"POST /admin/office/workbook HTTP/1.1", True),
        (b"POST /admin/office/procedures/import HTTP/1.1", True),
        (b"POST /setup/office HTTP/1.1", True),
        (b"GET /admin/office/logo HTTP/1.1", False),
        (b"POST /setup/person HTTP/1.1", False),
        (b"POST /api/v1/tickets HTTP/1.1", False),
    ],
)
def test_a_file_of_40_mb_is_read_to_its_end_so_that_its_sender_sees_why_it_is_refused(
    line: bytes, takes_files: bool
) -> None:
    received = line + b"\r\nContent-Length: %d\r\n\r\n" % (40 * 1024 * 1024)
    framed = ReceiveLimits().end_of(bytearray(received))
    assert isinstance(framed, Framing)
    assert (framed.discarded == 40 * 1024 * 1024) is takes_files
