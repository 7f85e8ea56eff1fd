"""Problems of the numbers: one prefix in two series, and ranges that cannot be."""

from collections.abc import Iterator

from server.domain.number_range import NumberRange
from server.domain.office import OfficeDefinition, ServiceDefinition
from server.domain.office_changes.parts import Part
from server.domain.office_changes.problem_kinds import OfficeProblem, ProblemKind

LEAST_WRAPPING = 20
"""The least numbers of a range that begins again: a number that was just called should not come twice."""
NUMBER_FIELDS = ("number_first", "number_last", "number_digits", "number_end")


def problems_of_numbers(office: OfficeDefinition) -> Iterator[OfficeProblem]:
    """Yield the problems of the office's kind of numbers, and of each service's."""
    rules = office.rules
    shared = NumberRange(rules.number_first, rules.number_last, rules.number_digits, rules.number_end == "wrap")
    yield from _of_range(shared, Part.RULES, "")
    owners: dict[str, str] = {}
    for service in office.services_offered.values():
        owner = owners.setdefault(service.prefix, service.series or service.id)
        if owner != (service.series or service.id):
            values = {"other": owner, "prefix": service.prefix}
            yield OfficeProblem(ProblemKind.SAME_PREFIX, Part.SERVICE, service.id, "prefix", values)
        if service.series is not None:
            yield from _of_series(service, office)
        elif any(getattr(service, name) is not None for name in NUMBER_FIELDS):
            yield from _of_range(office.numbers_of(service.id), Part.SERVICE, service.id)


def _of_series(service: ServiceDefinition, office: OfficeDefinition) -> Iterator[OfficeProblem]:
    """Yield the problems of a service that shares the numbers of another one."""
    owner = office.services.get(service.series or "")
    if owner is None or owner.id == service.id or owner.series is not None:
        yield OfficeProblem(ProblemKind.SERIES, Part.SERVICE, service.id, "series")
    elif owner.prefix != service.prefix:
        values = {"other": owner.id, "prefix": owner.prefix}
        yield OfficeProblem(ProblemKind.SERIES_PREFIX, Part.SERVICE, service.id, "prefix", values)
    if any(getattr(service, name) is not None for name in NUMBER_FIELDS):
        yield OfficeProblem(ProblemKind.SERIES_RANGE, Part.SERVICE, service.id, "series")


def _of_range(numbers: NumberRange, part: Part, id_: str) -> Iterator[OfficeProblem]:
    values = {"number_first": numbers.first, "number_last": numbers.last, "number_digits": numbers.digits}
    for name, value in values.items():
        if part is Part.RULES and name != "number_last":
            continue  # its limits are among those of all rules
        most = 4 if name == "number_digits" else 9999
        if value is not None and not 1 <= value <= most:
            yield OfficeProblem(ProblemKind.LIMITS, part, id_, name, {"least": 1, "most": most})
    if numbers.last is not None and numbers.last < numbers.first:
        yield OfficeProblem(ProblemKind.RANGE, part, id_, "number_last", {"first": numbers.first})
    elif numbers.wraps and (numbers.size is None or numbers.size < LEAST_WRAPPING):
        yield OfficeProblem(ProblemKind.WRAPPING, part, id_, "number_last", {"least": LEAST_WRAPPING})
