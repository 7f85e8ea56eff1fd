"""From a clerk's form to a command: one row for each thing that can be done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from config.clock import Now
from config.words import Words, words
from server import commands
from server.commands import Actor, Answer, Ids, Refused
from server.domain.calendar import local_date, local_ms
from server.domain.errors import Refusal
from server.store.journal import Tx
from server.store.queries import find_ticket
from server.store.writer import Work
from server.web.desk import Desk, put_off_until_ms
from server.web.desk import refusal as in_the_way
from server.web.errors import Rejected
from server.web.figures import Figures
from server.web.identity import new_link
from server.web.keys import MAIN, Do
from server.web.parts import Parts, printing_stations
from server.wire.messages import (
    Ask,
    CallNext,
    IssueTicket,
    MoveTicket,
    ProblemCode,
    RequestId,
    SetCounterState,
    SetReady,
    SignIn,
    to_time,
)

Answered = TypeVar("Answered")

VIETNAMESE = words("vi")
"""Reasons are written down in the language of the hall, whatever the page's."""


class Pressed(Ask):
    """A button of the page; what more the form says is given to the command beside it."""

    request_id: RequestId


@dataclass(frozen=True, slots=True)
class Asked:
    """One form: who sends it, from which counter's page, and what stands in it.

    ``clerk`` is who the page says is at the counter; None for a counter without a clerk.
    """

    parts: Parts
    actor: Actor
    counter: str
    clerk: str | None
    form: Mapping[str, str]
    fig: Figures

    @property
    def request_id(self) -> str | None:
        """The id of the request, as the form has it."""
        return self.form.get("request_id")

    def command(self, work: Work[Answered], *, ticket: str | None = None, counter: bool = False) -> Answered:
        """Run ``work`` in one transaction with the checks of the page: its clerk, and what it was drawn for.

        ``ticket``: the form acts on this ticket, and ``counter``: on the counter's state; both as the form's
        ``drawn`` shows them. A form without ``drawn`` (sent by a program) is not compared.
        """
        drawn = self.field("drawn")

        def run(tx: Tx, now: Now) -> Answered:
            commands.check_clerk(tx, self.counter, self.clerk)
            if drawn is not None and ticket is not None:
                commands.check_ticket(tx, self.actor, self.request_id, ticket, drawn)
            if drawn is not None and counter:
                commands.check_counter(tx, self.actor, self.request_id, self.counter, drawn)
            return work(tx, now)

        return self.parts.writer.ask(run)

    def field(self, name: str) -> str | None:
        """A field that was filled in, else None."""
        return self.form.get(name, "").strip() or None

    @property
    def reason(self) -> str | None:
        """What was written wins over what was chosen."""
        return self.field("other") or self.field("reason")

    @property
    def ticket(self) -> str:
        """The ticket of the form. Raises ``not_found``."""
        found = self.field("ticket")
        if found is None:
            raise Rejected(ProblemCode.NOT_FOUND)
        return found


Note = str | None


def do(action: str, asked: Asked) -> Note:
    """Run it; the sentence that tells of it, where the page does not show it anyway. Raises what it refuses."""
    acknowledge(asked)
    if action in _DO:
        return _DO[action](asked)
    return _move(asked, action)


def acknowledge(asked: Asked) -> None:
    """Somebody at the counter did something: an automatic call there is acknowledged."""
    asked.command(lambda tx, now: commands.acknowledge(tx, asked.actor, now, asked.counter))


def sign_out(asked: Asked) -> None:
    """Leave the counter. Raises ``not_allowed`` when somebody else is there by now."""
    ask = SignIn.model_validate({"request_id": asked.request_id, "clerk": None, "station": asked.actor.station})
    asked.command(lambda tx, now: commands.sign_in(tx, asked.actor, now, asked.counter, ask))


def sign_in(here: Parts, actor: Actor, counter: str, clerk: str | None, form: Mapping[str, str]) -> None:
    """Sit down at a counter; ``clerk`` None where nobody is named for it."""
    ask = SignIn.model_validate({"request_id": form.get("request_id"), "clerk": clerk, "station": actor.station})
    here.writer.ask(lambda tx, now: commands.sign_in(tx, actor, now, counter, ask))


def take_help(asked: Asked, help_id: str) -> None:
    """Somebody goes to the kiosk."""
    asked.command(lambda tx, now: commands.take_help(tx, asked.actor, now, help_id))


def _move(asked: Asked, move: str) -> Note:
    fields = {"outcome": "outcome", "service": "service", "procedure": "procedure", "pin": "pin", "class": "class"}
    given = {name: asked.field(field) for name, field in fields.items()}
    ask = MoveTicket.model_validate(
        {
            "request_id": asked.form.get("request_id"),
            "move": move,
            "counter": asked.counter,
            "station": asked.actor.station,
            "reason": asked.reason,
            "due_min": asked.field("due_min"),
            **given,
        }
    )
    moved = asked.ticket
    answer = asked.command(lambda tx, now: commands.move_ticket(tx, asked.actor, now, moved, ask), ticket=moved)
    if move != "requeue":
        return None
    with asked.parts.store.read() as reading:
        row = find_ticket(reading.connection, answer.ticket or "")
        assert row is not None, "a ticket that was moved has a row"
        from_ms = put_off_until_ms(reading, row)
    if row.state != "waiting":
        return None
    if from_ms is None:
        return asked.fig.words("clerk", "Số {number} đã về hàng chờ, giữ nguyên thứ tự.", number=row.number)
    return asked.fig.words(
        "clerk",
        "Số {number} đã về hàng chờ, giữ nguyên thứ tự. Gọi lại được từ {time}, sau số tiếp theo cùng lĩnh vực.",
        number=row.number,
        time=asked.fig.time(from_ms),
    )


