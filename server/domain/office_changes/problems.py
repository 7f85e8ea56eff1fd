"""Problems that make an office impossible, found before a change is recorded."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType

from server.domain.calendar import Span, is_date, parse_spans
from server.domain.office import OfficeDefinition, Texts
from server.domain.office_changes.edits import Edit
from server.domain.office_changes.number_problems import problems_of_numbers
from server.domain.office_changes.parts import Part, Parts
from server.domain.office_changes.problem_kinds import OfficeProblem, ProblemKind
from server.domain.office_changes.roster_problems import problems_of_roster
from server.domain.rules import Rules

LANGUAGE = "vi"
"""The language that every text of the office must have."""
MAX_NAME = 120
"""The most characters of a name."""
MAX_TEXT = 4000
"""The most characters of any other text."""
MAX_PLACE = 300
"""The most characters of the place where a service is handled; a kiosk's notice has room for them."""
MAX_COUNTER_LABEL = 8
MAX_SYNONYM = 60
MAX_SYNONYMS = 200
_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")
_STRICT_ID = re.compile(r"[a-z0-9-]{1,40}")
"""As in the settings: it is part of topics, addresses of pages and names of devices."""
_PREFIX = re.compile(r"[A-Z]{1,2}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_LOCAL_MOMENT = re.compile(r"2\d{3}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d")

MAX_ADDRESS = 120
"""The most characters of the office's address: two lines of a slip."""
RULE_LIMITS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "head_start_min": (0, 1440),
        "calls": (1, 9),
        "call_gap_s": (0, 300),
        "call_later_min": (0, 60),
        "defer_behind": (1, 50),
        "ready_min": (1, 120),
        "acknowledge_s": (5, 600),
        "grace_s": (1, 600),
        "reopen_min": (1, 60),
        "undo_min": (1, 60),
        "hold_min": (1, 480),
        "pin_pause_min": (1, 240),
        "rating_min": (1, 120),
        "target_min": (1, 240),
        "repeat_min": (0, 240),
        "number_first": (1, 9999),
        "number_digits": (1, 4),
        "seat_late_min": (1, 240),
        "order_weeks": (1, 26),
    }
)
"""The least and the greatest value of each rule that is a number; the settings have the same limits."""
MAX_PATTERNS = 10
"""The most patterns of dossier codes."""
OUTCOMES = ("received", "returned", "advice")


def new_problems(before: OfficeDefinition, after: OfficeDefinition) -> Sequence[OfficeProblem]:
    """Return the problems that ``after`` has and ``before`` has not.

    An office of an earlier release may have problems that nobody found; they refuse no other change.
    """
    known = find_problems(before)
    return [problem for problem in find_problems(after) if problem not in known]


def find_problems(office: OfficeDefinition) -> Sequence[OfficeProblem]:
    """Return the problems of an office, in the order of its parts."""
    return [
        *_of_office(office),
        *_of_hours(office),
        *_of_rules(office.rules),
        *_of_services(office),
        *problems_of_numbers(office),
        *_of_groups(office),
        *_of_counters(office),
        *_of_clerks(office),
        *_of_procedures(office),
        *_of_notices(office),
        *problems_of_roster(office),
    ]


def date_problems(parts: Parts, edits: Sequence[Edit]) -> Sequence[OfficeProblem]:
    """Return the problems of the dates that ``edits`` change.

    An id may be no date, and a date neither a holiday nor one with hours of its own.
    """
    dates = dict.fromkeys(edit.id for edit in edits if edit.part is Part.DATE and edit.key in parts)
    problems = [OfficeProblem(ProblemKind.ID, Part.DATE, date) for date in dates if not is_date(date)]
    rows = {date: parts[(Part.DATE, date)] for date in dates}
    says_nothing = [date for date, row in rows.items() if row["name"] is None and row["spans"] is None]
    return [*problems, *(OfficeProblem(ProblemKind.NO_NAME, Part.DATE, date, "name") for date in says_nothing)]


