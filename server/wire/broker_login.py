"""How a program signs in at the broker.

The programs of the hall box share one login.
"""

import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SERVER_USER = "luot.server"
BOX_USER = "luot.box"
CHECK_USER = "luot.check"
"""Has no rights; the server signs in as this user to see that the broker uses the newest files."""


@dataclass(frozen=True, slots=True)
class BrokerLogin:
    """User and password at the broker. ``ca_file``: the authority of the broker's certificate; None: no TLS."""

    user: str
    password: str = field(repr=False)
    ca_file: Path | None = None


def password_file(state: Path, user: str) -> Path:
    """Return the file with the password of one of the server's own users."""
    return state / "mosquitto" / f"{user}.password"


def box_login(state: Path) -> BrokerLogin | None:
    """Return the login of programs on the hall box; None: the broker has no users.

    ``state`` is the state folder that the programs of the box share with the server.
    """
    try:
        return BrokerLogin(BOX_USER, password_file(state, BOX_USER).read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None


class HandshakingContext(ssl.SSLContext):
    """A TLS context for paho, which leaves the socket of a failed handshake open.

    It makes the handshake while it wraps a socket, and closes that socket when the handshake fails.
    """

    def wrap_socket(self, sock: socket.socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        return super().wrap_socket(sock, *args, **kwargs | {"do_handshake_on_connect": True})


def tls_context(ca_file: Path) -> ssl.SSLContext:
    """Return a TLS context that trusts ``ca_file`` only and checks the broker's name or address.

    Raises ``OSError`` when the file cannot be read (``ssl.SSLError`` is one).
    """
    context = HandshakingContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificate and name
    context.load_verify_locations(ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # as the client of the server does
    return context


_ADVICE = {
    9: "the broker's certificate is not valid yet: set this machine's clock",
    10: "the broker's certificate has expired: renew it on the hall box, and check this machine's clock",
    62: "the broker's certificate is for another name: use a name or address that the hall box has",
    64: "the broker's certificate is for another address: use a name or address that the hall box has",
}
"""Sentences by OpenSSL's number of the mistake (X509_V_ERR)."""


def tls_advice(error: OSError) -> str | None:
    """Return why TLS failed and what to do; None for another error."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _ADVICE.get(
            error.verify_code,
            "another authority signed the broker's certificate, so this may not be the hall's broker:"
            f" copy the hall's CA certificate again ({error.verify_message})",
        )
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}; is this the broker's port for TLS, and the CA file whole?"
    return None
