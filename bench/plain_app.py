"""Run the least application that issues a number and stores it.

It is Flask and SQLite with one synced commit a request, and no queue in front of the database.

``python -m bench.plain_app ADDRESS THREADS DATABASE``. It has our SQLite, durability (WAL, synchronous FULL) and web
server. A good engineer would write it in an hour; the benchmark compares our server with it.
"""

import signal
import sys
import threading
import time
import uuid
from contextlib import closing
from typing import Any

from flask import Flask, Response, jsonify, request

from server.store.backends.sqlite_engine import newest_sqlite
from server.web.shared.serving.http_server import serving

SCHEMA = "CREATE TABLE IF NOT EXISTS ticket (id TEXT PRIMARY KEY, seq INTEGER NOT NULL UNIQUE, service TEXT, at REAL)"


def create_app(database: str) -> Flask:
    """Return the application; each thread has its own connection."""
    app, own = Flask("plain"), threading.local()
    sqlite = newest_sqlite().module

    def connection() -> Any:  # the module is chosen at run time
        if not hasattr(own, "connection"):
            own.connection = sqlite.connect(database, timeout=30.0, isolation_level=None)
            own.connection.execute("PRAGMA journal_mode=WAL")
            own.connection.execute("PRAGMA synchronous=FULL")
        return own.connection

    with closing(sqlite.connect(database)) as first:
        first.execute(SCHEMA)

    @app.post("/api/v1/tickets")
    def issue() -> tuple[Response, int]:
        body, opened, ticket = request.get_json(), connection(), str(uuid.uuid4())
        opened.execute("BEGIN IMMEDIATE")
        (last,) = opened.execute("SELECT coalesce(max(seq), 0) FROM ticket").fetchone()
        opened.execute("INSERT INTO ticket VALUES (?, ?, ?, ?)", (ticket, last + 1, body["service"], time.time()))
        opened.execute("COMMIT")
        return jsonify({"id": ticket, "number": f"A{last + 1:03}"}), 201

    @app.get("/api/v1/board")
    def board() -> Response:
        return jsonify({})

    return app


def main() -> int:
    """Serve until a signal."""
    address, threads, database = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with serving("plain", address, create_app(database), threads, time.monotonic):
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
