"""What all staff pages have around them: words, figures, clock, the band of a demonstration."""

from collections.abc import Mapping, Sequence

from flask import request

from config.words import LANGUAGES
from server.store.office import Office
from server.web.figures import Figures
from server.web.identity import words_here
from server.web.parts import Parts, parts

_DAY_MS = 86_400_000


def around(office: Office, *, now_ms: int | None = None) -> Mapping[str, object]:
    """What every template needs. ``day_ms`` is the hall's time of day, for the clock."""
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
    }


def pace_of_page(here: Parts) -> Mapping[str, object]:
    """How the page's clocks run between two drawings. A demonstration's clock may run at any speed, so its pages
    count nothing by themselves and are drawn again more often."""
    demo = here.pictures.office.mode == "demo"
    return {"speed": 0 if demo else 1, "every_s": 3 if demo else 20}


def kiosks(here: Parts) -> Sequence[str]:
    """Stations that can print a slip now."""
    return [one.station for one in here.reports.stations() if one.kind == "kiosk" and one.online]
