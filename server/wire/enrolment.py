"""The enrolment of a device: commitments, the code that a person compares, and sealed credentials.

Pure functions for both sides; decision 0049 has the protocol and its reasoning. The station commits to its random
number and key before it sees the server's, so neither side, nor a machine in between, can choose what the code will
be.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32  # of X25519
RANDOM_BYTES = 32
NONCE_BYTES = 12  # of AES-GCM
CODE_DIGITS = 8
CODE_GROUP = 4  # digits; a code is shown as "4729 1380"

_COMMITMENT = b"luot enrolment 1 commitment"
_CODE = b"luot enrolment 1 code"
_SEAL = b"luot enrolment 1 credentials"
_RECEIPT = b"luot enrolment 1 receipt"

RandomBytes = Callable[[int], bytes]
"""Returns that many random bytes, of a source for secrets."""


class EnrolmentFailed(Exception):
    """A message of the other side breaks the protocol: nothing of it may be used."""


@dataclass(frozen=True, slots=True)
class EnrolmentKeys:
    """One side's key pair and random number, for one enrolment only."""

    private: X25519PrivateKey
    public: bytes
    random: bytes


@dataclass(frozen=True, slots=True)
class EnrolmentTranscript:
    """The values on which both sides must agree.

    ``certificate_hash``: SHA-256 of the server's certificate, in DER.

    The station takes the hash of the certificate that it saw, the server that of its own. ``station``: the id that the
    station suggests for itself.
    """

    certificate_hash: bytes
    kind: str
    station: str
    station_key: bytes
    station_random: bytes
    server_key: bytes
    server_random: bytes

    def digest(self, label: bytes) -> bytes:
        """Return the SHA-256 of all parts for the use named by ``label``."""
        return _digest(
            label,
            self.certificate_hash,
            self.kind.encode(),
            self.station.encode(),
            self.station_key,
            self.station_random,
            self.server_key,
            self.server_random,
        )

    def code(self) -> str:
        """Return the code: ``CODE_DIGITS`` digits that a person compares."""
        number = int.from_bytes(self.digest(_CODE)[:16], "big") % 10**CODE_DIGITS
        return f"{number:0{CODE_DIGITS}d}"


@dataclass(frozen=True, slots=True)
class SharedKeys:
    """The keys that only the two ends of one enrolment have. ``receipt`` proves that the station has them."""

    seal: bytes
    receipt: str


def new_keys(random_bytes: RandomBytes) -> EnrolmentKeys:
    """Return a new key pair and a new random number."""
    private = X25519PrivateKey.from_private_bytes(random_bytes(KEY_BYTES))
    return EnrolmentKeys(private, private.public_key().public_bytes_raw(), random_bytes(RANDOM_BYTES))


def certificate_hash(certificate_der: bytes) -> bytes:
    """Return the hash of a certificate that enters the code."""
    return hashlib.sha256(certificate_der).digest()


def commitment(station_key: bytes, station_random: bytes) -> bytes:
    """Return the commitment to the station's key and random number: it hides and binds both."""
    return _digest(_COMMITMENT, station_key, station_random)


def check_commitment(committed: bytes, station_key: bytes, station_random: bytes) -> None:
    """Raise ``EnrolmentFailed`` unless the key and the random number are those committed to."""
    lengths = (len(station_key), len(station_random))
    is_equal = hmac.compare_digest(committed, commitment(station_key, station_random))
    if lengths != (KEY_BYTES, RANDOM_BYTES) or not is_equal:
        raise EnrolmentFailed("the station's key is not the one that it committed to")


def shared_keys(own: EnrolmentKeys, other_key: bytes, transcript: EnrolmentTranscript) -> SharedKeys:
    """Return the keys for ``transcript``. Raises ``EnrolmentFailed`` for a public key that is none."""
    try:
        secret = own.private.exchange(X25519PublicKey.from_public_bytes(other_key))
    except ValueError as error:  # of a wrong length, or a point of low order
        raise EnrolmentFailed("the other side's public key is no key") from error
    seal = HKDF(hashes.SHA256(), 32, transcript.digest(_SEAL), _SEAL).derive(secret)
    receipt = HKDF(hashes.SHA256(), 32, transcript.digest(_RECEIPT), _RECEIPT).derive(secret)
    return SharedKeys(seal, receipt.hex())


def seal(keys: SharedKeys, content: bytes, random_bytes: RandomBytes) -> bytes:
    """Return ``content`` encrypted and authenticated, to be opened by the other side only."""
    nonce = random_bytes(NONCE_BYTES)
    return nonce + AESGCM(keys.seal).encrypt(nonce, content, _SEAL)


def open_sealed(keys: SharedKeys, sealed: bytes) -> bytes:
    """Return the content of ``seal``. Raises ``EnrolmentFailed`` when it was changed or is for another station."""
    try:
        return AESGCM(keys.seal).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _SEAL)
    except (InvalidTag, ValueError) as error:
        raise EnrolmentFailed("the credentials are not sealed for this station") from error


def is_receipt(keys: SharedKeys, receipt: str) -> bool:
    """Return whether ``receipt`` proves that its sender has ``keys``."""
    return hmac.compare_digest(keys.receipt.encode(), receipt.encode())


def display_code(code: str) -> str:
    """Return a code as screens and pages show it: "4729 1380"."""
    return f"{code[:CODE_GROUP]} {code[CODE_GROUP:]}"


def read_code(text: str) -> str:
    """Return the digits of a code as a person typed it.

    Spaces, dots and hyphens do not count.
    """
    return "".join(str(int(character)) for character in text if character.isdecimal())


def is_code(code: str, typed: str) -> bool:
    """Return whether a person typed ``code``; takes the same time for every wrong code."""
    return hmac.compare_digest(code.encode(), read_code(typed).encode())


def _digest(label: bytes, *parts: bytes) -> bytes:
    """Return the SHA-256 of the parts, each behind its length.

    No two lists of parts are alike then.
    """
    digest = hashlib.sha256()
    for part in (label, *parts):
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.digest()
