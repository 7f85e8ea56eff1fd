"""Template variables of the visitors' pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from config.words import Words
from server.domain.queue.ticket import TicketState
from server.views import VisitorTicket
from server.web.shared import phrases
from server.web.shared.formatting import Formatter
from server.web.visitors import why_called
from server.wire.messages import Board, Office, Service, Ticket, from_time

MAX_AHEAD_NEARLY_NEXT = 2
"""With at most this many tickets ahead, the page asks the visitor to come to the waiting area."""
MAX_SERVICES_SHOWN = 6
"""Further services are folded away."""
MAX_PAST_CALLS = 3
"""The page of the hall lists so many numbers that were called before."""


UNDO = "undo"
"""The step that is no move: it takes the visitor's last one back."""


@dataclass(frozen=True, slots=True)
class VisitorStep:
    """A move that visitors can make themselves, after they confirm it on a second page.

    ``move``: its name, or ``UNDO``; ``label``: of the link to that page; ``yes`` and ``no``: of its two buttons.
    """

    move: str
    label: Callable[[Words], str]
    question: Callable[[Words, VisitorTicket], str]
    yes: Callable[[Words], str]
    no: Callable[[Words], str]


STEPS: Mapping[str, VisitorStep] = {
    "defer": VisitorStep(
        "defer",
        lambda words: words("visitor", "Lùi lượt"),
        lambda words, visitor_ticket: words(
            "visitor",
            "Nhường {n} người phía sau lên trước? Chỉ lùi lượt được một lần.",
            n=visitor_ticket.overtaking_count,
        ),
        lambda words: words("visitor", "Lùi lượt"),
        lambda words: words("visitor", "Giữ nguyên"),
    ),
    "leave": VisitorStep(
        "cancel",
        lambda words: words("visitor", "Tôi không chờ nữa (hủy số)"),
        lambda words, visitor_ticket: words(
            "visitor",
            "Hủy số {number}? Chỉ lấy lại được số trong vòng {minutes} phút sau khi hủy.",
            number=visitor_ticket.ticket.number,
            minutes=visitor_ticket.undo_min,
        ),
        lambda words: words("visitor", "Hủy số"),
        lambda words: words("visitor", "Tiếp tục chờ"),
    ),
    "undo": VisitorStep(
        UNDO,
        lambda words: words("visitor", "Hoàn tác"),
        lambda words, visitor_ticket: words(
            "visitor", "Số {number} trở lại đúng thứ tự cũ?", number=visitor_ticket.ticket.number
        ),
        lambda words: words("visitor", "Hoàn tác"),
        lambda words: words("visitor", "Giữ nguyên"),
    ),
}

ICONS: Mapping[str, str] = {
    "waiting": "clock",
    "called": "bell",
    "serving": "person",
    "served": "done",
    "held": "pause",
}
"""The icon of each state of a ticket; any other state has the icon "stop"."""

ACTIVE_STATES = frozenset({"waiting", "called", "serving", "held", "no_show"})
"""States in which a ticket can still change, so that its page refreshes."""


def ticket_page_values(
    visitor_ticket: VisitorTicket, words: Words, zone: str, step_url: Callable[[str], str]
) -> dict[str, Any]:
    """Return the template variables of the visitor's own ticket.

    ``zone`` is the hall's time zone; ``step_url`` returns the URL of a step by its name.
    """
    formatter, is_waiting = Formatter(words, zone), visitor_ticket.state is TicketState.WAITING
    return {
        "ticket": visitor_ticket.ticket,
        "state": phrases.phrase(phrases.STATES, visitor_ticket.state.value, words),
        "state_icon": ICONS.get(visitor_ticket.state.value, "stop"),
        "counter": visitor_ticket.counter,
        "counters": ", ".join(visitor_ticket.counters) if is_waiting else "",
        "call": None
        if visitor_ticket.last_call is None
        else {"times": visitor_ticket.last_call[0], "time": formatter.time(visitor_ticket.last_call[1])},
        "service": words.pick(visitor_ticket.service.name),
        "issued_at": formatter.time(visitor_ticket.issued_at_ms),
        "wait": phrases.expected_wait(visitor_ticket.ticket.wait_min, words) if is_waiting else None,
        "sentence": _sentence(visitor_ticket, formatter, words),
        "way_back": _way_back(visitor_ticket, words),
        "note": _note(visitor_ticket.ticket, words),
        **why_called.why_values(visitor_ticket, words),
        "steps": [
            {"href": step_url(name), "label": step.label(words)}
            for name, step in STEPS.items()
            if _is_offered(step, visitor_ticket)
        ],
    }


def _is_offered(step: VisitorStep, visitor_ticket: VisitorTicket) -> bool:
    """Return whether the page offers the step."""
    if step.move == UNDO:
        return visitor_ticket.undo_seq is not None
    is_useless = step.move == "defer" and (visitor_ticket.is_deferred or not visitor_ticket.overtaking_count)
    return step.move in visitor_ticket.moves and not is_useless


