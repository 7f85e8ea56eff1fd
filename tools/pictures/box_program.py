"""Run the server of a box whose name and address are invented.

So its pages are the same on every machine.

``python -m tools.pictures.box_program ARGUMENTS``: everything else is the program's own. Nothing listens at the
invented address; the pages are served on loopback.
"""

import sys
from unittest.mock import patch

from server import app
from server.network import hall_network
from server.network.names import BoxNames

ADDRESS = "192.168.77.10"
NAMES = BoxNames(("sanh", "sanh.local"), (ADDRESS,), ADDRESS)


def main() -> int:
    """Run the server; return its exit code."""
    with patch.object(hall_network, "find_names", lambda configured: NAMES):
        return app.main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
