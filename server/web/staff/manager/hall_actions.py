"""Forms of the page "Now": counters, services, notices, calls for help."""

from collections.abc import Callable

from flask import Blueprint, request
from werkzeug.wrappers import Response

from config.clock import Now
from config.letters import missing_characters
from server import commands
from server.commands import Actor
from server.commands.office import OfficeRefused
from server.domain.calendar import local_clock, local_date
from server.domain.errors import Need, Refusal, Refused
from server.domain.office_changes import Edit, EditConflict, Part, parts_of
from server.store import Tx
from server.web.shared.context import current_context
from server.web.shared.identity import browser_sign_ins, request_translations
from server.web.shared.time_today import later_today_ms
from server.web.staff.manager.now_page import refused, run_command
from server.wire.messages import CounterStateName, SetCounterState, SignIn, to_time

pages = Blueprint("hall_actions", __name__)

MAX_REASON_LENGTH = 100
"""The most characters of a reason why issuing was stopped; kiosks show it in large letters."""
MAX_NOTICE_LENGTH = 200
"""The most characters of a notice."""
NOTICE_PREFIX = "n"
"""The beginning of the ids of notices, before the journal's sequence, so that none is used twice."""
END_OF_DAY = "day"
"""The value of the choice that a notice is shown until the end of today."""


def _typed(name: str, max_length: int = MAX_REASON_LENGTH) -> str | None:
    """Return a text of the form with single spaces; None for an empty one."""
    return " ".join(request.form.get(name, "").split())[:max_length] or None


def _undrawable(*texts: str | None) -> str | None:
    """Return a letter of the texts that kiosks and screens cannot draw, else None."""
    missing = missing_characters("".join(text or "" for text in texts))
    return missing[0] if missing and browser_sign_ins().latest is not None else None


def _today_at(tx: Tx, now: Now, clock: str | None) -> int | None:
    """Return the moment of a time of today (``hh:mm``) in UTC ms.

    None for an empty field. Raises ``bad_request`` for anything else, and for a time that has passed.
    """
    return None if clock is None else later_today_ms(clock, now.wall_ms, tx.office.zone)


@pages.post("/manager/counters/<counter>/state")
def direct_counter(counter: str) -> Response:
    """Open, pause or close a counter; with ``clerk`` sign that person in there first."""
    state, clerk, reason, until = (_typed(name) for name in ("state", "clerk", "reason", "until"))
    request_id, sign_in_id = request.form.get("request_id"), current_context().new_id()

    def command(tx: Tx, actor: Actor, now: Now) -> None:
        if state == CounterStateName.OPEN.value and clerk is not None:
            sign_in = SignIn.model_validate({"request_id": sign_in_id, "clerk": clerk})
            commands.sign_in(tx, actor, now, counter, sign_in)
        fields: dict[str, object] = {"request_id": request_id, "state": state}
        if state == CounterStateName.PAUSED.value:
            if reason is None:
                raise Refused(Refusal.BAD_REQUEST, need=Need.REASON, values={"detail": Need.REASON.value})
            until_ms = _today_at(tx, now, until)
            fields |= {"reason": reason, "until": None if until_ms is None else to_time(until_ms)}
        commands.set_state(tx, actor, now, counter, SetCounterState.model_validate(fields))

    return run_command(command, lambda _result: None)


@pages.post("/manager/counters/<counter>/seat")
def seat_today(counter: str) -> Response:
    """Put a person at a counter for today.

    ``clerk``: the id, ``nobody``, or ``usual`` for the roster of the week.
    """
    clerk = request.form.get("clerk", "")
    return run_command(
        lambda tx, actor, now: commands.seat_today(
            tx, actor, now, counter, None if clerk in ("nobody", "usual") else clerk, is_usual=clerk == "usual"
        ),
        lambda _result: None,
    )


@pages.post("/manager/counters/<counter>/services")
def change_services(counter: str) -> Response:
    """Change the services of a counter for today.

    ``do``: lend one, take one, or restore the settings; ``from``: the counter from which a lent service
    is taken; ``sure``: the person confirmed the consequence that a refusal named.
    """
    service, source, is_sure = request.form.get("service", ""), _typed("from"), bool(request.form.get("sure"))
    change = request.form.get("do")

    def command(tx: Tx, actor: Actor, now: Now) -> None:
        match change:
            case "lend":
                commands.lend_service(tx, actor, now, counter, service, taken_from=source, any_clerk=is_sure)
            case "take":
                commands.take_service(tx, actor, now, counter, service, is_confirmed=is_sure)
            case _:
                commands.restore_services(tx, actor, now, counter, is_confirmed=is_sure)

    return run_command(command, lambda _result: None)


