"""The pages of the first set-up: code, administrator, office, devices.

Each step is stored as a whole before the next begins, so that the set-up continues after a power cut, and a second
browser is shown the step that is next. After the last step the pages are gone.
"""

from collections.abc import Mapping
from http import HTTPStatus

import segno
from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from config.device_trials import TRIALS, kind_of
from config.office_templates import TEMPLATES
from config.uploaded_office import MistakeKind, OfficeFileError, OfficeMistake
from config.words import LANGUAGES
from server.access.passwords import TooManyHashes, WeakPassword
from server.access.person_values import InvalidPerson
from server.access.setup_code import WrongSetupCode
from server.access.sign_in import SignInBusy, SignInLocked, SignInRefused
from server.access.throttling import Locked
from server.commands import Actor, Refused
from server.domain.permissions import Role
from server.web.shared.device_trials import begin_trial
from server.web.shared.guard import SAFE_METHODS
from server.web.shared.identity import pop_note, request_language, request_translations, store_language, store_note
from server.web.shared.office_mistakes import mistake_text
from server.web.shared.session_cookie import store_session
from server.web.staff.layout import ButtonPress
from server.web.staff.setup.context import OfficeChosen, SetupContext, setup_context
from server.web.staff.setup.devices import device_values
from server.web.staff.setup.layout import setup_values
from server.web.staff.setup.session import browser_person
from server.web.staff.setup.steps import CODE_KEY, SetupStep, current_step
from server.web.staff.setup.texts import PASSWORD_LIMITS, WEAK_PASSWORDS, wait_minutes

pages = Blueprint("setup", __name__, url_prefix="/setup")

ALWAYS_OPEN = ("api", "trust", "stream")
"""The blueprints beside the pages that people sign in to."""
FILE = "file"
"""The choice of an own office file, among the names of templates."""
TOO_LARGE: MultiDict[str, str] = MultiDict({"template": FILE})
"""The form of a file over the limit, which cannot be read: only its choice is known."""
MAX_OFFICE_NAME = 80
NOTE_KEY = "setup"
"""The key of these pages' note in the signed cookie."""


def lead_to_setup() -> Response | None:
    """Lead every page to the set-up while there is no administrator."""
    is_page = request.method in SAFE_METHODS and request.blueprint not in (pages.name, *ALWAYS_OPEN)
    if not is_page or request.endpoint in (None, "static") or setup_context().access.people.has_administrator():
        return None
    return redirect(url_for("setup.page"))


@pages.before_request
def _gone_after_the_end() -> None:
    """Answer 404 once the set-up is finished."""
    context = setup_context()
    context.refresh_code()
    if current_step(context) is SetupStep.FINISHED:
        abort(HTTPStatus.NOT_FOUND)


@pages.get("")
def page() -> str:
    """Show the next step of this browser."""
    if request.args.get("lang") in LANGUAGES:
        store_language(request.args["lang"])
    return _step_page(setup_context())


@pages.post("/code")
def enter_code() -> Response:
    """Check the set-up code; it is used up by the next step only."""
    context, typed = setup_context(), request.form.get("code", "")
    if current_step(context) not in (SetupStep.CODE, SetupStep.PERSON):
        return _overtaken(context)
    words = request_translations()
    try:
        context.access.setup_code.check(typed, _address())
    except WrongSetupCode:
        return _refused(
            context,
            words("setup", "Mã thiết lập không đúng hoặc đã hết hạn. Mời Ông/Bà xem lại mã đang hiện trên máy này."),
        )
    except Locked as error:
        return _refused(context, _too_many_tries(context, error.until_ms), HTTPStatus.TOO_MANY_REQUESTS)
    session[CODE_KEY] = typed
    return _to_page()


