"""A closed HTTP client leaves no connection, even while its answer is referred to."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from config.http import ConnectionPool
from support import leaks


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_end_of_the_block_closes_the_kept_connection_although_its_answer_is_kept(url: str) -> None:
    with leaks.watched("function"):
        with ConnectionPool(retries=False) as pool:
            answer = pool.request("GET", url)
        assert answer.data == b"ok"


def test_a_cleared_pool_connects_again(url: str) -> None:
    with ConnectionPool(retries=False) as pool:
        first = pool.request("GET", url)
        pool.clear()
        assert first.data == pool.request("GET", url).data == b"ok"
