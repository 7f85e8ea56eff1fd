"""Decide the request that follows a scan, and the sign's second line for its result."""

from collections.abc import Mapping

from counter.flow.effects import PostScan, PostUnreadScan
from counter.flow.keys import NO_SERVER, NO_TICKET
from server.wire.messages import ProblemCode, Scan, Scanned, UnreadScan, WhyUnread

CARD_SEPARATOR = "|"
"""The QR code of a citizen's chip card has fields separated by bars; a slip's URL and a dossier's code have no bar. One
bar is enough, because an incomplete scan may contain only a part of a card."""

UNKNOWN_CODE = "unknown code"

REFUSAL_WORDS: Mapping[str, str] = {ProblemCode.NOT_ALLOWED: NO_TICKET}
"""Words for refusals by the server. It refuses only one kind of scan: a dossier's code while no ticket is open."""


UNREAD_WORDS: Mapping[WhyUnread, str] = {WhyUnread.GARBLED: "unreadable", WhyUnread.CARD: "id card"}
"""Words for scans whose text this station does not send to the server, by the reason."""


def scan_request(counter: str, text: str | None, station: str) -> PostScan | PostUnreadScan:
    """Return the request that follows a scan. ``text`` None: the scanner's bytes were no text.

    The text of a citizen's card is never sent, not even to the server, which only gets the reason.
    """
    if text is None or CARD_SEPARATOR in text:
        why = WhyUnread.GARBLED if text is None else WhyUnread.CARD
        return PostUnreadScan(counter, UnreadScan(station=station, why=why))
    return PostScan(counter, Scan(station=station, counter=counter, text=text))


def refusal_word(problem: str | None) -> str:
    """Return the sign's word for a refused scan. ``problem``: a ``ProblemCode``; None: the server did not answer."""
    return NO_SERVER if problem is None else REFUSAL_WORDS.get(problem, problem)


def clerk_line(meaning: Scanned) -> str | None:
    """Return the line for the clerk about an answered scan.

    None: the server does not know the scanned code.
    """
    if meaning.kind == "ticket" and meaning.ticket is not None:
        return f"{meaning.ticket.number} {meaning.ticket.state}".replace("_", " ").upper()
    return "DOSSIER NOTED" if meaning.kind == "dossier" else None
