"""Texts for states and health codes of devices, instructions for each, and names of stations.

The server's health page and ``luot-hardware`` use the same texts.
"""

import re
from collections.abc import Callable, Mapping

from config.words import Words

Phrase = Callable[[Words], str]
"""Returns a sentence in the language of the given texts."""

STATES: Mapping[str, Phrase] = {
    "ready": lambda words: words("device", "Hoạt động bình thường"),
    "warning": lambda words: words("device", "Cần chú ý"),
    "fault": lambda words: words("device", "Gặp sự cố"),
    "offline": lambda words: words("device", "Mất kết nối thiết bị"),
    "unknown": lambda words: words("device", "Chưa rõ tình trạng"),
}
"""The sentence of each health state (``hardware.ports.HealthState``)."""

CODES: Mapping[str, Phrase] = {
    "paper_near_end": lambda words: words("device", "Sắp hết giấy"),
    "paper_out": lambda words: words("device", "Hết giấy"),
    "cover": lambda words: words("device", "Nắp máy in đang mở"),
    "cutter": lambda words: words("device", "Dao cắt giấy bị kẹt"),
    "hot": lambda words: words("device", "Đầu in quá nóng, đang chờ nguội"),
    "fault": lambda words: words("device", "Gặp sự cố"),
    "off": lambda words: words("device", "Mất kết nối với cổng thiết bị"),
    "silent": lambda words: words("device", "Không phản hồi"),
    "wrong": lambda words: words("device", "Cắm nhầm thiết bị"),
    "key_stuck": lambda words: words("device", "Phím bị kẹt"),
    "no_audio": lambda words: words("device", "Không có âm thanh"),
    "not_confirmed": lambda words: words("device", "Chưa rõ phiếu đã in"),
    "journal": lambda words: words("device", "Không ghi được nhật ký in phiếu"),
    "clips": lambda words: words("device", "Gói giọng đọc thiếu từ"),
    "no_screen": lambda words: words("device", "Máy đang chạy mà không có màn hình"),
    "touch_stuck": lambda words: words("device", "Có vật chạm lâu trên màn hình"),
    "broker": lambda words: words("device", "Mất kết nối thiết bị"),
    "failed": lambda words: words("device", "Phần mềm gặp lỗi và đang tự chạy lại"),
    "name_twice": lambda words: words("device", "Hai máy dùng chung một tên"),
}
"""The sentence of each health code, the cause that a device reports; docs/OPERATIONS.md lists the codes."""

_CHECK_CABLES: Phrase = lambda words: words("health", "Kiểm tra nguồn điện và dây cắm.")
_POWER_CYCLE: Phrase = lambda words: words("health", "Tắt thiết bị, chờ 10 giây rồi bật lại.")
INSTRUCTIONS: Mapping[str, Phrase] = {
    "paper_near_end": lambda words: words("health", "Chuẩn bị cuộn giấy mới."),
    "paper_out": lambda words: words("health", "Thay cuộn giấy rồi bấm “Đã thay giấy”."),
    "cover": lambda words: words("health", "Đóng nắp máy in."),
    "cutter": lambda words: words("health", "Mở nắp, gỡ giấy kẹt rồi đóng nắp."),
    "hot": lambda words: words("health", "Chờ vài phút cho máy in nguội."),
    "fault": _POWER_CYCLE,
    "off": _CHECK_CABLES,
    "silent": _POWER_CYCLE,
    "wrong": lambda words: words(
        "health", "Cắm đúng thiết bị vào cổng này; nếu đã đúng, kiểm tra dây cắm và tốc độ cổng."
    ),
    "key_stuck": lambda words: words("health", "Nhấc phím bị kẹt lên; nếu vẫn kẹt, thay bàn phím."),
    "no_audio": lambda words: words("health", "Kiểm tra dây loa, nguồn loa và âm lượng."),
    "not_confirmed": lambda words: words(
        "health", "Xem phiếu đã ra chưa; nếu chưa, in lại phiếu trong danh sách trên trang này."
    ),
    "journal": lambda words: words(
        "health",
        "Báo người quản trị: kiểm tra dung lượng và quyền ghi của ổ đĩa ki-ốt; trong lúc chờ, phiếu vẫn in được.",
    ),
    "clips": lambda words: words(
        "health",
        "Báo người quản trị: cài gói giọng đọc đủ chữ và số của trung tâm; trong lúc chờ, màn hình sảnh vẫn hiện số.",
    ),
    "no_screen": lambda words: words("health", "Kiểm tra nguồn và dây của màn hình, rồi khởi động lại máy này."),
    "touch_stuck": lambda words: words(
        "health", "Bỏ vật đang chạm màn hình và lau khô; nếu vẫn báo, cắm lại dây cảm ứng. Chỗ khác vẫn bấm được."
    ),
    "failed": lambda words: words("health", "Nếu lặp lại nhiều lần, báo người quản trị xem nhật ký chương trình."),
    "name_twice": lambda words: words(
        "health",
        "Báo người quản trị: đặt tên khác cho một trong hai máy"
        " (mục station trong tệp cấu hình của máy đó), rồi khởi động lại máy đó.",
    ),
    "broker": lambda words: words(
        "health",
        "Báo người quản trị: khởi động lại dịch vụ truyền tin trên máy chủ; trong lúc chờ, cán bộ vẫn gọi số được.",
    ),
}
"""The instruction for staff for each health code."""

