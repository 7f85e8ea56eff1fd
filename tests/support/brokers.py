"""Brokers that can be stopped and started, and feeds that record received messages."""

import queue
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import BrokerSettings
from server.messaging.broker import running_broker
from server.wire.mqtt_connection import MqttConnection
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S

Message = tuple[str, bytes]


@dataclass
class Listener:
    """A feed, and the messages that it received."""

    feed: MqttConnection
    messages: "queue.Queue[Message]"
    connections: "queue.Queue[bool]"
    received: list[Message] = field(default_factory=list)

    def wait(self, wanted: Callable[[Message], bool]) -> Message:
        """Return the next message that is ``wanted``, for which the test waits ``PATIENCE_S``."""
        end_s = mono_s() + PATIENCE_S
        while mono_s() < end_s:
            message = self.messages.get(timeout=PATIENCE_S)
            self.received.append(message)
            if wanted(message):
                return message
        raise AssertionError(f"not within {PATIENCE_S:.0f} s; the last messages: {self.received[-20:]}")

    def expect_connection(self, *, up: bool) -> None:
        """Wait for the next change of the connection, which must be ``up``."""
        assert self.connections.get(timeout=PATIENCE_S) is up


@dataclass
class RestartableBroker:
    """A broker that can be stopped and started, and the feeds connected to it."""

    settings: BrokerSettings
    state: Path
    feeds: ExitStack
    running: ExitStack = field(default_factory=ExitStack)

    @property
    def port(self) -> int:
        return int(self.settings.listen.rpartition(":")[2])

    def start(self) -> None:
        self.running.enter_context(running_broker(self.settings, self.state, time.monotonic))

    def stop(self) -> None:
        self.running.close()

    def listen(self, name: str, *topics: str, will: Message | None = None) -> Listener:
        """Connect a feed to ``topics``; it is closed with ``feeds``."""
        messages: queue.Queue[Message] = queue.Queue()
        connections: queue.Queue[bool] = queue.Queue()
        feed = MqttConnection(
            "127.0.0.1",
            self.port,
            name,
            topics=topics,
            on_message=lambda topic, payload: messages.put((topic, payload)),
            on_connection=connections.put,
            will=will,
        )
        self.feeds.callback(feed.close)
        return Listener(feed, messages, connections)
