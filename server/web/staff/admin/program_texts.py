"""The texts of the programs' page: scopes, facts, refusals, states of deliveries."""

from collections.abc import Callable, Mapping, Sequence

from config.words import Words
from server.access.api_tokens import Scope, TokenProblem
from server.access.deliveries import Delivery, DeliveryStatus
from server.access.hook_address import AddressProblem
from server.access.web_hooks import HookProblem
from server.domain.facts.kinds import FactKind

Text = Callable[[Words], str]

SCOPES: Mapping[Scope, Text] = {
    Scope.READ_BOARD: lambda words: words("programs", "Xem bảng số, lĩnh vực và thủ tục"),
    Scope.READ_JOURNAL: lambda words: words("programs", "Đọc nhật ký sự kiện"),
    Scope.ISSUE: lambda words: words("programs", "Cấp số"),
    Scope.CALL: lambda words: words("programs", "Gọi số và phục vụ tại quầy (thấy cả mã hồ sơ)"),
    Scope.DIRECT: lambda words: words("programs", "Điều lĩnh vực giữa các quầy, ngừng và mở lại cấp số trong ngày"),
    Scope.DEVICES: lambda words: words("programs", "Xem tình trạng thiết bị"),
}
TOKEN_PROBLEMS: Mapping[TokenProblem, Text] = {
    TokenProblem.NAME: lambda words: words("programs", "Mời nhập tên, không quá 60 ký tự."),
    TokenProblem.NAME_TAKEN: lambda words: words("programs", "Đã có mã mang tên này. Mời chọn tên khác."),
    TokenProblem.SCOPES: lambda words: words("programs", "Mời chọn ít nhất một quyền."),
    TokenProblem.ENDS: lambda words: words("programs", "Ngày hết hạn phải từ hôm nay và trong vòng hai năm."),
    TokenProblem.TOO_MANY: lambda words: words("programs", "Đã đủ 100 mã. Mời xóa bớt mã không còn dùng."),
}
HOOK_PROBLEMS: Mapping[HookProblem, Text] = {
    HookProblem.FACTS: lambda words: words("programs", "Mời chọn ít nhất một loại sự kiện."),
    HookProblem.SAME: lambda words: words("programs", "Đã có web-hook gửi đến địa chỉ này."),
    HookProblem.TOO_MANY: lambda words: words("programs", "Đã đủ 10 web-hook. Mời xóa bớt web-hook không còn dùng."),
}
ADDRESS_PROBLEMS: Mapping[AddressProblem, Text] = {
    AddressProblem.FORM: lambda words: words("programs", "Địa chỉ chưa đúng. Ví dụ: https://vi-du.vn/nhan-su-kien"),
    AddressProblem.CREDENTIALS: lambda words: words("programs", "Địa chỉ không được chứa tên hoặc mật khẩu."),
    AddressProblem.PLAIN: lambda words: words(
        "programs",
        "Địa chỉ phải bắt đầu bằng https://. Trong mạng nội bộ có thể dùng http:// nếu đã đánh dấu cho phép.",
    ),
    AddressProblem.LOCAL: lambda words: words(
        "programs", "Địa chỉ này ở trong mạng nội bộ. Mời đánh dấu cho phép nếu đúng là nơi nhận."
    ),
    AddressProblem.NEVER: lambda words: words("programs", "Không thể gửi đến địa chỉ này."),
}
STATUSES: Mapping[DeliveryStatus, tuple[str, str, Text]] = {
    DeliveryStatus.WAITING: ("warning", "clock", lambda words: words("programs", "đang chờ gửi")),
    DeliveryStatus.DELIVERED: ("ok", "check", lambda words: words("programs", "đã gửi")),
    DeliveryStatus.FAILED: ("fault", "warning", lambda words: words("programs", "không gửi được")),
}
"""The style and icon of each status, and its text."""

