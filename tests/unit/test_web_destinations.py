"""The destinations that the forms of a transfer offer."""

import re

from core_hall import Hall
from core_web import Web


def destinations(web: Web, panel: str) -> list[str]:
    """Return the values of the destinations that a form of counter 2 offers."""
    select = web.page("c2", panel=panel).split('name="to"')[1].split("</select>")[0]
    return re.findall(r'<option value="([^"]+)"', select)


def test_a_ticket_is_not_offered_a_transfer_to_where_it_is(hall: Hall) -> None:
    web = Web(hall)
    web.sign_in("c2")
    hall.open("c2")
    hall.issue("HT")
    ticket = hall.next("c2")
    assert ticket is not None
    hall.move(ticket, "start", counter="c2")
    offered = destinations(web, "transfer")
    assert "HT/counter/c2" not in offered
    assert {"HT", "HT/counter/c1", "CT/counter/c2"} <= set(offered)
    assert "HT/counter/c2" in destinations(web, "finish_next"), "the next errand may be at the same counter"
