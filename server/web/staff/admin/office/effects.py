"""The effects of a change, in sentences: shown before the change is saved."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from server.domain.calendar import local_date
from server.domain.demand_order import Demand
from server.domain.office import CounterDefinition, NoticeDefinition, OfficeDefinition, ServiceGroup
from server.domain.office_changes import Edit, Part
from server.web.shared.notice_places import notice_places
from server.web.staff.admin.office.date_fields import date_sentences
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.gap_texts import new_gap_sentences
from server.web.staff.admin.office.number_fields import number_sentences
from server.web.staff.admin.office.order_fields import order_sentences
from server.web.staff.admin.office.service_effects import service_sentences


@dataclass(frozen=True, slots=True)
class Effect:
    """A sentence; ``is_warning``: people should look at it before they save."""

    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class HallNow:
    """The hall at this moment.

    ``waiting``: people by service, also those set aside; ``open_counters``: ids, also of paused ones. ``now``: the
    local time as in a notice, ``2026-12-01T07:30``. ``demand_of`` returns the numbers by service of the last weeks.
    """

    waiting: Mapping[str, int]
    open_counters: frozenset[str]
    now: str
    demand_of: Callable[[int], Demand] = lambda _weeks: {}


def effects(
    before: OfficeDefinition, after: OfficeDefinition, edits: Sequence[Edit], hall: HallNow, context: FieldContext
) -> Sequence[Effect]:
    """Return the effects of the edits that make ``after`` out of ``before``. ``context`` has ``after``."""
    changed = {edit.part for edit in edits}
    return [
        *_of_services(before, after, hall, context),
        *map(Effect, number_sentences(before, after, context)),
        *map(Effect, date_sentences(before, after, context)),
        *map(Effect, service_sentences(before, after, context)),
        *map(Effect, order_sentences(before, after, hall.demand_of, context)),
        *(_of_groups(before, after, context) if Part.GROUP in changed else ()),
        *_of_counters(before, after, hall, context),
        *(_of_hours(before, after, context) if changed & {Part.HOURS, Part.DATE} else ()),
        *_of_later_dates(before, after, edits, context),
        *(_of_clerks(before, after, edits, context) if Part.CLERK in changed else ()),
        *(Effect(text, is_warning=True) for text in new_gap_sentences(before, after, edits, context)),
        *(_of_procedures(before, after, context) if Part.PROCEDURE in changed else ()),
        *(_of_notices(before, after, hall, context) if Part.NOTICE in changed else ()),
    ]


def _of_services(
    before: OfficeDefinition, after: OfficeDefinition, hall: HallNow, context: FieldContext
) -> Iterator[Effect]:
    words = context.words
    for service in after.services.values():
        name, old = context.service_name(service.id), before.services.get(service.id)
        waiting, counters = hall.waiting.get(service.id, 0), len(after.counters_of(service.id))
        was_offered = old is not None and not old.closed
        if service.closed and was_offered:
            yield Effect(words("office", "Ki-ốt thôi cấp số {service}.", service=name))
            if waiting and counters:
                yield Effect(_still_served(waiting, name, context))
        if not service.closed and not was_offered and service.place is None:
            if counters:
                yield Effect(words("office", "Ki-ốt cấp số {service} trong giờ tiếp nhận.", service=name))
            else:
                yield Effect(
                    words("office", "Chưa có quầy nào nhận {service}: mời chọn ở mục Quầy.", service=name),
                    is_warning=True,
                )
        if old is not None and old.prefix != service.prefix:
            yield Effect(
                words(
                    "office",
                    "Số mới của {service} bắt đầu bằng {prefix}. Số đã cấp giữ nguyên.",
                    service=name,
                    prefix=service.prefix,
                )
            )


def _still_served(waiting: int, service: str, context: FieldContext) -> str:
    return context.words("office", "{n} người đang chờ {service}: họ vẫn được phục vụ.", n=waiting, service=service)


def _of_groups(before: OfficeDefinition, after: OfficeDefinition, context: FieldContext) -> Iterator[Effect]:
    words = context.words
    if not after.groups:
        yield Effect(words("office", "Không còn nhóm nào: ki-ốt hiện thẳng các lĩnh vực."))
        return
    if not before.groups:
        yield Effect(words("office", "Ki-ốt hiện các nhóm trước. Người dân bấm thêm một lần để đến lĩnh vực."))
    for group in after.groups.values():
        offered = [service for service in group.services if service in after.services_offered]
        if group != before.groups.get(group.id) and not offered:
            text = words(
                "office", "Ki-ốt không hiện nhóm {group}: các lĩnh vực đều đã ngừng.", group=_name(group, context)
            )
            yield Effect(text, is_warning=True)
    grouped = {service for group in after.groups.values() for service in group.services}
    alone = [context.service_name(service) for service in after.services_offered if service not in grouped]
    if alone:
        text = words("office", "Hiện sau các nhóm vì không thuộc nhóm nào: {services}.", services=", ".join(alone))
        yield Effect(text)


def _name(group: ServiceGroup, context: FieldContext) -> str:
    return context.words.pick(group.name)


def _of_counters(
    before: OfficeDefinition, after: OfficeDefinition, hall: HallNow, context: FieldContext
) -> Iterator[Effect]:
    words = context.words
    for counter in after.counters.values():
        old = before.counters.get(counter.id)
        if counter.closed and old is not None and not old.closed:
            yield Effect(words("office", "Quầy {label} không còn trong danh sách quầy.", label=counter.label))
            if counter.id in hall.open_counters:
                text = words(
                    "office",
                    "Quầy {label} đang mở: mời đóng quầy trước khi lưu, hoặc chọn một ngày sau.",
                    label=counter.label,
                )
                yield Effect(text, is_warning=True)
        if old is not None and old.label != counter.label and not counter.closed:
            yield Effect(words("office", "Quầy {old} đổi tên thành Quầy {label}.", old=old.label, label=counter.label))
        for service in after.services:
            if (served := _serves(counter, service)) != _serves(old, service):
                yield Effect(_counter_text(counter, service, after, context, is_added=served))
    for service in after.services:
        yield from _unserved(service, before, after, hall, context)


def _serves(counter: CounterDefinition | None, service: str) -> bool:
    return counter is not None and not counter.closed and service in counter.services


def _counter_text(
    counter: CounterDefinition, service: str, after: OfficeDefinition, context: FieldContext, *, is_added: bool
) -> str:
    words, values = context.words, {"label": counter.label, "service": context.service_name(service)}
    left = len(after.counters_of(service))
    if is_added:
        return words("office", "Quầy {label} nhận thêm {service}: có {n} quầy.", n=left, **values)
    return words("office", "Quầy {label} thôi nhận {service}: còn {n} quầy.", n=left, **values)


def _unserved(
    service: str, before: OfficeDefinition, after: OfficeDefinition, hall: HallNow, context: FieldContext
) -> Iterator[Effect]:
    """Yield the effects of fewer counters: nobody serves it, or people wait."""
    words, name = context.words, context.service_name(service)
    had, has, waiting = len(before.counters_of(service)), len(after.counters_of(service)), hall.waiting.get(service, 0)
    if has or not had:
        if has < had and waiting:
            yield Effect(_still_served(waiting, name, context))
        return
    if not after.services[service].closed:
        yield Effect(
            words("office", "Không còn quầy nào nhận {service}: ki-ốt thôi cấp số lĩnh vực này.", service=name),
            is_warning=True,
        )
    if waiting:
        text = words(
            "office",
            "{n} người đang chờ {service} mà không còn quầy nào gọi họ. Mời chuyển họ sang lĩnh vực khác trước.",
            n=waiting,
            service=name,
        )
        yield Effect(text, is_warning=True)


def _of_hours(before: OfficeDefinition, after: OfficeDefinition, context: FieldContext) -> Iterator[Effect]:
    today = context.today
    old, new = before.hours.spans(today), after.hours.spans(today)
    if old == new:
        return
    if not new:
        text = context.words("office", "Hôm nay cơ quan nghỉ: ki-ốt không cấp số. Người đã có số vẫn được phục vụ.")
        yield Effect(text, is_warning=True)
    else:
        hours = ", ".join(span.text for span in new)
        yield Effect(context.words("office", "Hôm nay tiếp nhận: {hours}.", hours=hours))


def _of_later_dates(
    before: OfficeDefinition, after: OfficeDefinition, edits: Sequence[Edit], context: FieldContext
) -> Iterator[Effect]:
    """Yield the office's hours on each changed date after today."""
    for day in sorted(edit.id for edit in edits if edit.part is Part.DATE and edit.id > context.today):
        hours = after.hours.spans(day)
        if hours == before.hours.spans(day):
            continue
        date = context.formatter.date(day)
        if hours:
            spans = ", ".join(span.text for span in hours)
            yield Effect(context.words("office", "Ngày {date} tiếp nhận: {hours}.", date=date, hours=spans))
        else:
            yield Effect(context.words("office", "Ngày {date} cơ quan nghỉ: ki-ốt không cấp số.", date=date))


