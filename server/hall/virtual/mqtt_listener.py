"""Turns MQTT messages of the office into hall state and log entries."""

import json
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from config.address import split_address
from config.settings import Settings
from server.hall.virtual.state import HallState, LogEntry
from server.wire.broker_login import box_login
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics

log = logging.getLogger("hall")

Body = Mapping[str, Any]
"""The JSON object of an MQTT message."""

# A fact about a ticket -> its event in the page's log. Calls are logged from the board, which has the counter.
LOGGED_FACTS: Mapping[str, str] = {
    "issued": "issued",
    "started": "started",
    "finished": "finished",
    "sent_on": "sent_on",
    "missed": "missed",
    "held": "held",
    "resumed": "resumed",
    "returned": "queued_again",
    "requeued": "queued_again",
    "released": "queued_again",
    "transferred": "transferred",
    "cancelled": "cancelled",
    "expired": "expired",
}
# A kind of call on the board -> its event in the log. "last": the last recall that the rule allows; after it
# the ticket may be recorded as missed without a reason.
LOGGED_CALLS: Mapping[str, str] = {"call": "called", "recall": "recalled", "last": "recalled"}
NO_COUNTER = "–"  # shown when the ticket's counter is unknown


class MqttListener:
    """Receives every picture and fact of the office, in the MQTT connection's thread only.

    ``forward`` receives each message too, for the demonstration.
    """

    def __init__(self, state: HallState, wall_ms: Callable[[], int], forward: Callable[[str, Body], None]) -> None:
        self._state, self._wall_ms, self._forward = state, wall_ms, forward
        self._counter_labels: dict[str, str] = {}  # by ticket number
        self._board: Body | None = None

    def connect(self, settings: Settings) -> MqttConnection:
        """Subscribe to all topics of the office; the caller closes the connection."""
        topics = Topics(settings.link.office)
        root = topics.board.removesuffix("board")

        def on_payload(topic: str, payload: bytes) -> None:
            try:
                body = json.loads(payload)
            except (ValueError, RecursionError):
                log.warning("not JSON on %s", topic)
                return
            if isinstance(body, dict):
                self.on_message(topic.removeprefix(root), body)

        host, port = split_address(settings.link.broker)
        return MqttConnection(
            host,
            port,
            "hall",
            topics=[f"{root}#"],
            on_message=on_payload,
            on_connection=self.on_connection,
            login=partial(box_login, settings.machine.state),
        )

    def on_connection(self, connected: bool) -> None:  # noqa: FBT001 - a callback
        """Mark the board as possibly old while the connection to the broker is lost."""
        if not connected:
            self._state.put("fresh", value=False)

    def on_message(self, topic: str, body: Body) -> None:
        """Receive a picture or a fact; ``topic`` is the part below the office."""
        if topic == "board":
            self._receive_board(body)
        elif topic == "office":
            self._state.put("office", body)
        elif topic == "server":
            self._state.put("fresh", bool(body.get("online")))
        elif topic.startswith("ticket/"):
            self._receive_fact(topic.removeprefix("ticket/"), body)
        self._forward(topic, body)

    def _receive_board(self, board: Body) -> None:
        previous, self._board = self._board, board
        for counter in board["counters"]:
            if counter["ticket"] is not None:
                self._counter_labels[counter["ticket"]["number"]] = counter["label"]
        self._state.put("board", board)
        if previous is not None and previous["epoch"] == board["epoch"]:
            self._log_calls(previous, board)
            self._log_counters(previous, board)

    def _log_calls(self, previous: Body, board: Body) -> None:
        old_ids = {call["id"] for call in previous["calls"]}
        for call in reversed(board["calls"]):
            if call["id"] not in old_ids and call["kind"] in LOGGED_CALLS:
                self._log(LOGGED_CALLS[call["kind"]], number=call["number"], counter=call["label"])

    def _log_counters(self, previous: Body, board: Body) -> None:
        old_states = {counter["id"]: counter["state"] for counter in previous["counters"]}
        for counter in board["counters"]:
            if old_states.get(counter["id"], counter["state"]) != counter["state"]:
                self._log(f"counter_{counter['state']}", counter=counter["label"])

    def _receive_fact(self, fact: str, body: Body) -> None:
        if fact in LOGGED_FACTS:
            number = body["number"]
            self._log(LOGGED_FACTS[fact], number=number, counter=self._counter_labels.get(number, NO_COUNTER))

    def _log(self, event: str, **values: str) -> None:
        self._state.add_log(LogEntry(self._wall_ms(), event, values))
