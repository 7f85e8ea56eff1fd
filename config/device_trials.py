"""How each kind of device is tried: texts, and the faults that people can find.

The server's page and ``luot-hardware ready`` use the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from config.device_words import Phrase
from config.words import Words

TESTED_INPUTS = "tested:"
"""Begins the detail of a report after an input of a tested keypad, rating pad or scanner."""
MISSING_INPUTS = "; missing:"
NOTHING = "nothing"
OTHER = "other"
FAULTS: Mapping[str, Sequence[str]] = {
    "printer": (NOTHING, "pale", "cut", "torn", OTHER),
    "sign": (NOTHING, "segments", "dim", OTHER),
    "keypad": (NOTHING, "keys", OTHER),
    "pad": (NOTHING, "keys", OTHER),
    "scanner": (NOTHING, "codes", OTHER),
    "speaker": (NOTHING, "quiet", "noise", OTHER),
    "screen": (NOTHING, "picture", "touch", OTHER),
}
"""The codes of the faults by kind of device. ``nothing``: it does nothing at all."""


@dataclass(frozen=True, slots=True)
class DeviceTrial:
    """How a kind of device is tried.

    ``begin``: the key that begins it, with its icon, and ``message`` the sentence after that key; both None for a
    device that a person tries without the station's help. ``question``: what should be seen or heard.
    """

    icon: str
    begin: Phrase | None
    message: Phrase | None
    question: Phrase


TRIALS: Mapping[str, DeviceTrial] = {
    "printer": DeviceTrial(
        "print",
        lambda words: words("staff", "In phiếu thử"),
        lambda words: words("setup", "Đã gửi lệnh in. Mời Ông/Bà xem phiếu thử ở máy in."),
        lambda words: words("ready", "Phiếu thử ra đủ, chữ và mã QR rõ nét, giấy được cắt gọn."),
    ),
    "sign": DeviceTrial(
        "screen",
        lambda words: words("setup", "Thử bảng số"),
        lambda words: words("setup", "Bảng số đang hiện 8888 trong 5 giây."),
        lambda words: words("ready", "Bảng số hiện 8888, mọi vạch đều sáng như nhau."),
    ),
    "keypad": DeviceTrial(
        "ring",
        lambda words: words("setup", "Thử bàn phím"),
        lambda words: words("setup", "Mời Ông/Bà bấm từng phím của bàn phím. Trong lúc thử, không phím nào gọi ai."),
        lambda words: words("ready", "Bấm lần lượt từng phím: trang này nhận đủ các phím."),
    ),
    "pad": DeviceTrial(
        "ring",
        lambda words: words("ready", "Thử bàn phím đánh giá"),
        lambda words: words("ready", "Mời Ông/Bà bấm từng phím. Trong lúc thử, không phím nào đánh giá ai."),
        lambda words: words("ready", "Bấm lần lượt từng phím: trang này nhận đủ các phím."),
    ),
    "scanner": DeviceTrial(
        "find",
        lambda words: words("ready", "Thử máy quét"),
        lambda words: words("ready", "Mời Ông/Bà quét mã QR của một phiếu bất kỳ. Lần quét này không gọi ai."),
        lambda words: words("ready", "Quét mã QR của một phiếu: trang này báo đã đọc được."),
    ),
    "speaker": DeviceTrial(
        "sound",
        lambda words: words("setup", "Thử loa"),
        lambda words: words("setup", "Loa đang đọc lời chào."),
        lambda words: words("ready", "Đứng ở chỗ ngồi xa nhất vẫn nghe rõ lời chào, không rè, không vỡ tiếng."),
    ),
    "screen": DeviceTrial(
        "screen",
        None,
        None,
        lambda words: words(
            "ready", "Hình rõ, đủ bốn mép. Màn hình cảm ứng: chạm lần lượt các phím ở hàng cuối, phím nào cũng nhận."
        ),
    ),
}
"""The trial of each kind of device."""

FAULT_TEXTS: Mapping[str, Phrase] = {
    NOTHING: lambda words: words("ready", "Không có phản ứng gì"),
    "pale": lambda words: words("ready", "In mờ hoặc mất nét"),
    "cut": lambda words: words("ready", "Giấy không được cắt"),
    "torn": lambda words: words("ready", "Giấy kẹt hoặc rách"),
    "segments": lambda words: words("ready", "Có vạch không sáng"),
    "dim": lambda words: words("ready", "Quá tối hoặc nhấp nháy"),
    "keys": lambda words: words("ready", "Có phím không nhận"),
    "codes": lambda words: words("ready", "Không đọc được mã"),
    "quiet": lambda words: words("ready", "Quá nhỏ"),
    "noise": lambda words: words("ready", "Rè hoặc vỡ tiếng"),
    "picture": lambda words: words("ready", "Hình mờ, lệch hoặc thiếu mép"),
    "touch": lambda words: words("ready", "Cảm ứng không nhận hoặc lệch"),
    OTHER: lambda words: words("ready", "Lỗi khác"),
}
"""The faults that a person can find."""

INPUT_NAMES: Mapping[str, Phrase] = {
    "next": lambda words: words("ready", "Gọi tiếp"),
    "recall": lambda words: words("ready", "Gọi lại"),
    "start": lambda words: words("ready", "Bắt đầu"),
    "finish": lambda words: words("ready", "Kết thúc"),
    "no_show": lambda words: words("ready", "Vắng mặt"),
    "hold": lambda words: words("ready", "Tạm gác"),
    "pause": lambda words: words("ready", "Tạm dừng"),
    "call": lambda words: words("ready", "Gọi số đã bấm"),
    "transfer": lambda words: words("ready", "Chuyển quầy"),
    "clear": lambda words: words("ready", "Xóa"),
    "code": lambda words: words("ready", "một mã"),
    "unreadable": lambda words: words("ready", "một mã không đọc được"),
}
"""The names of keys and codes in a report; others are shown as they are, such as digits."""


def kind_of(device: str) -> str:
    """Return the kind of a device by its name in reports, such as "sign-c1"."""
    return device.partition("-")[0]


def input_name(code: str, words: Words) -> str:
    """Return the name of a key or code."""
    return INPUT_NAMES[code](words) if code in INPUT_NAMES else code


def tested_detail(received: Iterable[str], missing: Iterable[str]) -> str:
    """Return the detail of a report during a test, from the names of inputs.

    ``received``: those so far; ``missing``: those that the device can still make.
    """
    return f"{TESTED_INPUTS} {' '.join(received)}{MISSING_INPUTS} {' '.join(missing)}"


def inputs_of_test(detail: str | None) -> tuple[Sequence[str], Sequence[str]] | None:
    """Return the received and the missing inputs of a test.

    None for a detail without a test.
    """
    if detail is None or not detail.startswith(TESTED_INPUTS):
        return None
    received, _, missing = detail.removeprefix(TESTED_INPUTS).partition(MISSING_INPUTS)
    return received.split(), missing.split()
