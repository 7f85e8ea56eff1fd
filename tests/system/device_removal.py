"""Remove devices whose credentials somebody has stolen, and measure when each of them ends."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from first_morning import DEVICE_NAMES, LOCAL, STATION_PROGRAMS, Morning
from hall_machines import KIOSK_CONTROL, STEP_WITHIN_S, TV_CONTROL, HallMachine, state_of
from hall_pages import remove_device
from urllib3 import BaseHTTPResponse

from server.messaging.trial_client import NoAnswer, TrialClient
from server.wire.broker_login import BrokerLogin
from server.wire.client import trusting
from server.wire.messages import DeviceCredentials
from server.wire.mqtt_probe import connack_code
from server.wire.topics import Topics
from support.guarded_hall import BROKER_PORT, HOSTS, OFFICE, Client
from support.local_network import NetworkHost
from support.waiting import until

LOOK_EVERY_S = 0.05
REFUSED = (4, 5)
"""The codes of a CONNACK that refuses user or password."""
TOKEN, BROKER, SESSION, STREAM = "token", "broker connection", "PIN session", "live stream"
CONTROLS = {"kiosk": KIOSK_CONTROL, "tv": TV_CONTROL}
"""The control ports of machines with a screen."""


TOPICS = Topics(OFFICE)
BOARD_TOPICS = {"kiosk": TOPICS.board, "tv": TOPICS.board, "counters": TOPICS.board, "node": TOPICS.counter("c1")}
"""A topic that the device of each host reads."""
REMOVED = "gỡ"
"""A word of the notice that the device was removed."""


@dataclass
class Removal:
    """One removed device. ``ended_after_s``: the seconds until each of its rights ended, by name.

    ``is_accepted_again``: whether its password or PIN page still worked afterwards; ``notice``: what the device shows.
    """

    ended_after_s: Mapping[str, float]
    is_accepted_again: bool
    notice: str


class BrokerThief:
    """An attacker with the broker's login of a device. The attacker never ends the connection."""

    def __init__(self, attacker: NetworkHost, stolen: DeviceCredentials, stack: ExitStack) -> None:
        host, _, port = stolen.broker.rpartition(":")
        login = BrokerLogin(stolen.broker_user, stolen.broker_password)
        self._client = stack.enter_context(TrialClient(int(port), login, "thief", time.monotonic, host=host))
        self._client.secure(trusting(stolen.trust_pem))
        with attacker.inside():
            self.is_accepted = self._connects()

    def reads(self, topic: str) -> bool:
        """Subscribe to a topic; return whether the broker sends the picture that it keeps there."""
        may_read = self._client.subscribe(topic) and self._client.subscribe(topic)  # it comes before the second answer
        return may_read and topic in {received for received, _ in self._client.received}

    def _connects(self) -> bool:
        """Connect; return whether the broker accepts that. After the last removal nothing listens any more."""
        try:
            return self._client.connect()
        except (ConnectionError, NoAnswer):
            return False

    def has_ended(self) -> bool:
        """Return whether the broker has ended the connection, after some seconds of waiting."""
        try:
            self._client.wait_end()
        except NoAnswer:
            return False
        return True


def remove(morning: Morning, host: str) -> Removal:
    """Remove the device on ``host``, whose credentials the attacker has."""
    with ExitStack() as stack:
        if host == "desk":
            return _remove_browser(morning, stack)
        if host == "tv":
            return _remove_running_tv(morning, stack)
        return _remove_stolen(morning, host, stack)


def _remove_running_tv(morning: Morning, stack: ExitStack) -> Removal:
    """Remove the TV while it works. It ends by itself, and says why when it is started again."""
    tv, program = morning.machines["tv"], STATION_PROGRAMS["tv"]
    stolen = tv.credentials()
    assert tv.host.count_connections(BROKER_PORT)
    ends = {TOKEN: _token_end(morning, stolen), BROKER: lambda: _is_off_broker(morning, tv, stolen)}
    ended_after_s = _measure(morning, "tv", ends)
    tv.restart_ended(program)
    again = BrokerThief(morning.hall.host("attacker"), stolen, stack)
    return Removal(ended_after_s, again.is_accepted, _notice(tv))


