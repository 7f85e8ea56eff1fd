"""Passwords and PINs: the rules for new ones, and their Argon2id hashes.

The rules are those of OWASP ASVS 5.0 (6.2): a minimum length, no rule of composition, nothing cut off, no common
password, and none that is little more than the name of the person or the office.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MIN_PASSWORD = 8
"""Characters of the shortest password."""
RECOMMENDED_PASSWORD = 15
"""Characters that the pages recommend."""
MAX_PASSWORD = 256
"""Characters of the longest password, so that nobody makes the server hash megabytes."""
MAX_TYPED = 4 * MAX_PASSWORD
"""Characters of the longest text that is compared with a password; before NFC a letter may be four."""
PIN_DIGITS = 6

MEMORY_KIB = 19 * 1024
TIME_COST = 2
PARALLELISM = 1
"""The least that OWASP recommends for Argon2id: 19 MiB, 2 passes, 1 lane; an old PC needs about 0.1 s for it."""
MAX_HASHES_AT_ONCE = 2
MAX_HASHES_WAITING = 16

MIN_OWN_PART = 5
"""The characters that a password must have beside the names that everybody knows."""
MIN_CONTEXT_WORD = 3
CONTEXT_WORDS = ("luot", "password", "matkhau", "admin")
COMMON_PINS = frozenset({"112233", "123321", "102030", "010203", "147258", "159753", "147852", "159357", "789456"})
COMMON_FILE = "common_passwords.txt"


class Weakness(StrEnum):
    """Why a new password or PIN is refused."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    NAMES_ONLY = "names_only"
    """Little more than the name of the person, the office or this program."""
    NOT_SIX_DIGITS = "not_six_digits"
    EASY_PIN = "easy_pin"
    SAME_AS_OLD = "same_as_old"


class WeakPassword(Exception):
    """The new password or PIN is refused because of ``weakness``."""

    def __init__(self, weakness: Weakness) -> None:
        super().__init__(weakness.value)
        self.weakness = weakness


class TooManyHashes(Exception):
    """Too many passwords are being checked; the caller may try again."""


def normalised(password: str) -> str:
    """Return the form in which a password is hashed: NFC, because keyboards for Vietnamese differ."""
    return unicodedata.normalize("NFC", password)


def folded(text: str) -> str:
    """Return the letters and digits of ``text``: lower case, without accents, spaces and signs."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]", "", letters)


def check_new_password(password: str, context: Iterable[str] = ()) -> None:
    """Raise ``WeakPassword`` unless ``password`` may become somebody's password.

    ``context``: the names of the person and of the office.
    """
    password = normalised(password)
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(Weakness.TOO_SHORT)
    if len(password) > MAX_PASSWORD:
        raise WeakPassword(Weakness.TOO_LONG)
    if _is_common(password):
        raise WeakPassword(Weakness.COMMON)
    if len(_own_part(password, context)) < MIN_OWN_PART:
        raise WeakPassword(Weakness.NAMES_ONLY)


def check_new_pin(pin: str) -> None:
    """Raise ``WeakPassword`` unless ``pin`` has six digits that are not among the first guesses."""
    if re.fullmatch(r"[0-9]{6}", pin) is None:
        raise WeakPassword(Weakness.NOT_SIX_DIGITS)
    steps = {(int(digit) - int(before)) % 10 for before, digit in pairwise(pin)}
    is_run = steps in ({0}, {1}, {9})
    is_repeated = pin[:3] == pin[3:] or pin[:2] * 3 == pin
    if is_run or is_repeated or pin in COMMON_PINS:
        raise WeakPassword(Weakness.EASY_PIN)


def _is_common(password: str) -> bool:
    """Return whether the password is in the list, or repeats two characters.

    Accents and signs do not make a common password uncommon.
    """
    if len(set(password.casefold())) <= 2:
        return True
    forms = {password.casefold(), folded(password)}
    return any(line in forms for line in (files(__package__) / COMMON_FILE).read_text("utf-8").splitlines())


def _own_part(password: str, context: Iterable[str]) -> str:
    """Return ``password`` without the words of ``context`` and of ``CONTEXT_WORDS``.

    Signs and other scripts count as the password's own.
    """
    words = {folded(word) for text in context for word in (text, *text.split())} | set(CONTEXT_WORDS)
    letters = unicodedata.normalize("NFD", password.casefold().replace("đ", "d"))
    rest = "".join(character for character in letters if not unicodedata.combining(character) and character != " ")
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= MIN_CONTEXT_WORD:
            rest = rest.replace(word, "")
    return rest


class Hasher:
    """Computes Argon2id hashes, at most two at once.

    So a flood of sign-ins leaves the hall its processor and memory.
    """

    def __init__(self) -> None:
        self._argon2 = PasswordHasher(
            time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM, type=Type.ID
        )
        self._places = threading.BoundedSemaphore(MAX_HASHES_AT_ONCE)
        self._waiting = threading.BoundedSemaphore(MAX_HASHES_WAITING)
        self._nobodys_hash = self._argon2.hash("the password of nobody")

    def hash(self, secret: str) -> str:
        """Return the hash of a password or PIN. Raises ``TooManyHashes``."""
        with self._place():
            return self._argon2.hash(normalised(secret))

    def verify(self, secret_hash: str | None, secret: str) -> bool:
        """Return whether ``secret`` has ``secret_hash``. Raises ``TooManyHashes``.

        Without a hash the answer is False, after the same work.
        """
        if len(secret) > MAX_TYPED:
            secret_hash, secret = None, ""
        with self._place():
            try:
                self._argon2.verify(secret_hash or self._nobodys_hash, normalised(secret))
            except (InvalidHashError, VerificationError):
                return False
        return secret_hash is not None

    def is_outdated(self, secret_hash: str) -> bool:
        """Return whether ``secret_hash`` was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(secret_hash)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._waiting.acquire(blocking=False):
            raise TooManyHashes("too many passwords are being checked")
        try:
            with self._places:
                yield
        finally:
            self._waiting.release()
