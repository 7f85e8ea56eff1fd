"""Tries new files of Mosquitto in a second instance, on loopback only.

The trial signs in as each user and proves its rights one by one. The devices' passwords are unknown here, so the trial
replaces their hashes by that of a password of its own; access list, certificate and all other lines are the real ones.
"""

import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from paho.mqtt.client import topic_matches_sub

from config.settings import BrokerSettings
from server.access.broker_passwords import hash_password
from server.messaging.broker_users import BrokerUser, Rights, own_rights, password_lines, reported_devices, rights
from server.messaging.mosquitto_files import BrokerFiles, conf_text, replace_private, write_generation
from server.messaging.trial_client import NoAnswer, TrialClient
from server.processes.child import DIE_WITH_PARENT
from server.wire.broker_login import BOX_USER, CHECK_USER, SERVER_USER, BrokerLogin, HandshakingContext
from server.wire.mqtt_probe import ACCEPTED, connack_code
from server.wire.topics import Topics

READY_WITHIN_S = 10.0
_UNKNOWN, _OTHER_UNKNOWN = "khach-la", "khach-la-khac"
"""Stations that no user is; the first is a counter too."""


class TrialFailed(Exception):
    """The new files do not do what they must; the text says which proof failed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The files to try. ``passwords``: of the server's own users; ``trial_password`` stands in for the devices'."""

    files: BrokerFiles
    users: Sequence[BrokerUser]
    topics: Topics
    passwords: Mapping[str, str] = field(repr=False)
    trial_password: str = field(repr=False)

    def login(self, user: str) -> BrokerLogin:
        """Return the login of a user on trial."""
        return BrokerLogin(user, self.passwords.get(user, self.trial_password))

    def password_file(self, *, without: str = "") -> str:
        """Return the trial's password file, with stand-ins for the devices' lines."""
        real = dict(line.split(":", 1) for line in self.files.passwords.splitlines())
        stand_in = hash_password(self.trial_password)
        hashes = {name: real[name] if name in self.passwords else stand_in for name in real if name != without}
        return "\n".join([*password_lines(hashes), ""])

    def rights(self) -> Mapping[str, Rights]:
        """Return the rights that each user must have."""
        return {**own_rights(self.topics), **{user.name: rights(user, self.users, self.topics) for user in self.users}}


def prove(trial: Trial, settings: BrokerSettings, folder: Path, mono_s: Callable[[], float]) -> None:
    """Start a Mosquitto with the trial's files in ``folder``, which must not exist. Raises ``TrialFailed``."""
    try:
        with _running(trial, settings, folder, mono_s) as instance:
            _prove_refusals(instance)
            _prove_certificate(instance)
            _prove_rights(instance)
    except (OSError, NoAnswer) as error:
        raise TrialFailed(f"the trial broker failed: {error}") from error


@dataclass(frozen=True, slots=True)
class _Instance:
    """A running trial broker with its ports, both on loopback."""

    trial: Trial
    box_port: int
    network_port: int
    passwords_file: Path
    process: "subprocess.Popen[bytes]"
    mono_s: Callable[[], float]

    def client(self, user: str, client_id: str, *, on_network: bool) -> TrialClient:
        """Return a client with the user's login; on the network listener with TLS."""
        login = self.trial.login(user)
        client = TrialClient(self.network_port if on_network else self.box_port, login, client_id, self.mono_s)
        if on_network:
            client.secure(_unchecked_tls())
        return client


@contextmanager
def _running(trial: Trial, settings: BrokerSettings, folder: Path, mono_s: Callable[[], float]) -> Iterator[_Instance]:
    write_generation(folder, replace(trial.files, passwords=trial.password_file()))
    box_port, network_port = _free_ports()
    conf = folder / "mosquitto.conf"
    text = conf_text(f"127.0.0.1:{box_port}", f"127.0.0.1:{network_port}", folder)
    replace_private(conf, text.encode())
    command = [
        sys.executable,
        "-I",
        "-S",
        str(DIE_WITH_PARENT),
        str(os.getpid()),
        str(settings.program),
        "-c",
        str(conf),
    ]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        end_s = mono_s() + READY_WITHIN_S
        while connack_code("127.0.0.1", box_port, trial.login(SERVER_USER)) != ACCEPTED:
            if process.poll() is not None or mono_s() > end_s:
                lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
                raise TrialFailed(f"the trial broker does not accept the server: {'; '.join(lines[-3:])}")
        yield _Instance(trial, box_port, network_port, folder / "passwords", process, mono_s)
    finally:
        process.kill()
        process.wait()


def _prove_refusals(instance: _Instance) -> None:
    for port in (instance.box_port, instance.network_port):
        logins = (None, BrokerLogin(SERVER_USER, "wrong"), BrokerLogin(_UNKNOWN, instance.trial.trial_password))
        for login in logins:
            with TrialClient(port, login, _UNKNOWN, instance.mono_s) as client:
                if port == instance.network_port:
                    client.secure(_unchecked_tls())
                if client.connect():
                    name = "anybody without a user" if login is None else f"{login.user} with a wrong password"
                    raise TrialFailed(f"{name} is let in")


