"""Find the characters of the office's texts that the fonts lack.

Slips and screens would show an empty box instead.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.letters import describe_character, missing_characters
from config.office import OfficeSettings


@dataclass(frozen=True, slots=True)
class UndrawableCharacter:
    """A character that the fonts lack, its first place, and the number of other places.

    ``place``: the text of the settings that contains it, such as ``service HT: name.vi``.
    """

    char: str
    place: str
    other_places: int

    def __str__(self) -> str:
        more = f" and {self.other_places} other places" if self.other_places else ""
        return f"no font holds {describe_character(self.char)}: {self.place}{more}; it is drawn as an empty box"


def find_undrawable(office: OfficeSettings) -> tuple[UndrawableCharacter, ...]:
    """Return the characters of the office's texts that the fonts lack, in file order."""
    places_of: dict[str, list[str]] = {}
    for place, text in _texts(office):
        for char in missing_characters(text):
            places_of.setdefault(char, []).append(place)
    return tuple(UndrawableCharacter(char, places[0], len(places) - 1) for char, places in places_of.items())


def _texts(office: OfficeSettings) -> Iterator[tuple[str, str]]:
    """Yield each text that slips or screens may show, after its place in the file."""
    yield from _names("name", office.name)
    yield "hotline", office.hotline or ""
    yield "address", office.address or ""
    for service in office.services:
        yield from _names(f"service {service.id}: name", service.name)
    for counter in office.counters:
        yield f"counter {counter.id}: label", counter.label
    for holiday in office.holidays:
        yield from _names(f"holiday {holiday.date}: name", holiday.name)
    for procedure in office.procedures:
        at = f"procedure {procedure.code}"
        yield from _names(f"{at}: name", procedure.name)
        for field in ("full_name", "fee", "time", "authority", "result", "place"):
            yield f"{at}: {field}", getattr(procedure, field) or ""
        for paper in procedure.papers:
            yield f"{at}: papers", paper


def _names(place: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for language, text in names.items():
        yield f"{place}.{language}", text
