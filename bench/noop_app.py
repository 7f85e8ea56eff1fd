"""Run an application that does nothing on our web server.

``python -m bench.noop_app ADDRESS THREADS``. Its requests are received, parsed and answered as ours are, and nothing
else is done.
"""

import signal
import sys
import threading
import time

from flask import Flask, Response, jsonify, request

from server.web.shared.serving.http_server import serving


def create_app() -> Flask:
    """Return the application with its one route."""
    app = Flask("noop")

    @app.post("/noop")
    def noop() -> Response:
        return jsonify(request.get_json())

    @app.get("/api/v1/board")
    def board() -> Response:
        return jsonify({})

    return app


def main() -> int:
    """Serve until a signal."""
    address, threads = sys.argv[1], int(sys.argv[2])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with serving("noop", address, create_app(), threads, time.monotonic):
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