def _of_clerks(
    before: OfficeDefinition, after: OfficeDefinition, edits: Sequence[Edit], context: FieldContext
) -> Iterator[Effect]:
    words = context.words
    for edit in edits:
        clerk = after.clerks.get(edit.id) if edit.part is Part.CLERK else None
        if clerk is None:
            continue
        for counter in after.counters_in_use.values():
            if counter.clerk != clerk.id:
                continue
            served = after.serves(counter.id, clerk.id)
            also = after.also_at(counter.id, clerk.id)
            names = ", ".join(
                _with_weight(context.service_name(service), context, is_further=service in also)
                for service in counter.services
                if service in served
            )
            values = {"name": clerk.name, "label": counter.label}
            if names:
                yield Effect(words("office", "Ở Quầy {label}, {name} phục vụ: {services}.", services=names, **values))
            else:
                text = words("office", "Ở Quầy {label}, {name} không phục vụ được lĩnh vực nào.", **values)
                yield Effect(text, is_warning=True)


def _with_weight(service: str, context: FieldContext, *, is_further: bool) -> str:
    return context.words("office", "{service} (phục vụ thêm)", service=service) if is_further else service


def _of_procedures(before: OfficeDefinition, after: OfficeDefinition, context: FieldContext) -> Iterator[Effect]:
    words = context.words
    for procedure in after.procedures.values():
        old = before.procedures.get(procedure.code)
        name = words.pick(procedure.name)
        if procedure.closed and old is not None and not old.closed:
            yield Effect(words("office", "Ki-ốt không hiện thủ tục “{procedure}” nữa.", procedure=name))
        elif not procedure.closed and (old is None or old.closed):
            yield Effect(words("office", "Ki-ốt hiện thêm thủ tục “{procedure}”.", procedure=name))
        if procedure.service is None and old is not None and old.service is not None:
            text = words("office", "Ki-ốt hướng dẫn người dân đến: {place}.", place=procedure.place or "")
            yield Effect(text)


