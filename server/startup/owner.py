"""Work as the owner of the state folder when root starts a command."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def acting_as_owner(folder: Path) -> Iterator[None]:
    """Let root work as the owner of ``folder``.

    So every file keeps an owner who can use it, and links in the folder open no file for root that its owner could not
    open. Others work as themselves.
    """
    existing = next((path for path in (folder, *folder.absolute().parents) if path.exists()), Path("/"))
    owner = existing.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        yield
        return
    groups = os.getgroups()
    try:
        _join_groups_of(owner.st_uid, owner.st_gid)
        os.setegid(owner.st_gid)
        os.seteuid(owner.st_uid)
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def _join_groups_of(user: int, group: int) -> None:
    try:
        os.initgroups(pwd.getpwuid(user).pw_name, group)
    except KeyError:  # a user without an entry, as in a container
        os.setgroups([])
