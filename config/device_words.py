"""What the states and troubles of devices are called, and what to do about them: said alike by the server's health page
and by ``luot-hardware``."""

from collections.abc import Callable, Mapping

from config.words import Words

Say = Callable[[Words], str]

STATES: Mapping[str, Say] = {
    "ready": lambda words: words("device", "Hoạt động bình thường"),
    "warning": lambda words: words("device", "Cần chú ý"),
    "fault": lambda words: words("device", "Gặp sự cố"),
    "offline": lambda words: words("device", "Mất kết nối thiết bị"),
    "unknown": lambda words: words("device", "Chưa rõ tình trạng"),
}
CODES: Mapping[str, Say] = {
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
"""The code words of devices' healths; docs/OPERATIONS.md lists them."""

_CABLE: Say = lambda words: words("health", "Kiểm tra nguồn điện và dây cắm.")
_POWER: Say = lambda words: words("health", "Tắt thiết bị, chờ 10 giây rồi bật lại.")
TODO: Mapping[str, Say] = {
    "paper_near_end": lambda words: words("health", "Chuẩn bị cuộn giấy mới."),
    "paper_out": lambda words: words("health", "Thay cuộn giấy rồi bấm “Đã thay giấy”."),
    "cover": lambda words: words("health", "Đóng nắp máy in."),
    "cutter": lambda words: words("health", "Mở nắp, gỡ giấy kẹt rồi đóng nắp."),
    "hot": lambda words: words("health", "Chờ vài phút cho máy in nguội."),
    "fault": _POWER,
    "off": _CABLE,
    "silent": _POWER,
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
TODO_OF_STATE: Mapping[str, Say] = {
    "warning": lambda words: words("health", "Xem thiết bị tại chỗ."),
    "fault": _POWER,
    "offline": _CABLE,
    "unknown": lambda words: words(
        "health", "Chờ thiết bị báo về; nếu sau 1 phút vẫn chưa rõ, kiểm tra nguồn điện và dây cắm."
    ),
}
"""Where the device names no code."""

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
