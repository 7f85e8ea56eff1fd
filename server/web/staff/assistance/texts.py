"""Texts of the strip and of messages."""

from collections.abc import Sequence

from config.words import Words
from server.domain.office import OfficeDefinition
from server.views import DispatchRow, MessageRow
from server.web.shared.context import current_context
from server.web.shared.device_names import name_of_station
from server.web.shared.phrases import Phrase

COUNTERS_TEXTS: Sequence[Phrase] = (
    lambda words: words("assistance", "Hết giấy in phiếu"),
    lambda words: words("assistance", "Cần người đổi ca"),
    lambda words: words("assistance", "Xin hỗ trợ nghiệp vụ"),
    lambda words: words("assistance", "Máy tính hoặc thiết bị bị lỗi"),
    lambda words: words("assistance", "Xin nghỉ giải lao"),
    lambda words: words("assistance", "Công dân cần gặp lãnh đạo"),
)
"""Texts that a counter sends to the managers with one click."""
MANAGERS_TEXTS: Sequence[Phrase] = (
    lambda words: words("assistance", "Đã nhận, tôi đến ngay"),
    lambda words: words("assistance", "Đã nhận, vui lòng chờ ít phút"),
    lambda words: words("assistance", "Đã báo kỹ thuật"),
    lambda words: words("assistance", "Mời về họp khi xong lượt này"),
    lambda words: words("assistance", "Có thể nghỉ giải lao"),
    lambda words: words("assistance", "Sắp hết giờ nhận số"),
)
"""Texts that a manager sends to counters with one click."""


def kiosk_name(station: str, words: Words) -> str:
    """Return the name of a kiosk as people say it."""
    return name_of_station(station, "kiosk", words)


def counter_name(counter: str | None, office: OfficeDefinition, words: Words) -> str:
    """Return "Quầy 3" for a counter's id."""
    label = office.counters[counter].label if counter is not None and counter in office.counters else counter
    return words("term", "Quầy {label}", label=label)


def person_name(person: str | None, office: OfficeDefinition, words: Words) -> str:
    """Return the name of an actor: a person, else the counter whose keypad it was."""
    if person is not None and person in office.clerks:
        return office.clerks[person].name
    if person is not None and person in office.counters:
        return counter_name(person, office, words)
    access = current_context().access
    account = None if access is None or person is None else access.people.get(person)
    return words("assistance", "Cán bộ") if account is None else account.name


def place_name(dispatch: DispatchRow, office: OfficeDefinition, words: Words) -> str:
    """Return the place where a colleague is sent."""
    if dispatch.station is not None:
        return kiosk_name(dispatch.station, words)
    return counter_name(dispatch.counter, office, words)


def sender_name(message: MessageRow, office: OfficeDefinition, words: Words) -> str:
    """Return who sent a message: the counter, or the manager by name."""
    if message.from_counter is not None:
        return counter_name(message.from_counter, office, words)
    return person_name(message.sent_by, office, words)
