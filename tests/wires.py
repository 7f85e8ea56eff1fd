"""Brokers that can be stopped and started, and listeners that remember what they heard."""

import queue
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import Broker
from server.broker import broker
from server.wire.feed import Feed
from unhurried import mono_s
from waiting import PATIENCE_S

Message = tuple[str, bytes]


@dataclass
class Listener:
    """A feed and everything that it heard."""

    feed: Feed
    messages: "queue.Queue[Message]"
    links: "queue.Queue[bool]"
    heard: list[Message] = field(default_factory=list)

    def wait(self, wanted: Callable[[Message], bool]) -> Message:
        """Return the next message that is ``wanted``; those before it are passed, for ``PATIENCE_S`` at most."""
        end_s = mono_s() + PATIENCE_S
        while mono_s() < end_s:
            message = self.messages.get(timeout=PATIENCE_S)
            self.heard.append(message)
            if wanted(message):
                return message
        raise AssertionError(f"not within {PATIENCE_S:.0f} s; the last that came: {self.heard[-20:]}")

    def up(self, *, up: bool) -> None:
        assert self.links.get(timeout=PATIENCE_S) is up


@dataclass
class Place:
    """One broker that can be stopped and started, and feeds to it."""

    settings: Broker
    state: Path
    feeds: ExitStack
    running: ExitStack = field(default_factory=ExitStack)

    @property
    def port(self) -> int:
        return int(self.settings.listen.rpartition(":")[2])

    def start(self) -> None:
        self.running.enter_context(broker(self.settings, self.state, time.monotonic))

    def stop(self) -> None:
        self.running.close()

    def listen(self, name: str, *topics: str, will: Message | None = None) -> Listener:
        messages: queue.Queue[Message] = queue.Queue()
        links: queue.Queue[bool] = queue.Queue()
        feed = Feed(
            "127.0.0.1",
            self.port,
            name,
            topics=topics,
            on_message=lambda topic, payload: messages.put((topic, payload)),
            on_link=links.put,
            will=will,
        )
        self.feeds.callback(feed.close)
        return Listener(feed, messages, links)