FACTS: Mapping[FactKind, Text] = {
    FactKind.ISSUED: lambda words: words("programs", "Đã cấp số"),
    FactKind.CALLED: lambda words: words("programs", "Gọi số"),
    FactKind.RECALLED: lambda words: words("programs", "Gọi lại"),
    FactKind.STARTED: lambda words: words("programs", "Bắt đầu phục vụ"),
    FactKind.FINISHED: lambda words: words("programs", "Hoàn thành"),
    FactKind.SENT_ON: lambda words: words("programs", "Hoàn thành và chuyển lĩnh vực khác"),
    FactKind.MISSED: lambda words: words("programs", "Vắng mặt"),
    FactKind.RETURNED: lambda words: words("programs", "Trở lại sau khi vắng mặt"),
    FactKind.REQUEUED: lambda words: words("programs", "Trở về hàng chờ sau khi gọi"),
    FactKind.HELD: lambda words: words("programs", "Tạm gác"),
    FactKind.RESUMED: lambda words: words("programs", "Phục vụ tiếp sau khi tạm gác"),
    FactKind.RELEASED: lambda words: words("programs", "Trở về hàng chờ sau khi tạm gác"),
    FactKind.TRANSFERRED: lambda words: words("programs", "Chuyển lĩnh vực hoặc quầy"),
    FactKind.DEFERRED: lambda words: words("programs", "Nhường lượt"),
    FactKind.RECLASSIFIED: lambda words: words("programs", "Đổi diện ưu tiên"),
    FactKind.PROCEDURE_CHANGED: lambda words: words("programs", "Sửa thủ tục"),
    FactKind.REOPENED: lambda words: words("programs", "Mở lại lượt vừa hoàn thành"),
    FactKind.REJOINED: lambda words: words("programs", "Trở lại hàng chờ sau khi hoàn thành"),
    FactKind.MOVE_UNDONE: lambda words: words("programs", "Hoàn tác thao tác vừa làm"),
    FactKind.CANCELLED: lambda words: words("programs", "Hủy số"),
    FactKind.EXPIRED: lambda words: words("programs", "Hết hiệu lực khi đóng ngày"),
    FactKind.UNPINNED: lambda words: words("programs", "Quầy khác cũng gọi được"),
    FactKind.PRINTED: lambda words: words("programs", "Kết quả in phiếu"),
    FactKind.RATED: lambda words: words("programs", "Đánh giá của công dân"),
    FactKind.CALL_SEEN: lambda words: words("programs", "Màn hình đã hiện lượt gọi"),
    FactKind.COUNTER_STATE: lambda words: words("programs", "Quầy mở, tạm dừng hoặc đóng"),
    FactKind.COUNTER_READY: lambda words: words("programs", "Quầy sẵn sàng"),
    FactKind.COUNTER_UNREADY: lambda words: words("programs", "Quầy thôi sẵn sàng"),
    FactKind.COUNTER_SERVICES_TODAY: lambda words: words("programs", "Lĩnh vực của quầy trong hôm nay"),
    FactKind.DAY_OPENED: lambda words: words("programs", "Mở ngày"),
    FactKind.DAY_CLOSED: lambda words: words("programs", "Đóng ngày"),
    FactKind.DAY_REOPENED: lambda words: words("programs", "Mở lại ngày đã đóng"),
    FactKind.DAY_DATED: lambda words: words("programs", "Sửa ngày tháng"),
    FactKind.HOURS_CHANGED: lambda words: words("programs", "Đến giờ mở cửa, nghỉ trưa hoặc đóng cửa"),
    FactKind.SERVICE_STOPPED: lambda words: words("programs", "Ngừng cấp số một lĩnh vực"),
    FactKind.SERVICE_RESUMED: lambda words: words("programs", "Cấp số trở lại"),
    FactKind.HELP_ASKED: lambda words: words("programs", "Công dân gọi hỗ trợ tại ki-ốt"),
    FactKind.HELP_TAKEN: lambda words: words("programs", "Đã có người đến hỗ trợ"),
}
"""The facts that a web-hook may be sent, as the page lists them."""
GROUPS: Sequence[tuple[Text, Sequence[FactKind]]] = (
    (lambda words: words("programs", "Số thứ tự"), tuple(kind for kind in FACTS if kind.startswith("ticket."))),
    (
        lambda words: words("programs", "Quầy và màn hình"),
        tuple(kind for kind in FACTS if kind.startswith(("counter.", "call."))),
    ),
    (
        lambda words: words("programs", "Ngày làm việc và hỗ trợ"),
        tuple(kind for kind in FACTS if not kind.startswith(("ticket.", "counter.", "call."))),
    ),
)
_RESULTS: Mapping[str, Text] = {
    "no answer in time": lambda words: words("programs", "nơi nhận không trả lời kịp"),
    "connection refused": lambda words: words("programs", "nơi nhận từ chối kết nối"),
    "connection lost": lambda words: words("programs", "mất kết nối với nơi nhận"),
    "unknown name": lambda words: words("programs", "không tìm thấy tên máy chủ nhận"),
    "not an answer of a web server": lambda words: words("programs", "nơi nhận không phải máy chủ web"),
}


def fact_name(words: Words, kind: str) -> str:
    """Return the name of a kind of fact, or of the test."""
    if kind in set(FactKind) and FactKind(kind) in FACTS:
        return FACTS[FactKind(kind)](words)
    return words("programs", "Gửi thử")


def result_text(words: Words, delivery: Delivery) -> str:
    """Return the result of the last try for staff; codes of HTTP and TLS stay."""
    result = delivery.result
    if result in _RESULTS:
        return _RESULTS[result](words)
    if result.startswith("address refused"):
        return words("programs", "địa chỉ không được phép")
    if result.startswith("certificate refused"):
        return words("programs", "chứng thư của nơi nhận không được tin cậy")
    if result.startswith("HTTP ") and delivery.status is not DeliveryStatus.DELIVERED:
        return words("programs", "nơi nhận trả lời {code}", code=result)
    return result
