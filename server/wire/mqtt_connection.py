"""Subscribe and publish over MQTT, with one connection that reconnects by itself.

Each connection is a new paho client. Paho's own reconnecting would send the unconfirmed messages of the broken
connection *after* the current values, so that an old picture could stay on the broker for good.

Retained values are published again every ``REPUBLISH_INTERVAL_S``, so that they replace a foreign message on
their topic. A connection whose thread ends is replaced, whatever the reason.
"""

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from config.threads import RestartingThread
from server.wire.broker_login import BrokerLogin, tls_advice, tls_context

log = logging.getLogger(__name__)

QOS = 1  # at least once
KEEP_ALIVE_S = 5
CONNECT_TIMEOUT_S = 5.0
MIN_RECONNECT_DELAY_S = 0.5
MAX_RECONNECT_DELAY_S = 2.0
WILL_TIMEOUT_S = 1.0  # for publishing the will at the end
REPUBLISH_INTERVAL_S = 10.0
NOT_AUTHORISED = ("Not authorized", "Bad user name or password")  # paho's names of two reasons
MAX_LOGGED_TOPICS = 20  # with a message that could not be handled


class _SupervisedClient(Client):
    """A paho client that calls ``on_end`` when its thread ends, also after an error."""

    on_end: Callable[[], None]

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> MQTTErrorCode:  # noqa: FBT001, FBT002
        try:
            return super().loop_forever(timeout, retry_first_connection)
        except Exception:
            log.exception("the thread of the broker connection has failed; reconnecting")
            return MQTTErrorCode.MQTT_ERR_UNKNOWN
        finally:
            self.on_end()

    def close_sockets(self) -> None:
        """Close the connection, and the sockets that wake the thread.

        Paho leaves those to the garbage collector.
        """
        self._reset_sockets()


