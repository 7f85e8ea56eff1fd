"""The questions of the stick, at most five for each purpose."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from onsite.paths import KMSDRM, NONE, X11

Answers = Mapping[str, str]
YES, NO = "yes", "no"
AUTO = "auto"
USB = "usb"
MAX_QUESTIONS = 5


class NoAnswer(Exception):
    """The input ended before a question was answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question. ``name``: its option on the command line; ``choices``: answer -> its text, the default first.

    ``other``: returns a typed text as an answer, or None when it is none.
    """

    name: str
    text: str
    choices: Mapping[str, str]
    other: Callable[[str], str | None] = lambda _: None

    @property
    def default(self) -> str:
        """The answer of an empty line."""
        return next(iter(self.choices))

    def parse(self, typed: str) -> str | None:
        """Return the answer that a line gives by number, key or text, or None."""
        line = typed.strip()
        if not line:
            return self.default
        keys = list(self.choices)
        if line.isdecimal() and 1 <= int(line) <= len(keys) and self.name != "number":
            return keys[int(line) - 1]
        return line if line in self.choices else self.other(line)


def host(typed: str) -> str | None:
    """Return the address of another machine: an IPv4 address or a name."""
    if re.fullmatch(r"[\d.]+", typed):
        try:
            return str(ip_address(typed))
        except ValueError:
            return None
    return typed.lower() if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z0-9-]+)*", typed) else None


def printer_address(typed: str) -> str | None:
    """Return the address of a network printer with its port."""
    name, _, port = typed.partition(":")
    address = host(name)
    if address is None or "." not in address or not re.fullmatch(r"\d{0,5}", port):
        return None
    return f"{address}:{port or 9100}" if int(port or 9100) in range(1, 65536) else None


def kiosk_number(typed: str) -> str | None:
    """Return the number of a kiosk, 1 to 99."""
    return str(int(typed)) if re.fullmatch(r"\d{1,2}", typed) and int(typed) > 0 else None


PURPOSE = Question(
    "purpose",
    "Máy này dùng để làm gì?",
    {
        "hall": "Cả phòng chờ trên một máy: máy chủ, ki-ốt, màn hình sảnh, bảng số",
        "room": "Phòng làm việc nhỏ: một máy có trình duyệt, không có ki-ốt",
        "server": "Chỉ làm máy chủ",
        "kiosk": "Ki-ốt lấy số",
        "counters": "Bảng số và bàn phím của các quầy",
        "display": "Màn hình sảnh",
        "sign": "Một bảng số của một quầy",
    },
)
SCREEN = Question(
    "screen",
    "Không tự tìm được cách điều khiển màn hình của máy này. Dùng cách nào?",
    {
        X11: "Thông thường (X11)",
        KMSDRM: "Trực tiếp qua nhân Linux, chỉ khi máy có một màn hình",
        NONE: "Không có màn hình",
    },
)
PRINTER = Question(
    "printer",
    "Máy in phiếu nối thế nào? (máy in mạng: gõ địa chỉ, ví dụ 192.168.1.50)",
    {USB: "Cắm cổng USB", "none": "Chưa có máy in"},
    printer_address,
)
NETWORK = Question(
    "network",
    "Có máy khác dùng chung qua mạng nội bộ không (máy tính cán bộ, ki-ốt, ti-vi, điện thoại)?",
    {YES: "Có", NO: "Không, chỉ một máy này"},
)
SSH = Question(
    "ssh",
    "Trang thiết lập chỉ mở được từ chính máy này. Có cho máy khác mở qua SSH không (cài openssh-server)?",
    {YES: "Có, máy này không có trình duyệt", NO: "Không, máy này đã có trình duyệt"},
)
NUMBER = Question("number", "Đây là ki-ốt số mấy? (1 đến 99)", {"2": "2"}, kiosk_number)
SERVER = Question(
    "server",
    "Máy chủ ở địa chỉ nào? (gõ địa chỉ, ví dụ 192.168.1.10)",
    {AUTO: "Tự tìm trong mạng nội bộ"},
    host,
)
OF_PURPOSE: Mapping[str, Sequence[Question]] = {
    "hall": (SCREEN, PRINTER, NETWORK, SSH),
    "room": (PRINTER, NETWORK),
    "server": (NETWORK, SSH),
    "kiosk": (SCREEN, PRINTER, NUMBER, SERVER),
    "counters": (SERVER,),
    "display": (SCREEN, SERVER),
    "sign": (SERVER,),
}
"""The questions after the first one. A known screen is not asked about."""
ALL_QUESTIONS = (PURPOSE, SCREEN, PRINTER, NETWORK, SSH, NUMBER, SERVER)


class Interview:
    """Asks for the answers that no option gave. ``read_line`` returns "" at the end of the input."""

    def __init__(self, given: Answers, read_line: Callable[[], str], show: Callable[[str], None]) -> None:
        self._given, self._read_line, self._show = given, read_line, show
        self.asked = 0

    def ask(self, question: Question) -> str:
        """Return the answer; a line that is none is asked for again. Raises :class:`NoAnswer`."""
        if question.name in self._given:
            return self._given[question.name]
        self.asked += 1
        self._show(f"\nCâu {self.asked}. {question.text}")
        for number, (key, text) in enumerate(question.choices.items(), start=1):
            mark = "  [Enter]" if key == question.default else ""
            self._show(f"   {text}{mark}" if question is NUMBER else f"   {number}. {text}{mark}")
        while line := self._read_line():
            answer = question.parse(line)
            if answer is not None:
                return answer
            self._show("   Chưa hiểu câu trả lời này. Ông/Bà gõ một số ở trên, hoặc bấm Enter.")
        raise NoAnswer

    def answers(self, known: Answers) -> Answers:
        """Ask for the purpose and what it needs; ``known`` was found out."""
        answers = {PURPOSE.name: self.ask(PURPOSE)}
        for question in OF_PURPOSE[answers[PURPOSE.name]]:
            answer = None if question.name in self._given else known.get(question.name)
            answers[question.name] = self.ask(question) if answer is None else answer
        return answers
