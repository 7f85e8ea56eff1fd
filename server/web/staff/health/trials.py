"""How each kind of device is tried, in words: what to press, see or hear, and the faults that can be found."""

from collections.abc import Mapping
from dataclasses import dataclass

from config.device_words import Phrase
from server.domain.device_trials import NOTHING, OTHER


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
