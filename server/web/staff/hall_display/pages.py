"""The display's page, its content, the clips of its voice, and its reports."""

import hashlib
import json
from pathlib import Path

from flask import Blueprint, Response, render_template, request, send_from_directory
from werkzeug.exceptions import NotFound

from config.words import LANGUAGES, Words, words
from server import commands
from server.display_content.texts import no_data_text, stale_text
from server.web.shared.context import current_context
from server.web.shared.display_callers import display_reporter
from server.web.shared.errors import Rejected
from server.web.shared.static_version import scripts_version
from server.web.staff.hall_display.content import Values, content_of
from server.wire.messages import ProblemCode, Seen

pages = Blueprint("hall_display", __name__, url_prefix="/display")

NOW_HEADER = "Luot-Now"
"""The header with the server's time (UTC ms): the clock of a smart TV may be wrong."""
CLIP_AGE_S = 86_400
MIN_LINES, MAX_LINES, USUAL_LINES = 2, 40, 7
"""Services on one page of the waiting list."""
_STATIC = Path(__file__).parents[2] / "static" / "display"
_SCRIPTS_VERSION = scripts_version(_STATIC)
TIME_PLACE = "{time}"


@pages.get("")
def page() -> Response:
    """Return the page; without scripts it shows the present content, and loads itself again."""
    texts = _words()
    shown = render_template(
        "display.html",
        words=texts,
        content=_content(texts),
        scripts=_SCRIPTS_VERSION,
        may_report=display_reporter() is not None,
        stale_text=stale_text(texts, TIME_PLACE),
        no_data_text=no_data_text(texts),
        with_voice=request.args.get("voice") != "off",
    )
    return Response(shown, mimetype="text/html")


@pages.get("/content")
def content() -> Response:
    """Return the content as JSON, or 304 when the caller has it."""
    body = json.dumps({**_content(_words()), "scripts": _SCRIPTS_VERSION}, ensure_ascii=False, sort_keys=True)
    response = Response(body, mimetype="application/json")
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:24])
    response.headers["Cache-Control"] = "no-cache"
    response.headers[NOW_HEADER] = str(current_context().now().wall_ms)
    response.make_conditional(request)
    return response


@pages.get("/voice/<language>/<name>")
def clip(language: str, name: str) -> Response:
    """Return a clip of the voice pack of ``language``. Raises 404."""
    voice = current_context().display.packs.get(language)
    if voice is None or name not in voice.pack.clips:
        raise NotFound
    response = send_from_directory(voice.folder.resolve(), voice.pack.clips[name].file, max_age=CLIP_AGE_S)
    response.headers["Cache-Control"] = f"private, max-age={CLIP_AGE_S}"
    return response


@pages.post("/calls/<call>")
def report_call(call: str) -> Response:
    """Record that this display showed (and spoke) a call."""
    actor = display_reporter()
    if actor is None:
        raise Rejected(ProblemCode.FORBIDDEN)
    seen = Seen.model_validate(
        {
            "station": actor.id,
            "shown_at": request.form.get("shown_at", ""),
            "spoken": request.form.get("spoken") or None,
        }
    )
    current_context().writer.ask(lambda tx, now: commands.report_call_seen(tx, actor, now, call, seen))
    return Response(status=204)


def _content(texts: Words) -> Values:
    context = current_context()
    pictures = context.pictures
    lines = min(MAX_LINES, max(MIN_LINES, request.args.get("lines", USUAL_LINES, type=int)))
    return content_of(
        pictures.board, pictures.office, context.display, texts, context.now().wall_ms, lines_per_page=lines
    )


def _words() -> Words:
    """Return the texts in the address's language, else in the hall's."""
    language = request.args.get("lang", "")
    return words(language if language in LANGUAGES else current_context().display.language)
