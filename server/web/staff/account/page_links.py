"""Links to the pages that the signed-in person may see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import current_app, url_for

from config.words import Words
from server.web.shared.view_permissions import may_use

_PAGES: Sequence[tuple[str, Callable[[Words], str]]] = (
    ("private_practice.page", lambda words: words("practice", "Diễn tập riêng")),
    ("manager.now", lambda words: words("manager", "Hiện tại")),
    ("manager.day", lambda words: words("manager", "Trong ngày")),
    ("health.page", lambda words: words("health", "Tình trạng thiết bị")),
    ("hall_display.page", lambda words: words("tv", "Màn hình gọi số")),
    ("people.page", lambda words: words("admin", "Người dùng")),
    ("office.page", lambda words: words("admin", "Cơ quan")),
    ("devices.page", lambda words: words("manager", "Thiết bị")),
    ("programs.page", lambda words: words("admin", "Chương trình")),
    ("network.page", lambda words: words("admin", "Mạng")),
    ("access_log.page", lambda words: words("admin", "Nhật ký truy cập")),
    ("my_account.page", lambda words: words("login", "Tài khoản của tôi")),
)
"""The name of each view and of its link; views that the application does not have are left out."""


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to a page."""

    url: str
    text: str


def page_links(words: Words) -> Sequence[PageLink]:
    """Return the links to all pages that the caller may see."""
    views = current_app.view_functions
    return [PageLink(url_for(view), name(words)) for view, name in _PAGES if view in views and may_use(view)]
