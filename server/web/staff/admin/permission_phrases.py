"""The permissions of which an office composes roles, in words and in groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.domain.moves import Move
from server.domain.permissions import Action, Permission
from server.web.shared.phrases import Phrase


@dataclass(frozen=True, slots=True)
class PermissionGroup:
    """Permissions that a form shows below one heading."""

    heading: Phrase
    permissions: Sequence[tuple[Permission, Phrase]]


GROUPS: Sequence[PermissionGroup] = (
    PermissionGroup(
        lambda words: words("people", "Tại quầy"),
        (
            (Action.SEE_COUNTER, lambda words: words("people", "mở trang quầy")),
            (Action.SIGN_IN, lambda words: words("people", "vào và rời quầy")),
            (Action.SET_COUNTER_STATE, lambda words: words("people", "mở, tạm dừng và đóng quầy của mình")),
            (Action.CALL_NEXT, lambda words: words("people", "gọi số tiếp theo")),
            (Action.SET_READY, lambda words: words("people", "sẵn sàng nhận số tự động")),
            (Action.ACKNOWLEDGE_CALL, lambda words: words("people", "xác nhận số được gọi tự động")),
            (Move.CALL, lambda words: words("people", "gọi một số theo lượt")),
            (Move.CALL_CHOSEN, lambda words: words("people", "gọi số đích danh, có lý do")),
            (Move.RECALL, lambda words: words("people", "gọi lại")),
            (Move.START, lambda words: words("people", "bắt đầu phục vụ")),
            (Move.FINISH, lambda words: words("people", "hoàn thành")),
            (Move.FINISH_NEXT, lambda words: words("people", "hoàn thành và chuyển tiếp")),
            (Move.NO_SHOW, lambda words: words("people", "ghi vắng mặt")),
            (Move.REQUEUE, lambda words: words("people", "để gọi lại sau")),
            (Move.HOLD, lambda words: words("people", "tạm gác")),
            (Move.RESUME, lambda words: words("people", "phục vụ tiếp số tạm gác")),
            (Move.RELEASE, lambda words: words("people", "đưa số tạm gác về hàng chờ")),
            (Move.TRANSFER, lambda words: words("people", "chuyển lĩnh vực, quầy hoặc người")),
            (Move.REOPEN, lambda words: words("people", "mở lại lượt vừa xong")),
            (Move.REJOIN, lambda words: words("people", "đưa người đã xong trở lại hàng chờ")),
            (Action.UNDO_MOVE, lambda words: words("people", "hoàn tác thao tác vừa làm")),
            (Action.SCAN, lambda words: words("people", "quét phiếu")),
            (Action.NOTE_DOSSIER, lambda words: words("people", "ghi mã hồ sơ")),
            (Action.NOTE_TICKET, lambda words: words("people", "ghi chú về số")),
            (Action.RAISE_ALARM, lambda words: words("people", "báo động nội bộ")),
            (Action.SEND_MESSAGE, lambda words: words("people", "nhắn cho người quản lý")),
        ),
    ),
    PermissionGroup(
        lambda words: words("people", "Hàng chờ"),
        (
            (Action.SEE_TICKETS, lambda words: words("people", "xem các số")),
            (Move.ISSUE, lambda words: words("people", "cấp số tại quầy")),
            (Move.RETURN, lambda words: words("people", "nhận lại người vắng mặt")),
            (Move.DEFER, lambda words: words("people", "lùi lượt khi công dân xin")),
            (Move.RECLASSIFY, lambda words: words("people", "đổi diện ưu tiên")),
            (Move.CORRECT, lambda words: words("people", "sửa thủ tục của số")),
            (Move.CANCEL, lambda words: words("people", "hủy số")),
        ),
    ),
    PermissionGroup(
        lambda words: words("people", "Phiếu, máy in và thiết bị"),
        (
            (Action.SEE_HEALTH, lambda words: words("people", "xem tình trạng thiết bị")),
            (Action.REPRINT, lambda words: words("people", "in lại phiếu")),
            (Action.USE_PRINTER, lambda words: words("people", "in thử, thay giấy, xóa lệnh in")),
            (Action.DISMISS_SLIP, lambda words: words("people", "bỏ phiếu chưa rõ đã in khỏi danh sách")),
            (Action.TRY_DEVICES, lambda words: words("people", "thử thiết bị")),
            (Action.MEND_DEVICES, lambda words: words("people", "khởi động lại máy trạm, sao lưu ngay")),
        ),
    ),
    PermissionGroup(
        lambda words: words("people", "Điều hành"),
        (
            (Action.SEE_HALL, lambda words: words("people", "xem toàn sảnh")),
            (Action.DIRECT_COUNTERS, lambda words: words("people", "mở, tạm dừng và đóng quầy của người khác")),
            (Action.LEND_SERVICES, lambda words: words("people", "giao thêm hoặc bớt lĩnh vực của quầy trong ngày")),
            (Action.STOP_ISSUING, lambda words: words("people", "ngừng cấp số")),
            (Action.RESUME_ISSUING, lambda words: words("people", "cấp số trở lại")),
            (Action.PUT_NOTICE, lambda words: words("people", "đăng thông báo")),
            (Action.SEND_COLLEAGUE, lambda words: words("people", "cử người đến hỗ trợ")),
            (Action.MESSAGE_COUNTERS, lambda words: words("people", "nhắn cho các quầy")),
            (Action.TAKE_HELP, lambda words: words("people", "đến ki-ốt khi công dân cần hỗ trợ")),
            (Action.TAKE_ALARM, lambda words: words("people", "đến quầy khi có báo động")),
            (Action.OPEN_DAY, lambda words: words("people", "mở ngày làm việc")),
            (Action.CLOSE_DAY, lambda words: words("people", "đóng ngày làm việc")),
            (Action.REOPEN_DAY, lambda words: words("people", "mở lại ngày vừa đóng")),
            (Action.CONFIRM_CLOCK, lambda words: words("people", "xác nhận ngày của máy")),
            (Action.ENTER_DATE, lambda words: words("people", "nhập ngày hôm nay")),
            (Action.PRACTISE, lambda words: words("people", "diễn tập cả phòng")),
        ),
    ),
    PermissionGroup(
        lambda words: words("people", "Xem và quản trị"),
        (
            (Action.SEE_REPORTS, lambda words: words("people", "xem báo cáo")),
            (Action.SEE_JOURNAL, lambda words: words("people", "xem nhật ký các lượt")),
            (Action.SEE_ADMINISTRATION, lambda words: words("people", "xem các trang quản trị")),
            (Action.SEE_ACCESS_LOG, lambda words: words("people", "xem nhật ký truy cập")),
            (Action.MANAGE_OFFICE, lambda words: words("people", "thay đổi cơ quan")),
            (Action.MANAGE_NETWORK, lambda words: words("people", "cài đặt mạng")),
        ),
    ),
)
"""All permissions that can be chosen; what every composed role has is not listed."""
