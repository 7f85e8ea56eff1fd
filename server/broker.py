"""The MQTT broker as a child process: the embedded one, Debian's Mosquitto, or somebody else's.

A broker counts as ready when it accepts a connection with a CONNACK, not when its port answers. When the
child dies it is started again, after a pause that grows; the server and the stations reconnect by themselves
and publish everything anew, so nothing is saved: what a broker remembered over a power cut would only be
stations that said "online" and never came back.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.address import is_loopback, split
from config.load import ConfigError
from config.settings import Broker
from config.threads import RestartingThread

log = logging.getLogger(__name__)

READY_TRIES = 200
TRY_EVERY_S = 0.05
STOP_S = 5.0
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0  # so long the screens are blind at most before the broker is started again
CALM_S = 60.0
LOOK_EVERY_S = 5.0
SILENT_LOOKS = 3  # a broker that refuses so many connections in a row is ended and started again

# One listener, so no per-listener settings. Anonymous access is for loopback only, where every program of this
# machine may connect; enrolling stations replaces the line by a user per device, a password file and an access
# list.
MOSQUITTO = """\
# Written by luot-server at each start; do not edit.
per_listener_settings false
listener {port} {host}
{user}allow_anonymous true
persistence false
max_queued_messages 100
max_packet_size 262144
log_dest stderr
log_type error
log_type warning
"""


class BrokerError(Exception):
    """The broker did not become ready."""


def mistakes(settings: Broker) -> list[str]:
    """What keeps this broker from being started, each with what to do."""
    host, _ = split(settings.listen)
    found = []
    if settings.kind == "embedded" and not is_loopback(host):
        found.append(
            f"[broker]: listen = {settings.listen!r}: the embedded broker has no access list and stays on"
            ' loopback; use 127.0.0.1, or kind = "mosquitto"'
        )
    if settings.kind == "mosquitto" and not is_loopback(host):
        found.append(
            f"[broker]: listen = {settings.listen!r}: without enrolled stations the broker would let anybody in;"
            " use 127.0.0.1"
        )
    if settings.kind == "mosquitto" and not settings.program.exists():
        found.append(
            f"[broker]: program = {str(settings.program)!r}: there is no such program; install it with:"
            " apt-get install mosquitto"
        )
    return found


@contextmanager
def broker(settings: Broker, state: Path, mono_s: Callable[[], float]) -> Iterator[None]:
    """A broker that is ready inside the ``with`` block, and kept running.

    ``state`` is where Mosquitto's files go. Raises ``ConfigError`` and ``BrokerError``.
    """
    if found := mistakes(settings):
        raise ConfigError(found)
    if settings.kind == "external":
        if not accepts(*split(settings.listen)):
            log.warning("the broker at %s does not answer yet; screens will be late", settings.listen)
        yield
        return
    if _answers(*split(settings.listen)):
        raise BrokerError(
            f"[broker]: something already listens on {settings.listen}; stop it, choose another port, or set"
            ' kind = "external" to use it'
        )
    child = _Child(_command(settings, state), split(settings.listen), mono_s)
    try:
        child.wait_ready()
        log.info("%s broker ready on %s", settings.kind, settings.listen)
        yield
    finally:
        child.stop()


def _command(settings: Broker, state: Path) -> list[str]:
    host, port = split(settings.listen)
    if settings.kind == "embedded":
        return [sys.executable, "-m", "server.embedded", host, str(port)]
    # Mosquitto does not watch its standard input; the kernel ends it with the thread that started it instead.
    return ["setpriv", "--pdeathsig", "TERM", str(settings.program), "-c", str(write_mosquitto(settings, state))]


def write_mosquitto(settings: Broker, state: Path) -> Path:
    """Mosquitto's configuration in ``state``, readable by this user only; its path."""
    host, port = split(settings.listen)
    folder = (state / "mosquitto").resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "mosquitto.conf"
    aside = folder / "mosquitto.conf.new"
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    # Started by root, Mosquitto would become its own user, who may not read these files.
    user = "user root\n" if os.geteuid() == 0 else ""
    aside.write_text(MOSQUITTO.format(host=host, port=port, user=user), encoding="utf-8")
    return aside.rename(path)


def accepts(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """Whether a broker at ``host`` accepts an MQTT connection."""
    name = f"ready-{os.getpid()}".encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x05" + len(name).to_bytes(2, "big") + name
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            connection.sendall(bytes([0x10, len(body)]) + body)
            answer = connection.recv(4)
            connection.sendall(b"\xe0\x00")
    except OSError:
        return False
    return answer == b"\x20\x02\x00\x00"


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1.0).close()
    except OSError:
        return False
    return True


class _Child:
    """One broker process, started again whenever it ends. Lives in one thread (see ``_command``)."""

    def __init__(self, command: Sequence[str], address: tuple[str, int], mono_s: Callable[[], float]) -> None:
        self._command, self._address, self._mono_s = command, address, mono_s
        self._stopping = threading.Event()
        self._first_over = threading.Event()
        self._ready = False
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._thread = RestartingThread("broker", self._keep_running, closing=self._stopping)
        self._thread.start()

    def wait_ready(self) -> None:
        """Return when the first start succeeded. Raises ``BrokerError``."""
        self._first_over.wait()
        if not self._ready:
            raise BrokerError(f"the broker did not start: {' '.join(self._command)}")

    def stop(self) -> None:
        self._stopping.set()
        with self._lock:
            if self._process is not None:
                self._process.terminate()
        self._thread.join()

    def _keep_running(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._stopping.is_set():
            started_s = self._mono_s()
            code = self._run_once()
            if self._stopping.is_set() or not self._ready:
                break
            wait_s = pause_s(wait_s, ran_s=self._mono_s() - started_s)
            log.error("the broker ended (%s); starting it again in %.1f s", code, wait_s)
            self._stopping.wait(wait_s)
        self._first_over.set()

    def _run_once(self) -> int | str:
        """Start, wait until ready, wait until it ends; its exit code, or what kept it from starting."""
        try:
            # A process group of its own: Ctrl-C is for the server, which then ends its broker in order.
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, process_group=0)
        except OSError as error:
            return str(error)
        with self._lock:
            self._process = process
        if self._stopping.is_set():  # stop() came before it could see this process
            return _end(process)
        try:
            if self._becomes_ready(process):
                if self._first_over.is_set():
                    log.info("the broker is back on %s:%d", *self._address)
                self._ready = True
                self._first_over.set()
                self._watch(process)
        finally:
            code = _end(process)
        return code

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Return when the process ends, or accepts no connection any more."""
        silent = 0
        while silent < SILENT_LOOKS:
            try:
                process.wait(LOOK_EVERY_S)
            except subprocess.TimeoutExpired:
                silent = 0 if accepts(*self._address) else silent + 1
            else:
                return
        log.error("the broker on %s:%d runs and accepts nobody; it is ended", *self._address)

    def _becomes_ready(self, process: subprocess.Popen[bytes]) -> bool:
        for _ in range(READY_TRIES):
            if process.poll() is not None:
                return False
            if accepts(*self._address):
                return True
            if self._stopping.wait(TRY_EVERY_S):
                return False
        return False


def pause_s(before_s: float, *, ran_s: float) -> float:
    """Return how long to wait before the next start, after a pause of ``before_s`` and a run of ``ran_s``."""
    return FIRST_WAIT_S if ran_s > CALM_S else min(before_s * 2, LONGEST_WAIT_S)


def _end(process: subprocess.Popen[bytes]) -> int:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        return process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
