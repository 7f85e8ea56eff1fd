"""What all staff pages have around them: words, figures, clock, who acts, the band of a demonstration."""

from collections.abc import Mapping, Sequence

from flask import g, request

from config.words import LANGUAGES
from server.commands import Actor
from server.store.office import Office
from server.web.errors import Rejected
from server.web.figures import Figures
from server.web.identity import MANAGER, SignedIn, staff, words_here
from server.web.parts import Parts, parts
from server.wire.messages import ProblemCode

_DAY_MS = 86_400_000


def around(office: Office, *, now_ms: int | None = None) -> Mapping[str, object]:
    """What every template needs. ``day_ms`` is the hall's time of day, for the clock; ``version`` is older than what
    the page shows or as old, so that a page never misses a change."""
    words = words_here()
    fig = Figures(words, office.zone.key)
    moment_ms = parts().now().wall_ms if now_ms is None else now_ms
    return {
        "words": words,
        "fig": fig,
        "office_name": words.pick(office.name),
        "demo": parts().pictures.office.mode == "demo",
        "new_id": parts().new_id,
        "all_languages": LANGUAGES,
        "now_ms": moment_ms,
        "day_ms": fig.minute_of_day(moment_ms) * 60_000 + moment_ms % 60_000,
        "here_url": request.path,
        "version": g.version,
    }


def acting(office: Office, sign_in: SignedIn | None) -> Mapping[str, object]:
    """The person whom a page shows, the mark that its forms carry, and where it is signed in."""
    person = None if sign_in is None else office.clerks.get(sign_in.clerk or "")
    return {
        "person": None if person is None else person.name,
        "sign_in": "" if sign_in is None else sign_in.mark,
        "at": MANAGER if sign_in is None or sign_in.counter is None else sign_in.counter,
    }


def actor_of_form() -> Actor:
    """Who acts by the form of a manager's or health page: the sign-in that the page showed.

    Raises ``unauthenticated`` for a browser without sign-in, ``not_allowed`` when that sign-in has ended.
    """
    here = staff()
    sign_in = here.marked(request.form["as"]) if "as" in request.form else here.latest
    if here.latest is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    if sign_in is None:
        raise Rejected(ProblemCode.NOT_ALLOWED, values={"need": "sign_in_changed"})
    return Actor(sign_in.role, sign_in.clerk or sign_in.counter or here.station, here.station)


def pace_of_page(here: Parts) -> Mapping[str, object]:
    """How the page's clocks run between two drawings. A demonstration's clock may run at any speed, so its pages
    count nothing by themselves and are drawn again more often."""
    demo = here.pictures.office.mode == "demo"
    return {"speed": 0 if demo else 1, "every_s": 3 if demo else 20}


def kiosks(here: Parts) -> Sequence[str]:
    """Stations that can print a slip now."""
    return [one.station for one in here.reports.stations() if one.kind == "kiosk" and one.online]
