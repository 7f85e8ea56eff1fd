"""The facts that other programs may be sent, each without personal data.

The list names the members that are sent. A member that a later release adds is not sent until it stands here. Texts
that staff typed (``reason``), ids of clerks (by which one could join all facts of a person), the browsers of staff
and the explanations of a call for staff (``why``) are left out.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from server.domain.facts.kinds import FactKind as K

PUBLIC_MEMBERS: Mapping[K, tuple[str, ...]] = MappingProxyType(
    {
        K.ISSUED: ("number", "prefix", "seq", "procedure", "class", "half"),
        K.CALLED: ("number", "class", "chosen", "auto"),
        K.RECALLED: ("number", "class", "kind", "times"),
        K.STARTED: ("number",),
        K.FINISHED: ("number", "outcome"),
        K.SENT_ON: ("number", "outcome", "procedure", "pin"),
        K.MISSED: ("number",),
        K.RETURNED: ("number",),
        K.REQUEUED: ("number",),
        K.HELD: ("number", "due_at_ms"),
        K.RESUMED: ("number",),
        K.RELEASED: ("number", "pin"),
        K.TRANSFERRED: ("number", "from", "procedure", "pin"),
        K.DEFERRED: ("number",),
        K.RECLASSIFIED: ("number", "class"),
        K.PROCEDURE_CHANGED: ("number", "procedure", "before"),
        K.REOPENED: ("number",),
        K.REJOINED: ("number",),
        K.MOVE_UNDONE: ("number", "move"),
        K.CANCELLED: ("number", "from"),
        K.EXPIRED: ("number", "from"),
        K.UNPINNED: (),
        K.PRINTED: ("number", "state", "proof", "station"),
        K.RATED: ("number", "level"),
        K.CALL_SEEN: ("call", "station", "shown_at_ms", "spoken"),
        K.COUNTER_STATE: ("state", "until_at_ms", "announce"),
        K.COUNTER_READY: (),
        K.COUNTER_UNREADY: ("reason",),  # a code here: asked, time or away
        K.COUNTER_SERVICES_TODAY: ("added", "taken"),
        K.DAY_OPENED: ("day", "date"),
        K.DAY_CLOSED: ("day", "date", "served", "expired", "unrecorded"),
        K.DAY_REOPENED: ("day", "date"),
        K.DAY_DATED: ("day", "date", "before"),
        K.HOURS_CHANGED: ("opening", "services", "announce"),
        K.SERVICE_STOPPED: ("until_at_ms",),
        K.SERVICE_RESUMED: (),
        K.HELP_ASKED: ("help", "station"),
        K.HELP_TAKEN: ("help", "station"),
    }
)
"""The members of the JSON of each kind of fact that is sent."""


def public_data(kind: K, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a fact's JSON that may be sent; ``kind`` is in ``PUBLIC_MEMBERS``."""
    return {name: data[name] for name in PUBLIC_MEMBERS[kind] if name in data}