INSTRUCTIONS_BY_STATE: Mapping[str, Phrase] = {
    "warning": lambda words: words("health", "Xem thiết bị tại chỗ."),
    "fault": _POWER_CYCLE,
    "offline": _CHECK_CABLES,
    "unknown": lambda words: words(
        "health", "Chờ thiết bị báo về; nếu sau 1 phút vẫn chưa rõ, kiểm tra nguồn điện và dây cắm."
    ),
}
"""Instructions for a device that reports no code."""

NAMES: Mapping[str, Callable[[Words, str], str]] = {
    "printer": lambda words, _: words("device", "Máy in phiếu"),
    "screen": lambda words, _: words("device", "Màn hình"),
    "speaker": lambda words, _: words("device", "Loa"),
    "sign": lambda words, counter: words("device", "Bảng số quầy {counter}", counter=counter),
    "keypad": lambda words, counter: words("device", "Bàn phím quầy {counter}", counter=counter),
    "scanner": lambda words, _: words("device", "Máy quét mã"),
    "name": lambda words, _: words("device", "Tên trạm"),
    "pad": lambda words, counter: words("device", "Bàn phím đánh giá quầy {counter}", counter=counter),
}
"""The name of each kind of device; the second argument is the label of its counter. ``name``: the station's own name,
which two machines may use at once (code ``name_twice``). ``pad``: a rating pad."""

STATION_NAMES: Mapping[str, Callable[[Words, str], str]] = {
    "kiosk": lambda words, number: words("manager", "Ki-ốt {station}", station=number),
    "display": lambda words, number: words("manager", "Màn hình sảnh {station}", station=number),
    "counter": lambda words, number: words("manager", "Máy quầy {station}", station=number),
    "sign": lambda words, number: words("manager", "Bảng số {station}", station=number),
    "desk": lambda words, number: words("manager", "Bàn cấp số {station}", station=number),
}
"""The name of each kind of station; the second argument tells stations of one kind apart.

``desk``: a kiosk without a screen, which prints the slips of an issuing desk."""

_KINDS_BY_PREFIX = {kind: kind for kind in STATION_NAMES} | {"tv": "display", "counters": "counter", "signs": "sign"}
_STATION = re.compile(r"(?P<prefix>[a-z]+)-(?P<number>.+)")
NO_LABELS: Mapping[str, str] = {}


def station_name(words: Words, station: str, kind: str | None = None, labels: Mapping[str, str] = NO_LABELS) -> str:
    """Return the everyday name of a station that has none of its own.

    *kiosk-1* is Ki-ốt 1. ``kind``: as reported; None: the beginning of the id tells it. A desk's printer is reported as
    a kiosk. ``labels``: of the counters by id; a sign that is named after one, as *sign-c6*, has its label.
    """
    matched = _STATION.fullmatch(station)
    prefix, number = (matched["prefix"], matched["number"]) if matched else ("", station)
    if prefix not in _KINDS_BY_PREFIX:
        number = station
    if prefix == "desk" and kind in (None, "kiosk"):
        return STATION_NAMES["desk"](words, number)
    known_kind = kind if kind in STATION_NAMES else _KINDS_BY_PREFIX.get(prefix)
    if known_kind == "sign" and number in labels:
        return NAMES["sign"](words, labels[number])
    return station if known_kind is None else STATION_NAMES[known_kind](words, number)
