"""Random secrets of programs and browsers, and their hashes.

A token has 256 random bits, so a plain SHA-256 protects it; passwords and PINs need Argon2id.
"""

import hashlib
import secrets

TOKEN_BYTES = 32
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of codes that people type: no 0, 1, I, L or O."""


def new_token() -> str:
    """Return a new token: 256 random bits in 43 URL-safe characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def random_bytes(count: int) -> bytes:
    """Return ``count`` random bytes, for the keys of an enrolment."""
    return secrets.token_bytes(count)


def token_hash(token: str) -> bytes:
    """Return the hash under which ``token`` is stored."""
    return hashlib.sha256(token.encode()).digest()


def new_salt() -> bytes:
    """Return 12 random bytes to mix into the hash of one password."""
    return secrets.token_bytes(12)


def new_code(length: int) -> str:
    """Return a random code of ``length`` characters, for people to type."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def new_digits(length: int) -> str:
    """Return ``length`` random digits."""
    return "".join(secrets.choice("0123456789") for _ in range(length))
