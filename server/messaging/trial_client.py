"""An MQTT 5 client without threads, for short conversations with a broker on trial.

MQTT 5 because its replies say whether a message was denied.
"""

import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from server.wire.broker_login import BrokerLogin
from server.wire.mqtt_connection import set_no_delay

ANSWER_WITHIN_S = 5.0
_STEP_S = 0.05


class NoAnswer(Exception):
    """The broker did not answer in time."""


class _BareClient(Client):
    def close_sockets(self) -> None:
        self._reset_sockets()


class TrialClient:
    """One connection, used in one thread; ``connect`` comes first. ``received``: (topic, payload) so far."""

    def __init__(
        self,
        port: int,
        login: BrokerLogin | None,
        client_id: str,
        mono_s: Callable[[], float],
        *,
        host: str = "127.0.0.1",
    ) -> None:
        self._address, self._mono_s = (host, port), mono_s
        self.received: list[tuple[str, bytes]] = []
        self._connected: ReasonCode | None = None
        self._ended = False
        self._answers: dict[int | None, bool] = {}  # by message id: whether the broker accepted
        self._client = _BareClient(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTv5, reconnect_on_failure=False)
        if login is not None:
            self._client.username_pw_set(login.user, login.password)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = lambda _, __, mid, reason, ___: self._store(mid, [reason])
        self._client.on_subscribe = lambda _, __, mid, reasons, ___: self._store(mid, reasons)
        self._client.on_message = self._on_message
        self._client.on_socket_open = set_no_delay

    def __enter__(self) -> "TrialClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close_sockets()

    def secure(self, context: ssl.SSLContext) -> None:
        """Use TLS."""
        self._client.tls_set_context(context)

    def connect(self) -> bool:
        """Connect; return whether the broker accepted. Raises ``OSError`` and ``NoAnswer``."""
        self._client.connect(*self._address, keepalive=60)
        self._loop_until(lambda: self._connected is not None or self._ended)
        return self._connected is not None and not self._connected.is_failure

    def publish(self, topic: str, payload: bytes) -> bool:
        """Publish a retained message; return whether the broker accepted it."""
        return self._ask(self._client.publish(topic, payload, qos=1, retain=True).mid)

    def subscribe(self, topic_filter: str) -> bool:
        """Subscribe; return whether the broker accepted. Retained messages arrive before the next answer."""
        return self._ask(self._client.subscribe(topic_filter, qos=0)[1])

    def wait_end(self) -> None:
        """Wait until the broker ends the connection."""
        self._loop_until(lambda: self._ended)

    def _ask(self, message_id: int | None) -> bool:
        self._loop_until(lambda: message_id in self._answers or self._ended)
        return self._answers.get(message_id, False)

    def _loop_until(self, condition: Callable[[], bool]) -> None:
        end_s = self._mono_s() + ANSWER_WITHIN_S
        while not condition():
            self._client.loop(_STEP_S)
            if self._mono_s() > end_s:
                raise NoAnswer(f"no answer within {ANSWER_WITHIN_S:.0f} s")

    def _on_connect(self, _: Client, __: object, ___: object, reason: ReasonCode, ____: object) -> None:
        self._connected = reason

    def _on_disconnect(self, *_: Any) -> None:
        self._ended = True

    def _store(self, message_id: int, reasons: list[ReasonCode]) -> None:
        self._answers[message_id] = not any(reason.is_failure for reason in reasons)

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        self.received.append((message.topic, bytes(message.payload)))
