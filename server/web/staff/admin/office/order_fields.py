"""The order at the kiosk: its fields, its preview and its reason."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from server import views
from server.commands.demand import BY_DEMAND
from server.domain.demand_order import Demand, by_demand, group_demand
from server.domain.office import OfficeDefinition
from server.domain.office_changes import Part
from server.store import Snapshot
from server.web.staff.admin.office.fields import ChoiceField, FieldContext, OfficeField, WholeNumberField


def _orders(context: FieldContext) -> Sequence[tuple[str, str]]:
    words = context.words
    return [
        ("hand", words("office", "theo thứ tự đã đặt ở mục Lĩnh vực và Nhóm lĩnh vực")),
        (BY_DEMAND, words("office", "theo nhu cầu: lĩnh vực cấp nhiều số nhất lên trước")),
    ]


ORDER_FIELDS: Sequence[OfficeField] = (
    ChoiceField(
        "order_by",
        lambda words: words("office", "Ki-ốt xếp lĩnh vực"),
        lambda words: words("office", "Theo nhu cầu: tính khi ngày làm việc bắt đầu, cả ngày không đổi."),
        options=_orders,
    ),
    WholeNumberField(
        "order_weeks",
        lambda words: words("office", "Nhu cầu tính theo số đã cấp trong"),
        lambda words: words("office", "Lĩnh vực thêm trong thời gian này giữ vị trí đã đặt."),
        least=1,
        most=26,
        unit=lambda words: words("office", "tuần trước"),
    ),
)


@dataclass(frozen=True, slots=True)
class KioskOrder:
    """The order at the kiosk today. ``names``: in order, where it is not that of the list."""

    why: str
    names: Sequence[str] = ()


def order_sentences(
    before: OfficeDefinition, after: OfficeDefinition, demand_of: Callable[[int], Demand], context: FieldContext
) -> Iterator[str]:
    """Yield what happens to the order at the kiosk."""
    old, new, words = before.rules, after.rules, context.words
    if (old.order_by, old.order_weeks) == (new.order_by, new.order_weeks):
        return
    if new.order_by == BY_DEMAND:
        demand = demand_of(new.order_weeks)
        if not any(demand.values()):
            yield words(
                "office",
                "Từ lần mở ngày làm việc tới, ki-ốt xếp lĩnh vực theo nhu cầu. Chưa có số liệu, nên thứ tự chưa đổi.",
            )
            return
        names = _names(by_demand(list(after.services_offered), demand), demand, context)
        yield words(
            "office",
            "Từ lần mở ngày làm việc tới, ki-ốt xếp lĩnh vực theo nhu cầu. Theo số liệu đến hôm nay: {order}.",
            order=", ".join(names),
        )
    elif old.order_by == BY_DEMAND:
        yield words("office", "Ki-ốt xếp lĩnh vực và nhóm theo thứ tự đã đặt.")


def kiosk_order(snapshot: Snapshot, part: Part, context: FieldContext) -> KioskOrder | None:
    """Return the order of services or groups at the kiosk today; None for other parts."""
    if part not in (Part.SERVICE, Part.GROUP):
        return None
    words, office, demand = context.words, snapshot.office, views.day_demand(snapshot)
    if office.rules.order_by != BY_DEMAND:
        return KioskOrder(words("office", "Hôm nay ki-ốt theo thứ tự này. Mục Quy tắc có thể đổi thành theo nhu cầu."))
    if demand is None:
        return KioskOrder(
            words("office", "Hôm nay ki-ốt còn theo thứ tự này; từ lần mở ngày làm việc tới thì theo nhu cầu.")
        )
    why = words(
        "office",
        "Hôm nay ki-ốt xếp theo số đã cấp trước ngày làm việc này (mục Quy tắc). Thứ tự bên dưới dùng khi số bằng nhau"
        " và cho lĩnh vực mới thêm.",
    )
    if part is Part.SERVICE:
        return KioskOrder(why, _names(by_demand(list(office.services_offered), demand), demand, context))
    numbers = group_demand({group.id: group.services for group in office.groups.values()}, demand)
    names = {group.id: words.pick(group.name) for group in office.groups.values()}
    return KioskOrder(why, _with_numbers(views.groups_in_order(snapshot, demand), names, numbers, context))


def _names(services: Sequence[str], demand: Demand, context: FieldContext) -> Sequence[str]:
    return _with_numbers(services, {service: context.service_name(service) for service in services}, demand, context)


def _with_numbers(ids: Sequence[str], names: Mapping[str, str], demand: Demand, context: FieldContext) -> Sequence[str]:
    """Return names with their numbers; a new one has none."""
    words = context.words
    return [
        words("office", "{name} ({n} số)", name=names[id_], n=demand[id_])
        if id_ in demand
        else words("office", "{name} (mới)", name=names[id_])
        for id_ in ids
    ]