def past_date_problems(edits: Sequence[Edit], first_day: str) -> Sequence[OfficeProblem]:
    """Return the dates that ``edits`` enter or change and that come before ``first_day``.

    A date in the past may be removed. It is no problem of an office, because every office has past dates in time.
    """
    problems = []
    for edit in edits:
        if edit.after is None:
            continue
        if edit.part is Part.DATE and edit.id < first_day:
            problems.append(OfficeProblem(ProblemKind.PAST, Part.DATE, edit.id, "", {"date": edit.id}))
        if edit.part is Part.SERVICE:
            old, new = (edit.before or {}).get("dates", {}), edit.after.get("dates", {})
            past = [day for day in new if day < first_day and old.get(day) != new[day]]
            problems += [OfficeProblem(ProblemKind.PAST, Part.SERVICE, edit.id, "dates", {"date": day}) for day in past]
        if edit.part is Part.ROSTER and (edit.after.get("until") or first_day) < first_day:
            past_end = {"date": edit.after["until"]}
            problems.append(OfficeProblem(ProblemKind.PAST, Part.ROSTER, edit.id, "until", past_end))
    return problems


def is_nfc(text: str) -> bool:
    """Return whether a text is in the normal form NFC, as all stored texts are."""
    return unicodedata.is_normalized("NFC", text)


def _of_office(office: OfficeDefinition) -> Iterator[OfficeProblem]:
    yield from _of_texts(Part.OFFICE, "", "name", office.name)
    if office.hotline is not None and len(office.hotline) > 40:
        yield OfficeProblem(ProblemKind.TOO_LONG, Part.OFFICE, "", "hotline", {"most": 40})
    if office.address is not None and len(office.address) > MAX_ADDRESS:
        yield OfficeProblem(ProblemKind.TOO_LONG, Part.OFFICE, "", "address", {"most": MAX_ADDRESS})
    if all(counter.closed for counter in office.counters.values()):
        yield OfficeProblem(ProblemKind.NO_COUNTERS, Part.OFFICE, "")
    if all(service.closed for service in office.services.values()):
        yield OfficeProblem(ProblemKind.NO_OPEN_SERVICES, Part.OFFICE, "")


def _of_hours(office: OfficeDefinition) -> Iterator[OfficeProblem]:
    for weekday, spans in office.hours.weekly.items():
        yield from _of_spans(Part.HOURS, "", weekday, spans)
    for date, spans in office.hours.dates.items():
        yield from _of_spans(Part.DATE, date, "spans", spans)
    for date, name in office.holidays.items():
        yield from _of_texts(Part.DATE, date, "name", name)


def _of_spans(part: Part, id_: str, name: str, spans: Sequence[Span]) -> Iterator[OfficeProblem]:
    for earlier, later in pairwise(spans):
        if later.start_min < earlier.end_min:
            values = {"day": name, "spans": f"{earlier.text}, {later.text}"}
            yield OfficeProblem(ProblemKind.OVERLAP, part, id_, name, values)


def _of_rules(rules: Rules) -> Iterator[OfficeProblem]:
    for rule in fields(rules):
        value = getattr(rules, rule.name)
        if rule.name in RULE_LIMITS:
            least, most = RULE_LIMITS[rule.name]
            if not least <= value <= most:
                yield OfficeProblem(ProblemKind.LIMITS, Part.RULES, "", rule.name, {"least": least, "most": most})
    if not _TIME.fullmatch(rules.close_at):
        yield OfficeProblem(ProblemKind.TIME, Part.RULES, "", "close_at")
    if len(rules.dossier_codes) > MAX_PATTERNS:
        yield OfficeProblem(ProblemKind.LIMITS, Part.RULES, "", "dossier_codes", {"least": 0, "most": MAX_PATTERNS})
    for pattern in rules.dossier_codes:
        try:
            re.compile(pattern)
        except re.error:
            yield OfficeProblem(ProblemKind.PATTERN, Part.RULES, "", "dossier_codes", {"pattern": pattern})