def _of_notices(
    before: OfficeDefinition, after: OfficeDefinition, hall: HallNow, context: FieldContext
) -> Iterator[Effect]:
    words = context.words
    for notice in after.notices.values():
        if notice == before.notices.get(notice.id):
            continue
        if notice.until is not None and notice.until <= hall.now:
            text = words("office", "Thông báo này đã hết hạn, nên không hiện ở đâu.")
            yield Effect(text, is_warning=True)
        elif places := notice_places(notice, words):
            yield Effect(_notice_text(notice, ", ".join(places), hall, context))
        else:
            yield Effect(words("office", "Thông báo này chưa hiện ở đâu. Mời chọn ít nhất một nơi."), is_warning=True)
    for id_ in before.notices.keys() - after.notices.keys():
        if (before.notices[id_].until or "9") > hall.now:
            yield Effect(words("office", "Thông báo thôi hiện."))


def _notice_text(notice: NoticeDefinition, places: str, hall: HallNow, context: FieldContext) -> str:
    words = context.words
    if notice.since is not None and notice.since > hall.now:
        day, _, time = notice.since.partition("T")
        return words(
            "office",
            "Thông báo hiện trên {places} từ {time} ngày {date}.",
            places=places,
            time=time,
            date=context.formatter.date(day),
        )
    return words("office", "Thông báo hiện trên {places} ngay khi có hiệu lực.", places=places)


def today_of(office: OfficeDefinition, wall_ms: int) -> str:
    """Return the office's date of a moment."""
    return local_date(wall_ms, office.zone)
