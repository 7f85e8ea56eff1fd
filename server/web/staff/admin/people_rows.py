"""Texts and states of people for the administrator's pages."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from config.words import Words
from server.access.person import Person
from server.access.sessions import Session
from server.access.throttling import Lock
from server.domain.composed_roles import ComposedRole
from server.domain.permissions import PERSONS_ROLES
from server.web.shared.phrases import ROLES

ROLE_RIGHTS: Mapping[str, Callable[[Words], str]] = {
    "clerk": lambda words: words("people", "làm việc tại một quầy"),
    "lead_clerk": lambda words: words("people", "như cán bộ quầy; mở và đóng quầy khác, kết thúc ngày"),
    "manager": lambda words: words("people", "xem toàn sảnh và báo cáo, bố trí người, điều hành ngày"),
    "administrator": lambda words: words("people", "quản lý người dùng, thiết bị, chương trình và cài đặt của cơ quan"),
    "auditor": lambda words: words("people", "xem tất cả, không thay đổi gì"),
}
"""A short sentence for each role of people."""

MISTAKES: Mapping[str, Callable[[Words], str]] = {
    "name": lambda words: words("people", "Họ và tên cần từ 1 đến 80 ký tự, không có ký tự điều khiển."),
    "sign_in_name": lambda words: words(
        "people", "Tên đăng nhập cần từ 1 đến 40 chữ cái hoặc chữ số, và chưa có người khác dùng."
    ),
    "roles": lambda words: words("people", "Mời chọn ít nhất một vai trò."),
    "language": lambda words: words("people", "Mời chọn ngôn ngữ."),
    "id": lambda words: words("people", "Cán bộ này đã có tài khoản."),
}
"""The sentence for each field that ``InvalidPerson`` names."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the list. ``locked_until_ms``: the end of the longest lock, None without one."""

    person: Person
    role_names: str
    style: str
    icon: str
    state: str
    open_sessions: int
    locked_until_ms: int | None


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A role that a form offers."""

    value: str
    name: str
    rights: str
    checked: bool


def rows(
    words: Words, people: Sequence[Person], sessions: Sequence[Session], locks: Sequence[Lock]
) -> Sequence[PersonRow]:
    """Return the rows of the list, the active people first."""
    listed = sorted(people, key=lambda person: not person.active)
    return [row(words, person, sessions, locks) for person in listed]


def row(words: Words, person: Person, sessions: Sequence[Session], locks: Sequence[Lock]) -> PersonRow:
    """Return one person with the texts of the list."""
    locked_until_ms = max((lock.until_ms for lock in locks if lock.person == person.id), default=None)
    style, icon, state = _state(words, person, is_locked=locked_until_ms is not None)
    return PersonRow(
        person,
        role_names(words, person),
        style,
        icon,
        state,
        sum(session.person.id == person.id for session in sessions),
        locked_until_ms,
    )


def _state(words: Words, person: Person, *, is_locked: bool) -> tuple[str, str, str]:
    """Return the style, the icon and the text of the person's state."""
    if not person.active:
        return "closed", "cross", words("people", "Đã ngừng")
    if is_locked:
        return "warning", "warning", words("people", "Đang tạm khóa đăng nhập")
    if person.must_change_password:
        return "warning", "clock", words("people", "Chờ đổi mật khẩu dùng một lần")
    if not person.has_password and person.oidc_subject is None:
        return "warning", "warning", words("people", "Chưa có mật khẩu")
    return "ok", "check", words("people", "Đang dùng")


def role_names(words: Words, person: Person) -> str:
    """Return the names of the person's roles."""
    fixed = [ROLES[role](words) for role in PERSONS_ROLES if role in person.roles]
    return ", ".join([*fixed, *(role.name for role in person.composed)])


def role_choices(words: Words, composed: Sequence[ComposedRole], chosen: Collection[str]) -> Sequence[RoleChoice]:
    """Return the roles for a form, the composed ones last; those of ``chosen`` are ticked."""
    fixed = [RoleChoice(role, ROLES[role](words), ROLE_RIGHTS[role](words), role in chosen) for role in PERSONS_ROLES]
    own = words("people", "vai trò của cơ quan")
    return [*fixed, *(RoleChoice(role.id, role.name, own, role.id in chosen) for role in composed)]


def mistake_text(words: Words, field: str) -> str:
    """Return the sentence that refuses a form because of ``field``."""
    return MISTAKES[field](words)


def last_administrator_text(words: Words) -> str:
    """Return the sentence that keeps the last administrator who can sign in."""
    return words(
        "people",
        "Đây là người quản trị cuối cùng đăng nhập được. Mời giao vai trò này cho người khác trước; người đó cần đăng"
        " nhập và tự đặt mật khẩu.",
    )
