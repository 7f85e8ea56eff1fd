"""The words of the virtual hall that are made at run time: names, faults, sentences of the log, keys."""

from collections.abc import Callable, Mapping

from config.words import Words
from server.hall.scene import Line

Values = Mapping[str, str]
Name = Callable[[Words], str]

PROGRAMS: Mapping[str, Name] = {
    "server": lambda w: w("virtual", "Máy chủ"),
    "simulated": lambda w: w("virtual", "Thiết bị giả lập"),
    "kiosk": lambda w: w("device", "Màn hình ki-ốt"),
    "counter": lambda w: w("virtual", "Trạm quầy"),
    "display": lambda w: w("virtual", "Màn hình sảnh"),
}

# The keys of a counter's pad in the order of the work, as (key of the map, its word).
KEYS: tuple[tuple[str, Name], ...] = (
    ("next", lambda w: w("virtual", "Gọi")),
    ("recall", lambda w: w("virtual", "Gọi lại")),
    ("start", lambda w: w("virtual", "Bắt đầu")),
    ("finish", lambda w: w("virtual", "Xong")),
    ("no_show", lambda w: w("virtual", "Vắng")),
    ("hold", lambda w: w("virtual", "Tạm gác")),
    ("pause", lambda w: w("virtual", "Tạm dừng")),
)

# (kind of device, fault) -> its words; ``counter`` is the label of the counter it belongs to.
FAULTS: Mapping[tuple[str, str], Callable[[Words, str], str]] = {
    ("printer", "paper_out"): lambda w, _: w("virtual", "Máy in: hết giấy"),
    ("printer", "paper_out_mid"): lambda w, _: w("virtual", "Máy in: hết giấy giữa chừng"),
    ("printer", "cover_open"): lambda w, _: w("virtual", "Máy in: nắp đang mở"),
    ("printer", "silent"): lambda w, _: w("virtual", "Máy in: không phản hồi"),
    ("printer", "unplugged"): lambda w, _: w("virtual", "Máy in: rút cáp"),
    ("sign", "unpowered"): lambda w, n: w("virtual", "Bảng số quầy {counter}: mất điện", counter=n),
    ("sign", "unplugged"): lambda w, n: w("virtual", "Bảng số quầy {counter}: rút cáp", counter=n),
    ("keypad", "stuck"): lambda w, n: w("virtual", "Bàn phím quầy {counter}: kẹt phím", counter=n),
    ("keypad", "unplugged"): lambda w, n: w("virtual", "Bàn phím quầy {counter}: rút cáp", counter=n),
    ("power", "server"): lambda w, _: w("virtual", "Máy chủ: mất điện"),
    ("power", "broker"): lambda w, _: w("virtual", "Kênh truyền tin (MQTT): mất kết nối"),
}

# What a counter is, as the board says it: (kind of mark, words).
COUNTERS: Mapping[str, Name] = {
    "called": lambda w: w("state", "Đang gọi"),
    "serving": lambda w: w("state", "Đang phục vụ"),
    "paused": lambda w: w("counter", "Tạm dừng phục vụ"),
    "ready": lambda w: w("counter", "Sẵn sàng nhận số"),
    "open": lambda w: w("counter", "Đang mở"),
    "closed": lambda w: w("counter", "Đã đóng quầy"),
    "stale": lambda w: w("virtual", "Mất kết nối với máy chủ"),
}

SENTENCES: Mapping[str, Callable[[Words, Values], str]] = {
    "program_starting": lambda w, v: w("virtual", "{program}: đang khởi động", program=program(w, v)),
    "program_ready": lambda w, v: w("virtual", "{program}: sẵn sàng", program=program(w, v)),
    "program_resting": lambda w, v: w(
        "virtual",
        "{program}: dừng đột ngột ({reason}), sẽ tự khởi động lại",
        program=program(w, v),
        reason=v["reason"],
    ),
    "program_off": lambda w, v: w("virtual", "{program}: đã tắt", program=program(w, v)),
    "issue": lambda w, v: w("virtual", "Cấp số {number}", **v),
    "call": lambda w, v: w("virtual", "Quầy {counter}: gọi số {number}", **v),
    "recall": lambda w, v: w("virtual", "Quầy {counter}: gọi lại số {number}", **v),
    "start": lambda w, v: w("virtual", "Quầy {counter}: bắt đầu phục vụ số {number}", **v),
    "finish": lambda w, v: w("virtual", "Quầy {counter}: xong số {number}", **v),
    "no_show": lambda w, v: w("virtual", "Quầy {counter}: số {number} vắng mặt", **v),
    "hold": lambda w, v: w("virtual", "Quầy {counter}: tạm gác số {number}", **v),
    "resume": lambda w, v: w("virtual", "Quầy {counter}: phục vụ tiếp số {number}", **v),
    "back": lambda w, v: w("virtual", "Số {number} về hàng chờ", **v),
    "transfer": lambda w, v: w("virtual", "Số {number} được chuyển quầy", **v),
    "finish_next": lambda w, v: w("virtual", "Số {number} chuyển sang thủ tục tiếp theo", **v),
    "cancel": lambda w, v: w("virtual", "Số {number} đã hủy", **v),
    "expire": lambda w, v: w("virtual", "Số {number} hết hiệu lực", **v),
    "paused": lambda w, v: w("virtual", "Quầy {counter}: tạm dừng", **v),
    "open": lambda w, v: w("virtual", "Quầy {counter}: mở", **v),
    "closed": lambda w, v: w("virtual", "Quầy {counter}: đóng", **v),
    "speed": lambda w, v: w("virtual", "Tốc độ đồng hồ: {n}×", **v),
    "fault_on": lambda w, v: w("virtual", "Tạo sự cố: {fault}", fault=fault(w, v)),
    "fault_off": lambda w, v: w("virtual", "Hết sự cố: {fault}", fault=fault(w, v)),
    "morning_on": lambda w, v: w("virtual", "Bắt đầu buổi sáng mẫu: {n} người", **v),
    "morning_off": lambda w, _: w("virtual", "Buổi sáng mẫu đã dừng"),
    "took": lambda w, _: w("virtual", "Lấy phiếu khỏi máy in"),
    "roll_out": lambda w, _: w("virtual", "Đã lấy cuộn giấy ra"),
    "roll_in": lambda w, _: w("virtual", "Đã lắp lại cuộn giấy"),
    "roll_new": lambda w, _: w("virtual", "Đã lắp cuộn giấy mới"),
    "speaks": lambda w, v: w("virtual", "Loa: {caption}", **v),
    "visitor": lambda w, _: w("virtual", "Thêm một người đến lấy số"),
    "visitor_left": lambda w, v: w("virtual", "Người lấy số bỏ về: {reason}", **v),
}


def program(w: Words, values: Values) -> str:
    """A program's name by ``values["program"]``."""
    return PROGRAMS[values["program"]](w)


def fault(w: Words, values: Values) -> str:
    """A fault's words by ``kind``, ``fault`` and ``counter``; one without words in the device's own."""
    known = FAULTS.get((values["kind"], values["fault"]))
    if known is not None:
        return known(w, values["counter"])
    return w("virtual", "{device}: {fault}", device=values["device"], fault=values["fault"])


def sentence(w: Words, line: Line) -> str:
    """A line of the log in the reader's language."""
    return SENTENCES[line.what](w, line.values)