def _remove_stolen(morning: Morning, host: str, stack: ExitStack) -> Removal:
    """Remove a device that was carried off. The attacker goes on with its credentials."""
    machine, attacker = morning.machines[host], morning.hall.host("attacker")
    stolen = machine.credentials()
    machine.end()
    thief = BrokerThief(attacker, stolen, stack)
    assert thief.is_accepted
    assert thief.reads(BOARD_TOPICS[host])
    ended_after_s = _measure(morning, host, {TOKEN: _token_end(morning, stolen), BROKER: thief.has_ended})
    again = BrokerThief(attacker, stolen, stack)
    machine.start(STATION_PROGRAMS[host])
    return Removal(ended_after_s, again.is_accepted, _notice(machine))


def _remove_browser(morning: Morning, stack: ExitStack) -> Removal:
    """Remove the browser of a sign-in with PIN. The attacker has its cookies."""
    page, hall = morning.page("desk"), morning.hall
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
    thief = Client(hall.host("attacker"), hall.staff, {"Cookie": cookies}, hall.authority)
    assert thief.get("/version").status == 200
    stream = thief.pool.request(
        "GET", f"{hall.staff}/live", headers=thief.headers, preload_content=False, timeout=STEP_WITHIN_S
    )
    stack.callback(stream.close)
    assert stream.status == 200
    ends = {SESSION: lambda: _looked(thief.get("/version").status == 401), STREAM: lambda: _is_ended(stream)}
    ended_after_s = _measure(morning, "desk", ends)
    page.wait_for_selector("#signed-out[open]")
    notice = page.locator("#signed-out h2").inner_text()
    page.goto(f"{hall.staff}/")
    page.wait_for_selector("input[name=password]")
    return Removal(ended_after_s, page.locator("input[name=pin]").count() > 0, notice)


def _measure(morning: Morning, host: str, ends: Mapping[str, Callable[[], bool]]) -> Mapping[str, float]:
    """Remove a device on its page; return after how long each of ``ends`` was true."""
    with ThreadPoolExecutor(len(ends)) as watching:
        watched = {name: watching.submit(_end_s, name, has_ended) for name, has_ended in ends.items()}
        pressed_s = remove_device(morning.page("box"), LOCAL, DEVICE_NAMES[host])
        return {name: future.result() - pressed_s for name, future in watched.items()}


def _end_s(name: str, has_ended: Callable[[], bool]) -> float:
    until(has_ended, name, within_s=STEP_WITHIN_S)
    return time.monotonic()


def _token_end(morning: Morning, stolen: DeviceCredentials) -> Callable[[], bool]:
    """Return a function that returns whether the server refuses the stolen token."""
    headers = {"Authorization": f"Bearer {stolen.token}"}
    thief = Client(morning.hall.host("attacker"), morning.hall.staff, headers, morning.hall.authority)
    assert thief.call("/device").status == 200
    return lambda: _looked(thief.call("/device").status == 401)


def _is_off_broker(morning: Morning, machine: HallMachine, stolen: DeviceCredentials) -> bool:
    """Return whether the device has no connection to the broker, and its password opens none."""
    if machine.host.count_connections(BROKER_PORT):
        return False
    login = BrokerLogin(stolen.broker_user, stolen.broker_password, morning.hall.authority)
    with morning.hall.host("attacker").inside():
        return connack_code(HOSTS["box"], BROKER_PORT, login) in REFUSED


def _looked(has_ended: bool) -> bool:
    """Return ``has_ended``, after a while if it is false: watching must be no load."""
    return has_ended or threading.Event().wait(LOOK_EVERY_S)


def _is_ended(stream: BaseHTTPResponse) -> bool:
    """Read a live stream until the server ends it; return whether it gave the reason."""
    return b"event: ended" in b"".join(stream.stream(1))


def _notice(machine: HallMachine) -> str:
    """Return the notice of a removed device: on its screen, else in its log."""
    name = machine.host.name
    if name in CONTROLS:
        screen = machine.control(CONTROLS[name])
        machine.until(lambda: state_of(screen).get("screen") == "notice", "the notice of the removal")
        return str(state_of(screen)["title"])
    return str(machine.until(lambda: [line for line in machine.log.splitlines() if REMOVED in line], "the notice")[-1])