def _of_services(office: OfficeDefinition) -> Iterator[OfficeProblem]:
    for service in office.services.values():
        yield from _of_id(Part.SERVICE, service.id)
        yield from _of_texts(Part.SERVICE, service.id, "name", service.name)
        if not _PREFIX.fullmatch(service.prefix):
            yield OfficeProblem(ProblemKind.PREFIX, Part.SERVICE, service.id, "prefix")
        if service.outcome not in OUTCOMES:
            yield OfficeProblem(ProblemKind.OUTCOME, Part.SERVICE, service.id, "outcome")
        if service.capacity is not None and not 1 <= service.capacity <= 9999:
            yield OfficeProblem(ProblemKind.CAPACITY, Part.SERVICE, service.id, "capacity")
        if len(service.place or "") > MAX_PLACE:
            yield OfficeProblem(ProblemKind.TOO_LONG, Part.SERVICE, service.id, "place", {"most": MAX_PLACE})
        if service.target_min is not None and not 1 <= service.target_min <= 240:
            limits = {"least": 1, "most": 240}
            yield OfficeProblem(ProblemKind.LIMITS, Part.SERVICE, service.id, "target_min", limits)
        for day, texts in service.dates.items():
            if is_date(day):
                yield from _of_spans(Part.SERVICE, service.id, "dates", parse_spans(texts))
            else:
                yield OfficeProblem(ProblemKind.DAY, Part.SERVICE, service.id, "dates")
        if service.hours is not None:
            for weekday, spans in service.hours.weekly.items():
                yield from _of_spans(Part.SERVICE, service.id, weekday, spans)
        yield from _of_synonyms(Part.SERVICE, service.id, service.synonyms)


def _of_synonyms(part: Part, id_: str, synonyms: Sequence[str]) -> Iterator[OfficeProblem]:
    if len(synonyms) > MAX_SYNONYMS:
        yield OfficeProblem(ProblemKind.LIMITS, part, id_, "synonyms", {"least": 0, "most": MAX_SYNONYMS})
    seen = set[str]()
    for synonym in synonyms:
        if not synonym.strip() or len(synonym) > MAX_SYNONYM or synonym.casefold() in seen:
            values = {"word": synonym[:MAX_SYNONYM], "most": MAX_SYNONYM}
            yield OfficeProblem(ProblemKind.SYNONYM, part, id_, "synonyms", values)
        seen.add(synonym.casefold())


def _of_groups(office: OfficeDefinition) -> Iterator[OfficeProblem]:
    groups: dict[str, str] = {}
    for group in office.groups.values():
        yield from _of_id(Part.GROUP, group.id, _STRICT_ID)
        yield from _of_texts(Part.GROUP, group.id, "name", group.name)
        yield from _unknown_services(Part.GROUP, group.id, group.services, office)
        if not group.services:
            yield OfficeProblem(ProblemKind.NO_SERVICES, Part.GROUP, group.id, "services")
        for service in group.services:
            if service in groups:
                values = {"service": service, "other": groups[service]}
                yield OfficeProblem(ProblemKind.IN_TWO_GROUPS, Part.GROUP, group.id, "services", values)
            groups.setdefault(service, group.id)


def _of_counters(office: OfficeDefinition) -> Iterator[OfficeProblem]:
    labels: dict[str, str] = {}
    for counter in office.counters.values():
        yield from _of_id(Part.COUNTER, counter.id, _STRICT_ID)
        if not _STRICT_ID.fullmatch(counter.zone):
            yield OfficeProblem(ProblemKind.ID, Part.COUNTER, counter.id, "zone")
        if not counter.label.strip():
            yield OfficeProblem(ProblemKind.NO_NAME, Part.COUNTER, counter.id, "label")
        if len(counter.label) > MAX_COUNTER_LABEL:
            values = {"most": MAX_COUNTER_LABEL}
            yield OfficeProblem(ProblemKind.TOO_LONG, Part.COUNTER, counter.id, "label", values)
        yield from _unknown_services(Part.COUNTER, counter.id, counter.services, office)
        if counter.clerk is not None and counter.clerk not in office.clerks:
            unknown = {"clerk": counter.clerk}
            yield OfficeProblem(ProblemKind.UNKNOWN_CLERK, Part.COUNTER, counter.id, "clerk", unknown)
        if counter.closed:
            continue
        if not counter.services:
            yield OfficeProblem(ProblemKind.NO_SERVICES, Part.COUNTER, counter.id, "services")
        if counter.label in labels:
            same = {"other": labels[counter.label]}
            yield OfficeProblem(ProblemKind.SAME_LABEL, Part.COUNTER, counter.id, "label", same)
        labels.setdefault(counter.label, counter.id)


