"""A signed-in person takes a counter, or leaves it."""

from config.clock import Now
from server import commands, views
from server.access.person import Person
from server.commands import Actor
from server.store import Tx
from server.web.shared.context import current_context
from server.wire.messages import SignIn


def take_counter(actor: Actor, person: Person, counter: str, request_id: str | None) -> None:
    """Sign ``person`` in at the counter, as a clerk of the office. Raises the refusals of ``sign_in``."""
    body = SignIn.model_validate({"request_id": request_id, "clerk": person.id, "station": actor.station})

    def work(tx: Tx, now: Now) -> None:
        commands.name_clerk(tx, actor, now, person.id, person.name)
        commands.sign_in(tx, actor, now, counter, body)

    current_context().writer.ask(work)


def leave_counter(actor: Actor, counter: str) -> None:
    """Sign the person out of the counter, if still there, which closes it. Raises ``open_ticket``."""
    context = current_context()
    with context.store.read() as snapshot:
        if views.clerk_at(snapshot, counter) != actor.id:
            return
    body = SignIn.model_validate({"request_id": context.new_id(), "clerk": None, "station": actor.station})
    context.writer.ask(lambda tx, now: commands.sign_in(tx, actor, now, counter, body))
