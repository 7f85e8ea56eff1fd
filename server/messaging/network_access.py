"""Keeps the broker's users equal to the enrolled devices.

Writes Mosquitto's files, tries them, and lets the broker read them.

Changes that come together are one generation of files. One that fails its trial is not used: the broker keeps the files
that it has, the reason is logged and reported, and the trial is made again later.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from config.settings import BrokerSettings
from config.threads import RestartingThread
from server.access.broker_passwords import hash_password
from server.access.tokens import new_token
from server.messaging.broker_trial import Trial, TrialFailed, prove
from server.messaging.broker_users import BrokerUser, acl_lines, password_lines
from server.messaging.mosquitto_files import BrokerFiles, MosquittoFolder
from server.messaging.network_listener import NetworkListener
from server.wire.broker_login import BOX_USER, CHECK_USER, SERVER_USER, BrokerLogin
from server.wire.topics import Topics

log = logging.getLogger(__name__)

GROUP_WITHIN_S = 0.2
"""Changes within this time of the first one are applied together."""
RETRY_AFTER_S = 30.0
"""After a trial that failed."""
LISTENER_CHECK_S = 2.0
"""How often the network listener's address is tried while nothing can listen there."""


@dataclass(frozen=True, slots=True)
class BrokerNetwork:
    """The inputs of the network listener. ``users``: at the start; ``office``: the id in topics.

    ``report`` is called with the reason each time the listener cannot be opened, and with "" when it is right again.
    """

    office: str
    certificate: Path
    key: Path
    users: Sequence[BrokerUser] = ()
    report: Callable[[str], None] = lambda reason: None


class BrokerProcess(Protocol):
    """The hall's Mosquitto."""

    def reload(self) -> None:
        """Let Mosquitto read its files again."""

    def restart(self) -> None:
        """End Mosquitto and start it again."""

    def wait_accepted(self, login: BrokerLogin) -> bool:
        """Wait some seconds until Mosquitto accepts a login; return whether it did."""


