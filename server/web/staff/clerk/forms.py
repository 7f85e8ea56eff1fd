"""Turn the forms of the clerk page into commands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from config.clock import Now
from config.words import Words, words
from server import commands, views
from server.commands import Actor, CommandResult, IdFactory, Refused
from server.domain.errors import Need, Refusal
from server.store import Tx, Work
from server.web.shared.context import AppContext, printing_stations
from server.web.shared.device_names import name_of_station
from server.web.shared.errors import Rejected
from server.web.shared.formatting import Formatter
from server.web.shared.identity import new_visitor_token
from server.web.shared.time_today import later_today_ms
from server.web.staff.clerk.issuing import SERVICE_CHOICE
from server.web.staff.clerk.move_notes import move_note
from server.web.staff.layout import ButtonPress
from server.wire.messages import (
    CallNext,
    CounterStateName,
    IssueTicket,
    MoveTicket,
    ProblemCode,
    SetCounterState,
    SetReady,
    SignIn,
    UndoMove,
    to_time,
)

Result = TypeVar("Result")

VIETNAMESE = words("vi")
"""Reasons are recorded in Vietnamese, in whichever language the page is."""


@dataclass(frozen=True, slots=True)
class ClerkForm:
    """A submitted form: its sender (``actor``), its counter and its fields.

    ``counter`` is its id; ``clerk`` is the id of the clerk for whom the page was rendered, None for a counter without a
    named clerk.
    """

    context: AppContext
    actor: Actor
    counter: str
    clerk: str | None
    fields: Mapping[str, str]
    formatter: Formatter

    @property
    def request_id(self) -> str | None:
        """The id of the request, from the form."""
        return self.fields.get("request_id")

    def command(self, work: Work[Result], *, check_ticket: str | None = None, check_counter: bool = False) -> Result:
        """Run ``work`` in one transaction, after checks that the form is not outdated.

        The same clerk must still be at the counter. The field ``drawn`` has the version of the ticket (``check_ticket``
        is its id), or of the counter (``check_counter``), when the page was rendered; either must be unchanged. A form
        without the field, sent by a program, is not compared.
        """
        page_version = self.field("drawn")

        def run(tx: Tx, now: Now) -> Result:
            commands.check_clerk(tx, self.counter, self.clerk)
            if page_version is not None and check_ticket is not None:
                commands.check_ticket(tx, self.actor, self.request_id, check_ticket, page_version)
            if page_version is not None and check_counter:
                commands.check_counter(tx, self.actor, self.request_id, self.counter, page_version)
            return work(tx, now)

        return self.context.writer.ask(run)

    def field(self, name: str) -> str | None:
        """Return the value of a field without surrounding spaces; None for an empty one."""
        return self.fields.get(name, "").strip() or None

    @property
    def reason(self) -> str | None:
        """The reason of an action such as a pause: typed, else chosen from a list."""
        return self.field("other") or self.field("reason")

    @property
    def ticket(self) -> str:
        """The id of the form's ticket. Raises ``not_found``."""
        ticket = self.field("ticket")
        if ticket is None:
            raise Rejected(ProblemCode.NOT_FOUND)
        return ticket


@dataclass(frozen=True, slots=True)
class NumberWithoutSlip:
    """A ticket that was issued without a slip. The page shows its number in large digits."""

    ticket: str


Note = str | NumberWithoutSlip | None
"""A sentence about the result of an action; None where the page itself shows the result."""


def run_action(action: str, form: ClerkForm) -> Note:
    """Run the action of this name: an action of ``_ACTIONS``, or a move.

    Raises ``Refused`` as the command does.
    """
    acknowledge(form)
    if action in _ACTIONS:
        return _ACTIONS[action](form)
    return _move(form, action)


def acknowledge(form: ClerkForm) -> None:
    """Acknowledge an automatic call, because the clerk used the page."""
    form.command(lambda tx, now: commands.acknowledge_call(tx, form.actor, now, form.counter))


def sign_out(form: ClerkForm) -> None:
    """Sign the clerk out of the counter. Raises ``not_allowed`` when another clerk is there now."""
    body = SignIn.model_validate({"request_id": form.request_id, "clerk": None, "station": form.actor.station})
    form.command(lambda tx, now: commands.sign_in(tx, form.actor, now, form.counter, body))


