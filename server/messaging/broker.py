"""The MQTT broker as a supervised child process, embedded or Mosquitto; or an external one.

A broker is ready when it accepts an MQTT connection (CONNACK), not when its port is open. A child that dies or accepts
no connection any more is started again (``server.processes``); the server and the stations then reconnect and publish
their whole state again. Therefore the broker stores nothing on disk: after a power cut it would restore reports of
stations that are not online any more.
"""

import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from config.address import is_loopback, split_address
from config.load import ConfigError
from config.settings import BrokerSettings
from config.threads import RestartingThread
from server.access.enrolment import NoBrokerReason
from server.messaging.broker_users import BrokerUser
from server.messaging.mosquitto_files import MosquittoFolder
from server.messaging.network_access import BrokerNetwork, NetworkAccess
from server.processes.child import ChildState
from server.processes.program import BackOff, Program
from server.processes.supervisor import ChildSupervisor
from server.wire.broker_login import BrokerLogin
from server.wire.mqtt_probe import ACCEPTED, connack_code

log = logging.getLogger(__name__)

INSTALL_MOSQUITTO = "apt-get install mosquitto"
STOP_WITHIN_S = 5.0
CHECK_EVERY_S = 5.0
BACK_OFF = BackOff(pauses_s=(0.5, 1.0, 2.0, 4.0, 5.0), steady_s=60.0)
"""The longest pause limits how long the screens receive no changes."""

RELOADED_WITHIN_S = 3.0
"""After the signal to read the files again; a restart follows. A removed device must be cut off within 5 s."""


class BrokerError(Exception):
    """The broker did not become ready."""


class AnonymousBroker(OSError):
    """A broker beyond this machine lets in anybody; no connection is made to it."""


def broker_mistakes(settings: BrokerSettings) -> list[str]:
    """Return the mistakes in these settings that prevent a start, each with its remedy."""
    is_beyond = not is_loopback(split_address(settings.listen)[0])
    mistakes = []
    if settings.kind == "embedded" and is_beyond:
        mistakes.append(
            f"[broker]: listen = {settings.listen!r}: the embedded broker has no access list and stays on"
            ' loopback; use 127.0.0.1, or kind = "mosquitto"'
        )
    if settings.kind == "mosquitto" and is_beyond:
        mistakes.append(
            f"[broker]: listen = {settings.listen!r}: this listener is for programs of this machine;"
            ' use 127.0.0.1, and network = "0.0.0.0:8883" for enrolled devices'
        )
    if settings.kind == "external" and is_beyond and settings.ca_file is None:
        mistakes.append(
            f"[broker]: listen = {settings.listen!r}: beyond this machine the server speaks TLS only; set ca_file"
            " to the certificate of the authority that signed the broker's"
        )
    if settings.kind != "mosquitto" and settings.network is not None:
        mistakes.append(
            f"[broker]: network = {settings.network!r}: only Mosquitto listens for devices;"
            f' set kind = "mosquitto"{"" if settings.program.exists() else f" and run: {INSTALL_MOSQUITTO}"}'
        )
    if settings.kind == "mosquitto" and not settings.program.exists():
        mistakes.append(
            f"[broker]: program = {str(settings.program)!r}: there is no such program; install it with:"
            f" {INSTALL_MOSQUITTO}"
        )
    return [*mistakes, *_login_mistakes(settings)]


def _login_mistakes(settings: BrokerSettings) -> list[str]:
    """Return the mistakes in the server's login at an external broker."""
    files = {"password_file": settings.password_file, "ca_file": settings.ca_file}
    if settings.kind != "external":
        return [
            f'[broker]: {name} is for kind = "external" only; remove it, the server makes its own'
            for name, value in {"user": settings.user or None, **files}.items()
            if value is not None
        ]
    mistakes = [
        f"[broker]: {name} = {str(path)!r}: there is no such file"
        for name, path in files.items()
        if path and not path.exists()
    ]
    if bool(settings.user) != (settings.password_file is not None):
        mistakes.append("[broker]: user and password_file belong together; set both or none")
    return mistakes


