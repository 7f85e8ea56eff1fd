"""Mosquitto's files below the state folder: configuration, passwords, access list, certificate.

``mosquitto.conf`` names files in ``current``, a link to the folder ``files-N`` of one generation. A new generation is
written beside it, and the link is then replaced in one step, so that Mosquitto never reads a mixture of two.
All files are readable by this user only.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.address import split_address
from config.settings import BrokerSettings
from server.wire.broker_login import password_file

MAX_NETWORK_CONNECTIONS = 500
"""Far more than a hall has devices; connections that send nothing are closed after 90 s."""

MEMORY_BYTES = 134_217_728
"""Ten times what a hall needs. A client that would take more, for instance by subscriptions, is disconnected."""

_COMMON = """\
# Written by luot-server; do not edit.
per_listener_settings false
{user_line}persistence false
set_tcp_nodelay true
max_queued_messages 100
max_packet_size 262144
memory_limit {memory_bytes}
log_dest stderr
log_type error
log_type warning
"""
_ANONYMOUS = """\
allow_anonymous true
listener {port} {host}
"""
# Passwords and access list are for both listeners. On the network a client's id is its user's name, whatever the
# client sends: no device can take over the connection of another.
_WITH_USERS = """\
allow_anonymous false
password_file {files}/passwords
acl_file {files}/acl
sys_interval 0
listener {port} {host}
"""
_NETWORK = """\
listener {network_port} {network_host}
certfile {files}/certificate.pem
keyfile {files}/key.pem
tls_version tlsv1.2
use_username_as_clientid true
max_connections {max_connections}
"""


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """The contents of one generation of files."""

    passwords: str
    acl: str
    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)


class MosquittoFolder:
    """The folder with Mosquitto's files, below the server's ``state`` folder. Raises ``OSError`` when it is full."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self.path = (state / "mosquitto").resolve()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def current(self) -> Path:
        """The files that Mosquitto reads."""
        return self.path / "current"

    def password(self, user: str, new_password: Callable[[], str]) -> str:
        """Return the password of one of the server's users, made at the first call."""
        path = password_file(self._state, user)
        if not path.exists() or not path.read_text(encoding="ascii").strip():
            replace_private(path, new_password().encode())
        return path.read_text(encoding="ascii").strip()

    def forget_passwords(self) -> None:
        """Remove the passwords of the server's own users: the broker asks for none any more."""
        for path in self.path.glob("*.password"):
            path.unlink()

    def write_conf(self, settings: BrokerSettings, *, with_users: bool, with_network: bool = False) -> bool:
        """Write ``mosquitto.conf``; return whether it has changed."""
        path = self.conf
        files, network = self.current if with_users else None, settings.network if with_network else None
        text = conf_text(settings.listen, network, files)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return False
        replace_private(path, text.encode())
        return True

    @property
    def conf(self) -> Path:
        """The configuration's path."""
        return self.path / "mosquitto.conf"

    def write_candidate(self, files: BrokerFiles) -> Path:
        """Write a new generation, which Mosquitto does not use yet; return its folder."""
        numbers = [int(folder.name.removeprefix("files-")) for folder in self.path.glob("files-*")]
        folder = self.path / f"files-{max(numbers, default=0) + 1}"
        write_generation(folder, files)
        return folder

    def activate(self, candidate: Path) -> None:
        """Let ``current`` be the candidate; remove all other generations."""
        new_link = self.path / "current.new"
        new_link.unlink(missing_ok=True)
        new_link.symlink_to(candidate.name)
        new_link.replace(self.current)
        self.remove_unused()

    def remove_logins(self, generation: Path, is_removed: Callable[[str], bool]) -> bool:
        """Remove these lines from a generation's password file; return whether there were any. Raises ``OSError``."""
        path = generation / "passwords"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = [line for line in lines if not is_removed(line)]
        if kept == lines:
            return False
        replace_private(path, "\n".join([*kept, ""]).encode())
        return True

    def remove_unused(self) -> None:
        """Remove every generation that Mosquitto does not use."""
        used = self.current.resolve()
        for folder in self.path.glob("files-*"):
            if folder != used:
                shutil.rmtree(folder)


def conf_text(listen: str, network: str | None, files: Path | None) -> str:
    """Return Mosquitto's configuration.

    ``network`` None: no listener for devices. ``files`` None: no users; anybody on ``listen``, a loopback address.
    """
    host, port = split_address(listen)
    # Started by root, Mosquitto would change to its own user, which may not read these files.
    common = _COMMON.format(user_line="user root\n" if os.geteuid() == 0 else "", memory_bytes=MEMORY_BYTES)
    if files is None:
        return common + _ANONYMOUS.format(host=host, port=port)
    with_users = common + _WITH_USERS.format(host=host, port=port, files=files)
    if network is None:
        return with_users
    network_host, network_port = split_address(network)
    return with_users + _NETWORK.format(
        network_host=network_host,
        network_port=network_port,
        files=files,
        max_connections=MAX_NETWORK_CONNECTIONS,
    )


def write_generation(folder: Path, files: BrokerFiles) -> None:
    """Write one generation of files into a new folder."""
    folder.mkdir(mode=0o700)
    replace_private(folder / "passwords", files.passwords.encode())
    replace_private(folder / "acl", files.acl.encode())
    replace_private(folder / "certificate.pem", files.certificate)
    replace_private(folder / "key.pem", files.key)


def replace_private(path: Path, data: bytes) -> None:
    """Replace a file that only this user may read.

    It is on disk when this returns.
    """
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    temporary.replace(path)
