"""Bring tickets of a live hall into the states of the requests that are measured."""

from core_hall import request_id
from live_web import LiveWeb


def called(web: LiveWeb) -> str:
    """Call a ticket to counter 1; return its id."""
    ticket = web.hall.issue("HT", "priority")
    web.hall.move(ticket, "call_chosen", counter="c1", reason="x")
    return ticket.id


def serving(web: LiveWeb) -> str:
    """Begin to serve a ticket at counter 1; return its id."""
    ticket = called(web)
    web.hall.move(ticket, "start", counter="c1")
    return ticket


def started_by_keypad(web: LiveWeb) -> str:
    """Begin to serve a ticket at counter 1 with the keypad; return its id."""
    ticket = called(web)
    start = {"request_id": request_id(), "move": "start", "counter": "c1", "station": "counters-1"}
    web.post(f"/tickets/{ticket}/moves", start)
    return ticket


def served(web: LiveWeb) -> str:
    """Finish a ticket at counter 1; return its id."""
    ticket = serving(web)
    web.hall.move(ticket, "finish", counter="c1", outcome="received")
    return ticket


def held(web: LiveWeb) -> str:
    """Set a ticket aside at counter 1; return its id."""
    ticket = serving(web)
    web.hall.move(ticket, "hold", counter="c1", reason="copies")
    return ticket
