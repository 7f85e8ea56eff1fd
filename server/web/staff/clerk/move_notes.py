"""Sentences that confirm a move.

A move needs one when its ticket leaves the middle of the clerk page, or changes where the clerk does not look.
"""

from collections.abc import Callable, Mapping

from server.domain.moves import Move
from server.domain.queue.ticket import TicketState
from server.views import MovedTicket
from server.web.shared.formatting import Formatter


def move_note(move: str, ticket: MovedTicket, counter: str, formatter: Formatter) -> str | None:
    """Return the sentence for the clerk of ``counter``.

    None for a move whose result the page shows anyway.
    """
    write_note = _NOTES.get(move)
    return None if write_note is None else write_note(ticket, counter, formatter)


def _sent(ticket: MovedTicket, counter: str, formatter: Formatter) -> str:
    words, texts = formatter.words, {"number": ticket.number, "service": formatter.words.pick(ticket.service.name)}
    if ticket.state is not TicketState.WAITING and ticket.counter is not None:
        return words("clerk", "Số {number} đang được gọi đến quầy {counter}.", counter=ticket.counter.label, **texts)
    if ticket.pin is not None and ticket.pin.id == counter:
        sentence = words("clerk", "Số {number} chờ tiếp tại quầy này ({service}), giữ nguyên thứ tự.", **texts)
    elif ticket.pin_clerk is not None:
        sentence = words(
            "clerk", "Đã chuyển số {number} đến {name} ({service}), giữ nguyên thứ tự.", name=ticket.pin_clerk, **texts
        )
    elif ticket.pin is not None:
        sentence = words(
            "clerk",
            "Đã chuyển số {number} đến quầy {counter} ({service}), giữ nguyên thứ tự.",
            counter=ticket.pin.label,
            **texts,
        )
    else:
        sentence = words("clerk", "Số {number} đang chờ lĩnh vực {service}, giữ nguyên thứ tự.", **texts)
    if ticket.comes_back_to is not None and ticket.comes_back_to.id == counter:
        sentence = f"{sentence} {words('clerk', 'Xong ở đó, số này quay lại quầy của Ông/Bà.')}"
    return sentence


def _finished(ticket: MovedTicket, counter: str, formatter: Formatter) -> str | None:
    """Return where a finished ticket goes back to, if it does."""
    return None if ticket.state is TicketState.SERVED else _sent(ticket, counter, formatter)


def _back_in_line(ticket: MovedTicket, counter: str, formatter: Formatter) -> str | None:
    words = formatter.words
    if ticket.state is not TicketState.WAITING:
        return None
    if ticket.callable_at_ms is None:
        return words("clerk", "Số {number} đã về hàng chờ, giữ nguyên thứ tự.", number=ticket.number)
    return words(
        "clerk",
        "Số {number} đã về hàng chờ, giữ nguyên thứ tự. Gọi lại được từ {time}, sau số tiếp theo cùng lĩnh vực.",
        number=ticket.number,
        time=formatter.time(ticket.callable_at_ms),
    )


def _returned(ticket: MovedTicket, counter: str, formatter: Formatter) -> str | None:
    if ticket.state is not TicketState.WAITING:
        return None
    return formatter.words("clerk", "Số {number} đã vào lại hàng chờ, tính từ bây giờ.", number=ticket.number)


def _held(ticket: MovedTicket, counter: str, formatter: Formatter) -> str:
    if ticket.due_at_ms is None:
        return formatter.words("clerk", "Đã tạm gác số {number}.", number=ticket.number)
    return formatter.words(
        "clerk",
        "Đã tạm gác số {number}, hẹn quay lại lúc {time}.",
        number=ticket.number,
        time=formatter.time(ticket.due_at_ms),
    )


def _reclassified(ticket: MovedTicket, counter: str, formatter: Formatter) -> str:
    if ticket.priority:
        return formatter.words("clerk", "Số {number} nay là số ưu tiên.", number=ticket.number)
    return formatter.words("clerk", "Số {number} nay là số thường, không ưu tiên.", number=ticket.number)


_NOTES: Mapping[str, Callable[[MovedTicket, str, Formatter], str | None]] = {
    Move.TRANSFER: _sent,
    Move.FINISH_NEXT: _sent,
    Move.FINISH: _finished,
    Move.REQUEUE: _back_in_line,
    Move.RELEASE: _back_in_line,
    Move.RETURN: _returned,
    Move.HOLD: _held,
    Move.RECLASSIFY: _reclassified,
    Move.NO_SHOW: lambda ticket, _, formatter: formatter.words(
        "clerk", "Đã ghi số {number} vắng mặt.", number=ticket.number
    ),
    Move.CANCEL: lambda ticket, _, formatter: formatter.words("clerk", "Đã hủy số {number}.", number=ticket.number),
    Move.DEFER: lambda ticket, _, formatter: formatter.words("clerk", "Đã lùi lượt số {number}.", number=ticket.number),
    Move.CORRECT: lambda ticket, _, formatter: formatter.words(
        "clerk", "Đã sửa thủ tục của số {number}.", number=ticket.number
    ),
}
"""The other moves (a call, the start, a reopened ticket) show their ticket in the middle of the page."""
