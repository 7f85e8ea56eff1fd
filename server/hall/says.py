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
# Those that want digits before them.
KEYED: tuple[tuple[str, Name], ...] = (
    ("call", lambda w: w("virtual", "Gọi số")),
    ("transfer", lambda w: w("virtual", "Chuyển")),
)

# The keys of a rating pad by how many it has, the best first.
LEVELS: Mapping[int, tuple[Name, ...]] = {
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

# Kind of device -> its name; ``counter`` is the label of the counter it belongs to.
DEVICES: Mapping[str, Callable[[Words, str], str]] = {
    "printer": lambda w, _: w("virtual", "Máy in"),
    "sign": lambda w, n: w("virtual", "Bảng số quầy {counter}", counter=n),
    "keypad": lambda w, n: w("virtual", "Bàn phím quầy {counter}", counter=n),
    "pad": lambda w, n: w("virtual", "Bàn phím đánh giá quầy {counter}", counter=n),
    "scanner": lambda w, n: w("virtual", "Máy quét quầy {counter}", counter=n),
}

# Fault -> its words, the same for every device that can have it.
FAULTS: Mapping[str, Name] = {
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

# The hall's own switches.
POWER: Mapping[str, Name] = {
    "server": lambda w: w("virtual", "Máy chủ: mất điện"),
    "broker": lambda w: w("virtual", "Kênh truyền tin (MQTT): mất kết nối"),
}

# The printer's faults stand in groups, in this order.
GROUPS: Mapping[str, Name] = {
    "paper": lambda w: w("virtual", "Máy in: giấy"),
    "mechanism": lambda w: w("virtual", "Máy in: cơ cấu in"),
    "power": lambda w: w("virtual", "Máy in: nguồn điện"),
    "link": lambda w: w("virtual", "Máy in: đường truyền"),
    "answers": lambda w: w("virtual", "Máy in: phản hồi"),
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
    "scan": lambda w, v: w("virtual", "Quầy {counter}: quét mã", **v),
    "rate": lambda w, v: w("virtual", "Quầy {counter}: bấm đánh giá", **v),
    "visitor": lambda w, _: w("virtual", "Thêm một người đến lấy số"),
    "visitor_left": lambda w, v: w("virtual", "Người lấy số bỏ về: {reason}", **v),
}


def program(w: Words, values: Values) -> str:
    """A program's name by ``values["program"]``."""
    return PROGRAMS[values["program"]](w)


def fault(w: Words, values: Values) -> str:
    """A fault's words by ``kind``, ``fault`` and ``counter``; one without words in the device's own."""
    if values["kind"] == "power":
        return POWER[values["fault"]](w)
    name, known = DEVICES.get(values["kind"]), FAULTS.get(values["fault"])
    device = values["device"] if name is None else name(w, values["counter"])
    return w("virtual", "{device}: {fault}", device=device, fault=values["fault"] if known is None else known(w))


def sentence(w: Words, line: Line) -> str:
    """A line of the log in the reader's language."""
    return SENTENCES[line.what](w, line.values)
