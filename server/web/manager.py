"""The manager's pages: the hall now, and a day's figures with their definitions; CSV; opening and closing the day."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from config.clock import Now
from config.words import LANGUAGES
from hardware.letters import missing
from server import commands, views
from server.commands import Actor
from server.store.journal import Tx
from server.web import day_page, devices, hall_now
from server.web.csv_file import csv_text
from server.web.daybook import book
from server.web.endpoint import reader
from server.web.errors import KNOWN, Rejected, problem
from server.web.figures import Figures
from server.web.identity import MANAGER, SignedIn, keep_language, said, say_next, sign_in_manager, staff, words_here
from server.web.identity import sign_out as end_sign_in
from server.web.parts import parts
from server.web.staff_pages import acting, actor_of_form, around, pace_of_page
from server.web.today import day_name, named_day, today_now
from server.wire.messages import ProblemCode

Result = TypeVar("Result")

pages = Blueprint("manager", __name__)

MOST_REASON = 100  # a kiosk shows it in large letters


@pages.post("/manager/sign-in")
def sign_in() -> Response:
    """Who looks after the hall. Raises ``not_found`` for somebody who is no manager."""
    name = request.form.get("manager", "")
    with parts().store.read() as reading:
        person = reading.office.clerks.get(name)
    if person is None or person.role != "manager":
        raise Rejected(ProblemCode.NOT_FOUND)
    sign_in_manager(name)
    return redirect(url_for("manager.now"), HTTPStatus.SEE_OTHER)


@pages.post("/manager/sign-out")
def sign_out() -> Response:
    """Leave the manager's pages; other sign-ins of the browser stay."""
    sign_in = staff().as_manager
    if sign_in is not None and request.form.get("as", sign_in.mark) == sign_in.mark:
        end_sign_in(sign_in)
    return redirect(url_for("clerk.enter", choose=1), HTTPStatus.SEE_OTHER)


@pages.get("/manager")
def now() -> str | Response:
    """The hall now."""
    return _elsewhere() or _now_page()


@pages.get("/manager/day")
def day() -> str | Response:
    """The figures of one day: ``?date=``, else the open one, else the last."""
    elsewhere = _elsewhere()
    if elsewhere is not None:
        return elsewhere
    with parts().store.read() as reading:
        fig = Figures(words_here(), reading.office.zone.key)
        days = views.days(reading)[::-1]
        names = {day.id: day_name(day, fig) for day in days}
        dates = list(names)
        date = request.args.get("date") or (dates[-1] if dates else None)
        if date is not None and date not in names:
            raise NotFound
        found = book(reading, date) if date is not None else None
        place = dates.index(date) if date is not None else 0
        return render_template(
            "staff/day.html",
            **around(reading.office, now_ms=reading.now.wall_ms),
            **acting(reading.office, _shown_as()),
            **(day_page.shown(found, reading.office, fig) if found is not None else {}),
            tab="day",
            follow=None,
            date=date,
            name=names.get(date or ""),
            known_date=next((day.date for day in days if day.id == date), None),
            names=dict(reversed(names.items())),
            before=dates[place - 1] if place > 0 else None,
            after=dates[place + 1] if place + 1 < len(dates) else None,
            day=found.day if found else None,
            law=found.law if found else None,
            target=reading.office.rules.target_min,
        )


@pages.get("/manager/day/<date>.csv")
def csv_file(date: str) -> Response:
    """One ticket a line: UTF-8 with a byte order mark, semicolons, so that spreadsheets open it as it is."""
    if staff().latest is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    with parts().store.read() as reading:
        if date not in {day.id for day in views.days(reading)}:
            raise NotFound
        text = csv_text(reading, date, Figures(words_here(), reading.office.zone.key))
    name = f"luot-{date}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text.encode("utf-8-sig"), mimetype="text/csv", headers=headers)


@pages.post("/manager/day/open")
def open_() -> Response:
    """Open the service day."""

    def told(date: str | None) -> str:
        fig = Figures(words_here(), _zone())
        if date is None:
            return fig.words("day", "Đã mở ngày làm việc, chưa rõ ngày.")
        return fig.words(
            "day", "Đã mở ngày {date} lúc {time}.", date=fig.date(date), time=fig.time(parts().now().wall_ms)
        )

    return _change(commands.open_day, told)


@pages.post("/manager/day/close")
def close() -> Response:
    """Close the service day; who was not served expires."""

    def told(closed: commands.Closed) -> str:
        fig = Figures(words_here(), _zone())
        return fig.words(
            "day",
            "Đã đóng ngày {date}: {n} lượt đã phục vụ, {m} số hết hiệu lực.",
            date=named_day(closed.date, fig),
            n=fig.number(closed.served),
            m=fig.number(closed.expired),
        )

    return _change(commands.close_day, told)


