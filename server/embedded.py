"""The embedded broker's own process: ``python -m server.embedded HOST PORT``; ends when its standard input closes.

Its Rust code has no way to stop but the end of the process, so the server keeps the other end of the pipe.
"""

import logging
import os
import sys
import threading

from iotcore.iotcore import IotCoreBroker

LARGEST_BYTES = 262_144


def _end_with_parent() -> None:
    try:
        sys.stdin.buffer.read()
    finally:  # a broker that nobody could end any more must not stay behind
        os._exit(0)


def main() -> None:
    """Serve until standard input closes. Exits with 1 when the port is taken."""
    host, port = sys.argv[1], int(sys.argv[2])
    # The Rust side reports each routed packet as an error; what matters is seen from outside.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    broker = IotCoreBroker(listen=host, port=port, max_payload_size=LARGEST_BYTES, connection_timeout_ms=10_000)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        broker.check_ports()
    except OSError as error:
        sys.exit(f"the embedded broker cannot listen on {host}:{port}: {error}")
    broker.run_forever()


if __name__ == "__main__":
    main()
