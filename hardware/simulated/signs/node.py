"""A twin of a sign that reads its number from the broker by itself, as ``docs/SIGNS.md`` tells the maker of an ESP32
board: written from that page, with a plain MQTT client and none of our own wire."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from hardware.simulated.control import Route
from hardware.simulated.signs.faces import dots, routes

STALE_S = 10.0
KEEP_ALIVE_S = 5
FIRST_WAIT_S, LONGEST_WAIT_S = 1, 5
BLINKS_S = 3.0
WIDTH = 5
DASHES = "-" * WIDTH


class SimulatedNode:
    """The node ``node`` of ``counter`` in ``office``. ``mono_s`` gives monotonic seconds.

    Faults: ``unplugged`` (its network cable is pulled: the broker says its will), ``unpowered`` (dark, and gone the
    same way).
    """

    kind = "sign"

    def __init__(
        self, counter: str, node: str, broker: tuple[str, int], office: str, mono_s: Callable[[], float]
    ) -> None:
        self.id = f"sign-{counter}"
        self._counter, self._node, self._broker, self._mono_s = counter, node, broker, mono_s
        root = f"luot/v1/{office}"
        self._picture_topic, self._beat_topic = f"{root}/counter/{counter}", f"{root}/server"
        self._status_topic = f"{root}/status/{node}"
        self._lock = threading.Lock()
        self._faults = dict.fromkeys(("unplugged", "unpowered"), False)
        self._picture: Mapping[str, Any] | None = None
        self._beat: tuple[float, str] | None = None  # when the server was heard last, and its epoch
        self._version = 0
        self._called_at = float("-inf")
        self._face = dots(WIDTH)
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
            self._drop()
        elif self._client is None:
            self._connect()

    def shown(self) -> tuple[str, str]:
        """What it shows: dark until it knows, dashes when what it knows is old."""
        with self._lock:
            picture, beat = self._picture, self._beat
        if self._faults["unpowered"] or picture is None:
            return "", ""
        if beat is None or self._mono_s() - beat[0] > STALE_S or beat[1] != picture["epoch"]:
            return DASHES, ""
        if picture["number"] is not None and picture["state"] != "closed":
            number = str(picture["number"])
            return (number, "") if len(number) <= WIDTH else ("", "")
        return (DASHES, "") if picture["state"] == "paused" else ("", "")

    def state(self) -> Mapping[str, Any]:
        upper, below = self.shown()
        return {
            "counter": self._counter,
            "model": "mqtt",
            "text": upper,
            "below": below,
            "blinking": upper not in ("", DASHES) and self._mono_s() - self._called_at < BLINKS_S,
            "version": self._version,
        }

    def routes(self) -> Sequence[Route]:
        return routes(self._counter, self.state, self._face, self.shown)

    def close(self) -> None:
        """Say goodbye and go. Any number of times."""
        client, self._client = self._client, None
        if client is not None:
            client.publish(self._status_topic, self._status(online=False), qos=1, retain=True)
            client.disconnect()
            client.loop_stop()

    # --- the network

    def _connect(self) -> None:
        client = Client(CallbackAPIVersion.VERSION2, self._node)
        client.will_set(self._status_topic, self._status(online=False), qos=1, retain=True)
        client.reconnect_delay_set(FIRST_WAIT_S, LONGEST_WAIT_S)
        client.on_connect, client.on_message, client.on_disconnect = self._connected, self._heard, self._gone
        client.connect_async(*self._broker, keepalive=KEEP_ALIVE_S)
        client.loop_start()
        self._client = client

    def _drop(self) -> None:
        """Without a word, as a cable does: the broker notices and says the will."""
        client, self._client = self._client, None
        with self._lock:
            self._picture = self._picture if not self._faults["unpowered"] else None
            self._beat = None
        if client is not None:
            if (cable := client.socket()) is not None:
                cable.close()
            client.loop_stop()

    def _connected(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            return
        client.subscribe([(self._picture_topic, 1), (self._beat_topic, 1)])
        client.publish(self._status_topic, self._status(online=True), qos=1, retain=True)

    def _gone(
        self, _client: Client, _data: object, _flags: DisconnectFlags, _reason: ReasonCode, _more: Properties | None
    ) -> None:
        """Stale by itself, ten seconds after the last heartbeat."""

    def _heard(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            told = json.loads(message.payload)
        except ValueError:
            return
        with self._lock:
            if message.topic == self._beat_topic:
                self._hear_beat(told, kept=message.retain)
            elif "number" in told:
                before = self._picture
                if told["ticket"] == "called" and (before is None or before["number"] != told["number"]):
                    self._called_at = self._mono_s()
                self._picture = told
                self._version += 1

    def _hear_beat(self, told: Mapping[str, Any], *, kept: bool) -> None:
        """One that the broker kept is no sign of life, only perhaps of the server's end."""
        if not told.get("online"):
            self._beat = None
        elif not kept:
            self._beat = (self._mono_s(), told["epoch"])
        elif self._beat is not None and self._beat[1] != told["epoch"]:
            self._beat = None

    def _status(self, *, online: bool) -> bytes:
        told = {"v": 1, "station": self._node, "kind": "sign", "online": online, "boot": "twin", "version": "twin"}
        return json.dumps(told).encode("utf-8")
