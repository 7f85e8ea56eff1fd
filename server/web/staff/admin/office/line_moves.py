"""Where a change moves the people who wait for a closed service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request

from server.domain.office import OfficeDefinition
from server.web.staff.admin.office.effects import HallNow
from server.web.staff.admin.office.fields import FieldContext

INPUT = "move."
"""The beginning of the name of each choice; the id of the service follows."""


@dataclass(frozen=True, slots=True)
class LineChoice:
    """A line of people, and the services to which they can be moved.

    ``options``: ids and names; ``is_required``: nobody would serve them otherwise; ``is_missing``: nothing was chosen
    although it is required.
    """

    input: str
    name: str
    waiting: int
    options: Sequence[tuple[str, str]]
    chosen: str
    is_required: bool
    is_missing: bool


def chosen_moves() -> Mapping[str, str]:
    """Return the chosen service for each whose people are moved.

    A planned change moves nobody.
    """
    if request.form.get("when") == "date":
        return {}
    return {name[len(INPUT) :]: text for name, text in request.form.items() if name.startswith(INPUT) and text}


def line_choices(
    before: OfficeDefinition, after: OfficeDefinition, hall: HallNow, context: FieldContext, *, is_refused: bool
) -> Sequence[LineChoice]:
    """Return a choice for each line that the change closes or leaves without a counter."""
    left = {
        service.id: bool(after.counters_of(service.id))
        for service in after.services.values()
        if (old := before.services.get(service.id)) is not None
        and hall.waiting.get(service.id)
        and before.counters_of(service.id)
        and ((service.closed and not old.closed) or not after.counters_of(service.id))
    }
    targets = [
        (service.id, context.service_name(service.id))
        for service in after.services_offered.values()
        if service.id not in left and after.counters_of(service.id)
    ]
    chosen = chosen_moves()
    return [
        LineChoice(
            input=f"{INPUT}{service}",
            name=context.service_name(service),
            waiting=hall.waiting[service],
            options=targets,
            chosen=chosen.get(service, ""),
            is_required=not has_counters,
            is_missing=is_refused and not has_counters and service not in chosen,
        )
        for service, has_counters in left.items()
    ]
