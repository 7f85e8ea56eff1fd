"""The states of a counter."""

from enum import StrEnum


class CounterState(StrEnum):
    """A paused counter keeps its tickets, open and held; a closed one has neither."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
