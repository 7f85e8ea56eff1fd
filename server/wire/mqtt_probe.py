"""Open one MQTT connection to a broker, to find out whether it answers."""

import os
import socket

from server.wire.broker_login import BrokerLogin, tls_context

TIMEOUT_S = 1.0
ACCEPTED = 0  # the code of a CONNACK that accepts the connection

# MQTT 3.1.1: parts of CONNECT, with a keep-alive of 5 s; the first bytes of any CONNACK; DISCONNECT.
_PROTOCOL, _KEEP_ALIVE = b"\x00\x04MQTT\x04", b"\x00\x05"
_CLEAN_SESSION, _WITH_USER_AND_PASSWORD = 0x02, 0xC0
_CONNACK = b"\x20\x02"
_DISCONNECT = b"\xe0\x00"


def connack_code(host: str, port: int, login: BrokerLogin | None = None) -> int | None:
    """Return the code of the broker's CONNACK; None if none is received within a second.

    ``login`` None: an anonymous connection. With its ``ca_file``, over TLS.
    """
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT_S) as plain, _secured(plain, host, login) as link:
            link.sendall(_connect_packet(login))
            answer = link.recv(4)
            link.sendall(_DISCONNECT)
    except OSError:
        return None
    return answer[3] if len(answer) == 4 and answer[:2] == _CONNACK else None


def _secured(connection: socket.socket, host: str, login: BrokerLogin | None) -> socket.socket:
    if login is None or login.ca_file is None:
        return connection
    return tls_context(login.ca_file).wrap_socket(connection, server_hostname=host)


def _connect_packet(login: BrokerLogin | None) -> bytes:
    fields = [f"ready-{os.getpid()}"]
    flags = _CLEAN_SESSION
    if login is not None and login.user:
        fields += [login.user, login.password]
        flags |= _WITH_USER_AND_PASSWORD
    body = _PROTOCOL + bytes([flags]) + _KEEP_ALIVE
    for field in fields:
        body += len(field.encode()).to_bytes(2, "big") + field.encode()
    length = bytes([len(body)]) if len(body) < 128 else bytes([len(body) % 128 | 0x80, len(body) // 128])
    return b"\x10" + length + body