def sign_in(context: AppContext, actor: Actor, counter: str, clerk: str | None, fields: Mapping[str, str]) -> None:
    """Sign ``clerk`` in at the counter; None for a counter without a named clerk."""
    body = SignIn.model_validate({"request_id": fields.get("request_id"), "clerk": clerk, "station": actor.station})
    context.writer.ask(lambda tx, now: commands.sign_in(tx, actor, now, counter, body))


def take_help(form: ClerkForm, help_id: str) -> None:
    """Record that this clerk goes to the kiosk."""
    form.command(lambda tx, now: commands.take_help(tx, form.actor, now, help_id))


def _move(form: ClerkForm, move: str) -> Note:
    fields = ("outcome", "service", "procedure", "pin", "pin_clerk", "note", "class")
    optional_fields = {name: form.field(name) for name in fields} | _destination(form)
    body = MoveTicket.model_validate(
        {
            "request_id": form.fields.get("request_id"),
            "move": move,
            "counter": form.counter,
            "station": form.actor.station,
            "reason": form.reason,
            "due_min": form.field("due_min"),
            "back": form.field("back") is not None,
            **optional_fields,
        }
    )
    ticket_id = form.ticket
    result = form.command(
        lambda tx, now: commands.move_ticket(tx, form.actor, now, ticket_id, body), check_ticket=ticket_id
    )
    with form.context.store.read() as snapshot:
        return move_note(body.move, views.moved_ticket(snapshot, result.ticket or ""), form.counter, form.formatter)


def _destination(form: ClerkForm) -> dict[str, str | None]:
    """Return where a ticket is sent, from the field ``to``: "service", "service/counter/id" or "service/clerk/id"."""
    text = form.field("to")
    if text is None:
        return {}
    service, _, pin = text.partition("/")
    kind, _, name = pin.partition("/")
    pins = {"pin": name if kind == "counter" else None, "pin_clerk": name if kind == "clerk" else None}
    return {"service": service, **pins}


def _next(form: ClerkForm) -> Note:
    body = CallNext.model_validate({"request_id": form.fields.get("request_id"), "station": form.actor.station})
    form.command(lambda tx, now: commands.call_next(tx, form.actor, now, form.counter, body), check_counter=True)
    return None


def _undo(form: ClerkForm) -> Note:
    fields = {name: form.fields.get(name) for name in ("request_id", "seq")}
    body = UndoMove.model_validate(fields | {"counter": form.counter, "station": form.actor.station})
    ticket = form.ticket
    form.command(lambda tx, now: commands.undo_move(tx, form.actor, now, ticket, body))
    with form.context.store.read() as snapshot:
        number = views.ticket_number(snapshot, ticket)
    return form.formatter.words("clerk", "Đã hoàn tác: số {number} trở lại như trước.", number=number)


def _ready(form: ClerkForm, *, ready: bool) -> Note:
    fields = {"request_id": form.fields.get("request_id"), "station": form.actor.station, "ready": ready}
    body = SetReady.model_validate(fields)
    form.command(lambda tx, now: commands.set_ready(tx, form.actor, now, form.counter, body), check_counter=True)
    return None


def _state(form: ClerkForm, state: CounterStateName) -> Note:
    fields: dict[str, object] = {"request_id": form.fields.get("request_id"), "state": state}
    if state is CounterStateName.PAUSED:
        fields |= {"reason": form.reason, "until": _until(form)}
        if form.reason is None:
            raise Refused(Refusal.BAD_REQUEST, need=Need.REASON, values={"detail": Need.REASON.value})
    body = SetCounterState.model_validate(fields | {"station": form.actor.station})
    form.command(lambda tx, now: commands.set_state(tx, form.actor, now, form.counter, body), check_counter=True)
    return None


def _until(form: ClerkForm) -> str | None:
    """Return the end of a pause, "hh:mm" of today, as the wire's time.

    None for an empty field. Raises ``bad_request`` for anything else, and for a time that has passed.
    """
    text = form.field("until")
    if text is None:
        return None
    with form.context.store.read() as snapshot:
        return to_time(later_today_ms(text, snapshot.now.wall_ms, snapshot.office.zone))


def _issue(form: ClerkForm) -> Note:
    """Issue a number for the chosen procedure, else for the chosen service."""
    print_at, choice = form.field("print_at"), form.field("procedure") or ""
    found_service = choice.removeprefix(SERVICE_CHOICE) if choice.startswith(SERVICE_CHOICE) else None
    procedure = (choice or None) if found_service is None else None
    fields = {
        "request_id": form.fields.get("request_id"),
        "service": found_service or _service_of(form, procedure) or form.fields.get("service"),
        "procedure": procedure,
        "class": form.field("class") or "ordinary",
        "station": form.actor.station,
        "print_at": print_at,
    }
    body, ids = IssueTicket.model_validate(fields), IdFactory(form.context.new_ticket_id, new_visitor_token)
    printers = printing_stations(form.context)
    result = form.command(lambda tx, now: commands.issue(tx, form.actor, now, body, ids, printers))
    if print_at is None:
        return NumberWithoutSlip(result.ticket or "")
    return _issued_note(form, result, print_at)


