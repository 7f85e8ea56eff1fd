"""What a newcomer reads on the terminal: that the hall starts, and where to open it, in Vietnamese and English."""

from pathlib import Path

from config.words import words

LANGUAGES = ("vi", "en")
MARGIN = 2


def starting() -> str:
    """Return the line that stands while the hall starts."""
    return " · ".join(words(language)("virtual", "Đang khởi động sảnh mô phỏng…") for language in LANGUAGES)


def invitation(address: str, log: Path) -> str:
    """Return the address in a frame, with how to stop the hall and where its log is."""
    ready = [words(language)("virtual", "Sảnh mô phỏng đã sẵn sàng. Mở trong trình duyệt:") for language in LANGUAGES]
    stop = [words(language)("virtual", "Ctrl-C để dừng. Nhật ký: {file}", file=log) for language in LANGUAGES]
    return framed([*ready, "", f"    {address}", "", *stop])


def framed(lines: list[str]) -> str:
    """Return the lines in a box of line-drawing characters."""
    width = max(map(len, lines))
    side = " " * MARGIN
    rule = "─" * (width + 2 * MARGIN)
    return "\n".join([f"┌{rule}┐", *(f"│{side}{line:<{width}}{side}│" for line in lines), f"└{rule}┘"])