def _prove_certificate(instance: _Instance) -> None:
    """Prove that the network listener shows the new certificate."""
    address = ("127.0.0.1", instance.network_port)
    with (
        socket.create_connection(address, timeout=READY_WITHIN_S) as plain,
        _unchecked_tls().wrap_socket(plain) as secured,
    ):
        shown = secured.getpeercert(binary_form=True)
    first, end, _ = instance.trial.files.certificate.decode("ascii", "replace").partition(ssl.PEM_FOOTER)
    if shown != ssl.PEM_cert_to_DER_cert(first[first.index(ssl.PEM_HEADER) :] + end):
        raise TrialFailed("the network listener shows another certificate")


def _prove_rights(instance: _Instance) -> None:
    """Prove all users' rights and client ids, and that a reload cuts users off."""
    trial = instance.trial
    with ExitStack() as open_clients:
        server = open_clients.enter_context(instance.client(SERVER_USER, "server", on_network=False))
        witness = open_clients.enter_context(instance.client(CHECK_USER, CHECK_USER, on_network=True))
        for name, client in ((SERVER_USER, server), (CHECK_USER, witness)):
            _require(client.connect(), f"{name} is refused")
        topics = _retained_topics(trial)
        for topic in topics:
            _require(server.publish(topic, b"server"), f"the server may not publish {topic}")
        _require(server.subscribe(f"{trial.topics.server.removesuffix('server')}#"), "the server may not subscribe")
        server.received.clear()
        for name, user_rights in trial.rights().items():
            if name not in (SERVER_USER, CHECK_USER):
                _prove_user(instance, name, user_rights, topics)
        _require(witness.subscribe("#"), "another device took over a client id")
        _require(not witness.publish(trial.topics.board, b"witness"), "a user without rights publishes a picture")
        _require(not witness.received, "a user without rights reads pictures")
        _require(server.publish(trial.topics.board, b"server"), "a device took over the server's client id")
        _prove_deliveries(trial, server)
        replace_private(instance.passwords_file, trial.password_file(without=CHECK_USER).encode())
        instance.process.send_signal(signal.SIGHUP)
        witness.wait_end()
        _require(server.publish(trial.topics.board, b"server"), "the server is cut off by a reload")


def _prove_user(instance: _Instance, name: str, user_rights: Rights, retained: Sequence[str]) -> None:
    """Prove what one user may read and write, with the client id of somebody else."""
    trial, on_network = instance.trial, name != BOX_USER
    with instance.client(name, CHECK_USER if on_network else "box", on_network=on_network) as client:
        _require(client.connect(), f"{name} is refused")
        for everything in ("#", "$SYS/#"):
            client.subscribe(everything)
        station = next((user.station for user in trial.users if user.name == name), _UNKNOWN)
        for topic in _written_topics(trial, station):
            is_allowed = _matches(user_rights.writes, topic)
            if client.publish(topic, name.encode()) != is_allowed:
                raise TrialFailed(f"{name} may {'not ' if is_allowed else ''}publish {topic}")
        read = {topic for topic, _ in client.received}
        allowed = {topic for topic in retained if _matches(user_rights.reads, topic)}
        if read != allowed:
            raise TrialFailed(f"{name} reads too much or too little: {sorted(read ^ allowed)}")


def _prove_deliveries(trial: Trial, server: TrialClient) -> None:
    """Prove that no message reached the server which its sender may not write."""
    all_rights = trial.rights()
    for topic, payload in server.received:
        sender = payload.decode()
        if sender != "server" and not _matches(all_rights[sender].writes, topic):
            raise TrialFailed(f"a message of {sender} on {topic} was delivered")


def _retained_topics(trial: Trial) -> Sequence[str]:
    """Return topics of all pictures and statuses, also of stations that nobody is."""
    topics, users = trial.topics, trial.users
    stations = [*(user.station for user in users), _UNKNOWN, _OTHER_UNKNOWN]
    counters = sorted({counter for user in users for counter in user.counters} | {_UNKNOWN})
    return [
        topics.board,
        topics.office,
        topics.server,
        topics.fact(_UNKNOWN),
        *map(topics.counter, counters),
        *map(topics.work, stations),
        *map(topics.status, stations),
    ]


def _written_topics(trial: Trial, station: str) -> Sequence[str]:
    """Return topics that the trial tries to write as one station."""
    topics = trial.topics
    other = next((user.station for user in trial.users if user.station != station), _OTHER_UNKNOWN)
    own_devices = [device for user in trial.users if user.station == station for device in reported_devices(user)]
    counters = {counter for user in trial.users if user.station == station for counter in user.counters}
    return [
        topics.board,
        topics.office,
        topics.server,
        topics.fact("called"),
        *map(topics.counter, counters or {_UNKNOWN}),
        topics.work(station),
        topics.status(station),
        *(topics.device(station, device) for device in own_devices),
        topics.device(station, _UNKNOWN),
        f"{topics.device(station, 'printer')}/deeper",
        topics.status(other),
        topics.device(other, "printer"),
        Topics(_UNKNOWN).board,
        "$CONTROL/dynamic-security/v1",
    ]


def _matches(filters: Sequence[str], topic: str) -> bool:
    return any(topic_matches_sub(topic_filter, topic) for topic_filter in filters)


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001
    if not holds:
        raise TrialFailed(otherwise)


def _unchecked_tls() -> ssl.SSLContext:
    """Return a context that trusts any certificate.

    The trial runs on loopback and compares the certificate itself.
    """
    context = HandshakingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        return first.getsockname()[1], second.getsockname()[1]
