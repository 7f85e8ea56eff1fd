"""The field of the office's time zone."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from server.web.staff.admin.office.fields import ChoiceField, FieldMistake, Options, Typed, first_text

ZONES = tuple(sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"))


@dataclass(frozen=True, slots=True)
class ZoneField(ChoiceField):
    """A time zone by its IANA name."""

    options: Options = lambda _context: tuple((zone, zone) for zone in ZONES)

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the chosen zone; any other text is a mistake."""
        zone = first_text(typed, self.name)
        if zone not in ZONES:
            raise FieldMistake(lambda words: words("office", "Mời chọn một múi giờ trong danh sách."))
        return zone
