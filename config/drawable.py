"""Signs in the hall's own texts that no font holds: slips and screens would show an empty box in their place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.office import OfficeFile
from hardware.letters import called, missing


@dataclass(frozen=True, slots=True)
class Undrawable:
    """A sign, the first place where it stands, and how many other places hold it."""

    sign: str
    place: str
    others: int

    def __str__(self) -> str:
        more = f" and {self.others} other places" if self.others else ""
        return f"no font holds {called(self.sign)}: {self.place}{more}; it is drawn as an empty box"


def undrawable(office: OfficeFile) -> tuple[Undrawable, ...]:
    """Return each sign of the office's texts that would be drawn as a box, in the order of the file."""
    places: dict[str, list[str]] = {}
    for place, text in _texts(office):
        for sign in missing(text):
            places.setdefault(sign, []).append(place)
    return tuple(Undrawable(sign, found[0], len(found) - 1) for sign, found in places.items())


def _texts(office: OfficeFile) -> Iterator[tuple[str, str]]:
    """Every text that a slip, the kiosk or the hall TV may show, and where it stands."""
    yield from _names("name", office.name)
    yield "hotline", office.hotline or ""
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
