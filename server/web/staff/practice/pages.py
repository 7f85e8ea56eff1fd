"""Start and end a private practice, and pass requests to its application."""

from http import HTTPStatus

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from config.words import LANGUAGES
from server.web.shared.context import current_context
from server.web.shared.errors import Rejected
from server.web.shared.identity import browser_sign_ins, request_translations, store_language
from server.web.shared.session_cookie import current_session, session_token
from server.web.staff.assistance.strip import page_strip
from server.web.staff.layout import layout_values, person_values
from server.web.staff.practice.application import COOKIE, PREFIX, REAL_PAGE, REAL_STRIP, START_PAGE
from server.web.staff.practice.hall import Trainee
from server.web.staff.practice.halls import EXTENSION, MAX_HALLS, PracticeHalls, RunningPractice, TooManyPractices
from server.wire.messages import ProblemCode

PRESENCE = "private_practice.report_presence"

pages = Blueprint("private_practice", __name__, url_prefix=START_PAGE)


@pages.get("")
def page() -> str:
    """Show how to practise, with the counters to choose from."""
    return _start_page()


@pages.post("/start")
def start() -> WerkzeugResponse:
    """Start a practice, or start it anew, at the chosen counter."""
    counter, words = request.form.get("counter", ""), request_translations()
    try:
        _halls().start(_key(), _owner(), _trainee(counter), counter)
    except KeyError:
        raise Rejected(ProblemCode.NOT_FOUND) from None
    except TooManyPractices:
        sentence = words("practice", "Đang có {n} người diễn tập riêng. Mời thử lại sau ít phút.", n=MAX_HALLS)
        return Response(_start_page(sentence), HTTPStatus.CONFLICT, mimetype="text/html")
    return redirect(f"{PREFIX}/enter", HTTPStatus.SEE_OTHER)


@pages.post("/end")
def end() -> WerkzeugResponse:
    """End the practice; everything done in it is dropped."""
    _halls().drop(_key())
    return redirect(START_PAGE, HTTPStatus.SEE_OTHER)


@pages.get("/hall/")
def sign_in_page() -> WerkzeugResponse:
    """Lead a browser that has lost its place in the practice to the start."""
    return redirect(START_PAGE, HTTPStatus.SEE_OTHER)


@pages.route("/hall/<path:path>", methods=["GET", "POST"])
def hall(path: str) -> WerkzeugResponse:
    """Answer with a page of the practice."""
    return _page_of_practice(path, is_use=request.headers.get("HX-Trigger") != "live")


@pages.post("/hall/clerk/<counter>/here")
def report_presence(counter: str) -> WerkzeugResponse:
    """Pass on that the page is open, which is no use of session or practice."""
    return _page_of_practice(f"clerk/{counter}/here", is_use=False)


def _page_of_practice(path: str, *, is_use: bool) -> WerkzeugResponse:
    running = _halls().find(_key(), is_use=is_use)
    if running is None:
        return redirect(START_PAGE, HTTPStatus.SEE_OTHER)
    environ = _own_environment(path)
    if not path.startswith("static/"):
        running.hall.catch_up()
        with current_context().store.read() as snapshot:
            environ[REAL_STRIP] = page_strip(snapshot, REAL_PAGE)
    return Response.from_app(running.app, environ, buffered=True)


def _own_environment(path: str) -> dict[str, object]:
    """Return the request below the practice's prefix, with its own cookie only."""
    environ = {name: value for name, value in request.environ.items() if not name.startswith("werkzeug.")}
    own = [(name, value) for name, value in request.cookies.items() if name.endswith(COOKIE)]
    environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in own)
    environ.pop("HTTP_AUTHORIZATION", None)
    return environ | {"SCRIPT_NAME": PREFIX, "PATH_INFO": f"/{path}"}


def _start_page(refusal: str | None = None) -> str:
    if request.args.get("lang") in LANGUAGES:
        store_language(request.args["lang"])
    running = _halls().find(_key())
    with current_context().store.read() as snapshot:
        office = snapshot.office
        return render_template(
            "staff/practice/start.html",
            **layout_values(office),
            **person_values(),
            counters=list(office.counters_in_use.values()),
            chosen=_chosen_counter(running),
            services=office.services,
            running=running is not None,
            enter_url=f"{PREFIX}/enter",
            refusal=refusal,
            note=None,
            refresh_url=None,
        )


def _chosen_counter(running: RunningPractice | None) -> str | None:
    """Return the counter of the practice, else the one where the person works."""
    return running.hall.counter if running is not None else next(iter(browser_sign_ins().counters), None)


def _halls() -> PracticeHalls:
    halls: PracticeHalls = current_app.extensions[EXTENSION]
    return halls


def _key() -> str:
    """Return what the practice belongs to: the session, without accounts the browser."""
    return (session_token() or "") if current_session() is not None else browser_sign_ins().station


def _owner() -> str:
    session = current_session()
    return _key() if session is None else session.person.id


def _trainee(counter: str) -> Trainee:
    session, station = current_session(), browser_sign_ins().station
    if session is not None:
        return Trainee(session.person.id, session.person.name, station)
    with current_context().store.read() as snapshot:
        definition = snapshot.office.counters.get(counter)
        clerk = None if definition is None else snapshot.office.clerks.get(definition.clerk or "")
    return Trainee(None, "", station) if clerk is None else Trainee(clerk.id, clerk.name, station)
