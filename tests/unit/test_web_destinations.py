"""The clerk's page offers only what makes sense for a ticket."""

import re

from core_hall import MINUTE, Hall
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


def test_only_the_last_finished_ticket_has_the_key_that_opens_it_again(hall: Hall) -> None:
    web = Web(hall)
    web.sign_in("c1")
    hall.open("c1")
    first = hall.served("c1")
    hall.clock.go(MINUTE // 2)
    second = hall.served("c1")
    page = web.page("c1")
    assert page.count("Mở lại lượt vừa xong") == 2
    assert page.count("<kbd>M</kbd>") == page.count('data-key="M"') == 1
    before_the_key = page.split('data-key="M"')[0]
    assert before_the_key.count("/do/reopen") == 1 and f'value="{second.id}"' in before_the_key
    assert f'<span class="unseen"> {first.number}</span>' in page
