"""What is done with a scanned text, and what its meaning looks like on the clerk's line of the sign."""

from collections.abc import Mapping

from counter.events import AskScan, TellUnread
from counter.keys import NO_SERVER, NO_TICKET
from server.wire.messages import ProblemCode, Scan, Scanned, UnreadScan, WhyUnread

CARD_MARK = "|"
"""A chip card's QR is fields parted by bars; a slip's link and a dossier's code have none. One bar is enough: a scan
that was cut may begin or end within a card."""

UNKNOWN_CODE = "unknown code"

REFUSED: Mapping[str, str] = {ProblemCode.NOT_ALLOWED: NO_TICKET}
"""Of a scan the server disallows one thing only: a dossier's code where no ticket is open."""


UNREAD: Mapping[WhyUnread, str] = {WhyUnread.GARBLED: "unreadable", WhyUnread.CARD: "id card"}
"""The words for scans whose text the server is not sent."""


def asked(counter: str, text: str | None, station: str) -> AskScan | TellUnread:
    """What to ask; what a citizen's card says is nobody's business here, not even the server's."""
    if text is None or CARD_MARK in text:
        why = WhyUnread.GARBLED if text is None else WhyUnread.CARD
        return TellUnread(counter, UnreadScan(station=station, why=why))
    return AskScan(counter, Scan(station=station, counter=counter, text=text))


def refused(code: str | None) -> str:
    """The word for a scan that was not taken; without a code nobody answered."""
    return NO_SERVER if code is None else REFUSED.get(code, code)


def told(means: Scanned) -> str | None:
    """The line for the clerk; None for a code that nobody knows."""
    if means.kind == "ticket" and means.ticket is not None:
        return f"{means.ticket.number} {means.ticket.state}".replace("_", " ").upper()
    return "DOSSIER NOTED" if means.kind == "dossier" else None