def _sentence(visitor_ticket: VisitorTicket, formatter: Formatter, words: Words) -> str:
    """Return the sentence under the number; empty where the state needs no explanation."""
    match visitor_ticket.state.value:
        case "serving":
            return words("visitor", "Ông/Bà đang được phục vụ tại quầy {counter}.", counter=visitor_ticket.counter)
        case "held":
            return words(
                "visitor",
                "Lượt của Ông/Bà được tạm gác. Mời quay lại quầy {counter} trước {time}.",
                counter=visitor_ticket.counter,
                time=formatter.time(visitor_ticket.due_at_ms),
            )
        case "served":
            return words("visitor", "Ông/Bà đã được phục vụ xong. Cảm ơn Ông/Bà!")
        case "no_show":
            return words(
                "visitor",
                "Số {number} đã được gọi nhưng Ông/Bà chưa đến. Mời báo lại cán bộ tại quầy trong hôm nay.",
                number=visitor_ticket.ticket.number,
            )
        case "cancelled":
            return words("visitor", "Số {number} đã được hủy.", number=visitor_ticket.ticket.number)
        case "expired":
            return words("visitor", "Số này đã hết hiệu lực. Mời Ông/Bà lấy số mới.")
    return ""


def _way_back(visitor_ticket: VisitorTicket, words: Words) -> str:
    """Return where the visitor goes back to after this service; empty for nowhere."""
    if visitor_ticket.comes_back_to is None or visitor_ticket.state.value not in ACTIVE_STATES:
        return ""
    return words("visitor", "Xong ở đây, Ông/Bà quay lại Quầy {counter}.", counter=visitor_ticket.comes_back_to)


def _note(ticket: Ticket, words: Words) -> str:
    if ticket.state == "waiting" and ticket.ahead is not None and ticket.ahead <= MAX_AHEAD_NEARLY_NEXT:
        return words("visitor", "Sắp đến lượt. Mời Ông/Bà vào khu vực chờ.")
    if ticket.state in ("waiting", "called"):
        return words("ticket", "Nếu lỡ lượt, mời báo lại cán bộ tại quầy.")
    return ""


def hall_page_values(office: Office, board: Board, words: Words) -> dict[str, Any]:
    """Return the template variables of the hall today: waiting counts, counters, last calls."""
    formatter = Formatter(words, office.zone)
    counts = {service.id: service for service in board.services}
    service_rows = [
        {
            "prefix": service.prefix,
            "name": words.pick(service.name),
            "note": _service_note(service, formatter),
            "waiting": formatter.number(counts[service.id].waiting),
            "wait": phrases.expected_wait_short(counts[service.id].wait_min, words),
        }
        for service in office.services
        if service.id in counts and service.state != "no_counter"
    ]
    calls = {call.number: call for call in reversed(board.calls) if call.number is not None}
    newest_first = {number: index for index, number in enumerate(reversed(calls))}
    at_counters = [
        {"number": counter.ticket.number, "label": counter.label, "is_called": counter.ticket.state == "called"}
        for counter in board.counters
        if counter.ticket is not None
    ]
    at_counters.sort(key=lambda call: (not call["is_called"], newest_first.get(str(call["number"]), len(newest_first))))
    shown_elsewhere = {str(call["number"]) for call in at_counters} | set(board.missed)
    past_calls = [
        {"number": number, "label": calls[number].label or ""}
        for number in newest_first
        if number not in shown_elsewhere
    ]
    return {
        "service_rows": service_rows,
        "has_expected_waits": any(row["wait"] is not None for row in service_rows),
        "max_services_shown": MAX_SERVICES_SHOWN,
        "calls": at_counters,
        "past_calls": past_calls[:MAX_PAST_CALLS],
        "day": _day(office, words),
        "day_open": office.day.state == "open",
        "hours": office.hours,
    }


def _day(office: Office, words: Words) -> str:
    states: Mapping[str, str] = {
        "open": words("public", "Đang mở cửa"),
        "lunch": words("public", "Đang nghỉ trưa"),
        "closed": words("public", "Đã đóng cửa"),
        "none": words("public", "Đã đóng cửa"),
    }
    return states[office.day.state]


def _service_note(service: Service, formatter: Formatter) -> str:
    """Return how many numbers are left, or why and until when staff stopped the service."""
    words = formatter.words
    if service.stopped:
        stopped = words("public", "Ngừng cấp số")
        if service.until is not None:
            stopped = words("public", "Ngừng cấp số đến {time}", time=formatter.time(from_time(service.until)))
        return f"{stopped}: {service.reason}" if service.reason else stopped
    if service.state == "full":
        return words("public", "Đã hết số")
    return words("public", "Còn {n} số", n=service.left) if service.state == "open" and service.left is not None else ""
