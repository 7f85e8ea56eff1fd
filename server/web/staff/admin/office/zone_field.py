"""The field of the office's time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from server.web.staff.admin.office.fields import (
    ChoiceField,
    FieldContext,
    FieldMistake,
    Options,
    Typed,
    first_text,
)

ZONES = frozenset(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def _zones(context: FieldContext) -> Sequence[tuple[str, str]]:
    """Return the zones and the present one, which may have an old name."""
    return [(zone, zone) for zone in sorted(ZONES | {context.office.zone.key})]


@dataclass(frozen=True, slots=True)
class ZoneField(ChoiceField):
    """A time zone by its IANA name."""

    options: Options = _zones

    def read(self, typed: Typed, current: Any) -> Any:
        """Return the chosen zone; a text that is not in the list is a mistake."""
        zone = first_text(typed, self.name)
        if zone not in ZONES and zone != current:
            raise FieldMistake(lambda words: words("office", "Mời chọn một múi giờ trong danh sách."))
        return zone
