"""Make slips for a ticket, a list of documents or a test.

Each slip has the data that its layout needs.
"""

from dataclasses import dataclass, replace
from datetime import date

from config.clock import Now
from config.slips import SlipLayout, shipped_layout
from config.words import Words
from hardware.screens import clockface
from hardware.slips.compose import SlipData, compose
from hardware.slips.slip import Slip
from kiosk.ticket_texts import counter_labels, visitor_link, wait_phrase
from server.wire.messages import Office, Procedure, Ticket, from_time


@dataclass(frozen=True, slots=True)
class SlipContext:
    """The origin of a slip, and the settings for printing it.

    ``label``: the kiosk's name on slips, such as 1. ``origin``: reprint, staff or test; None: the visitor took a
    number. ``lists_papers``: the slips of tickets list the required documents. ``compact``: fewer lines, for a printer
    on a slow connection. ``layout``: the hall's own; None: the shipped one. ``at_desk``: the label is that of a
    desk. ``logo``: the office's; None: without.
    """

    label: str
    origin: str | None = None
    lists_papers: bool = False
    compact: bool = False
    layout: SlipLayout | None = None
    at_desk: bool = False
    logo: bytes | None = None


def ticket_slip(
    ticket: Ticket, office: Office, procedure: Procedure | None, words: Words, now: Now, context: SlipContext
) -> Slip:
    """Return the slip of ``ticket``.

    By the shipped layout, without documents, it is at most 140 mm long on 80 mm paper.
    """
    papers = tuple(procedure.papers) if context.lists_papers and procedure is not None else ()
    service = next((service for service in office.services if service.id == ticket.service), None)
    conditions = {context.origin, ticket.ticket_class, office.mode} | ({"papers"} if papers else set())
    data = replace(
        _base_data(office, words, now, context),
        label=ticket.number,
        number=ticket.number,
        service=words.pick(service.name) if service is not None else None,
        procedure=words.pick(procedure.name) if procedure is not None else None,
        papers=papers,
        counters=counter_labels(office, ticket.counters),
        ahead=ticket.ahead,
        wait=wait_phrase(words, ticket.wait_min),
        link=visitor_link(ticket, office),
        phone_page=bool(office.visitor_url),
        day=None if ticket.day is None else date.fromisoformat(ticket.day),
        dated=_is_clock_plausible(ticket, clockface.local_time(now.wall_ms, office.zone).date()),
        hotline=office.hotline,
        address=office.address,
        taken=clockface.local_time(from_time(ticket.issued_at), office.zone),
    )
    return _compose("ticket", data, conditions, words, context)


def _is_clock_plausible(ticket: Ticket, clock_date: date) -> bool:
    """Return whether the clock's date fits the ticket's day. Otherwise the slip has no date.

    A service day may last past midnight. Staff may have named the day while the clock is years behind.
    """
    return ticket.day is not None and abs((clock_date - date.fromisoformat(ticket.day)).days) <= 1


def list_slip(procedure: Procedure, office: Office, words: Words, now: Now, context: SlipContext) -> Slip:
    """Return the list of documents for a procedure.

    Its layout says that it is no queue slip.
    """
    name, papers = words.pick(procedure.name), tuple(procedure.papers)
    data = replace(_base_data(office, words, now, context), label=procedure.code, procedure=name, papers=papers)
    return _compose("papers", data, {"papers"}, words, context)


def test_slip(office: Office, words: Words, now: Now, context: SlipContext) -> Slip:
    """Return a test slip: all kinds of letters, no number."""
    data = replace(_base_data(office, words, now, context), label="TEST")
    return _compose("test", data, {"test"}, words, context)


def _base_data(office: Office, words: Words, now: Now, context: SlipContext) -> SlipData:
    """Return the data of every slip: office, kiosk and time of printing."""
    printed = clockface.local_time(now.wall_ms, office.zone)
    return SlipData(
        words.pick(office.name),
        context.label,
        printed,
        at_desk=context.at_desk,
        one_stop=office.one_stop,
        logo=context.logo,
    )


def _compose(name: str, data: SlipData, conditions: set[str | None], words: Words, context: SlipContext) -> Slip:
    """Lay out the slip ``name`` (ticket, papers or test).

    ``conditions``: the conditions that are met, such as "priority"; a layout may have lines for some of them. None is
    ignored.
    """
    met = frozenset(condition for condition in conditions if condition)
    if context.compact:
        met |= {"compact"}
    return compose(name, context.layout or shipped_layout(), replace(data, conditions=met), words)
