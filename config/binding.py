"""Ask the system whether a program could listen at an address now."""

import os
import socket
from contextlib import closing

ANY_PORT = 0
"""With this port the question is only whether this machine has the address."""


def why_not_bindable(host: str, port: int = ANY_PORT) -> str | None:
    """Return why no program can listen at ``host`` and ``port`` now; None: one can.

    An address that comes by DHCP may come minutes after a program's start, and leave again.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with closing(socket.socket(family, kind, protocol)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
            if port != ANY_PORT:
                probe.listen(1)  # with SO_REUSEADDR, only this fails beside another listener
    except socket.gaierror as error:  # its numbers are not those of the system's errors
        return str(error.strerror)
    except OSError as error:
        return error.strerror if error.errno is None else os.strerror(error.errno)
    return None