def set_no_delay(_client: Client, _: object, opened: Any) -> None:
    """Turn off Nagle's algorithm on a socket that was opened.

    With it, a small message waits until the previous one is confirmed, which takes up to 40 ms.
    """
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class MqttConnection:
    """A connection to the broker that subscribes to ``topics`` and keeps its retained values published.

    ``on_message(topic, payload)`` and ``on_connection(connected)`` run in a thread of the connection and must only put
    events into an inbox. ``on_retained`` receives, instead of ``on_message``, the messages that the broker had retained
    before we subscribed: they may be old. ``on_connection(True)`` comes after each connection, when subscriptions and
    retained values have been sent; ``on_connection(False)`` after each loss, and not before the first connection.
    ``will`` is (topic, payload), retained; a clean ``close`` publishes it too, so that a station which ends is offline
    for everybody at once. ``login()`` is read for each new connection; None: the broker asks for no user.
    """

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        *,
        topics: Sequence[str],
        on_message: Callable[[str, bytes], None],
        on_connection: Callable[[bool], None],
        on_retained: Callable[[str, bytes], None] | None = None,
        will: tuple[str, bytes] | None = None,
        login: Callable[[], BrokerLogin | None] = lambda: None,
        republish_interval_s: float = REPUBLISH_INTERVAL_S,
    ) -> None:
        self._address = (host, port)
        self._client_id = client_id
        self._topics = tuple(topics)
        self._message_received, self._connection_changed = on_message, on_connection
        self._retained_received = on_retained or on_message
        self._will = will
        self._read_login = login
        self._has_login = False  # in the newest connection
        self._retained_values: dict[str, bytes] = {}
        self._not_republished: set[str] = set()  # topics
        self._republish_interval_s = republish_interval_s
        self._logged_topics: set[str] = set()
        self._lock = threading.Lock()
        self._connected_client: Client | None = None
        self._logged_refusal = ""  # the reason that was logged last
        self._connection_ended = threading.Event()
        self._closing = threading.Event()
        self._thread = RestartingThread(f"mqtt {client_id}", self._keep_connected, closing=self._closing)
        self._thread.start()

    def erase(self, topic: str) -> None:
        """Erase the retained value of a topic, also one of another publisher.

        Without a connection nothing happens.
        """
        with self._lock:
            self._retained_values.pop(topic, None)
            if self._connected_client is not None:
                self._connected_client.publish(topic, b"", QOS, retain=True)

    def publish(self, topic: str, payload: bytes, *, retain: bool, republish: bool = True) -> None:
        """Send ``payload``, or an empty one to erase a retained value.

        While there is no connection, the newest retained value of each topic waits for it; other messages are dropped.
        ``republish`` False: the value is not published every ``REPUBLISH_INTERVAL_S``, because its moment matters.
        """
        with self._lock:
            if retain:
                self._retained_values[topic] = payload
                (self._not_republished.discard if republish else self._not_republished.add)(topic)
            if self._connected_client is not None:
                self._connected_client.publish(topic, payload, QOS, retain)

    def close(self) -> None:
        """Publish the will, disconnect and end the threads. May be called twice."""
        will_message = None
        with self._lock:
            if self._connected_client is not None and self._will is not None and not self._closing.is_set():
                will_message = self._connected_client.publish(*self._will, qos=QOS, retain=True)
        if will_message is not None:
            try:
                will_message.wait_for_publish(WILL_TIMEOUT_S)
            except (RuntimeError, ValueError) as error:  # the connection was just lost: the broker publishes the will
                log.debug("the will was not published at the end: %s", error)
        self._closing.set()
        self._connection_ended.set()
        self._thread.join()

    def _keep_connected(self) -> None:
        """Connect again and again until ``close``, with growing delays between failures."""
        wait_s, logged_causes = MIN_RECONNECT_DELAY_S, set[str]()
        while not self._closing.is_set():
            self._connection_ended.clear()
            client = self._new_client()
            try:
                self._sign_in(client)
                client.connect(*self._address, KEEP_ALIVE_S)
            except OSError as error:
                advice = tls_advice(error)
                if (cause := advice or "unreachable") not in logged_causes:
                    log.warning("no broker at %s:%d (%s); trying again", *self._address, advice or error)
                    logged_causes.add(cause)
            else:
                if self._closing.is_set():  # close() was called between clear() and connect()
                    self._connection_ended.set()
                was_connected = self._run_until_end(client)
                if was_connected:
                    wait_s = MIN_RECONNECT_DELAY_S
                    logged_causes.clear()
                else:
                    logged_causes.add("unreachable")
            finally:
                client.close_sockets()
            if self._closing.wait(wait_s):
                break
            wait_s = min(wait_s * 2, MAX_RECONNECT_DELAY_S)

    def _run_until_end(self, client: Client) -> bool:
        """Run one connection from CONNECT to its end; return whether the broker had accepted it."""
        client.loop_start()
        while not self._connection_ended.wait(self._republish_interval_s):
            self._republish_retained()
        with self._lock:
            was_connected, self._connected_client = self._connected_client is not None, None
        client.disconnect()
        client.loop_stop()
        if was_connected:
            if not self._closing.is_set():
                log.warning("lost the broker at %s:%d; trying again", *self._address)
            self._connection_changed(False)  # noqa: FBT003
        return was_connected

    def _republish_retained(self) -> None:
        with self._lock:
            if self._connected_client is not None:
                for topic, payload in self._retained_values.items():
                    if topic not in self._not_republished:
                        self._connected_client.publish(topic, payload, QOS, retain=True)

    def _new_client(self) -> _SupervisedClient:
        """Return a client for one connection."""
        client = _SupervisedClient(
            CallbackAPIVersion.VERSION2,
            self._client_id,
            clean_session=True,
            protocol=MQTTv311,
            reconnect_on_failure=False,
        )
        client.on_end = self._connection_ended.set
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(100)
        if self._will is not None:
            client.will_set(*self._will, qos=QOS, retain=True)
        client.on_socket_open = set_no_delay
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _sign_in(self, client: Client) -> None:
        """Set user, password and TLS. Raises ``OSError`` when a file of the login cannot be read."""
        login = self._read_login()
        self._has_login = login is not None
        if login is None:
            return
        if login.user:
            client.username_pw_set(login.user, login.password)
        if login.ca_file is not None:
            client.tls_set_context(tls_context(login.ca_file))

    # The following three methods run in paho's thread.

    def _on_connect(
        self, client: Client, _: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            if str(reason) != self._logged_refusal:
                log.warning(
                    "the broker at %s:%d refuses the connection: %s; trying again",
                    *self._address,
                    self._refusal_advice(reason),
                )
            self._logged_refusal = str(reason)
            self._connection_ended.set()
            return
        if self._topics:
            client.subscribe([(topic, QOS) for topic in self._topics])
        with self._lock:
            for topic, payload in self._retained_values.items():
                client.publish(topic, payload, qos=QOS, retain=True)
            self._connected_client = client
        self._logged_refusal = ""
        log.info("connected to the broker at %s:%d", *self._address)
        self._connection_changed(True)  # noqa: FBT003

    def _refusal_advice(self, reason: ReasonCode) -> str:
        """Return why the broker refuses this connection, and what to do."""
        if str(reason) not in NOT_AUTHORISED:
            return str(reason)
        if not self._has_login:
            return f"{reason}: it asks for a user, and this program has none; enrol this device"
        return f"{reason}: this device was removed or its password is wrong; enrol it again"

    def _on_disconnect(
        self, client: Client, _: object, flags: DisconnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self._connection_ended.set()

    def _on_message(self, client: Client, _: object, message: MQTTMessage) -> None:
        receive = self._retained_received if message.retain else self._message_received
        try:
            receive(message.topic, bytes(message.payload))
        except Exception:
            # The broker would deliver the same message again after each new connection.
            if len(self._logged_topics) < MAX_LOGGED_TOPICS and message.topic not in self._logged_topics:
                self._logged_topics.add(message.topic)
                log.exception("a message on %r could not be handled and is ignored", message.topic)
