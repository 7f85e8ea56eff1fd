"""The events of the access log in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from config.words import Words
from server.access.access import Access
from server.access.access_log import LogRow
from server.access.database import AccessEvent
from server.web.shared.phrases import ROLES

EVENTS: Mapping[str, Callable[[Words], str]] = {
    AccessEvent.SIGNED_IN: lambda words: words("access_log", "Đăng nhập"),
    AccessEvent.SIGN_IN_REFUSED: lambda words: words("access_log", "Đăng nhập không thành công"),
    AccessEvent.SIGNED_OUT: lambda words: words("access_log", "Đăng xuất"),
    AccessEvent.SESSIONS_ENDED: lambda words: words("access_log", "Kết thúc phiên"),
    AccessEvent.PASSWORD_CHANGED: lambda words: words("access_log", "Đổi mật khẩu"),
    AccessEvent.PIN_CHANGED: lambda words: words("access_log", "Đặt mã PIN"),
    AccessEvent.PIN_REMOVED: lambda words: words("access_log", "Xóa mã PIN"),
    AccessEvent.PERSON_CREATED: lambda words: words("access_log", "Thêm người dùng"),
    AccessEvent.PERSON_CHANGED: lambda words: words("access_log", "Thay đổi người dùng"),
    AccessEvent.ROLE_CREATED: lambda words: words("access_log", "Thêm vai trò"),
    AccessEvent.ROLE_CHANGED: lambda words: words("access_log", "Thay đổi vai trò"),
    AccessEvent.ROLE_REMOVED: lambda words: words("access_log", "Xóa vai trò"),
    AccessEvent.LOCK_LIFTED: lambda words: words("access_log", "Mở khóa đăng nhập"),
    AccessEvent.SETUP_REFUSED: lambda words: words("access_log", "Nhập sai mã thiết lập"),
    AccessEvent.SETUP_FINISHED: lambda words: words("access_log", "Tạo người quản trị đầu tiên"),
    AccessEvent.ACTION_REFUSED: lambda words: words("access_log", "Từ chối thao tác"),
    AccessEvent.DEVICE_ENROLLED: lambda words: words("access_log", "Đăng ký thiết bị"),
    AccessEvent.DEVICE_CHANGED: lambda words: words("access_log", "Thay đổi thiết bị"),
    AccessEvent.DEVICE_REMOVED: lambda words: words("access_log", "Gỡ thiết bị"),
    AccessEvent.ENROLMENT_REFUSED: lambda words: words("access_log", "Từ chối đăng ký thiết bị"),
    AccessEvent.TOKEN_CREATED: lambda words: words("access_log", "Tạo mã truy cập của chương trình"),
    AccessEvent.TOKEN_REMOVED: lambda words: words("access_log", "Thu hồi mã truy cập của chương trình"),
    AccessEvent.WEB_HOOK_CREATED: lambda words: words("access_log", "Thêm địa chỉ nhận thông báo"),
    AccessEvent.WEB_HOOK_REMOVED: lambda words: words("access_log", "Xóa địa chỉ nhận thông báo"),
}
"""The text of each kind of event; one of a newer release is shown as its kind."""

METHODS: Mapping[str, Callable[[Words], str]] = {
    "password": lambda words: words("access_log", "bằng mật khẩu"),
    "pin": lambda words: words("access_log", "bằng mã PIN"),
    "oidc": lambda words: words("access_log", "qua cổng xác thực của cơ quan"),
}
ACTORS: Mapping[str, Callable[[Words], str]] = {
    "root": lambda words: words("access_log", "tại máy chủ"),
    "system": lambda words: words("access_log", "máy chủ"),
    "setup": lambda words: words("access_log", "thiết lập lần đầu"),
    "": lambda words: words("access_log", "không rõ"),
}
"""Actors that are no people."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as the pages show it."""

    id: int
    at_ms: int
    text: str
    detail: str
    actor: str
    subject: str
    address: str


def rows(words: Words, events: Sequence[LogRow], access: Access) -> Sequence[EventRow]:
    """Return events in words."""
    names = {device.id: device.name for device in access.devices.all()}
    names |= {role.id: role.name for role in access.roles.all()}
    names |= {person.id: person.name for person in access.people.all()}
    return [
        EventRow(
            event.id,
            event.at_ms,
            EVENTS[event.kind](words) if event.kind in EVENTS else event.kind,
            _detail(words, event, names),
            ACTORS[event.actor](words) if event.actor in ACTORS else names.get(event.actor, event.actor),
            "" if event.subject == event.actor else names.get(event.subject, event.subject),
            event.address,
        )
        for event in events
    ]


def _detail(words: Words, event: LogRow, role_names: Mapping[str, str]) -> str:
    """Return the details in words, those that have any."""
    detail, texts = event.detail, []
    if detail.get("method") in METHODS:
        texts.append(METHODS[detail["method"]](words))
    if isinstance(detail.get("oidc_subject"), str):  # the issuer, a space, and the subject
        subject = detail["oidc_subject"].partition(" ")[2]
        texts.append(words("access_log", "mã tại cổng: {subject}", subject=subject))
    if detail.get("one_time"):
        texts.append(words("access_log", "mật khẩu dùng một lần"))
    if detail.get("active") is not None:
        texts.append(words("access_log", "dùng lại") if detail["active"] else words("access_log", "ngừng dùng"))
    if "name" in detail.get("fields", ()):
        texts.append(words("access_log", "họ tên"))
    if "sign_in_name" in detail.get("fields", ()):
        texts.append(words("access_log", "tên đăng nhập"))
    if isinstance(detail.get("roles"), list):
        names = ", ".join(
            ROLES[role](words) if role in ROLES else role_names.get(role, role) for role in detail["roles"]
        )
        texts.append(words("access_log", "vai trò: {roles}", roles=names))
    if isinstance(detail.get("sessions"), int) and detail["sessions"] > 1:
        texts.append(words("access_log", "{n} phiên", n=detail["sessions"]))
    return " · ".join(texts)
