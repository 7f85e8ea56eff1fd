"""The texts that ``luot-hall`` prints on the terminal, in Vietnamese and English."""

from pathlib import Path

from config.words import words

LANGUAGES = ("vi", "en")
MARGIN = 2  # columns between the frame and the text


def starting_line() -> str:
    """Return the line that is printed while the hall starts."""
    return " · ".join(words(language)("virtual", "Đang khởi động sảnh mô phỏng…") for language in LANGUAGES)


def ready_box(address: str, log: Path) -> str:
    """Return a box with the hall's address, how to stop it, and its log file."""
    ready = [words(language)("virtual", "Sảnh mô phỏng đã sẵn sàng. Mở trong trình duyệt:") for language in LANGUAGES]
    stop = [words(language)("virtual", "Ctrl-C để dừng. Nhật ký: {file}", file=log) for language in LANGUAGES]
    return box([*ready, "", f"    {address}", "", *stop])


def box(lines: list[str]) -> str:
    """Return the lines in a box of line-drawing characters."""
    width = max(map(len, lines))
    margin = " " * MARGIN
    rule = "─" * (width + 2 * MARGIN)
    return "\n".join([f"┌{rule}┐", *(f"│{margin}{line:<{width}}{margin}│" for line in lines), f"└{rule}┘"])