@pages.post("/manager/issuing")
@pages.post("/manager/issuing/<service>")
def change_issuing(service: str | None = None) -> Response:
    """Stop issuing numbers of a service today, or with ``on`` resume.

    Without a service in the address it is ``of``, the one that was chosen in the form.
    Visitors see the ``reason``, the end (``until``, a time of today) and whom to ask (``ask``).
    """
    of = request.form.get("of", "") if service is None else service
    if request.form.get("on"):
        return run_command(lambda tx, actor, now: commands.resume_issuing(tx, actor, now, of), lambda _result: None)
    reason, ask, until = _typed("reason"), _typed("ask"), _typed("until")
    if (sign := _undrawable(reason, ask)) is not None:
        words = request_translations()
        return refused(words("error", "Ki-ốt không có phông chữ cho “{sign}”. Mời viết lý do bằng chữ.", sign=sign))

    def command(tx: Tx, actor: Actor, now: Now) -> None:
        until_ms = _today_at(tx, now, until)
        commands.stop_issuing(tx, actor, now, of, reason, until_at_ms=until_ms, ask=ask)

    return run_command(command, lambda _result: None)


@pages.post("/manager/notices")
def put_notice() -> Response:
    """Put up a notice: ``text`` and ``text_en``.

    It is shown until the end of today, until a moment, or until it is taken down.
    """
    words = request_translations()
    text, english = _typed("text", MAX_NOTICE_LENGTH), _typed("text_en", MAX_NOTICE_LENGTH)
    since, until, lasts_today = _typed("since"), _typed("until"), request.form.get("end") == END_OF_DAY
    if text is None and browser_sign_ins().latest is not None:
        return refused(words("manager", "Mời viết nội dung thông báo bằng tiếng Việt."))
    if (sign := _undrawable(text, english)) is not None:
        return refused(
            words("manager", "Màn hình không có phông chữ cho “{sign}”. Mời viết thông báo bằng chữ.", sign=sign)
        )
    texts = {"vi": text, **({"en": english} if english else {})}

    def command(tx: Tx, actor: Actor, now: Now) -> str:
        today, end = local_date(now.wall_ms, tx.office.zone), until
        if lasts_today:
            end = f"{today}T23:59"
        if end is not None and end <= f"{today}T{local_clock(now.wall_ms, tx.office.zone)}":
            raise Refused(Refusal.BAD_REQUEST, need=Need.UNTIL, values={"detail": end})
        row = {"text": texts, "since": since, "until": end}
        edit = Edit(Part.NOTICE, f"{NOTICE_PREFIX}{tx.head.seq + 1}", None, row)
        return commands.change_office(tx, actor, now, [edit])

    return _change_notices(command, words("manager", "Đã đăng thông báo."))


@pages.post("/manager/notices/<notice>/remove")
def remove_notice(notice: str) -> Response:
    """Take a notice down."""

    def command(tx: Tx, actor: Actor, now: Now) -> str:
        row = parts_of(tx.office).get((Part.NOTICE, notice))
        if row is None:
            raise EditConflict(Part.NOTICE, notice, ())
        return commands.change_office(tx, actor, now, [Edit(Part.NOTICE, notice, row, None)])

    return _change_notices(command, request_translations()("manager", "Đã gỡ thông báo."))


def _change_notices(command: Callable[[Tx, Actor, Now], str], note: str) -> Response:
    """Run the command; show the page again with ``note``, or with what is wrong."""
    words = request_translations()
    try:
        return run_command(command, lambda _change: note)
    except OfficeRefused:
        return refused(words("manager", "Thông báo phải kết thúc sau khi bắt đầu. Mời xem lại ngày giờ."))
    except EditConflict:
        return refused(words("manager", "Thông báo này vừa được người khác đổi hoặc gỡ."))


@pages.post("/manager/help/<help_id>")
def take_help(help_id: str) -> Response:
    """Record that this person goes to the kiosk."""
    return run_command(lambda tx, actor, now: commands.take_help(tx, actor, now, help_id), lambda _result: None)
