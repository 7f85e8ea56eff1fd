"""The moves of a ticket by name; the rules of each are in ``server.domain.queue.ticket``."""

from enum import StrEnum


class Move(StrEnum):
    """An action that changes a ticket."""

    ISSUE = "issue"
    CALL = "call"
    CALL_CHOSEN = "call_chosen"
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    FINISH_NEXT = "finish_next"
    NO_SHOW = "no_show"
    RETURN = "return"
    REQUEUE = "requeue"
    HOLD = "hold"
    RESUME = "resume"
    RELEASE = "release"
    TRANSFER = "transfer"
    DEFER = "defer"
    RECLASSIFY = "reclassify"
    CORRECT = "correct"
    REOPEN = "reopen"
    REJOIN = "rejoin"
    CANCEL = "cancel"
    EXPIRE = "expire"
