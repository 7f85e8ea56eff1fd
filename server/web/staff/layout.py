"""Template variables that all staff pages share: texts, clock, signed-in person, refresh."""

from collections.abc import Mapping, Sequence

from flask import g, request

from config.words import LANGUAGES
from server.commands import Actor
from server.domain.actor import require_permission
from server.domain.office import OfficeDefinition
from server.domain.permissions import Action
from server.store import Snapshot
from server.web.shared.context import AppContext, current_context, has_printer
from server.web.shared.device_names import name_of_station
from server.web.shared.errors import Rejected
from server.web.shared.formatting import Formatter
from server.web.shared.identity import MANAGER, SignedIn, browser_sign_ins, has_accounts, request_translations
from server.web.shared.logo import logo_url
from server.web.shared.session_cookie import current_session, enrolled_browser
from server.web.staff.assistance.strip import page_strip
from server.wire.messages import Ask, ProblemCode, ProblemNeed, RequestId


class ButtonPress(Ask):
    """The request of a button; other fields of its form are arguments of the command."""

    request_id: RequestId


def layout_values(
    office: OfficeDefinition, *, now_ms: int | None = None, snapshot: Snapshot | None = None
) -> Mapping[str, object]:
    """Return the variables of every template.

    ``new_id`` makes a request id, one for each form. ``demo``: the hall is a demonstration, ``practice``: it practises.
    ``now_ms`` is the moment of
    the page's content (UTC; the argument None: now), ``day_ms`` the hall's time of day, in ms since midnight, for the
    clock. ``snapshot``: of the page's content, from which the strip is made; None: a page without the strip.
    ``live_version`` was read before the page's content, so that a page never misses a change.
    """
    words = request_translations()
    formatter = Formatter(words, office.zone.key)
    shown_ms = current_context().now().wall_ms if now_ms is None else now_ms
    return {
        "words": words,
        "formatter": formatter,
        "office_name": words.pick(office.name),
        "one_stop": office.rules.one_stop,
        "logo_url": logo_url(office.logo_id),
        "demo": current_context().mode == "demo",
        "practice": current_context().store.in_practice,
        "has_accounts": has_accounts(),
        "takes_pin": has_accounts() and enrolled_browser() is not None,
        "session_person": _session_person(),
        "may": _may,
        "name_of_station": name_of_station,
        "new_id": current_context().new_id,
        "all_languages": LANGUAGES,
        "now_ms": shown_ms,
        "day_ms": formatter.minute_of_day(shown_ms) * 60_000 + shown_ms % 60_000,
        "page_url": request.path,
        "live_version": g.live_version,
        "strip": None if snapshot is None else page_strip(snapshot),
    }


def _session_person() -> str:
    """Return the sign-in name of the session's person, for the dialog that asks again."""
    session = current_session()
    return "" if session is None else session.person.sign_in_name


def _may(action: str) -> bool:
    """Return whether the people of this browser may do ``action``.

    A page shows no key that its reader may not use.
    """
    return browser_sign_ins().may(Action(action))


def person_values() -> Mapping[str, object]:
    """Return the name of the session's person."""
    session = current_session()
    return {"person": None if session is None else session.person.name}


def sign_in_values(office: OfficeDefinition, sign_in: SignedIn | None) -> Mapping[str, object]:
    """Return the name and id of the page's sign-in, and the key of its notes.

    ``page_key`` is the id of the counter, or ``manager``.
    """
    person, session = None if sign_in is None else office.clerks.get(sign_in.clerk or ""), current_session()
    return {
        "person": session.person.name if session is not None else None if person is None else person.name,
        "sign_in_id": "" if sign_in is None else sign_in.id,
        "page_key": MANAGER if sign_in is None or sign_in.counter is None else sign_in.counter,
    }


def permitted_sign_in(action: Action) -> SignedIn | None:
    """Return this browser's latest sign-in, None without one, after a check of its permission.

    Raises ``forbidden`` when its role may not do ``action`` (to see the page).
    """
    sign_in = browser_sign_ins().latest
    if sign_in is not None:
        require_permission(sign_in.actor(sign_in.id), action)
    return sign_in


def actor_of_form() -> Actor:
    """Return the actor of a form: the sign-in of its page.

    For the manager's pages and the health page. Raises ``unauthenticated`` for a browser without sign-in,
    ``not_allowed`` when that sign-in has ended.
    """
    sign_ins = browser_sign_ins()
    sign_in = sign_ins.find(request.form["as"]) if "as" in request.form else sign_ins.latest
    if sign_ins.latest is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    if sign_in is None:
        raise Rejected(ProblemCode.NOT_ALLOWED, need=ProblemNeed.SIGN_IN_CHANGED)
    return sign_in.actor(sign_ins.station)


def refresh_values(context: AppContext) -> Mapping[str, object]:
    """Return the speed of the page's clocks, and the interval of its refreshes in seconds.

    The interval is that of staff.js; a page may also set ``refresh_s``, the interval for a browser without scripts. A
    demonstration's clock may run at any speed, so its pages do not advance their clocks between two refreshes, and
    refresh more often.
    """
    demo = context.mode == "demo"
    return {"clock_speed": 0 if demo else 1, "refresh_every_s": 3 if demo else 20}


def online_kiosks(context: AppContext) -> Sequence[str]:
    """Return the ids of the kiosks that are online, and can print a slip now."""
    return [station.station for station in context.reports.stations() if has_printer(station) and station.online]


def desk_printer(context: AppContext) -> str | None:
    """Return the station of the first desk printer online. It has a printer and no screen."""
    for station in context.reports.stations():
        names = {device.device for device in station.devices}
        if station.kind == "kiosk" and station.online and "printer" in names and "screen" not in names:
            return station.station
    return None
