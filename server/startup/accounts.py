"""``luot-server --reset-password`` and ``--list-people``: help on the box itself, also while the server runs."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from server.access.database import FILE_NAME, AccessDatabase
from server.access.passwords import Hasher
from server.access.people import People, UnknownPerson
from server.access.person import Person
from server.access.person_values import sign_in_name
from server.startup.owner import acting_as_owner
from server.store import CannotOpen

ACTOR = "root"
"""The actor in the access log: somebody who has the box itself."""
NOBODY_YET = "there are no people yet; open the staff's pages on this machine and finish the set-up"


def reset_password(state: Path, name: str, wall_ms: Callable[[], int]) -> int:
    """Print a new one-time password of a person, once; return an exit code.

    The sessions of the person end; a running server notices within a second. Raises ``CannotOpen``.
    """
    with acting_as_owner(state), closing(_database(state, wall_ms)) as database:
        people = People(database, Hasher())
        person = people.with_sign_in_name(name)
        try:
            password = "" if person is None else people.set_one_time_password(ACTOR, person.id)
        except UnknownPerson:  # deactivated
            person = None
        if person is None:
            print(f"nobody who may sign in has the sign-in name {sign_in_name(name)!r}; --list-people lists all")
            return 1
    print(f"sign-in name:      {person.sign_in_name}")
    print(f"one-time password: {password}")
    print("It is good for one sign-in within three days, which asks for a password of one's own.")
    return 0


def list_people(state: Path, wall_ms: Callable[[], int]) -> int:
    """Print everybody: sign-in name, roles, state and name; return an exit code. Raises ``CannotOpen``."""
    with acting_as_owner(state), closing(_database(state, wall_ms)) as database:
        everybody = People(database, Hasher()).all()
    if not everybody:
        print(NOBODY_YET)
    width = max((len(person.sign_in_name) for person in everybody), default=0)
    for person in everybody:
        roles = ",".join(sorted(person.roles))
        print(f"{person.sign_in_name:{width}}  {_state(person):12}  {roles}  {person.name}")
    return 0


def _database(state: Path, wall_ms: Callable[[], int]) -> AccessDatabase:
    path = state / FILE_NAME
    if path.is_symlink():
        raise CannotOpen(f"{path}: is a link; put the file itself there")
    if not path.exists():
        raise CannotOpen(f"{path}: {NOBODY_YET}")
    return AccessDatabase(path, wall_ms)


def _state(person: Person) -> str:
    if not person.active:
        return "deactivated"
    return "one-time" if person.must_change_password else "active" if person.has_password else "no password"