def why_no_network_broker(settings: BrokerSettings) -> NoBrokerReason | None:
    """Return why no other machine's station can use this broker; None: one can.

    The server makes no users at an external broker, so it has no credentials there for a new station.
    """
    if settings.kind == "external":
        return NoBrokerReason.EXTERNAL
    if settings.kind == "embedded":
        return NoBrokerReason.EMBEDDED
    return NoBrokerReason.LOOPBACK if settings.network is None else None


class RunningBroker:
    """The broker of a running server. ``login``: the server's own; None: the broker asks for no user."""

    def __init__(
        self,
        login: BrokerLogin | None = None,
        access: NetworkAccess | None = None,
        *,
        require_users: Callable[[], None] = lambda: None,
    ) -> None:
        self.login, self._access, self._require_users = login, access, require_users

    def read_login(self) -> BrokerLogin | None:
        """Return the login for a new connection of the server.

        Raises ``AnonymousBroker`` for an external broker beyond this machine that lets in anybody.
        """
        self._require_users()
        return self.login

    @property
    def error(self) -> str | None:
        """Why the broker does not have the newest devices or certificate; None: it has them."""
        return None if self._access is None else self._access.error

    def set_users(self, users: Sequence[BrokerUser]) -> None:
        """Replace the devices that may connect. Returns at once; a removed one is cut off within 5 s."""
        if self._access is not None:
            self._access.set_users(users)

    def renew_certificate(self, certificate: Path | None = None, key: Path | None = None) -> None:
        """Use the certificate and key that are in their files now; new paths are optional. Returns at once."""
        if self._access is not None:
            self._access.renew_certificate(certificate, key)

    def when_removed(self, callback: Callable[[BrokerUser], object]) -> None:
        """Call ``callback``, in another thread, for each device that was cut off for good."""
        if self._access is not None:
            self._access.when_removed(callback)


@contextmanager
def running_broker(
    settings: BrokerSettings, state: Path, mono_s: Callable[[], float], network: BrokerNetwork | None = None
) -> Iterator[RunningBroker]:
    """Run a broker during the ``with`` block; it is ready when the block begins.

    ``state`` is the folder for Mosquitto's files. ``network`` is needed where ``[broker] network`` is set. Raises
    ``ConfigError`` and ``BrokerError``.
    """
    if mistakes := broker_mistakes(settings):
        raise ConfigError(mistakes)
    if settings.kind == "external":
        yield _external_broker(settings)
        return
    if settings.network is not None and network is None:
        raise BrokerError(f"[broker]: network = {settings.network!r}: there is no certificate for this listener")
    _require_free(settings)
    folder = MosquittoFolder(state)
    access = None
    if network is None or settings.network is None:
        folder.forget_passwords()
        folder.write_conf(settings, with_users=False)
    else:
        access = NetworkAccess(settings, network, folder, mono_s)
        access.prepare()
    login = None if access is None else access.login
    program, before_restart = _program(settings, folder, login), None if access is None else access.before_restart
    with closing(_BrokerProcess(program, mono_s, split_address(settings.listen), before_restart)) as process:
        process.wait_ready()
        log.info("%s broker ready on %s", settings.kind, settings.listen)
        if access is None:
            yield RunningBroker()
            return
        access.start(process)
        with closing(access):
            yield RunningBroker(login, access)


def _external_broker(settings: BrokerSettings) -> RunningBroker:
    """Return an external broker. Raises ``BrokerError`` for one beyond loopback that lets in anybody."""
    host, port = split_address(settings.listen)
    password = "" if settings.password_file is None else settings.password_file.read_text(encoding="utf-8").strip()
    has_login = bool(settings.user) or settings.ca_file is not None
    login = BrokerLogin(settings.user, password, settings.ca_file) if has_login else None
    if is_loopback(host):
        broker = RunningBroker(login)
    else:
        broker = RunningBroker(login, require_users=lambda: _require_users(settings))
    try:
        broker.read_login()
    except AnonymousBroker as error:
        raise BrokerError(str(error)) from error
    code = connack_code(host, port, login)
    if code is None:
        log.warning("the broker at %s does not answer yet; screens will be late", settings.listen)
    elif code != ACCEPTED:
        log.warning("the broker at %s refuses the server; check user and password_file", settings.listen)
    return broker


