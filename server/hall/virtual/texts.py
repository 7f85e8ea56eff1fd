"""Texts of the virtual hall: names, faults, keys, sentences of the log.

``w`` is the catalogue of one language, ``v`` has the values of a log entry.
"""

from collections.abc import Callable, Mapping

from config.words import Words
from server.hall.virtual.state import LogEntry

Values = Mapping[str, str]
"""The values of a log entry, which fill the fields of its sentence."""

Name = Callable[[Words], str]
"""A name in the language of the reader."""

PROGRAM_NAMES: Mapping[str, Name] = {
    "server": lambda w: w("virtual", "Máy chủ"),
    "simulated": lambda w: w("virtual", "Thiết bị giả lập"),
    "kiosk": lambda w: w("device", "Màn hình ki-ốt"),
    "counter": lambda w: w("virtual", "Trạm quầy"),
    "display": lambda w: w("virtual", "Màn hình sảnh"),
}

# The keys of a counter's keypad, in the order in which a clerk uses them: (name in the settings, text on the page).
KEYPAD_KEYS: tuple[tuple[str, Name], ...] = (
    ("next", lambda w: w("virtual", "Gọi")),
    ("recall", lambda w: w("virtual", "Gọi lại")),
    ("start", lambda w: w("virtual", "Bắt đầu")),
    ("finish", lambda w: w("virtual", "Xong")),
    ("no_show", lambda w: w("virtual", "Vắng")),
    ("hold", lambda w: w("virtual", "Tạm gác")),
    ("pause", lambda w: w("virtual", "Tạm dừng")),
)
# The keys that take digits before them.
KEYS_WITH_DIGITS: tuple[tuple[str, Name], ...] = (
    ("call", lambda w: w("virtual", "Gọi số")),
    ("transfer", lambda w: w("virtual", "Chuyển")),
)

# How many keys a rating pad has -> their texts, the best level first.
RATING_KEYS: Mapping[int, tuple[Name, ...]] = {
    3: (
        lambda w: w("rating", "Rất hài lòng"),
        lambda w: w("rating", "Hài lòng"),
        lambda w: w("rating", "Không hài lòng"),
    ),
    4: (
        lambda w: w("rating", "Rất hài lòng"),
        lambda w: w("rating", "Hài lòng"),
        lambda w: w("rating", "Bình thường"),
        lambda w: w("rating", "Không hài lòng"),
    ),
}

# Kind of device -> its name, from the label of the counter that it belongs to.
DEVICE_NAMES: Mapping[str, Callable[[Words, str], str]] = {
    "printer": lambda w, _: w("virtual", "Máy in"),
    "sign": lambda w, label: w("virtual", "Bảng số quầy {counter}", counter=label),
    "keypad": lambda w, label: w("virtual", "Bàn phím quầy {counter}", counter=label),
    "pad": lambda w, label: w("virtual", "Bàn phím đánh giá quầy {counter}", counter=label),
    "scanner": lambda w, label: w("virtual", "Máy quét quầy {counter}", counter=label),
}

# Fault -> its text, the same for every device that can have it.
FAULT_NAMES: Mapping[str, Name] = {
    "paper_out": lambda w: w("virtual", "hết giấy"),
    "paper_out_mid": lambda w: w("virtual", "hết giấy giữa chừng"),
    "near_end": lambda w: w("virtual", "sắp hết giấy"),
    "cover_open": lambda w: w("virtual", "nắp đang mở"),
    "cutter": lambda w: w("virtual", "dao kẹt ở lần cắt tới"),
    "hot": lambda w: w("virtual", "đầu in quá nóng"),
    "fatal": lambda w: w("virtual", "lỗi nặng, phải tắt rồi bật lại"),
    "slow": lambda w: w("virtual", "hoạt động rất chậm"),
    "late": lambda w: w("virtual", "giữ lệnh in vài giây"),
    "silent": lambda w: w("virtual", "không phản hồi"),
    "frozen": lambda w: w("virtual", "bị treo"),
    "answers_lost": lambda w: w("virtual", "phản hồi bị mất một nửa"),
    "answers_late": lambda w: w("virtual", "phản hồi muộn vài giây"),
    "garbled": lambda w: w("virtual", "tín hiệu bị nhiễu"),
    "no_asb": lambda w: w("virtual", "không tự báo thay đổi"),
    "dle_eot_ignored_when_offline": lambda w: w("virtual", "không phản hồi khi đang dừng"),
    "unplugged": lambda w: w("virtual", "rút cáp"),
    "slow_link": lambda w: w("virtual", "đường truyền rất chậm"),
    "not_reading": lambda w: w("virtual", "không nhận dữ liệu"),
    "garbled_input": lambda w: w("virtual", "nhận dữ liệu bị nhiễu"),
    "wrong_device": lambda w: w("virtual", "cắm nhầm thiết bị"),
    "wrong_address": lambda w: w("virtual", "đặt sai địa chỉ"),
    "power_cycled": lambda w: w("virtual", "mất điện rồi tự có lại"),
    "unpowered": lambda w: w("virtual", "mất điện"),
    "stuck": lambda w: w("virtual", "kẹt phím"),
    "bouncing": lambda w: w("virtual", "phím bị dội"),
    "no_suffix": lambda w: w("virtual", "thiếu ký tự kết thúc"),
}

# The faults that the hall's own power switches cause.
POWER_FAULT_NAMES: Mapping[str, Name] = {
    "server": lambda w: w("virtual", "Máy chủ: mất điện"),
    "broker": lambda w: w("virtual", "Kênh truyền tin (MQTT): mất kết nối"),
}

