"""What the page of a day shows beside its figures: names for ids, and the charts with the rows of their tables."""

from collections.abc import Mapping

from server.domain.measures import Day, Satisfaction, Spread
from server.store.office import Office
from server.web.chart import Column, bars
from server.web.daybook import Book
from server.web.figures import Figures


def shown(found: Book, office: Office, fig: Figures) -> Mapping[str, object]:
    """The variables of the day's template."""
    day = found.day
    return {
        **_charts(day, fig),
        "services": _services(day, office, fig),
        "counters": _counters(day, office, fig),
        "hours": [(f"{hour:02d}:00–{hour + 1:02d}:00", None, one) for hour, one in sorted(day.hours.items())],
        "procedures": _procedures(day, office, fig),
        "ratings": _ratings(day, office, fig),
        "occupancy": [(office.counters[one].label, share) for one, share in day.occupancy.items()],
    }


def _services(day: Day, office: Office, fig: Figures) -> list[tuple[str, str | None, object]]:
    """In the office's order."""
    known = {one.id: one for one in office.services.values()}
    return [
        (fig.words.pick(known[one].name), known[one].prefix, day.services[one]) for one in known if one in day.services
    ]


def _counters(day: Day, office: Office, fig: Figures) -> list[tuple[str, str | None, object]]:
    return [
        (fig.words("term", "Quầy {label}", label=one.label), None, day.counters[one.id])
        for one in office.counters.values()
        if one.id in day.counters
    ]


def _ratings(day: Day, office: Office, fig: Figures) -> list[tuple[str, Satisfaction]]:
    """By service, then by counter, in the office's order; nothing where nobody rated."""
    of, words = day.ratings, fig.words
    services = [
        (words.pick(one.name), of.services[one.id]) for one in office.services.values() if one.id in of.services
    ]
    counters = [
        (words("term", "Quầy {label}", label=one.label), of.counters[one.id])
        for one in office.counters.values()
        if one.id in of.counters
    ]
    return [*services, *counters]


def _procedures(day: Day, office: Office, fig: Figures) -> list[tuple[str, Spread]]:
    found = []
    for (service, code), spread in day.procedures.items():
        known = office.procedures.get(code or "")
        name = fig.words.pick(known.name if known else office.services[service].name)
        found.append((name, spread))
    return sorted(found, key=lambda row: -row[1].n)


def _charts(day: Day, fig: Figures) -> Mapping[str, object]:
    issued = [(fig.clock(start), n) for start, n in day.half_hours.items()]
    waits = [(f"{low}–{high}" if high is not None else f"> {low}", n) for low, high, n in day.waits]
    over = [low >= day.target_min for low, _, _ in day.waits]
    return {
        "issued_rows": issued,
        "issued_chart": bars([Column(name, n) for name, n in issued], every=max(1, -(-len(issued) // 10))),
        "waits_rows": waits,
        "waits_chart": bars([Column(name, n, hatched=late) for (name, n), late in zip(waits, over, strict=True)]),
    }