def _require_users(settings: BrokerSettings) -> None:
    """Raise ``AnonymousBroker`` if the broker accepts a connection without a user."""
    if connack_code(*split_address(settings.listen), BrokerLogin("", "", settings.ca_file)) == ACCEPTED:
        raise AnonymousBroker(
            f"[broker]: the broker at {settings.listen} lets in anybody without a user, who could then publish calls;"
            " turn its anonymous access off, and set user and password_file"
        )


def _require_free(settings: BrokerSettings) -> None:
    if _is_taken(*split_address(settings.listen)):
        raise BrokerError(
            f"[broker]: something already listens on {settings.listen}; stop it, choose another port, or set"
            ' kind = "external" to use it'
        )


def _program(settings: BrokerSettings, folder: MosquittoFolder, login: BrokerLogin | None) -> Program:
    host, port = split_address(settings.listen)
    if settings.kind == "embedded":
        command: tuple[str, ...] = (sys.executable, "-m", "server.messaging.embedded_broker", host, str(port))
    else:
        command = (str(settings.program), "-c", str(folder.conf))
    return Program(
        "broker",
        command,
        is_ready=lambda: accepts_mqtt(host, port, login),
        check_every_s=CHECK_EVERY_S,
        stop_within_s=STOP_WITHIN_S,
        back_off=BACK_OFF,
    )


def accepts_mqtt(host: str, port: int, login: BrokerLogin | None = None) -> bool:
    """Return whether a broker at ``host`` accepts an MQTT connection."""
    return connack_code(host, port, login) == ACCEPTED


def _is_taken(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1.0).close()
    except OSError:
        return False
    return True


class _BrokerProcess:
    """A broker as a supervised child of this process.

    The supervisor runs in its own thread, which must live as long as the broker: the kernel kills the broker with it.
    """

    def __init__(
        self,
        program: Program,
        mono_s: Callable[[], float],
        address: tuple[str, int],
        before_restart: Callable[[], None] | None = None,
    ) -> None:
        self._program, self._mono_s, self._address = program, mono_s, address
        self._before_restart = before_restart
        self._stopping = threading.Event()
        self._first_start_ended = threading.Event()  # it succeeded or failed
        self._was_ready = False
        self._supervisor = ChildSupervisor([program], mono_s=mono_s, on_change=self._on_change)
        self._thread = RestartingThread("broker", self._supervisor.run, closing=self._stopping)
        self._thread.start()

    def wait_ready(self) -> None:
        """Wait until the first start has succeeded. Raises ``BrokerError`` if it fails."""
        self._first_start_ended.wait()
        if not self._was_ready:
            raise BrokerError(f"the broker did not start: {' '.join(self._program.command)}")

    def reload(self) -> None:
        """Let Mosquitto read its files again: users, access list, certificate."""
        self._supervisor.signal(self._program.name, signal.SIGHUP)

    def restart(self) -> None:
        """End the broker and start it again at once."""
        self._supervisor.switch(self._program.name, on=False)
        self._supervisor.switch(self._program.name, on=True)

    def wait_accepted(self, login: BrokerLogin) -> bool:
        """Wait ``RELOADED_WITHIN_S`` at most until the broker accepts ``login``; return whether it does."""
        end_s = self._mono_s() + RELOADED_WITHIN_S
        while not accepts_mqtt(*self._address, login):
            if self._mono_s() > end_s or self._stopping.wait(0.05):
                return False
        return True

    def close(self) -> None:
        self._stopping.set()
        self._supervisor.stop()
        self._thread.join()
        self._supervisor.close()

    def _on_change(self, name: str, state: ChildState, reason: str) -> None:
        if state is ChildState.READY:
            if self._was_ready:
                log.info("the broker accepts connections again")
            self._was_ready = True
        if state is ChildState.BACKING_OFF and self._before_restart is not None:
            self._before_restart()
        if state in (ChildState.READY, ChildState.BACKING_OFF):
            self._first_start_ended.set()
