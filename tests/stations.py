"""A station that reports itself on MQTT as a real one does, for tests that need one to be there."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from halls import Api, Machine
from server.wire.feed import Feed
from server.wire.topics import Topics
from waiting import until

AT = "2026-11-23T01:02:05.123Z"


@dataclass
class ReportingStation:
    """Speaks on MQTT as a station does."""

    feed: Feed
    topics: Topics
    name: str
    kind: str

    def says(self, *devices: str, online: bool = True) -> None:
        body = {"station": self.name, "kind": self.kind, "online": online, "boot": "b1", "version": "0.1.0"}
        said = json.dumps(body | {"at": AT if online else None, "devices": devices})
        self.feed.publish(self.topics.status(self.name), said.encode(), retain=True)

    def device(self, name: str, state: str, code: str | None = None, **more: Any) -> None:
        body = {"station": self.name, "device": name, "state": state, "code": code, "since": AT, "at": AT} | more
        self.feed.publish(self.topics.device(self.name, name), json.dumps(body).encode(), retain=True)


@contextmanager
def reporting_kiosk(hall: Machine) -> Iterator[ReportingStation]:
    """A kiosk of ``hall`` with a printer that is ready."""
    feed = Feed(*hall.broker, "test-kiosk", topics=(), on_message=lambda topic, payload: None, on_link=lambda up: None)
    with closing(feed):
        station = ReportingStation(feed, Topics("test"), "kiosk-1", "kiosk")
        station.says("printer", "screen")
        station.device("printer", "ready")
        api = Api(hall.api)
        until(lambda: any(one["online"] for one in api.get("/health")[1]["stations"]))
        yield station