@pages.post("/person")
def create_administrator() -> Response:
    """Create the administrator, use the code up, and sign the browser in."""
    context, form = setup_context(), request.form
    if current_step(context) is not SetupStep.PERSON:
        return _overtaken(context)
    words, name = request_translations(), form.get("name", "").strip()
    password, language = form.get("password", ""), form.get("language", request_language())
    if password != form.get("password_again", ""):
        return _refused(context, words("setup", "Hai lần nhập mật khẩu không giống nhau."))
    try:
        person = context.access.setup_code.redeem(
            session[CODE_KEY], _address(), name=name, language=language, password=password
        )
    except WeakPassword as error:
        return _refused(context, words(*WEAK_PASSWORDS[error.weakness], **PASSWORD_LIMITS))
    except InvalidPerson:
        return _refused(context, words("setup", "Mời Ông/Bà nhập họ tên, nhiều nhất 80 ký tự."))
    except TooManyHashes:
        return _refused(
            context, words("setup", "Máy chủ đang bận. Mời Ông/Bà bấm lại."), HTTPStatus.SERVICE_UNAVAILABLE
        )
    except Locked as error:
        return _refused(context, _too_many_tries(context, error.until_ms), HTTPStatus.TOO_MANY_REQUESTS)
    except WrongSetupCode:
        session.pop(CODE_KEY, None)
        return _overtaken(context)
    session.pop(CODE_KEY, None)
    store_language(person.language)
    context.refresh_code()
    store_session(context.access.sessions.open(person, "password", _browser(), _address()))
    return _to_page()


@pages.post("/sign-in")
def continue_after_a_break() -> Response:
    """Sign the administrator in again, to continue the set-up."""
    context, form = setup_context(), request.form
    if current_step(context) is not SetupStep.SIGN_IN:
        return _to_page()
    words, name = request_translations(), form.get("name", "")
    try:
        _, token = context.access.sign_in.with_password(name, form.get("password", ""), _address(), _browser())
    except SignInRefused:
        return _refused(context, words("setup", "Tên đăng nhập hoặc mật khẩu không đúng."))
    except SignInLocked as error:
        return _refused(context, _too_many_tries(context, error.until_ms), HTTPStatus.TOO_MANY_REQUESTS)
    except SignInBusy:
        return _refused(
            context, words("setup", "Máy chủ đang bận. Mời Ông/Bà bấm lại."), HTTPStatus.SERVICE_UNAVAILABLE
        )
    store_session(token)
    return _to_page()


@pages.post("/office")
def choose_office() -> Response:
    """Choose the office, from a template or a file; the hall starts after that."""
    context, form, words = setup_context(), _sent_form(), request_translations()
    if current_step(context) is not SetupStep.OFFICE:
        return _overtaken(context)
    if form is TOO_LARGE:
        return _refused(
            context, words("setup", "Tệp lớn hơn 2 MB. Chưa có gì thay đổi. Mời Ông/Bà chọn đúng tệp của cơ quan.")
        )
    template, name = form.get("template", ""), form.get("name", "").strip()
    try:
        if template == FILE:
            _use_file(context)
        elif template not in TEMPLATES:
            return _refused(context, words("setup", "Mời Ông/Bà chọn một mẫu hoặc một tệp."))
        elif not 0 < len(name) <= MAX_OFFICE_NAME:
            return _refused(context, words("setup", "Mời Ông/Bà nhập tên cơ quan, nhiều nhất 80 ký tự."))
        else:
            context.offices.use_template(template, _names(name, form.get("name_en", "").strip()))
    except OfficeFileError as error:
        sentence = words(
            "setup", "Tệp chưa dùng được. Chưa có gì thay đổi. Mời Ông/Bà sửa các lỗi dưới đây rồi chọn lại."
        )
        mistakes = [(mistake.line, mistake_text(mistake, words)) for mistake in error.mistakes]
        return _refused(context, sentence, mistakes=mistakes)
    except OfficeChosen:
        return _overtaken(context)
    return Response(_step_page(context), HTTPStatus.OK, mimetype="text/html")