def _service_of(form: ClerkForm, procedure: str | None) -> str | None:
    with form.context.store.read() as snapshot:
        definition = snapshot.office.procedures.get(procedure or "")
    return None if definition is None else definition.service


def _issued_note(form: ClerkForm, result: CommandResult, print_at: str) -> str:
    """Return sentences about the new number: people ahead, and where the slip is."""
    words = form.formatter.words
    with form.context.store.read() as snapshot:
        number = views.ticket_number(snapshot, result.ticket or "")
        ahead = views.people_ahead(snapshot, result.ticket or "")
    sentences = [words("clerk", "Đã cấp số {number}.", number=number)]
    if ahead is not None:
        sentences.append(words("clerk", "Còn {n} người chờ trước.", n=ahead))
    sentences.append(words("clerk", "Phiếu in tại {kiosk}.", kiosk=name_of_station(print_at, "kiosk")))
    return " ".join(sentences)


def _reprint(form: ClerkForm) -> Note:
    body = ButtonPress.model_validate({"request_id": form.fields.get("request_id")})
    station = form.fields.get("station", "")
    printers = printing_stations(form.context)
    result = form.command(lambda tx, now: commands.reprint(tx, form.actor, now, body, form.ticket, station, printers))
    number = _number(form, result)
    return form.formatter.words(
        "clerk", "Đã gửi lệnh in lại số {number} đến {kiosk}.", number=number, kiosk=name_of_station(station, "kiosk")
    )


def _dossier(form: ClerkForm) -> Note:
    body, code = ButtonPress.model_validate({"request_id": form.fields.get("request_id")}), form.field("code")
    record_code: Callable[[Tx, Now], CommandResult] = lambda tx, now: commands.note_dossier(
        tx, form.actor, now, body, form.counter, code
    )
    number = _number(form, form.command(record_code, check_ticket=form.field("ticket")))
    if code is None:
        return form.formatter.words("clerk", "Đã bỏ mã hồ sơ của số {number}.", number=number)
    return form.formatter.words("clerk", "Đã ghi mã hồ sơ với số {number}.", number=number)


def _note(form: ClerkForm) -> Note:
    """Store the text of the form as the ticket's note.

    An empty one, or the button "remove", removes it.
    """
    body = ButtonPress.model_validate({"request_id": form.fields.get("request_id")})
    text, ticket_id = None if form.field("remove") else form.field("text"), form.ticket
    record_note: Callable[[Tx, Now], CommandResult] = lambda tx, now: commands.note_ticket(
        tx, form.actor, now, body, ticket_id, form.counter, text
    )
    number = _number(form, form.command(record_note, check_ticket=ticket_id))
    if text is None:
        return form.formatter.words("clerk", "Đã xóa ghi chú của số {number}.", number=number)
    return form.formatter.words("clerk", "Đã ghi chú với số {number}.", number=number)


def _number(form: ClerkForm, result: CommandResult) -> str:
    with form.context.store.read() as snapshot:
        return views.ticket_number(snapshot, result.ticket or "")


_ACTIONS: Mapping[str, Callable[[ClerkForm], Note]] = {
    "next": _next,
    "ready": lambda form: _ready(form, ready=True),
    "unready": lambda form: _ready(form, ready=False),
    "open": lambda form: _state(form, CounterStateName.OPEN),
    "pause": lambda form: _state(form, CounterStateName.PAUSED),
    "close": lambda form: _state(form, CounterStateName.CLOSED),
    "issue": _issue,
    "reprint": _reprint,
    "dossier": _dossier,
    "note": _note,
    "undo": _undo,
}
"""The actions that are no moves; any other action is the move of that name."""


def short_refusal(error: Exception, words: Words) -> str | None:
    """Return this page's shorter sentence for a refusal; None where the general one applies."""
    if not isinstance(error, Refused):
        return None
    match error.need:
        case Need.REASON:
            return words("clerk", "Cần ghi lý do.")
        case Need.OUTCOME:
            return words("clerk", "Cần chọn kết quả.")
        case _:
            return None
