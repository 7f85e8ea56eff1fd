"""The MQTT broker as a supervised child process, embedded or Mosquitto; or an external one.

A broker is ready when it accepts an MQTT connection (CONNACK), not when its port is open. A child that dies or accepts
no connection any more is started again (``server.processes``); the server and the stations then reconnect and publish
their whole state again. Therefore the broker stores nothing on disk: after a power cut it would restore reports of
stations that are not online any more.
"""

import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from config.address import is_loopback, split_address
from config.load import ConfigError
from config.settings import BrokerSettings
from config.threads import RestartingThread
from server.processes.child import ChildState
from server.processes.program import BackOff, Program
from server.processes.supervisor import ChildSupervisor
from server.wire.mqtt_probe import ACCEPTED, connack_code

log = logging.getLogger(__name__)

STOP_WITHIN_S = 5.0
CHECK_EVERY_S = 5.0
BACK_OFF = BackOff(pauses_s=(0.5, 1.0, 2.0, 4.0, 5.0), steady_s=60.0)
"""The longest pause limits how long the screens receive no changes."""

# There is one listener, so no per-listener settings. Anonymous access is for loopback only, where every program of
# this machine may connect. A release that enrols stations will replace the line by a user for each station, a password
# file and an access list.
MOSQUITTO_CONF = """\
# Written by luot-server at each start; do not edit.
per_listener_settings false
listener {port} {host}
{user_line}allow_anonymous true
persistence false
set_tcp_nodelay true
max_queued_messages 100
max_packet_size 262144
log_dest stderr
log_type error
log_type warning
"""


class BrokerError(Exception):
    """The broker did not become ready."""


def broker_mistakes(settings: BrokerSettings) -> list[str]:
    """Return the mistakes in these settings that prevent a start, each with its remedy."""
    host, _ = split_address(settings.listen)
    mistakes = []
    if settings.kind == "embedded" and not is_loopback(host):
        mistakes.append(
            f"[broker]: listen = {settings.listen!r}: the embedded broker has no access list and stays on"
            ' loopback; use 127.0.0.1, or kind = "mosquitto"'
        )
    if settings.kind == "mosquitto" and not is_loopback(host):
        mistakes.append(
            f"[broker]: listen = {settings.listen!r}: without enrolled stations the broker would let anybody in;"
            " use 127.0.0.1"
        )
    if settings.kind == "mosquitto" and not settings.program.exists():
        mistakes.append(
            f"[broker]: program = {str(settings.program)!r}: there is no such program; install it with:"
            " apt-get install mosquitto"
        )
    return mistakes


@contextmanager
def running_broker(settings: BrokerSettings, state: Path, mono_s: Callable[[], float]) -> Iterator[None]:
    """Run a broker during the ``with`` block; it is ready when the block begins.

    ``state`` is the folder for Mosquitto's files. Raises ``ConfigError`` and ``BrokerError``.
    """
    if mistakes := broker_mistakes(settings):
        raise ConfigError(mistakes)
    if settings.kind == "external":
        if not accepts_mqtt(*split_address(settings.listen)):
            log.warning("the broker at %s does not answer yet; screens will be late", settings.listen)
        yield
        return
    if _is_taken(*split_address(settings.listen)):
        raise BrokerError(
            f"[broker]: something already listens on {settings.listen}; stop it, choose another port, or set"
            ' kind = "external" to use it'
        )
    with closing(_BrokerProcess(_program(settings, state), mono_s)) as process:
        process.wait_ready()
        log.info("%s broker ready on %s", settings.kind, settings.listen)
        yield


def _program(settings: BrokerSettings, state: Path) -> Program:
    host, port = split_address(settings.listen)
    if settings.kind == "embedded":
        command: tuple[str, ...] = (sys.executable, "-m", "server.messaging.embedded_broker", host, str(port))
    else:
        command = (str(settings.program), "-c", str(write_mosquitto_conf(settings, state)))
    return Program(
        "broker",
        command,
        is_ready=lambda: accepts_mqtt(host, port),
        check_every_s=CHECK_EVERY_S,
        stop_within_s=STOP_WITHIN_S,
        back_off=BACK_OFF,
    )


def write_mosquitto_conf(settings: BrokerSettings, state: Path) -> Path:
    """Write Mosquitto's configuration below ``state``, readable by this user only; return its path."""
    host, port = split_address(settings.listen)
    folder = (state / "mosquitto").resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "mosquitto.conf"
    new_file = folder / "mosquitto.conf.new"
    new_file.unlink(missing_ok=True)
    new_file.touch(mode=0o600)
    # Started by root, Mosquitto would change to its own user, which may not read these files.
    user_line = "user root\n" if os.geteuid() == 0 else ""
    new_file.write_text(MOSQUITTO_CONF.format(host=host, port=port, user_line=user_line), encoding="utf-8")
    return new_file.rename(path)


def accepts_mqtt(host: str, port: int) -> bool:
    """Return whether a broker at ``host`` accepts an MQTT connection."""
    return connack_code(host, port) == ACCEPTED


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

    def __init__(self, program: Program, mono_s: Callable[[], float]) -> None:
        self._program = program
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
        if state in (ChildState.READY, ChildState.BACKING_OFF):
            self._first_start_ended.set()