@pages.post("/manager/day/reopen")
def reopen() -> Response:
    """Open the day again that was closed by mistake; ``reason`` says why."""

    def told(date: str | None) -> str:
        fig = Figures(words_here(), _zone())
        return fig.words("day", "Đã mở lại ngày {date}. Số thứ tự tiếp theo số cuối đã cấp.", date=named_day(date, fig))

    reason = request.form.get("reason", "")[:200]
    return _change(lambda tx, actor, at: commands.reopen_day(tx, actor, at, reason), told)


@pages.post("/manager/day/date")
def today() -> Response:
    """Which day it is: ``date``, because the clock is wrong; without one the clock is right. ``left``: ``expire`` for
    who still waits since before the machine was switched on."""
    date, keep = request.form.get("date"), request.form.get("left") != "expire"

    def command(tx: Tx, actor: Actor, at: Now) -> str:
        if date is None:
            return commands.confirm_clock(tx, actor, at, keep=keep)
        return commands.tell_date(tx, actor, at, date, keep=keep)

    def told(named: str) -> str:
        fig = Figures(words_here(), _zone())
        return fig.words("day", "Đã ghi nhận: hôm nay là {date}.", date=fig.date(named))

    return _change(command, told)


@pages.post("/manager/issuing/<service>")
def issuing(service: str) -> Response:
    """Stop issuing numbers of a service today, or (``on``) issue again. ``reason`` is shown to visitors."""
    if request.form.get("on"):
        return _change(lambda tx, actor, at: commands.resume_issuing(tx, actor, at, service), lambda nothing: None)
    reason = " ".join(request.form.get("reason", "").split())[:MOST_REASON] or None
    if staff().latest is not None and (signs := missing(reason or "")):
        said = words_here()("error", "Ki-ốt không có phông chữ cho “{sign}”. Mời viết lý do bằng chữ.", sign=signs[0])
        return Response(_now_page(said), HTTPStatus.BAD_REQUEST, mimetype="text/html")
    return _change(lambda tx, actor, at: commands.stop_issuing(tx, actor, at, service, reason), lambda nothing: None)


def _change(command: Callable[[Tx, Actor, Now], Result], told: Callable[[Result], str | None]) -> Response:
    """Run it and show the page again, or the page with what is refused and why."""
    drawn = request.form.get("day")
    if staff().latest is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)

    def run(tx: Tx, at: Now) -> Result:
        if drawn is not None:
            commands.check_day(tx, drawn)
        return command(tx, actor, at)

    try:
        actor = actor_of_form()
        result = parts().writer.ask(run)
    except KNOWN as error:
        found = problem(error, reader(words_here()))
        return Response(_now_page(found.detail), found.status, mimetype="text/html")
    if note := told(result):
        say_next(MANAGER, note)
    return redirect(url_for("manager.now"), HTTPStatus.SEE_OTHER)


def _now_page(refusal: str | None = None) -> str:
    with parts().store.read() as reading:
        fig = Figures(words_here(), reading.office.zone.key)
        found, office = views.manager_now(reading), reading.office
        shown_to = devices.Reader(fig, office, reading.now.wall_ms)
        reported = devices.rows(parts().reports.stations(), shown_to)
        return render_template(
            "staff/now.html",
            **around(office, now_ms=reading.now.wall_ms),
            **acting(office, _shown_as()),
            **pace_of_page(parts()),
            tab="now",
            follow=url_for("manager.now"),
            refusal=refusal,
            note=said(MANAGER),
            alerts=hall_now.alerts(found, fig.words),
            whole=hall_now.so_far(reading),
            waiting=found.counts["waiting"],
            longest=None if found.longest_ms is None else (found.longest_number, found.longest_ms),
            target=found.target_min,
            lines=hall_now.lines(found, office),
            devices=reported,
            faulty=sum(one.wrong for one in reported),
            linked=parts().reports.linked,
            slips=[one.number for one in views.unclear_slips(reading)],
            counters=hall_now.tiles(found, fig.words),
            day=today_now(reading, fig),
            unserved=sum(found.counts[state] for state in ("waiting", "called", "held")),
            stops=[hall_now.Stop(office.services[one.service.id], one.stopped) for one in found.services],
        )


def _elsewhere() -> Response | None:
    """To the sign-in page, for a browser that nobody signed in; and keeps a language that was asked for."""
    if request.args.get("lang") in LANGUAGES:
        keep_language(request.args["lang"])
    return None if staff().latest is not None else redirect(url_for("clerk.enter", choose=1))


def _shown_as() -> SignedIn | None:
    """The person of a manager's page: the browser's manager, else the sign-in made last."""
    here = staff()
    return here.as_manager or here.latest


def _zone() -> str:
    with parts().store.read() as reading:
        return reading.office.zone.key
