"""The values of a person: which names, languages, roles and ids are accepted."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from server.access.tokens import new_code
from server.domain.permissions import PERSONS_ROLES, Role

LANGUAGES = ("vi", "en")
MAX_NAME = 80
MAX_SIGN_IN_NAME = 40
PSEUDONYM_LENGTH = 6
"""Random characters of an id: 900 million, and short enough to read out from a report."""
_ID = re.compile(r"[a-z0-9-]{1,40}")


class InvalidPerson(ValueError):
    """A person cannot have this value; the message names the field."""


def sign_in_name(typed: str) -> str:
    """Return the sign-in name that ``typed`` means: lower case without accents, words joined by hyphens.

    So "Nguyễn Văn An" and "nguyen van an" are both ``nguyen-van-an``.
    """
    letters = unicodedata.normalize("NFD", typed[: 4 * MAX_NAME].casefold().replace("đ", "d"))
    ascii_letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", ascii_letters).strip("-")


def checked_name(name: str) -> str:
    """Return ``name`` in NFC without superfluous spaces. Raises :class:`InvalidPerson`."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(name) <= MAX_NAME or any(unicodedata.category(letter).startswith("C") for letter in name):
        raise InvalidPerson("name")
    return name


def checked_sign_in_name(typed: str, taken: Collection[str]) -> str:
    """Return the sign-in name that an administrator has typed. Raises :class:`InvalidPerson`.

    ``taken``: the sign-in names of the others.
    """
    chosen = sign_in_name(typed)
    if not 1 <= len(chosen) <= MAX_SIGN_IN_NAME or chosen in taken:
        raise InvalidPerson("sign_in_name")
    return chosen


def free_sign_in_name(name: str, taken: Collection[str]) -> str:
    """Return a sign-in name made from ``name`` that is not taken: ``nguyen-van-an``, ``nguyen-van-an-2``."""
    stem = sign_in_name(name)[: MAX_SIGN_IN_NAME - 4].strip("-") or "person"
    number, free = 1, stem
    while free in taken:
        number += 1
        free = f"{stem}-{number}"
    return free


def checked_language(language: str) -> str:
    """Return ``language``. Raises :class:`InvalidPerson`."""
    if language not in LANGUAGES:
        raise InvalidPerson("language")
    return language


def checked_roles(roles: Iterable[Role], composed: Sequence[str] = ()) -> list[str]:
    """Return the roles as they are stored, in a fixed order. Raises :class:`InvalidPerson`.

    ``composed``: the ids of composed roles, which come last.
    """
    given = set(roles)
    if not given | set(composed) or not given <= set(PERSONS_ROLES):
        raise InvalidPerson("roles")
    return [*(role.value for role in PERSONS_ROLES if role in given), *composed]


def checked_id(clerk: str, taken: Collection[str]) -> str:
    """Return the id of a clerk of the office for a new person. Raises :class:`InvalidPerson`."""
    if _ID.fullmatch(clerk) is None or clerk in taken:
        raise InvalidPerson("id")
    return clerk


def new_pseudonym(taken: Collection[str]) -> str:
    """Return a new id that says nothing about the person: ``p-7k2m9q``.

    It stays in the journal for ever, so it must not be made from the name.
    """
    pseudonym = f"p-{new_code(PSEUDONYM_LENGTH).lower()}"
    return new_pseudonym(taken) if pseudonym in taken else pseudonym
