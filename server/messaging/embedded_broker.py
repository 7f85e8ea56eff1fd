"""The embedded broker's own process: ``python -m server.messaging.embedded_broker HOST PORT``.

Its Rust code can only be stopped by ending the process, so the server runs it as a child.
"""

import logging
import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

MAX_PAYLOAD_BYTES = 262_144  # as max_packet_size of Mosquitto, in server/messaging/broker.py


def main() -> None:
    """Serve until the process is killed. Exit with code 1 if the port is taken."""
    host, port = sys.argv[1], int(sys.argv[2])
    # The Rust code logs each routed packet as an error; the server checks by a connection whether the broker works.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    broker = _rust_module().IotCoreBroker(
        listen=host, port=port, max_payload_size=MAX_PAYLOAD_BYTES, connection_timeout_ms=10_000
    )
    try:
        broker.check_ports()
    except OSError as error:
        sys.exit(f"the embedded broker cannot listen on {host}:{port}: {error}")
    broker.run_forever()


def _rust_module() -> Any:
    """Load the Rust module of iotcore without its Python package.

    The imports of the package take 8 MB and 40 ms.
    """
    package = find_spec("iotcore")
    assert package is not None, "iotcore is not installed"
    module_spec = PathFinder.find_spec("iotcore.iotcore", package.submodule_search_locations)
    assert module_spec is not None and module_spec.loader is not None
    module = module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