def _of_clerks(office: OfficeDefinition) -> Iterator[OfficeProblem]:
    for clerk in office.clerks.values():
        yield from _of_id(Part.CLERK, clerk.id, _STRICT_ID)
        yield from _unknown_services(
            Part.CLERK, clerk.id, dict.fromkeys((*(clerk.services or ()), *clerk.also)), office
        )
        for service in clerk.also:
            if service in office.services and not clerk.may_serve(service):
                yield OfficeProblem(ProblemKind.ALSO_NOT_SERVED, Part.CLERK, clerk.id, "also", {"service": service})


def _of_procedures(office: OfficeDefinition) -> Iterator[OfficeProblem]:
    for procedure in office.procedures.values():
        yield from _of_id(Part.PROCEDURE, procedure.code)
        yield from _of_texts(Part.PROCEDURE, procedure.code, "name", procedure.name)
        if procedure.service is not None:
            yield from _unknown_services(Part.PROCEDURE, procedure.code, (procedure.service,), office)
        yield from _of_synonyms(Part.PROCEDURE, procedure.code, procedure.synonyms)
        for name in ("full_name", "fee", "time", "legal_time", "decision", "authority", "result", "place"):
            if len(getattr(procedure, name) or "") > MAX_TEXT:
                yield OfficeProblem(ProblemKind.TOO_LONG, Part.PROCEDURE, procedure.code, name, {"most": MAX_TEXT})


def _of_notices(office: OfficeDefinition) -> Iterator[OfficeProblem]:
    for notice in office.notices.values():
        yield from _of_id(Part.NOTICE, notice.id, _STRICT_ID)
        yield from _of_texts(Part.NOTICE, notice.id, "text", notice.text, most=300)
        for name in ("since", "until"):
            moment = getattr(notice, name)
            if moment is not None and not _is_local_moment(moment):
                yield OfficeProblem(ProblemKind.MOMENT, Part.NOTICE, notice.id, name)
        if notice.since is not None and notice.until is not None and notice.until <= notice.since:
            yield OfficeProblem(ProblemKind.ENDS_FIRST, Part.NOTICE, notice.id, "until")


def _is_local_moment(text: str) -> bool:
    """Return whether a text is a moment that the calendar has."""
    try:
        return _LOCAL_MOMENT.fullmatch(text) is not None and datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def _of_id(part: Part, id_: str, form: re.Pattern[str] = _ID) -> Iterator[OfficeProblem]:
    if not form.fullmatch(id_):
        yield OfficeProblem(ProblemKind.ID, part, id_)


def _of_texts(part: Part, id_: str, name: str, texts: Texts, most: int = MAX_NAME) -> Iterator[OfficeProblem]:
    if not texts.get(LANGUAGE, "").strip():
        yield OfficeProblem(ProblemKind.NO_NAME, part, id_, name)
    if any(len(text) > most for text in texts.values()):
        yield OfficeProblem(ProblemKind.TOO_LONG, part, id_, name, {"most": most})


def _unknown_services(
    part: Part, id_: str, services: Iterable[str], office: OfficeDefinition
) -> Iterator[OfficeProblem]:
    for service in services:
        if service not in office.services:
            yield OfficeProblem(ProblemKind.UNKNOWN_SERVICE, part, id_, "services", {"service": service})
