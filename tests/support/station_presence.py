"""A station that publishes its presence and device states on MQTT, without a real program."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics
from support.server_process import Api, Machine
from support.waiting import until

AT = "2026-11-23T01:02:05.123Z"


@dataclass
class ReportingStation:
    """Publishes the status messages of a station."""

    feed: MqttConnection
    topics: Topics
    name: str
    kind: str

    def report_presence(self, *devices: str, online: bool = True) -> None:
        body = {"station": self.name, "kind": self.kind, "online": online, "boot": "b1", "version": "0.1.0"}
        status = json.dumps(body | {"at": AT if online else None, "devices": devices})
        self.feed.publish(self.topics.status(self.name), status.encode(), retain=True)

    def report_device(self, name: str, state: str, code: str | None = None, **more: Any) -> None:
        body = {"station": self.name, "device": name, "state": state, "code": code, "since": AT, "at": AT} | more
        self.feed.publish(self.topics.device(self.name, name), json.dumps(body).encode(), retain=True)


@contextmanager
def reporting_kiosk(hall: Machine) -> Iterator[ReportingStation]:
    """Report a kiosk of ``hall`` with a ready printer until the block ends."""
    feed = MqttConnection(
        *hall.broker, "test-kiosk", topics=(), on_message=lambda topic, payload: None, on_connection=lambda up: None
    )
    with closing(feed):
        station = ReportingStation(feed, Topics("test"), "kiosk-1", "kiosk")
        station.report_presence("printer", "screen")
        station.report_device("printer", "ready")
        api = Api(hall.api)
        until(lambda: any(row["online"] for row in api.get("/health")[1]["stations"]))
        yield station