class NetworkAccess:
    """Keeps Mosquitto's files equal to the devices. ``login`` is the server's own, ``error`` the last trial's reason.

    Without devices there is no network listener: with the first device Mosquitto restarts, after that it only reloads.
    The same happens when the listener's address comes later than the program. ``prepare`` comes before the broker's
    start, ``start`` after it.
    """

    def __init__(
        self, settings: BrokerSettings, network: BrokerNetwork, folder: MosquittoFolder, mono_s: Callable[[], float]
    ) -> None:
        self._settings, self._network, self._folder, self._mono_s = settings, network, folder, mono_s
        self._passwords = {user: folder.password(user, new_token) for user in (SERVER_USER, BOX_USER)}
        self.login = BrokerLogin(SERVER_USER, self._passwords[SERVER_USER])
        self.error: str | None = None
        self._lock = threading.Lock()
        self._users = tuple(network.users)
        self._applied: tuple[BrokerUser, ...] = ()
        """The devices that the broker knew last."""
        self._on_removed: Callable[[BrokerUser], object] = lambda user: None
        self._listener = NetworkListener(settings, folder, network.report)
        self._must_apply, self._next_trial_s = False, 0.0
        self._changed, self._closing = threading.Event(), threading.Event()
        self._process: BrokerProcess | None = None
        self._thread = RestartingThread("broker access", self._run, closing=self._closing)

    def prepare(self) -> None:
        """Write and try the files before the broker starts.

        If they fail and there are none from before, the broker starts without users and network listener.
        """
        users = self._replace_files()
        has_files = self._folder.current.exists()
        with_network = bool(users) if users is not None else has_files
        self._applied = users or ()
        self._listener.write_conf(with_users=has_files, is_wanted=with_network)

    def start(self, process: BrokerProcess) -> None:
        """Apply changes from now on to the running ``process``."""
        self._process = process
        if self.error is not None:
            self._apply_soon()
        self._thread.start()

    def before_restart(self) -> None:
        """Leave the network listener out if its address has gone; any thread.

        It would keep the broker down.
        """
        if self._listener.leave_out_if_unusable():
            self._changed.set()

    def close(self) -> None:
        """End the thread, after a trial that is in progress."""
        self._closing.set()
        self._changed.set()
        self._thread.join()

    def set_users(self, users: Sequence[BrokerUser]) -> None:
        """Replace the devices, soon and in another thread. A device that is missing loses its login at once."""
        with self._lock:
            if tuple(users) == self._users and self.error is None:
                return
            self._users = tuple(users)
            must_reload = self._end_removed(self._folder.current)
        if must_reload and self._process is not None:
            self._process.reload()
        self._apply_soon()

    def renew_certificate(self, certificate: Path | None = None, key: Path | None = None) -> None:
        """Read certificate and key again, soon and in another thread; new paths are optional."""
        with self._lock:
            old = self._network
            self._network = replace(old, certificate=certificate or old.certificate, key=key or old.key)
        self._apply_soon()

    def when_removed(self, callback: Callable[[BrokerUser], object]) -> None:
        """Call ``callback`` in the thread of the changes for each station that has ended.

        A station that another machine continues under its name has not ended.
        """
        self._on_removed = callback

    def _apply_soon(self) -> None:
        with self._lock:
            self._must_apply = True
        self._changed.set()

    def _run(self) -> None:
        while True:
            is_change = self._changed.wait(self._pause_s())
            if self._closing.wait(GROUP_WITHIN_S if is_change else 0.0):
                return
            self._changed.clear()
            with self._lock:
                must_apply, self._must_apply = self._must_apply, False
            if must_apply or (self.error is not None and self._mono_s() >= self._next_trial_s):
                self._apply()
                self._next_trial_s = self._mono_s() + RETRY_AFTER_S
            elif self._listener.is_missing:
                self._open_listener()

    def _pause_s(self) -> float | None:
        """Return after how long to look again without a change."""
        if self._listener.is_missing:
            return LISTENER_CHECK_S
        return None if self.error is None else max(0.0, self._next_trial_s - self._mono_s())

    def _open_listener(self) -> None:
        """Add the network listener as soon as its address can be used."""
        assert self._process is not None
        if self._listener.write_conf(with_users=True, is_wanted=True):
            self._process.restart()
            self._process.wait_accepted(BrokerLogin(CHECK_USER, self._passwords[CHECK_USER]))

    def _apply(self) -> None:
        """Bring the running broker up to date."""
        assert self._process is not None
        if (users := self._replace_files()) is None:
            return
        check = BrokerLogin(CHECK_USER, self._passwords[CHECK_USER])
        try:
            must_restart = self._listener.write_conf(with_users=True, is_wanted=bool(users))
        except OSError as error:  # tried again, so that a removed device is cut off all the same
            self._fail(str(error))
            return
        if must_restart:
            self._process.restart()
        else:
            self._process.reload()
        if not self._process.wait_accepted(check):
            log.error("the broker did not read its new files; it is restarted")
            self._listener.leave_out_if_unusable(is_running=True)
            self._process.restart()
            if not self._process.wait_accepted(check):
                self._fail("the broker does not use its new files")
                return
        stations = {user.station for user in users}
        removed = [user for user in self._applied if user.station not in stations]
        self._applied = users
        log.info("the broker knows %d devices now", len(users))
        for user in removed:
            self._on_removed(user)

    def _replace_files(self) -> tuple[BrokerUser, ...] | None:
        """Write, try and activate new files; return their devices, None when the files failed."""
        with self._lock:
            users = self._users
        try:
            trial = self._trial(users)
            candidate = self._folder.write_candidate(trial.files)
            folder = self._folder.path / "trial"
            shutil.rmtree(folder, ignore_errors=True)
            try:
                prove(trial, self._settings, folder, self._mono_s)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            with self._lock:
                self._end_removed(candidate)  # of those that were removed during the trial
                self._folder.activate(candidate)
        except (OSError, TrialFailed) as error:
            self._fail(str(error))
            self._folder.remove_unused()
            return None
        if self.error is not None:
            log.info("the broker's files are right again")
        self.error = None
        return users

    def _end_removed(self, generation: Path) -> bool:
        """Remove the logins of removed devices from a generation of files.

        Return whether there were any. The caller has the lock. No trial is needed, because no right is added.
        """
        wanted = set(password_lines({user.name: user.password_hash for user in self._users}))
        try:
            return self._folder.remove_logins(
                generation, lambda line: line not in wanted and line.partition(":")[0] not in self._passwords
            )
        except OSError as error:
            self._fail(str(error))
            return False

    def _trial(self, users: Sequence[BrokerUser]) -> Trial:
        """Return the files for these devices, with what a trial needs. Raises ``OSError``."""
        self._passwords[CHECK_USER] = new_token()  # differs in each generation
        hashes = {user: hash_password(password) for user, password in self._passwords.items()}
        hashes |= {user.name: user.password_hash for user in users}
        files = BrokerFiles(
            passwords="\n".join([*password_lines(hashes), ""]),
            acl="\n".join([*acl_lines(users, self._network.office), ""]),
            certificate=self._network.certificate.read_bytes(),
            key=self._network.key.read_bytes(),
        )
        return Trial(files, users, Topics(self._network.office), dict(self._passwords), new_token())

    def _fail(self, reason: str) -> None:
        if reason != self.error:
            log.error("the broker's files for the devices are not replaced: %s; trying again", reason)
        self.error = reason
