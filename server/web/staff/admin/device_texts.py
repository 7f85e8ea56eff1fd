"""Names of the kinds of devices, and the sentences of refusals."""

from config.words import Words
from server.access.device import (
    DeviceNameInvalid,
    DeviceNameTaken,
    DeviceRefused,
    TooManyDevices,
    WrongCounters,
)
from server.access.enrolment import NoBrokerReason, NoNetworkBroker
from server.access.pending import EnrolmentRefused, WrongCode
from server.wire.messages import DeviceKind


def kind_name(words: Words, kind: DeviceKind) -> str:
    """Return the name of a kind."""
    match kind:
        case DeviceKind.KIOSK:
            return words("devices", "Ki-ốt lấy số")
        case DeviceKind.COUNTER:
            return words("devices", "Trạm quầy")
        case DeviceKind.DISPLAY:
            return words("devices", "Màn hình gọi số")
        case DeviceKind.NODE:
            return words("devices", "Nút bảng số")
        case DeviceKind.BROWSER:
            return words("devices", "Trình duyệt")


def serves_counters(kind: DeviceKind) -> bool:
    """Return whether a device of this kind has counters."""
    return kind in (DeviceKind.COUNTER, DeviceKind.NODE, DeviceKind.BROWSER)


def refusal_text(words: Words, refused: DeviceRefused | EnrolmentRefused) -> str:
    """Return the sentence of a refusal."""
    match refused:
        case WrongCode() if refused.left == 0:
            return words("devices", "Mã sai nhiều lần nên yêu cầu này đã bị bỏ. Thiết bị sẽ hiện mã mới.")
        case WrongCode():
            return words("devices", "Mã không đúng. Còn {n} lần nhập.", n=refused.left)
        case NoNetworkBroker(reason=reason):
            return no_broker_text(words, reason)
        case DeviceNameTaken():
            return words("devices", "Đã có thiết bị tên này. Mời chọn tên khác.")
        case DeviceNameInvalid():
            return words("devices", "Tên phải có từ 1 đến 60 ký tự.")
        case WrongCounters():
            return words("devices", "Mời chọn quầy: nút bảng số phục vụ đúng một quầy, trạm quầy từ một quầy trở lên.")
        case TooManyDevices():
            return words("devices", "Đã đủ số thiết bị. Mời gỡ những thiết bị không còn dùng.")
        case _:
            return words("devices", "Thiết bị được chọn không thay thế được. Mời tải lại trang.")


def no_broker_text(words: Words, reason: NoBrokerReason) -> str:
    """Return why no station can be enrolled, and what to do."""
    match reason:
        case NoBrokerReason.NO_HTTPS:
            return words(
                "devices", "Chưa đăng ký được máy trạm: máy chủ chưa mở HTTPS cho máy khác. Mời xem trang “Mạng”."
            )
        case NoBrokerReason.EMBEDDED:
            return words(
                "devices",
                "Chưa đăng ký được máy trạm: máy chủ chỉ phục vụ thiết bị trên chính máy này. Mời cài Mosquitto"
                " (apt install mosquitto), rồi đặt kind = mosquitto và network trong mục [broker].",
            )
        case NoBrokerReason.LOOPBACK:
            return words(
                "devices",
                "Chưa đăng ký được máy trạm: kênh truyền tin chỉ phục vụ chính máy này. Mời đặt network trong mục"
                " [broker], rồi khởi động lại.",
            )
        case NoBrokerReason.EXTERNAL:
            return words(
                "devices",
                "Chỉ đăng ký được trình duyệt: máy chủ không tạo tài khoản ở kênh truyền tin của bên ngoài. Muốn"
                " đăng ký máy trạm, mời đặt kind = mosquitto và network trong mục [broker].",
            )
