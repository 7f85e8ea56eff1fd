"""The places where a notice is shown, in words."""

from collections.abc import Sequence
from typing import Protocol

from config.words import Words


class PlacedNotice(Protocol):
    """A notice of the office, or of the wire."""

    @property
    def on_tv(self) -> bool: ...
    @property
    def on_kiosk(self) -> bool: ...
    @property
    def on_phone(self) -> bool: ...


def notice_places(notice: PlacedNotice, words: Words) -> Sequence[str]:
    """Return the places where a notice is shown."""
    places = (
        (notice.on_tv, words("office", "màn hình sảnh")),
        (notice.on_kiosk, words("office", "ki-ốt")),
        (notice.on_phone, words("office", "trang của công dân")),
    )
    return [name for is_shown, name in places if is_shown]
