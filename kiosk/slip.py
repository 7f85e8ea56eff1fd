"""What a slip is about: a ticket, a list of papers or a test, as the facts that the slip's layout asks for."""

from dataclasses import dataclass, replace
from datetime import date

from config.clock import Now
from config.slips import SlipLayout, shipped
from config.words import Words
from hardware.screens import clockface
from hardware.slip import Slip
from hardware.slip_layout import Facts, compose
from server.wire.messages import Interval, Office, Procedure, Ticket, from_time

VISITOR_PATH = "/v/"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why and where it is printed. ``mark``: reprint, staff or test; ``label``: of this kiosk; ``compact``: fewer
    lines, for a printer on a slow link; ``layout``: the hall's own, None the shipped one."""

    label: str
    mark: str | None = None
    papers: bool = False
    compact: bool = False
    layout: SlipLayout | None = None


def ticket_slip(
    ticket: Ticket, office: Office, procedure: Procedure | None, words: Words, now: Now, occasion: Occasion
) -> Slip:
    """The slip of ``ticket``. Without the list of papers the shipped one is at most 140 mm long on 80 mm paper."""
    listed = tuple(procedure.papers) if occasion.papers and procedure is not None else ()
    service = next((one for one in office.services if one.id == ticket.service), None)
    labels = {one.id: one.label for one in office.counters}
    holds = {occasion.mark, ticket.ticket_class, office.mode} | ({"papers"} if listed else set())
    facts = replace(
        _place(office, words, now, occasion),
        job=ticket.number,
        number=ticket.number,
        service=words.pick(service.name) if service is not None else None,
        procedure=words.pick(procedure.name) if procedure is not None else None,
        papers=listed,
        counters=", ".join(labels.get(one, one) for one in ticket.counters),
        ahead=ticket.ahead,
        wait=wait_phrase(words, ticket.wait_min),
        link=visitor_link(ticket, office),
        phone_page=bool(office.visitor_url),
        day=None if ticket.day is None else date.fromisoformat(ticket.day),
        dated=_is_right(ticket, clockface.local(now.wall_ms, office.zone).date()),
        hotline=office.hotline,
        taken=clockface.local(from_time(ticket.issued_at), office.zone),
    )
    return _composed("ticket", facts, holds, words, occasion)


def _is_right(ticket: Ticket, shown: date) -> bool:
    """Whether the clock's date can be that of the ticket's day, which lasts into the next night. Staff may have named
    the day, and the clock may still be years away."""
    return ticket.day is not None and abs((shown - date.fromisoformat(ticket.day)).days) <= 1


def list_slip(procedure: Procedure, office: Office, words: Words, now: Now, occasion: Occasion) -> Slip:
    """The papers of a procedure; not a queue slip, and it says so."""
    name, papers = words.pick(procedure.name), tuple(procedure.papers)
    facts = replace(_place(office, words, now, occasion), job=procedure.code, procedure=name, papers=papers)
    return _composed("papers", facts, {"papers"}, words, occasion)


def test_slip(office: Office, words: Words, now: Now, occasion: Occasion) -> Slip:
    """A test slip: all kinds of letters, no number."""
    facts = replace(_place(office, words, now, occasion), job="TEST")
    return _composed("test", facts, {"test"}, words, occasion)


def _place(office: Office, words: Words, now: Now, occasion: Occasion) -> Facts:
    """Where and when it is printed."""
    return Facts(words.pick(office.name), occasion.label, clockface.local(now.wall_ms, office.zone))


def _composed(name: str, facts: Facts, holds: set[str | None], words: Words, occasion: Occasion) -> Slip:
    """``holds`` may name what no layout asks for, such as the ordinary class."""
    occasions = frozenset(one for one in holds if one) | ({"compact"} if occasion.compact else set())
    return compose(name, occasion.layout or shipped(), replace(facts, occasions=occasions), words)


def visitor_link(ticket: Ticket, office: Office) -> str | None:
    """What the QR code says: the visitor's own page, or the bare code where phones reach none."""
    if ticket.link is None:
        return None
    return f"{office.visitor_url.rstrip('/')}{VISITOR_PATH}{ticket.link}" if office.visitor_url else ticket.link


def wait_phrase(words: Words, wait: Interval | None) -> str | None:
    """The forecast in words, an interval or an upper bound; None where the server gave none."""
    if wait is None:
        return None
    low, high = wait
    if low <= 0:
        return words("wait", "không quá {to} phút", to=high)
    if high > 90:
        lengths = {"from": _length(words, low), "to": _length(words, high)}
        return words("wait", "từ {from} đến {to}", **lengths)
    return words("wait", "khoảng {from}–{to} phút", **{"from": low, "to": high})


def _length(words: Words, minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return words("wait", "{m} phút", m=rest)
    if rest == 0:
        return words("wait", "{h} tiếng", h=hours)
    return words("wait", "{h} tiếng {m} phút", h=hours, m=rest)
