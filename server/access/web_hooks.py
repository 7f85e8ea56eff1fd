"""Web-hooks: the addresses to which the hall's facts are sent, for the administrator's page.

``server.access.deliveries`` has the queue of what is sent. The secret of a hook is shown once; it is stored in clear,
because each delivery is signed with it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from server.access import schema as t
from server.access.database import AccessDatabase, AccessEvent, log_event
from server.access.deliveries import Delivery, DeliveryStatus, queue_delivery, to_delivery
from server.access.hook_address import parse_address
from server.access.tokens import new_code, new_token
from server.domain.facts.kinds import FactKind
from server.domain.facts.public import PUBLIC_MEMBERS

SECRET_PREFIX = "luot_whs_"
MAX_HOOKS = 10
LISTED_DELIVERIES = 50
_ID_LENGTH = 10


class HookProblem(StrEnum):
    """Why a web-hook cannot be created, besides its address."""

    FACTS = "facts"  # none chosen, or one that is not sent
    SAME = "same"  # there is one with this address
    TOO_MANY = "too_many"


class HookRefused(ValueError):
    """A web-hook cannot be created, because of ``problem``."""

    def __init__(self, problem: HookProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class WebHook:
    """One web-hook. Times are UTC ms.

    ``is_local``: the receiver may stand in this network. ``next_seq``: the next fact of the journal to look at.
    ``failing_since_ms``: the first failed try after the last delivery, None without one; ``paused_ms``: since when
    nothing is sent, because the receiver was unreachable for a day; None: it is sent.
    """

    id: str
    url: str
    facts: frozenset[FactKind]
    secret: str
    created_ms: int
    created_by: str
    next_seq: int
    is_local: bool
    failing_since_ms: int | None
    paused_ms: int | None


class WebHooks:
    """All web-hooks; threads may share it. ``on_change`` callbacks run after each change, in its thread."""

    def __init__(self, database: AccessDatabase) -> None:
        self.database = database
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after each change by an administrator."""
        self._listeners.append(listener)

    def all(self) -> Sequence[WebHook]:
        """Return all web-hooks, the oldest first."""
        with self.database.transaction(quiet=True) as connection:
            return hooks_of(connection)

    def get(self, hook_id: str) -> WebHook | None:
        """Return a web-hook, or None when there is none of this id."""
        return next((hook for hook in self.all() if hook.id == hook_id), None)

    def create(
        self,
        actor: str,
        url: str,
        facts: Collection[FactKind],
        *,
        is_local: bool,
        next_seq: int,
        address: str = "",
    ) -> WebHook:
        """Create a web-hook that sends facts from sequence ``next_seq`` on; return it with its secret.

        Raises ``AddressRefused`` and :class:`HookRefused`.
        """
        url = url.strip()
        parse_address(url, is_local=is_local)
        if not facts or not set(facts) <= set(PUBLIC_MEMBERS):
            raise HookRefused(HookProblem.FACTS)
        values = {
            "id": f"hook-{new_code(_ID_LENGTH).lower()}",
            "url": url,
            "facts": sorted(facts),
            "secret": SECRET_PREFIX + new_token(),
            "created_ms": self.database.wall_ms(),
            "created_by": actor,
            "next_seq": next_seq,
            "is_local": is_local,
        }
        with self.database.transaction(quiet=True) as connection:
            urls = [hook.url for hook in hooks_of(connection)]
            if url in urls:
                raise HookRefused(HookProblem.SAME)
            if len(urls) >= MAX_HOOKS:
                raise HookRefused(HookProblem.TOO_MANY)
            connection.execute(insert(t.web_hook).values(**values))
            self._log(connection, AccessEvent.WEB_HOOK_CREATED, actor, str(values["id"]), address, url)
            hook = next(hook for hook in hooks_of(connection) if hook.id == values["id"])
        self._changed()
        return hook

    def remove(self, actor: str, hook_id: str, address: str = "") -> bool:
        """Remove a web-hook with its deliveries; return whether there was one."""
        with self.database.transaction(quiet=True) as connection:
            url = connection.scalar(select(t.web_hook.c.url).where(t.web_hook.c.id == hook_id))
            if url is None:
                return False
            connection.execute(delete(t.web_hook).where(t.web_hook.c.id == hook_id))
            self._log(connection, AccessEvent.WEB_HOOK_REMOVED, actor, hook_id, address, url)
        self._changed()
        return True

    def resume(self, hook_id: str) -> bool:
        """Resume a paused web-hook where it stopped; return whether there is such a hook."""
        now_ms = self.database.wall_ms()
        with self.database.transaction(quiet=True) as connection:
            of_hook = t.web_hook.c.id == hook_id
            resumed = update(t.web_hook).where(of_hook).values(paused_ms=None, failing_since_ms=None)
            if connection.execute(resumed).rowcount == 0:
                return False
            waiting = (t.delivery.c.web_hook == hook_id) & (t.delivery.c.status == DeliveryStatus.WAITING)
            connection.execute(update(t.delivery).where(waiting).values(queued_ms=now_ms, next_try_ms=now_ms, tries=0))
        self._changed()
        return True

    def deliveries(self, hook_id: str, limit: int = LISTED_DELIVERIES) -> Sequence[Delivery]:
        """Return the last deliveries of a web-hook, the newest first."""
        rows = t.delivery
        newest = select(rows).where(rows.c.web_hook == hook_id).order_by(rows.c.created_ms.desc(), rows.c.seq.desc())
        with self.database.transaction(quiet=True) as connection:
            return [to_delivery(row) for row in connection.execute(newest.limit(limit))]

    def waiting(self, hook_id: str) -> int:
        """Return how many deliveries of a web-hook wait."""
        is_waiting = (t.delivery.c.web_hook == hook_id) & (t.delivery.c.status == DeliveryStatus.WAITING)
        with self.database.transaction(quiet=True) as connection:
            return connection.scalar(select(func.count()).where(is_waiting)) or 0

    def send_test(self, hook_id: str) -> bool:
        """Queue a delivery of the kind ``test``; return whether there is such a web-hook."""
        now_ms = self.database.wall_ms()
        with self.database.transaction(quiet=True) as connection:
            if connection.scalar(select(t.web_hook.c.id).where(t.web_hook.c.id == hook_id)) is None:
                return False
            queue_delivery(connection, hook_id, None, now_ms)
        self._changed()
        return True

    def send_again(self, hook_id: str, delivery_id: str) -> bool:
        """Queue a delivery once more, with its id; return whether there is such a delivery."""
        now_ms = self.database.wall_ms()
        rows = t.delivery.c
        with self.database.transaction(quiet=True) as connection:
            again = (
                update(t.delivery)
                .where(rows.web_hook == hook_id, rows.id == delivery_id)
                .values(status=DeliveryStatus.WAITING, queued_ms=now_ms, next_try_ms=now_ms, tries=0)
            )
            is_there = connection.execute(again).rowcount > 0
        self._changed()
        return is_there

    def _log(self, connection: Connection, kind: AccessEvent, actor: str, hook_id: str, address: str, url: str) -> None:
        log_event(connection, self.database.wall_ms(), kind, actor=actor, subject=hook_id, address=address, url=url)

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def hooks_of(connection: Connection) -> list[WebHook]:
    """Return all web-hooks, the oldest first."""
    rows = connection.execute(select(t.web_hook).order_by(t.web_hook.c.created_ms, t.web_hook.c.id))
    return [_web_hook(row) for row in rows]


def _web_hook(row: Row[tuple[object, ...]]) -> WebHook:
    known = {kind.value for kind in PUBLIC_MEMBERS}
    values = dict(row._mapping)
    return WebHook(**(values | {"facts": frozenset(FactKind(kind) for kind in row.facts if kind in known)}))
