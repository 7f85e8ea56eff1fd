"""Hashes of broker passwords, in the form of Mosquitto's password file."""

import base64
import hashlib

from server.access.tokens import new_salt

ITERATIONS = 101
"""Mosquitto's own number. A broker password is a token of 256 random bits, which more iterations protect no better.

Mosquitto checks passwords in its only thread, at each connection and for all connections at each reload.
"""


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Return Mosquitto's hash of ``password``: ``$7$``, PBKDF2 with SHA-512. ``salt`` None: a new one."""
    used_salt = new_salt() if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), used_salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(used_salt).decode()}${base64.b64encode(digest).decode()}"