@pages.post("/test/<station>/<device>")
def test_device(station: str, device: str) -> Response:
    """Try a device, so that the administrator sees or hears it work."""
    context = setup_context()
    if current_step(context) is not SetupStep.DEVICES:
        return _overtaken(context)
    person, trial = browser_person(context.access), TRIALS.get(kind_of(device))
    assert context.hall is not None
    assert person is not None
    if trial is None or trial.message is None:
        abort(HTTPStatus.NOT_FOUND)
    press = ButtonPress.model_validate({"request_id": request.form.get("request_id")})
    try:
        begin_trial(context.hall, Actor(Role.ADMINISTRATOR, person.id, "setup"), press, station, device)
    except Refused:
        abort(HTTPStatus.NOT_FOUND)
    store_note(NOTE_KEY, trial.message(request_translations()))
    return _to_page()


@pages.post("/finish")
def finish() -> Response:
    """End the set-up, and show where the hall is reached and how it goes on."""
    context = setup_context()
    if current_step(context) is not SetupStep.DEVICES:
        return _overtaken(context)
    person = browser_person(context.access)
    context.progress.finish()
    context.on_finished()
    addresses = context.addresses()
    page = render_template(
        "staff/setup/done.html",
        **setup_values(SetupStep.FINISHED),
        addresses=addresses,
        person=person,
        visitors_qr=segno.make_qr(addresses.visitors).svg_data_uri(scale=5) if addresses.visitors else None,
    )
    return Response(page, HTTPStatus.OK, mimetype="text/html")


def _use_file(context: SetupContext) -> None:
    """Use the uploaded files. Raises ``OfficeFileError``, also when none was chosen."""
    office, procedures = request.files.get("office"), request.files.get("procedures")
    contents = b"" if office is None else office.read()
    if not contents:
        raise OfficeFileError([OfficeMistake(0, "no office file was chosen", MistakeKind.NO_FILE)])
    context.offices.use_file(contents, (procedures.read() or None) if procedures is not None else None)


def _sent_form() -> MultiDict[str, str]:
    """Return the fields of the form; ``TOO_LARGE`` when its files are over the limit."""
    try:
        return request.form
    except RequestEntityTooLarge:
        return TOO_LARGE


def _names(vietnamese: str, english: str) -> Mapping[str, str]:
    return {"vi": vietnamese} | ({"en": english[:MAX_OFFICE_NAME]} if english else {})


def _step_page(context: SetupContext, **values: object) -> str:
    """Render the page of the step that is next."""
    step = current_step(context)
    values = {"refusal": None, "note": None, "mistakes": (), "form": _sent_form(), **values}
    if step is SetupStep.OFFICE:
        values |= {"templates": TEMPLATES, "person": browser_person(context.access)}
    if step is SetupStep.DEVICES:
        assert context.hall is not None
        values |= {**device_values(context.hall), "note": pop_note(NOTE_KEY), "refresh_url": url_for("setup.page")}
    return render_template(f"staff/setup/{step.value}.html", **setup_values(step), **values, **PASSWORD_LIMITS)


def _refused(
    context: SetupContext, sentence: str, status: int = HTTPStatus.UNPROCESSABLE_ENTITY, **values: object
) -> Response:
    """Show the step again with the reason why it was refused; typed names stay."""
    return Response(_step_page(context, refusal=sentence, **values), status, mimetype="text/html")


def _overtaken(context: SetupContext) -> Response:
    """Show the next step, because the form belongs to another one."""
    sentence = request_translations()(
        "setup",
        "Bước vừa gửi đã được thực hiện ở một trình duyệt khác. Chưa có gì thay đổi. Mời Ông/Bà làm tiếp từ đây.",
    )
    return _refused(context, sentence, HTTPStatus.CONFLICT)


def _too_many_tries(context: SetupContext, until_ms: int) -> str:
    minutes = wait_minutes(until_ms, context.access.database.wall_ms())
    return request_translations()(
        "setup", "Đã nhập sai quá nhiều lần. Mời Ông/Bà thử lại sau {minutes} phút.", minutes=minutes
    )


def _to_page() -> Response:
    return redirect(url_for("setup.page"), HTTPStatus.SEE_OTHER)


def _address() -> str:
    return request.remote_addr or ""


def _browser() -> str:
    return str(session.get("browser", ""))
