"""The texts of the network's problems, for pages."""

from collections.abc import Callable, Mapping, Sequence

from config.device_words import Phrase
from config.words import Words
from server.network.findings import FindingKind, NetworkFinding
from server.network.problems import NetworkFault, NetworkProblem
from server.web.shared.formatting import Formatter

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

ADMINISTRATORS_REMEDIES: Mapping[str, Phrase] = {
    NetworkFault.NO_CERTIFICATE: lambda words: words(
        "network", "Kiểm tra dung lượng và quyền ghi của ổ đĩa máy chủ. Máy chủ tự thử lại, không cần khởi động lại."
    ),
    NetworkFault.NOT_ANNOUNCED: lambda words: words("network", "Ghi địa chỉ máy chủ vào mục [link] của thiết bị mới."),
}
"""The remedies for an administrator, who calls nobody, where they differ."""

FINDINGS: Mapping[FindingKind, Callable[[Words, Mapping[str, str]], str]] = {
    FindingKind.FILE_UNREADABLE: lambda words, values: words(
        "network",
        "Không đọc được tệp {file}. Kiểm tra tên tệp trong [server.tls] và quyền đọc của máy chủ.",
        **values,
    ),
    FindingKind.CERTIFICATE_FORM: lambda words, values: words(
        "network",
        "Tệp {file} không phải là chứng thư dạng PEM. Chuyển tệp dạng DER bằng lệnh openssl x509 -inform der.",
        **values,
    ),
    FindingKind.KEY_FORM: lambda words, values: words(
        "network",
        "Tệp {file} không phải là khóa dạng PEM. Ghi đúng tên tệp khóa vào key trong [server.tls].",
        **values,
    ),
    FindingKind.KEY_PASSWORD: lambda words, values: words(
        "network",
        "Khóa {file} có mật khẩu nên máy chủ không mở được. Bỏ mật khẩu của khóa bằng lệnh openssl pkey.",
        **values,
    ),
    FindingKind.KEY_WEAK: lambda words, values: words(
        "network",
        "Trình duyệt không chấp nhận khóa {file}. Xin cấp chứng thư mới với khóa EC, hoặc khóa RSA từ "
        "2048 bit trở lên.",
        **values,
    ),
    FindingKind.NO_PAIR: lambda words, values: words(
        "network",
        "Chứng thư {certificate} và khóa {key} không khớp nhau. Chứng thư đầu tiên trong tệp phải là của "
        "máy chủ và được cấp cho khóa này.",
        **values,
    ),
    FindingKind.CHAIN_ORDER: lambda words, values: words(
        "network",
        "Các chứng thư trong {file} sai thứ tự. Xếp chứng thư của máy chủ trước, rồi đến chứng thư của "
        "bên cấp, rồi đến bên cấp cao hơn.",
        **values,
    ),
    FindingKind.NOT_FOR_SERVERS: lambda words, values: words(
        "network",
        "Chứng thư {file} không dùng cho máy chủ web được. Xin cấp chứng thư loại “TLS server authentication”.",
        **values,
    ),
    FindingKind.ENDED: lambda words, values: words(
        "network",
        "Chứng thư đã hết hạn ngày {day}. Xin cấp chứng thư mới rồi thay tệp {file}.",
        **values,
    ),
    FindingKind.NOT_BEGUN: lambda words, values: words(
        "network",
        "Chứng thư có hiệu lực từ ngày {day}, mà đồng hồ máy chủ chỉ ngày {today}. Chỉnh đồng hồ, hoặc "
        "chờ đến ngày đó.",
        **values,
    ),
    FindingKind.NAMES_MISSING: lambda words, values: words(
        "network",
        "Chứng thư không ghi tên {names}. Xin cấp chứng thư có tên này, hoặc bỏ tên khỏi names trong [server].",
        **values,
    ),
    FindingKind.ISSUERS_MISSING: lambda words, values: words(
        "network",
        "Thiếu chứng thư của bên cấp. Thêm vào cuối tệp {file}; nếu không, thiết bị đăng ký từ nay sẽ "
        "không nhận chứng thư kế tiếp.",
        **values,
    ),
    FindingKind.OWN_UNUSED: lambda words, values: words(
        "network",
        "Trong lúc chờ, máy chủ dùng chứng thư tự cấp: trình duyệt sẽ cảnh báo, và thiết bị đã đăng ký "
        "bằng chứng thư của đơn vị không kết nối được.",
    ),
    FindingKind.NOT_REPLACED: lambda words, values: words(
        "network",
        "Chưa thay được chứng thư; chứng thư đang dùng vẫn được giữ. Xem nhật ký của máy chủ.",
    ),
    FindingKind.AUTHORITY_ENDED: lambda words, values: words(
        "network",
        "Đồng hồ máy chủ chỉ ngày {today}, mà chứng thư gốc của sảnh đã hết hạn ngày {day}. Chỉnh lại "
        "đồng hồ. Nếu đồng hồ đúng: xóa tệp {file}, khởi động lại, đăng ký lại mọi thiết bị và cài chứng "
        "thư mới trên máy của cán bộ.",
        **values,
    ),
    FindingKind.AUTHORITY_ENDS: lambda words, values: words(
        "network",
        "Chứng thư gốc của sảnh sẽ hết hạn ngày {day}. Trước ngày đó, vào lúc vắng khách: xóa tệp "
        "{file}, khởi động lại, đăng ký lại mọi thiết bị và cài chứng thư mới trên máy của cán bộ.",
        **values,
    ),
    FindingKind.CERTIFICATE_ENDS: lambda words, values: words(
        "network",
        "Chứng thư của máy chủ hết hạn ngày {day}. Thay chứng thư mới trước ngày đó; với chứng thư tự "
        "cấp, kiểm tra đồng hồ và ổ đĩa máy chủ.",
        **values,
    ),
    FindingKind.ADDRESS_CLOSED: lambda words, values: words(
        "network",
        "Máy khác chưa kết nối được đến {address}. Kiểm tra địa chỉ này có đúng là của máy chủ không, và "
        "có chương trình nào khác đang dùng cổng đó không. Máy chủ tự thử lại, không cần khởi động lại.",
        **values,
    ),
    FindingKind.SECRET_OPEN: lambda words, values: words(
        "network",
        "Người khác trên máy chủ đọc được tệp {file}. Chạy lệnh chmod 600 {file} rồi khởi động lại. "
        "Trong lúc chờ, đăng nhập bằng mật khẩu.",
        **values,
    ),
    FindingKind.SECRET_UNREADABLE: lambda words, values: words(
        "network",
        "Không đọc được khóa trong tệp {file}. Ghi khóa vào tệp, trên một dòng, rồi khởi động lại. Trong "
        "lúc chờ, đăng nhập bằng mật khẩu.",
        **values,
    ),
}
"""Each finding with its remedy."""

_DAYS = ("day", "today")
"""The values of findings that are dates."""


def problem_texts(problem: NetworkProblem, formatter: Formatter) -> Sequence[str]:
    """Return for each finding what is wrong exactly, and the administrator's remedy."""
    if problem.findings:
        return [finding_text(finding, formatter) for finding in problem.findings]
    return [{**REMEDIES, **ADMINISTRATORS_REMEDIES}[problem.fault](formatter.words)]


def finding_text(finding: NetworkFinding, formatter: Formatter) -> str:
    """Return a finding with its remedy in the reader's language."""
    values = {name: formatter.date(value) if name in _DAYS else value for name, value in finding.values.items()}
    return FINDINGS[finding.kind](formatter.words, values)
