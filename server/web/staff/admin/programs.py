"""The page of programs: API tokens and web-hooks."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from server.access.api_tokens import MAX_NAME_LENGTH, OFFERED_SCOPES, TokenRefused
from server.access.hook_address import AddressRefused
from server.access.web_hooks import HookRefused, WebHook
from server.domain.permissions import Action
from server.web.shared.callers import current_caller
from server.web.shared.context import current_context
from server.web.shared.formatting import Formatter
from server.web.shared.identity import request_translations, store_note
from server.web.staff.account.proof import ask_for_proof
from server.web.staff.admin import program_texts as texts
from server.web.staff.admin.layout import NOTES, admin_values, caller_address, required_access

pages = Blueprint("programs", __name__, url_prefix="/admin/programs")

TAB = "programs"

USUAL_LIFETIME = timedelta(days=365)
Answer = Response | Redirect | str


@pages.get("")
def page() -> Answer:
    """Show the tokens and web-hooks, and the forms to make others."""
    return _page()


@pages.post("/tokens")
def create_token() -> Answer:
    """Create a token, and show it once."""
    actor, words = _proved_actor(), request_translations()
    scopes = [scope for scope in OFFERED_SCOPES if scope.value in request.form.getlist("scope")]
    try:
        token, secret = required_access().api_tokens.create(
            actor, request.form.get("name", ""), scopes, _end_ms(request.form.get("ends", "")), caller_address()
        )
    except TokenRefused as error:
        return _refused(texts.TOKEN_PROBLEMS[error.problem](words))
    return _shown_once(
        words("programs", "Mã truy cập của “{name}”", name=token.name),
        words("programs", "Chương trình gửi mã này trong tiêu đề Authorization: Bearer của mỗi yêu cầu."),
        secret,
        url_for("programs.page"),
    )


@pages.post("/tokens/<token_id>/remove")
def remove_token(token_id: str) -> Answer:
    """Remove a token; its program is refused from now on."""
    actor, words = _proved_actor(), request_translations()
    token = required_access().api_tokens.remove(actor, token_id, caller_address())
    if token is None:
        return _back(words("programs", "Mã này đã được xóa từ trước."))
    return _back(
        words("programs", "Đã xóa mã “{name}”. Chương trình dùng mã này không còn truy cập được.", name=token.name)
    )


@pages.post("/hooks")
def create_hook() -> Answer:
    """Create a web-hook for the facts from now on, and show its secret once."""
    actor, words = _proved_actor(), request_translations()
    facts = [kind for kind in texts.FACTS if kind.value in request.form.getlist("fact")]
    with current_context().store.read() as snapshot:
        next_seq = snapshot.head.seq + 1
    is_local = "local" in request.form
    try:
        hook = required_access().web_hooks.create(
            actor, request.form.get("url", ""), facts, is_local=is_local, next_seq=next_seq, address=caller_address()
        )
    except AddressRefused as error:
        return _refused(texts.ADDRESS_PROBLEMS[error.problem](words))
    except HookRefused as error:
        return _refused(texts.HOOK_PROBLEMS[error.problem](words))
    return _shown_once(
        words("programs", "Khóa bí mật của web-hook"),
        words("programs", "Nơi nhận dùng khóa này để kiểm tra chữ ký của mỗi lần gửi."),
        hook.secret,
        url_for("programs.hook_page", hook_id=hook.id),
    )


@pages.get("/hooks/<hook_id>")
def hook_page(hook_id: str) -> Answer:
    """Show a web-hook with its last deliveries."""
    access, words = required_access(), request_translations()
    hook = access.web_hooks.get(hook_id)
    if hook is None:
        return _hook_is_gone()
    return render_template(
        "staff/admin/hook.html",
        **admin_values(TAB),
        **_common_values(),
        hook=hook,
        chosen=[texts.FACTS[kind](words) for kind in texts.FACTS if kind in hook.facts],
        deliveries=access.web_hooks.deliveries(hook_id),
        waiting=access.web_hooks.waiting(hook_id),
        creator=_name_of(hook.created_by),
    )


@pages.post("/hooks/<hook_id>/test")
def test_hook(hook_id: str) -> Answer:
    """Queue a test delivery."""
    message = lambda: request_translations()(
        "programs", "Đã xếp hàng một lần gửi thử. Mời tải lại trang để xem kết quả."
    )
    return _change_hook(hook_id, lambda: required_access().web_hooks.send_test(hook_id), message)


@pages.post("/hooks/<hook_id>/resume")
def resume_hook(hook_id: str) -> Answer:
    """Send the facts of a paused web-hook again, from where it stopped."""
    message = lambda: request_translations()("programs", "Đã tiếp tục gửi, bắt đầu từ sự kiện chưa gửi đầu tiên.")
    return _change_hook(hook_id, lambda: required_access().web_hooks.resume(hook_id), message)


@pages.post("/hooks/<hook_id>/deliveries/<delivery_id>/again")
def send_again(hook_id: str, delivery_id: str) -> Answer:
    """Queue a delivery once more."""
    words = request_translations()
    _proved_actor()
    hooks = required_access().web_hooks
    if hooks.get(hook_id) is None:
        return _hook_is_gone()
    is_queued = hooks.send_again(hook_id, delivery_id)
    store_note(
        NOTES,
        words("programs", "Đã xếp hàng để gửi lại.")
        if is_queued
        else words("programs", "Lần gửi này không còn trong danh sách."),
    )
    return redirect(url_for("programs.hook_page", hook_id=hook_id), HTTPStatus.SEE_OTHER)


@pages.post("/hooks/<hook_id>/remove")
def remove_hook(hook_id: str) -> Answer:
    """Remove a web-hook with its deliveries."""
    actor = _proved_actor()
    if not required_access().web_hooks.remove(actor, hook_id, caller_address()):
        return _hook_is_gone()
    return _back(request_translations()("programs", "Đã xóa web-hook. Không còn sự kiện nào được gửi đến địa chỉ đó."))


class _ProofNeeded(Exception):
    """The password must be proved first; ``page`` asks for it."""

    def __init__(self, page: Response) -> None:
        super().__init__("the password must be proved")
        self.page = page


@pages.errorhandler(_ProofNeeded)
def _show_proof_page(error: _ProofNeeded) -> Response:
    return error.page


def _proved_actor() -> str:
    """Return the id of the person, who proved the password just now. Raises ``_ProofNeeded``."""
    page = ask_for_proof(TAB, url_for("programs.page"))
    if page is not None:
        raise _ProofNeeded(page)
    return current_caller().id


def _change_hook(hook_id: str, change: Callable[[], bool], message: Callable[[], str]) -> Answer:
    _proved_actor()
    if not change():
        return _hook_is_gone()
    store_note(NOTES, message())
    return redirect(url_for("programs.hook_page", hook_id=hook_id), HTTPStatus.SEE_OTHER)


def _hook_is_gone() -> Answer:
    return _back(request_translations()("programs", "Web-hook này không còn nữa."))


def _back(note: str) -> Redirect:
    store_note(NOTES, note)
    return redirect(url_for("programs.page"), HTTPStatus.SEE_OTHER)


def _refused(sentence: str) -> Response:
    return Response(_page(sentence), HTTPStatus.UNPROCESSABLE_ENTITY, mimetype="text/html")


def _page(refusal: str | None = None) -> str:
    """Render the page; after a ``refusal`` its forms hold the values that were sent."""
    access = required_access()
    today = _today()
    return render_template(
        "staff/admin/programs.html",
        **{**admin_values(TAB), "refusal": refusal, "page_url": url_for("programs.page")},
        **_common_values(),
        tokens=access.api_tokens.all(),
        hooks=access.web_hooks.all(),
        offered=OFFERED_SCOPES,
        groups=texts.GROUPS,
        today=today.isoformat(),
        last_day=(today + timedelta(days=730)).isoformat(),
        usual_end=(today + USUAL_LIFETIME).isoformat(),
        max_name=MAX_NAME_LENGTH,
        sent=request.form,
        sent_scopes=request.form.getlist("scope"),
        sent_facts=request.form.getlist("fact"),
        name_of=_name_of,
        paused=lambda hook: _is_paused(hook),
    )


def _common_values() -> Mapping[str, object]:
    return {
        "may_manage": current_caller().may(Action.MANAGE_PROGRAMS),
        "scope_names": texts.SCOPES,
        "fact_names": texts.FACTS,
        "fact_name": texts.fact_name,
        "result_text": texts.result_text,
        "statuses": texts.STATUSES,
        "day_of": _day_of,
    }


def _shown_once(title: str, explanation: str, secret: str, next_url: str) -> Response:
    page = render_template(
        "staff/admin/shown_once.html",
        **{**admin_values(TAB), "page_url": next_url},
        title=title,
        explanation=explanation,
        secret=secret,
        next_url=next_url,
    )
    return Response(page, HTTPStatus.CREATED, mimetype="text/html", headers={"Cache-Control": "no-store"})


def _is_paused(hook: WebHook) -> bool:
    return hook.paused_ms is not None


def _name_of(person_id: str) -> str:
    person = required_access().people.get(person_id)
    return person_id if person is None else person.name


def _zone() -> ZoneInfo:
    with current_context().store.read() as snapshot:
        return snapshot.office.zone


def _today() -> date:
    return datetime.fromtimestamp(current_context().now().wall_ms / 1000, _zone()).date()


def _day_of(wall_ms: int) -> str:
    """Return the hall's date of a moment, as "23/11/2026"."""
    zone = _zone()
    day = datetime.fromtimestamp(wall_ms / 1000, zone).date()
    return Formatter(request_translations(), zone.key).date(day.isoformat())


def _end_ms(text: str) -> int:
    """Return the end of a day in the hall, 0 for no date."""
    try:
        day = date.fromisoformat(text)
        end = datetime.combine(day, time(23, 59, 59), _zone())
        return int(end.timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0
