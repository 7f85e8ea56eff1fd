"""What the visitors' pages show, as plain data for their templates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from config.words import Words
from server import views
from server.commands import Role
from server.domain.choice import passing
from server.store.queries import TicketRow, waiting
from server.store.store import Reading
from server.web import phrases
from server.web.figures import Figures
from server.wire.messages import Board, Office, Ticket

NEAR = 2
LINES = 6
PAST = 3


@dataclass(frozen=True, slots=True)
class Step:
    """Something the visitor can do, asked once more before it is done."""

    move: str
    label: Callable[[Words], str]
    question: Callable[[Words, TicketRow, Reading], str]
    yes: Callable[[Words], str]
    no: Callable[[Words], str]


STEPS: Mapping[str, Step] = {
    "defer": Step(
        "defer",
        lambda words: words("visitor", "Lùi lượt"),
        lambda words, row, reading: words(
            "visitor",
            "Nhường {n} người phía sau lên trước? Chỉ lùi lượt được một lần.",
            n=_passing(reading, row),
        ),
        lambda words: words("visitor", "Lùi lượt"),
        lambda words: words("visitor", "Giữ nguyên"),
    ),
    "leave": Step(
        "cancel",
        lambda words: words("visitor", "Tôi không chờ nữa (hủy số)"),
        lambda words, row, reading: words(
            "visitor", "Hủy số {number}? Số đã hủy không lấy lại được.", number=row.number
        ),
        lambda words: words("visitor", "Hủy số"),
        lambda words: words("visitor", "Tiếp tục chờ"),
    ),
}

ICONS: Mapping[str, str] = {
    "waiting": "clock",
    "called": "bell",
    "serving": "person",
    "served": "done",
    "held": "pause",
}
LIVING = frozenset({"waiting", "called", "serving", "held", "no_show"})


def own_ticket(
    reading: Reading, row: TicketRow, shown: Ticket, call: Any, w: Words, link: Callable[[str], str]
) -> dict[str, Any]:
    """One's own number. ``call`` is the newest call's row; ``link`` gives the address of a step."""
    office = reading.office
    figures = Figures(w, str(office.zone))
    labels = [office.counters[one].label for one in shown.counters]
    here = office.counters[row.counter].label if row.counter is not None else ""
    state = row.state.value
    waits = state == "waiting"
    return {
        "ticket": shown,
        "state": phrases.phrase(phrases.STATES, state, w),
        "state_icon": ICONS.get(state, "stop"),
        "counter": here,
        "counters": ", ".join(labels) if waits else "",
        "call": {"times": call.times, "time": figures.time(call.at_ms)} if state == "called" and call else None,
        "service": w.pick(office.services[row.service].name),
        "taken": figures.time(row.issued_at_ms),
        "wait": phrases.wait(shown.wait_min, w) if waits else None,
        "said": _said(row, here, figures, w),
        "note": _note(shown, w),
        "steps": [
            {"href": link(name), "label": step.label(w)}
            for name, step in STEPS.items()
            if step.move in views.moves_of(row, Role.VISITOR)
            and not (step.move == "defer" and (row.deferred or not _passing(reading, row)))
        ],
    }


def _passing(reading: Reading, row: TicketRow) -> int:
    """How many would go first if this ticket were put back; 0 when nobody is behind it."""
    line = waiting(reading.connection, row.day, services=[row.service])
    return len(passing(row.waiting, line, reading.office.rules.defer_behind))


def _said(row: TicketRow, counter: str, figures: Figures, w: Words) -> str:
    """The sentence under the number, where the state alone does not say what to do."""
    match row.state.value:
        case "serving":
            return w("visitor", "Ông/Bà đang được phục vụ tại quầy {counter}.", counter=counter)
        case "held":
            return w(
                "visitor",
                "Lượt của Ông/Bà được tạm gác. Mời quay lại quầy {counter} trước {time}.",
                counter=counter,
                time=figures.time(row.due_at_ms),
            )
        case "served":
            return w("visitor", "Ông/Bà đã được phục vụ xong. Cảm ơn Ông/Bà!")
        case "no_show":
            return w(
                "visitor",
                "Số {number} đã được gọi nhưng Ông/Bà chưa đến. Mời báo lại cán bộ tại quầy trong hôm nay.",
                number=row.number,
            )
        case "cancelled":
            return w("visitor", "Số {number} đã được hủy.", number=row.number)
        case "expired":
            return w("visitor", "Số này đã hết hiệu lực. Mời Ông/Bà lấy số mới.")
    return ""


def _note(shown: Ticket, w: Words) -> str:
    if shown.state == "waiting" and shown.ahead is not None and shown.ahead <= NEAR:
        return w("visitor", "Sắp đến lượt. Mời Ông/Bà vào khu vực chờ.")
    if shown.state in ("waiting", "called"):
        return w("ticket", "Nếu lỡ lượt, mời báo lại cán bộ tại quầy.")
    return ""


def hall_today(office: Office, board: Board, w: Words) -> dict[str, Any]:
    """Return the hall today: how many wait where, who is called and served at which counter, and who was before."""
    figures = Figures(w, office.zone)
    counts = {one.id: one for one in board.services}
    lines = [
        {
            "prefix": service.prefix,
            "name": w.pick(service.name),
            "note": _service_note(service.state, service.left, w),
            "waiting": figures.number(counts[service.id].waiting),
            "wait": phrases.wait_short(counts[service.id].wait_min, w),
        }
        for service in office.services
        if service.id in counts and service.state != "no_counter"
    ]
    calls = {call.number: call for call in reversed(board.calls) if call.number is not None}
    order = {number: place for place, number in enumerate(reversed(calls))}
    here = [
        {"number": one.ticket.number, "label": one.label, "now": one.ticket.state == "called"}
        for one in board.counters
        if one.ticket is not None
    ]
    here.sort(key=lambda one: (not one["now"], order.get(str(one["number"]), len(order))))
    gone = {str(one["number"]) for one in here} | set(board.missed)
    past = [{"number": one, "label": calls[one].label or ""} for one in order if one not in gone]
    return {
        "lines": lines,
        "waits": any(line["wait"] is not None for line in lines),
        "first": LINES,
        "calls": here,
        "past": past[:PAST],
        "day": _day(office, w),
        "day_open": office.day.state == "open",
        "hours": office.hours,
    }


def _day(office: Office, w: Words) -> str:
    states: Mapping[str, str] = {
        "open": w("public", "Đang mở cửa"),
        "lunch": w("public", "Đang nghỉ trưa"),
        "closed": w("public", "Đã đóng cửa"),
        "none": w("public", "Đã đóng cửa"),
    }
    return states[office.day.state]


def _service_note(state: str, left: int | None, w: Words) -> str:
    if state == "full":
        return w("public", "Đã hết số")
    return w("public", "Còn {n} số", n=left) if state == "open" and left is not None else ""
