"""What the hall hears on the bus, turned into the scene's parts and lines of its log."""

from collections.abc import Callable, Mapping
from typing import Any

from server.hall.scene import Line, Scene

Body = Mapping[str, Any]

# A ticket's fact on the bus -> the sentence of the log; calls come from the board, which knows the counter.
FACTS: Mapping[str, str] = {
    "issued": "issue",
    "started": "start",
    "finished": "finish",
    "sent_on": "finish_next",
    "missed": "no_show",
    "held": "hold",
    "resumed": "resume",
    "returned": "back",
    "requeued": "back",
    "released": "back",
    "transferred": "transfer",
    "cancelled": "cancel",
    "expired": "expire",
}
CALLS: Mapping[str, str] = {"call": "call", "recall": "recall", "last": "recall"}
NO_COUNTER = "–"


class Ear:
    """Called from the bus's thread only. ``pass_on`` gets every message too, for whoever plays the demo."""

    def __init__(self, scene: Scene, wall_ms: Callable[[], int], pass_on: Callable[[str, Body], None]) -> None:
        self._scene, self._wall_ms, self._pass_on = scene, wall_ms, pass_on
        self._counter_of: dict[str, str] = {}
        self._board: Body | None = None

    def link(self, up: bool) -> None:  # noqa: FBT001 - the feed's callback
        """The bus came or went."""
        if not up:
            self._scene.put("fresh", value=False)

    def message(self, topic: str, body: Body) -> None:
        """A picture or a fact; ``topic`` is the part below the office."""
        if topic == "board":
            self._hear_board(body)
        elif topic == "office":
            self._scene.put("office", body)
        elif topic == "server":
            self._scene.put("fresh", bool(body.get("online")))
        elif topic.startswith("ticket/"):
            self._hear_fact(topic.removeprefix("ticket/"), body)
        self._pass_on(topic, body)

    def _hear_board(self, board: Body) -> None:
        old, self._board = self._board, board
        for one in board["counters"]:
            if one["ticket"] is not None:
                self._counter_of[one["ticket"]["number"]] = one["label"]
        self._scene.put("board", board)
        if old is None or old["epoch"] != board["epoch"]:
            return
        known = {call["id"] for call in old["calls"]}
        for call in reversed(board["calls"]):
            if call["id"] not in known and call["kind"] in CALLS:
                self._say(CALLS[call["kind"]], number=call["number"], counter=call["label"])
        before = {one["id"]: one["state"] for one in old["counters"]}
        for one in board["counters"]:
            if before.get(one["id"], one["state"]) != one["state"]:
                self._say(one["state"], counter=one["label"])

    def _hear_fact(self, fact: str, body: Body) -> None:
        if fact in FACTS:
            number = body["number"]
            self._say(FACTS[fact], number=number, counter=self._counter_of.get(number, NO_COUNTER))

    def _say(self, what: str, **values: str) -> None:
        self._scene.happened(Line(self._wall_ms(), what, values))
