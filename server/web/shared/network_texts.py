"""The texts of the network's problems, for pages."""

from collections.abc import Mapping

from config.device_words import Phrase
from server.network.problems import NetworkFault

FAULTS: Mapping[str, Phrase] = {
    NetworkFault.NO_CERTIFICATE: lambda words: words("device", "Chưa có chứng thư nên máy khác chưa kết nối được"),
    NetworkFault.NO_NETWORK: lambda words: words("device", "Máy chủ chưa có địa chỉ mạng"),
    NetworkFault.CLOSED: lambda words: words("device", "Máy khác chưa kết nối được đến một địa chỉ"),
    NetworkFault.CERTIFICATE: lambda words: words("device", "Chứng thư cần được kiểm tra"),
    NetworkFault.CERTIFICATE_END: lambda words: words("device", "Chứng thư sắp hết hạn"),
    NetworkFault.OPEN_ID: lambda words: words("device", "Đăng nhập qua hệ thống của đơn vị đang tắt"),
    NetworkFault.NOT_ANNOUNCED: lambda words: words("device", "Thiết bị mới không tự tìm được máy chủ"),
}
"""What each problem is."""

REMEDIES: Mapping[str, Phrase] = {
    NetworkFault.NO_CERTIFICATE: lambda words: words(
        "health", "Báo người quản trị: kiểm tra dung lượng và quyền ghi của ổ đĩa máy chủ."
    ),
    NetworkFault.NO_NETWORK: lambda words: words(
        "health", "Kiểm tra dây mạng của máy chủ và bộ định tuyến; thiết bị cắm vào máy chủ vẫn hoạt động."
    ),
    NetworkFault.CLOSED: lambda words: words(
        "health",
        "Báo người quản trị: xem trang “Mạng”. Kiểm tra địa chỉ của máy chủ; thiết bị cắm vào máy chủ vẫn hoạt động.",
    ),
    NetworkFault.CERTIFICATE: lambda words: words(
        "health", "Báo người quản trị: xem trang “Mạng”, kiểm tra đồng hồ máy chủ và tệp chứng thư."
    ),
    NetworkFault.CERTIFICATE_END: lambda words: words(
        "health", "Báo người quản trị: thay chứng thư trước ngày hết hạn; xem trang “Mạng”."
    ),
    NetworkFault.OPEN_ID: lambda words: words(
        "health", "Báo người quản trị: kiểm tra tệp khóa trong [server.oidc]. Trong lúc chờ, đăng nhập bằng mật khẩu."
    ),
    NetworkFault.NOT_ANNOUNCED: lambda words: words(
        "health", "Báo người quản trị: ghi địa chỉ máy chủ vào mục [link] của thiết bị mới."
    ),
}
"""The remedy of each problem."""
