"""Listening and telling over MQTT: one connection that mends itself.

Each connection is a new paho client. Paho's own reconnecting would send what was unconfirmed when the old
connection broke *after* the present values, so that an old picture could stay on the broker for good.

Retained values are published again every ``REPEAT_S`` seconds, so that what somebody else published under their topics
does not stay there. A connection whose thread ends, whatever the reason, is made anew.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from config.threads import RestartingThread

log = logging.getLogger(__name__)

QOS = 1
KEEP_ALIVE_S = 5
CONNECT_S = 5.0
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 2.0
LAST_WORD_S = 1.0
REPEAT_S = 10.0
MOST_COMPLAINTS = 20


class _SupervisedClient(Client):
    """A client that calls ``over`` when its thread ends: after a disconnect, and after a mistake of paho's or ours."""

    over: Callable[[], None]

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> MQTTErrorCode:  # noqa: FBT001, FBT002
        try:
            return super().loop_forever(timeout, retry_first_connection)
        except Exception:
            log.exception("the connection's thread has failed; the connection is made anew")
            return MQTTErrorCode.MQTT_ERR_UNKNOWN
        finally:
            self.over()


class Feed:
    """A connection to the broker that subscribes to ``topics`` and keeps its retained values published.

    ``on_message(topic, payload)`` and ``on_link(up)`` run in a thread of the connection and must only put
    things into an inbox. ``on_kept`` gets what the broker had kept from before we subscribed, instead of
    ``on_message``: nobody need have said it lately. ``on_link(True)`` comes after each connection, when
    subscriptions and the retained values have been sent; ``on_link(False)`` after each loss. Before the first
    ``on_link`` the link is down.
    ``will`` is (topic, payload), retained; a clean ``close`` publishes it too, so that a station which ends
    is offline for everybody at once.
    """

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        *,
        topics: Sequence[str],
        on_message: Callable[[str, bytes], None],
        on_link: Callable[[bool], None],
        on_kept: Callable[[str, bytes], None] | None = None,
        will: tuple[str, bytes] | None = None,
        username: str | None = None,
        password: str | None = None,
        repeat_s: float = REPEAT_S,
    ) -> None:
        self._address = (host, port)
        self._client_id = client_id
        self._topics = tuple(topics)
        self._tell_message, self._tell_link = on_message, on_link
        self._tell_kept = on_kept or on_message
        self._will = will
        self._login = (username, password)
        self._retained: dict[str, bytes] = {}
        self._once: set[str] = set()
        self._repeat_s = repeat_s
        self._complained: set[str] = set()
        self._lock = threading.Lock()
        self._up: Client | None = None
        self._refusal = ""
        self._gone = threading.Event()
        self._closing = threading.Event()
        self._thread = RestartingThread(f"feed {client_id}", self._keep_connected, closing=self._closing)
        self._thread.start()

    def publish(self, topic: str, payload: bytes, *, retain: bool, repeat: bool = True) -> None:
        """Send ``payload``, or an empty one to erase a retained value.

        While the broker is away a retained value waits for it (the newest of a topic); others are dropped. ``repeat``
        False: the value must not be sent again by itself, because its moment matters.
        """
        with self._lock:
            if retain:
                self._retained[topic] = payload
                (self._once.discard if repeat else self._once.add)(topic)
            if self._up is not None:
                self._up.publish(topic, payload, QOS, retain)

    def close(self) -> None:
        """Say the will, disconnect and end the threads. May be called twice."""
        with self._lock:
            client = self._up
        if client is not None and self._will is not None and not self._closing.is_set():
            said = client.publish(*self._will, qos=QOS, retain=True)
            try:
                said.wait_for_publish(LAST_WORD_S)
            except (
                RuntimeError,
                ValueError,
            ) as error:  # the connection is lost meanwhile: the broker says it
                log.debug("last word not sent: %s", error)
        self._closing.set()
        self._gone.set()
        self._thread.join()

    def _keep_connected(self) -> None:
        wait_s, told = FIRST_WAIT_S, False
        while not self._closing.is_set():
            self._gone.clear()
            client = self._client()
            try:
                client.connect(*self._address, KEEP_ALIVE_S)
            except OSError as error:
                if not told:
                    log.warning("no broker at %s:%d (%s); trying again", *self._address, error)
                    told = True
            else:
                if self._closing.is_set():  # close() came between clear and connect
                    self._gone.set()
                was_up = self._run(client)
                wait_s, told = (FIRST_WAIT_S, False) if was_up else (wait_s, True)
            if self._closing.wait(wait_s):
                break
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    def _run(self, client: Client) -> bool:
        """One connection from CONNECT to its end; whether the broker had accepted it."""
        client.loop_start()
        while not self._gone.wait(self._repeat_s):
            self._publish_again()
        with self._lock:
            was_up, self._up = self._up is not None, None
        client.disconnect()
        client.loop_stop()
        if was_up:
            if not self._closing.is_set():
                log.warning("lost the broker at %s:%d; trying again", *self._address)
            self._tell_link(False)  # noqa: FBT003
        return was_up

    def _publish_again(self) -> None:
        with self._lock:
            if self._up is not None:
                for topic, payload in self._retained.items():
                    if topic not in self._once:
                        self._up.publish(topic, payload, QOS, retain=True)

    def _client(self) -> Client:
        client = _SupervisedClient(
            CallbackAPIVersion.VERSION2,
            self._client_id,
            clean_session=True,
            protocol=MQTTv311,
            reconnect_on_failure=False,
        )
        client.over = self._gone.set
        client.connect_timeout = CONNECT_S
        client.max_inflight_messages_set(100)
        if self._will is not None:
            client.will_set(*self._will, qos=QOS, retain=True)
        if self._login[0] is not None:
            client.username_pw_set(*self._login)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    # These three run in paho's thread.

    def _on_connect(
        self, client: Client, _: object, flags: ConnectFlags, reason: ReasonCode, more: Properties | None
    ) -> None:
        if reason.is_failure:
            if str(reason) != self._refusal:
                log.warning("the broker at %s:%d refuses us: %s; trying again", *self._address, reason)
            self._refusal = str(reason)
            self._gone.set()
            return
        if self._topics:
            client.subscribe([(topic, QOS) for topic in self._topics])
        with self._lock:
            for topic, payload in self._retained.items():
                client.publish(topic, payload, qos=QOS, retain=True)
            self._up = client
        self._refusal = ""
        log.info("connected to the broker at %s:%d", *self._address)
        self._tell_link(True)  # noqa: FBT003

    def _on_disconnect(
        self, client: Client, _: object, flags: DisconnectFlags, reason: ReasonCode, more: Properties | None
    ) -> None:
        self._gone.set()

    def _on_message(self, client: Client, _: object, message: MQTTMessage) -> None:
        tell = self._tell_kept if message.retain else self._tell_message
        try:
            tell(message.topic, bytes(message.payload))
        except Exception:
            # The broker would hand the same message on after each new connection.
            if len(self._complained) < MOST_COMPLAINTS and message.topic not in self._complained:
                self._complained.add(message.topic)
                log.exception("a message on %r was not understood, and is passed over", message.topic)
