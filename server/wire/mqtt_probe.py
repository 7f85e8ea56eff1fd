"""Open one MQTT connection to a broker, to find out whether it answers."""

import os
import socket

TIMEOUT_S = 1.0
ACCEPTED = 0  # the code of a CONNACK that accepts the connection

# MQTT 3.1.1: CONNECT with a clean session and a keep-alive of 5 s; the first byte of any CONNACK; DISCONNECT.
_CONNECT = b"\x00\x04MQTT\x04\x02\x00\x05"
_CONNACK = b"\x20\x02"
_DISCONNECT = b"\xe0\x00"


def connack_code(host: str, port: int) -> int | None:
    """Return the code of the broker's CONNACK; None if none is received within a second."""
    client_id = f"ready-{os.getpid()}".encode()
    body = _CONNECT + len(client_id).to_bytes(2, "big") + client_id
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT_S) as connection:
            connection.sendall(bytes([0x10, len(body)]) + body)
            answer = connection.recv(4)
            connection.sendall(_DISCONNECT)
    except OSError:
        return None
    return answer[3] if len(answer) == 4 and answer[:2] == _CONNACK else None
