"""A simulated sign node that receives its number from the broker by itself.

Written from ``docs/SIGNS.md``, which describes the protocol for the makers of ESP32 boards, with a plain MQTT client
and without our own wire code.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from hardware.control_port import Route
from hardware.simulated.control import sign_routes
from hardware.simulated.signs.dots import dot_matrix_front

HEARTBEAT_TIMEOUT_S = 10.0
"""Without a heartbeat of the server for this long the picture is outdated."""
KEEP_ALIVE_S = 5
FIRST_RETRY_S, MAX_RETRY_S = 1, 5
"""Shortest and longest pause before the node connects again."""
BLINK_DURATION_S = 3.0
CELLS = 5
"""Characters that the node can show."""
DASHES = "-" * CELLS


class SimulatedNode:
    """The node ``node`` of ``counter`` in ``office``. ``mono_s`` gives monotonic seconds.

    A node is a sign with a network connection of its own. It shows the counter's picture: the newest retained state
    message on its topic. ``broker``: host and port.

    Faults: ``unplugged`` (its network cable is pulled: the broker publishes its will), ``unpowered`` (dark, and
    disconnected the same way).
    """

    kind = "sign"

    def __init__(
        self, counter: str, node: str, broker: tuple[str, int], office: str, mono_s: Callable[[], float]
    ) -> None:
        self.id = f"sign-{counter}"
        self._counter, self._node, self._broker, self._mono_s = counter, node, broker, mono_s
        root = f"luot/v1/{office}"
        self._picture_topic, self._heartbeat_topic = f"{root}/counter/{counter}", f"{root}/server"
        self._status_topic = f"{root}/status/{node}"
        self._lock = threading.Lock()
        self._faults = dict.fromkeys(("unplugged", "unpowered"), False)
        self._picture: Mapping[str, Any] | None = None
        self._heartbeat: tuple[float, str] | None = None  # time and epoch of the server's last heartbeat
        self._version = 0  # grows with each new picture or fault
        self._called_at_s = float("-inf")  # when a picture with a newly called number was received last
        self._draw_front = dot_matrix_front(CELLS)
        self._client: Client | None = None
        self._connect()

    @property
    def faults(self) -> Mapping[str, bool]:
        return dict(self._faults)

    def set_fault(self, fault: str, *, on: bool) -> None:
        if self._faults[fault] == on:
            return
        self._faults[fault] = on
        self._version += 1
        if any(self._faults.values()):
            self._disconnect()
        elif self._client is None:
            self._connect()

    def shown(self) -> tuple[str, str]:
        """Return the two lines: dark before the first picture, dashes when the picture is outdated."""
        with self._lock:
            picture, heartbeat = self._picture, self._heartbeat
        if self._faults["unpowered"] or picture is None:
            return "", ""
        if heartbeat is None or self._mono_s() - heartbeat[0] > HEARTBEAT_TIMEOUT_S or heartbeat[1] != picture["epoch"]:
            return DASHES, ""
        if picture["number"] is not None and picture["state"] != "closed":
            number = str(picture["number"])
            return (number, "") if len(number) <= CELLS else ("", "")
        return (DASHES, "") if picture["state"] == "paused" else ("", "")

    def state(self) -> Mapping[str, Any]:
        """Return the state as JSON, with the keys of ``SimulatedSign.state``."""
        upper, below = self.shown()
        return {
            "counter": self._counter,
            "model": "mqtt",
            "text": upper,
            "below": below,
            "blinking": upper not in ("", DASHES) and self._mono_s() - self._called_at_s < BLINK_DURATION_S,
            "version": self._version,
        }

    def routes(self) -> Sequence[Route]:
        return sign_routes(self._counter, self.state, self._draw_front, self.shown)

    def close(self) -> None:
        """Publish that the node is offline and disconnect. May be called again."""
        client, self._client = self._client, None
        if client is not None:
            client.publish(self._status_topic, self._status(online=False), qos=1, retain=True)
            client.disconnect()
            client.loop_stop()

    # --- the network

    def _connect(self) -> None:
        client = Client(CallbackAPIVersion.VERSION2, self._node)
        client.will_set(self._status_topic, self._status(online=False), qos=1, retain=True)
        client.reconnect_delay_set(FIRST_RETRY_S, MAX_RETRY_S)
        client.on_connect, client.on_message, client.on_disconnect = (
            self._on_connect,
            self._on_message,
            self._on_disconnect,
        )
        client.connect_async(*self._broker, keepalive=KEEP_ALIVE_S)
        client.loop_start()
        self._client = client

    def _disconnect(self) -> None:
        """Break the connection without notice, as a cable does: the broker publishes the will."""
        client, self._client = self._client, None
        with self._lock:
            self._picture = self._picture if not self._faults["unpowered"] else None
            self._heartbeat = None
        if client is not None:
            if (connection := client.socket()) is not None:
                connection.close()
            client.loop_stop()

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            return
        client.subscribe([(self._picture_topic, 1), (self._heartbeat_topic, 1)])
        client.publish(self._status_topic, self._status(online=True), qos=1, retain=True)

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, _reason: ReasonCode, _more: Properties | None
    ) -> None:
        """Do nothing: the picture expires ten seconds after the last heartbeat."""

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            payload = json.loads(message.payload)
        except ValueError:
            return
        with self._lock:
            if message.topic == self._heartbeat_topic:
                self._on_heartbeat(payload, retained=message.retain)
            elif "number" in payload:
                before = self._picture
                if payload["ticket"] == "called" and (before is None or before["number"] != payload["number"]):
                    self._called_at_s = self._mono_s()
                self._picture = payload
                self._version += 1

    def _on_heartbeat(self, payload: Mapping[str, Any], *, retained: bool) -> None:
        """Store a heartbeat. A retained one proves no live server, but may report that the server has stopped."""
        if not payload.get("online"):
            self._heartbeat = None
        elif not retained:
            self._heartbeat = (self._mono_s(), payload["epoch"])
        elif self._heartbeat is not None and self._heartbeat[1] != payload["epoch"]:
            self._heartbeat = None

    def _status(self, *, online: bool) -> bytes:
        status = {"v": 1, "station": self._node, "kind": "sign", "online": online, "boot": "twin", "version": "twin"}
        return json.dumps(status).encode("utf-8")
