"""A ticket whose service was closed while it waited, on the clerk's page."""

import re

from core_hall import Hall
from core_web import Web

from server import commands
from server.commands import Actor, Role
from server.domain.office_changes import Edit, Part


def test_a_ticket_of_a_closed_service_can_be_transferred_within_it(hall: Hall) -> None:
    row = hall.issue("HT")
    edit = Edit(Part.SERVICE, "HT", {"closed": False}, {"closed": True})
    hall.ask(lambda tx, now: commands.change_office(tx, Actor(Role.ADMINISTRATOR, "ql", "pc"), now, [edit]))
    web = Web(hall)
    web.sign_in()
    page = web.page(panel="ticket", ticket=row.id)
    form = page[page.index('id="t-transfer"') : page.index("</details>", page.index('id="t-transfer"'))]
    assert "HT" in re.findall(r'<option value="(\w+)"', form[: form.index("</select>")])
    assert '<option value="HT"' not in web.page(panel="issue")