def _next(asked: Asked) -> Note:
    ask = CallNext.model_validate({"request_id": asked.form.get("request_id"), "station": asked.actor.station})
    asked.command(lambda tx, now: commands.call_next(tx, asked.actor, now, asked.counter, ask), counter=True)
    return None


def _ready(asked: Asked, *, ready: bool) -> Note:
    fields = {"request_id": asked.form.get("request_id"), "station": asked.actor.station, "ready": ready}
    ask = SetReady.model_validate(fields)
    asked.command(lambda tx, now: commands.set_ready(tx, asked.actor, now, asked.counter, ask), counter=True)
    return None


def _state(asked: Asked, state: str) -> Note:
    fields: dict[str, object] = {"request_id": asked.form.get("request_id"), "state": state}
    if state == "paused":
        fields |= {"reason": asked.reason, "until": _until(asked)}
        if asked.reason is None:
            raise Refused(Refusal.BAD_REQUEST, values={"detail": "reason", "need": "reason"})
    ask = SetCounterState.model_validate(fields | {"station": asked.actor.station})
    asked.command(lambda tx, now: commands.set_state(tx, asked.actor, now, asked.counter, ask), counter=True)
    return None


def _until(asked: Asked) -> str | None:
    """ "hh:mm" of today as the wire's time. Raises ``bad_request`` for anything else."""
    text = asked.field("until")
    if text is None:
        return None
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise Refused(Refusal.BAD_REQUEST, values={"detail": text, "need": "until"})
    with asked.parts.store.read() as reading:
        zone = reading.office.zone
        today = local_date(reading.now.wall_ms, zone)
        return to_time(local_ms(today, int(hour) * 60 + int(minute), zone))


def _issue(asked: Asked) -> Note:
    print_at = asked.field("print_at")
    fields = {
        "request_id": asked.form.get("request_id"),
        "service": asked.form.get("service"),
        "procedure": asked.field("procedure"),
        "class": asked.field("class") or "ordinary",
        "station": asked.actor.station,
        "print_at": print_at,
    }
    ask, ids = IssueTicket.model_validate(fields), Ids(asked.parts.new_ticket_id, new_link)
    printers = printing_stations(asked.parts)
    answer = asked.command(lambda tx, now: commands.issue(tx, asked.actor, now, ask, ids, printers))
    return asked.fig.words("clerk", "Đã cấp số {number}.", number=_number(asked, answer))


def _reprint(asked: Asked) -> Note:
    ask = Pressed.model_validate({"request_id": asked.form.get("request_id")})
    station = asked.form.get("station", "")
    printers = printing_stations(asked.parts)
    answer = asked.command(lambda tx, now: commands.reprint(tx, asked.actor, now, ask, asked.ticket, station, printers))
    number = _number(asked, answer)
    return asked.fig.words("clerk", "Đã gửi lệnh in lại số {number} đến {kiosk}.", number=number, kiosk=station)


def _dossier(asked: Asked) -> Note:
    ask, code = Pressed.model_validate({"request_id": asked.form.get("request_id")}), asked.field("code")
    note: Callable[[Tx, Now], Answer] = lambda tx, now: commands.note_dossier(
        tx, asked.actor, now, ask, asked.counter, code
    )
    number = _number(asked, asked.command(note, ticket=asked.field("ticket")))
    if code is None:
        return asked.fig.words("clerk", "Đã bỏ mã hồ sơ của số {number}.", number=number)
    return asked.fig.words("clerk", "Đã ghi mã hồ sơ với số {number}.", number=number)


def _number(asked: Asked, answer: Answer) -> str:
    with asked.parts.store.read() as reading:
        row = find_ticket(reading.connection, answer.ticket or "")
        return "" if row is None else row.number


_DO: Mapping[str, Callable[[Asked], Note]] = {
    "next": _next,
    "ready": lambda asked: _ready(asked, ready=True),
    "unready": lambda asked: _ready(asked, ready=False),
    "open": lambda asked: _state(asked, "open"),
    "pause": lambda asked: _state(asked, "paused"),
    "close": lambda asked: _state(asked, "closed"),
    "issue": _issue,
    "reprint": _reprint,
    "dossier": _dossier,
}
"""Everything else on the page is a move of the table by its own name."""

NEEDS: Mapping[str, Callable[[Words, Mapping[str, object]], str]] = {
    "reason": lambda words, values: words("clerk", "Cần ghi lý do."),
    "outcome": lambda words, values: words("clerk", "Cần chọn kết quả."),
    "calls": lambda words, values: words("clerk", "Cần gọi đủ {n} lần hoặc ghi lý do.", n=values.get("n", "")),
}


def refusal(error: Exception, words: Words) -> str | None:
    """The plainer sentence that this page has for a refusal; None for the general one."""
    if not isinstance(error, Refused):
        return None
    need = str(error.values.get("need", ""))
    return NEEDS[need](words, error.values) if need in NEEDS else None


HINTS: Mapping[str, Callable[[Words, Mapping[str, object]], str]] = {
    "need_finish": lambda words, v: words("clerk", "Cần kết thúc số {number} trước.", **v),
    "need_open": lambda words, v: words("clerk", "Cần mở quầy trước."),
}


def hint(desk: Desk, able: frozenset[Do], words: Words) -> str | None:
    """Why the first of the three moves cannot be made now."""
    if desk.day is None:
        return words("error", "Ngày làm việc chưa mở hoặc đã đóng. Mời mở ngày làm việc trước.")
    found = in_the_way(desk, MAIN[0])
    if MAIN[0] in able or found is None:
        return None
    said = HINTS[found.key](words, found.values)
    return f"{words('clerk', 'Gọi số tiếp theo')}: {said}"