# The groups of the printer's faults, in the order of the page.
PRINTER_GROUPS: Mapping[str, Name] = {
    "paper": lambda w: w("virtual", "Máy in: giấy"),
    "mechanism": lambda w: w("virtual", "Máy in: cơ cấu in"),
    "power": lambda w: w("virtual", "Máy in: nguồn điện"),
    "link": lambda w: w("virtual", "Máy in: đường truyền"),
    "answers": lambda w: w("virtual", "Máy in: phản hồi"),
}

# The mark on a counter's card -> its text.
COUNTER_MARKS: Mapping[str, Name] = {
    "called": lambda w: w("state", "Đang gọi"),
    "serving": lambda w: w("state", "Đang phục vụ"),
    "paused": lambda w: w("counter", "Tạm dừng phục vụ"),
    "ready": lambda w: w("counter", "Sẵn sàng nhận số"),
    "open": lambda w: w("counter", "Đang mở"),
    "closed": lambda w: w("counter", "Đã đóng quầy"),
    "stale": lambda w: w("virtual", "Mất kết nối với máy chủ"),
}

# Event of a log entry -> its sentence. ``counter_…`` and ``program_…`` end with the new state.
LOG_SENTENCES: Mapping[str, Callable[[Words, Values], str]] = {
    "program_starting": lambda w, v: w("virtual", "{program}: đang khởi động", program=program_name(w, v)),
    "program_ready": lambda w, v: w("virtual", "{program}: sẵn sàng", program=program_name(w, v)),
    "program_backing_off": lambda w, v: w(
        "virtual",
        "{program}: dừng đột ngột ({reason}), sẽ tự khởi động lại",
        program=program_name(w, v),
        reason=v["reason"],
    ),
    "program_off": lambda w, v: w("virtual", "{program}: đã tắt", program=program_name(w, v)),
    "issued": lambda w, v: w("virtual", "Cấp số {number}", **v),
    "called": lambda w, v: w("virtual", "Quầy {counter}: gọi số {number}", **v),
    "recalled": lambda w, v: w("virtual", "Quầy {counter}: gọi lại số {number}", **v),
    "started": lambda w, v: w("virtual", "Quầy {counter}: bắt đầu phục vụ số {number}", **v),
    "finished": lambda w, v: w("virtual", "Quầy {counter}: xong số {number}", **v),
    "missed": lambda w, v: w("virtual", "Quầy {counter}: số {number} vắng mặt", **v),
    "held": lambda w, v: w("virtual", "Quầy {counter}: tạm gác số {number}", **v),
    "resumed": lambda w, v: w("virtual", "Quầy {counter}: phục vụ tiếp số {number}", **v),
    "queued_again": lambda w, v: w("virtual", "Số {number} về hàng chờ", **v),
    "transferred": lambda w, v: w("virtual", "Số {number} được chuyển quầy", **v),
    "sent_on": lambda w, v: w("virtual", "Số {number} chuyển sang thủ tục tiếp theo", **v),
    "cancelled": lambda w, v: w("virtual", "Số {number} đã hủy", **v),
    "expired": lambda w, v: w("virtual", "Số {number} hết hiệu lực", **v),
    "counter_paused": lambda w, v: w("virtual", "Quầy {counter}: tạm dừng", **v),
    "counter_open": lambda w, v: w("virtual", "Quầy {counter}: mở", **v),
    "counter_closed": lambda w, v: w("virtual", "Quầy {counter}: đóng", **v),
    "speed_changed": lambda w, v: w("virtual", "Tốc độ đồng hồ: {n}×", **v),
    "fault_began": lambda w, v: w("virtual", "Tạo sự cố: {fault}", fault=fault_text(w, v)),
    "fault_ended": lambda w, v: w("virtual", "Hết sự cố: {fault}", fault=fault_text(w, v)),
    "morning_began": lambda w, v: w("virtual", "Bắt đầu buổi sáng mẫu: {n} người", **v),
    "morning_ended": lambda w, _: w("virtual", "Buổi sáng mẫu đã dừng"),
    "slip_taken": lambda w, _: w("virtual", "Lấy phiếu khỏi máy in"),
    "roll_removed": lambda w, _: w("virtual", "Đã lấy cuộn giấy ra"),
    "roll_put_back": lambda w, _: w("virtual", "Đã lắp lại cuộn giấy"),
    "roll_replaced": lambda w, _: w("virtual", "Đã lắp cuộn giấy mới"),
    "code_scanned": lambda w, v: w("virtual", "Quầy {counter}: quét mã", **v),
    "rating_pressed": lambda w, v: w("virtual", "Quầy {counter}: bấm đánh giá", **v),
    "visitor_added": lambda w, _: w("virtual", "Thêm một người đến lấy số"),
    "visitor_left": lambda w, v: w("virtual", "Người lấy số bỏ về: {reason}", **v),
}


def program_name(w: Words, values: Values) -> str:
    """Return a program's name by ``values["program"]``."""
    return PROGRAM_NAMES[values["program"]](w)


def fault_text(w: Words, values: Values) -> str:
    """Return a fault's text by ``kind``, ``fault`` and ``counter``. Without a text, use the fault's name."""
    if values["kind"] == "power":
        return POWER_FAULT_NAMES[values["fault"]](w)
    name, text = DEVICE_NAMES.get(values["kind"]), FAULT_NAMES.get(values["fault"])
    device = values["device"] if name is None else name(w, values["counter"])
    return w("virtual", "{device}: {fault}", device=device, fault=values["fault"] if text is None else text(w))


def log_sentence(w: Words, entry: LogEntry) -> str:
    """Return an entry of the log in the reader's language."""
    return LOG_SENTENCES[entry.event](w, entry.values)
