"""The catalogue of refusals: status, sentences, remedy and audiences of each code.

``docs/API.md`` and ``docs/vi/tu-choi.md`` are made from this table by ``python -m tools.docs``. The texts here are
Vietnamese, which is their id in the catalogue of texts (``config/words.json``), where the English ones are.
A test provokes each row through the application.
"""

from collections.abc import Mapping
from http import HTTPStatus

from config.words import TextId
from server.web.shared.refusal_entry import (
    Audience,
    DetailText,
    NeedText,
    OwnSentence,
    RefusalEntry,
    RequestField,
    TextByValue,
)
from server.wire.messages import ProblemCode, ProblemNeed

_FIELD_NEEDS: Mapping[ProblemNeed, NeedText] = {
    ProblemNeed.REASON: DetailText(TextId("clerk", "Cần ghi lý do.")),
    ProblemNeed.OUTCOME: DetailText(TextId("clerk", "Cần chọn kết quả.")),
    ProblemNeed.COUNTER: RequestField(),
    ProblemNeed.SERVICE: RequestField(),
    ProblemNeed.KIND: RequestField(),
    ProblemNeed.UNTIL: DetailText(TextId("error", "giờ đã ghi không đúng, hoặc đã qua")),
    ProblemNeed.SHOWN_AT: RequestField(),
    ProblemNeed.PROCEDURE: RequestField(TextId("error", "thủ tục đã chọn không thuộc lĩnh vực này")),
    ProblemNeed.PIN: RequestField(TextId("error", "quầy đã chọn không phục vụ lĩnh vực này")),
    ProblemNeed.PIN_CLERK: RequestField(TextId("error", "cán bộ đã chọn không ở quầy nào phục vụ lĩnh vực này")),
    ProblemNeed.BACK: DetailText(TextId("error", "từ nơi đã chọn, số này không quay lại quầy của Ông/Bà được")),
    ProblemNeed.NOTE: DetailText(TextId("error", "ghi chú dài quá 200 ký tự")),
    ProblemNeed.TICKET_CLASS: RequestField(TextId("error", "số này đã thuộc diện đó")),
    ProblemNeed.PRINT_AT: RequestField(TextId("error", "không có máy in phiếu nào tên như vậy")),
    ProblemNeed.STATION: RequestField(TextId("error", "không có máy in phiếu nào tên như vậy")),
    # These sentences never quote the scanned or typed text: it may be personal.
    ProblemNeed.CARD: DetailText(
        TextId("error", "đây là mã trên thẻ căn cước; hệ thống không nhận và không lưu mã này")
    ),
    ProblemNeed.DOSSIER: DetailText(TextId("error", "đây không phải là mã hồ sơ")),
    ProblemNeed.DATE: DetailText(TextId("error", "mục “ngày” phải từ 01/01/2026 đến 31/12/2099")),
}

_MOVE_OBSTACLES: Mapping[ProblemNeed, NeedText] = {
    # the call
    ProblemNeed.TURN: OwnSentence(TextId("error", "Chưa đến lượt số {number}. Gọi ngoài thứ tự cần ghi lý do.")),
    ProblemNeed.LATER: OwnSentence(
        TextId("error", "Số {number} đã hẹn gọi lại sau, gọi được từ {when}. Gọi sớm hơn cần ghi lý do.")
    ),
    ProblemNeed.SKILL: OwnSentence(TextId("error", "Quầy {counter} không phục vụ lĩnh vực của số {number}.")),
    ProblemNeed.PIN: OwnSentence(TextId("error", "Chỉ quầy khác được gọi số {number}.")),
    ProblemNeed.CALLS_LEFT: OwnSentence(TextId("error", "Số {number} đã được gọi đủ {n} lần.")),
    ProblemNeed.RECALL_SOON: OwnSentence(
        TextId("error", "Số {number} vừa được gọi. Gọi lại được sau {seconds} giây nữa.")
    ),
    # another move of a ticket
    ProblemNeed.TODAY: OwnSentence(TextId("error", "Số {number} không phải số của hôm nay.")),
    ProblemNeed.COUNTER: OwnSentence(TextId("error", "Số {number} đang ở quầy {counter}.")),
    ProblemNeed.CLERK: OwnSentence(TextId("error", "Chỉ cán bộ đã phục vụ số {number} mới làm được việc này.")),
    ProblemNeed.CALLS: OwnSentence(TextId("clerk", "Cần gọi đủ {n} lần hoặc ghi lý do.")),
    ProblemNeed.ABSENT_SOON: OwnSentence(
        TextId("error", "Số {number} vừa được gọi. Ghi vắng mặt được sau {seconds} giây nữa.")
    ),
    ProblemNeed.ONCE: OwnSentence(TextId("visitor", "Ông/Bà đã lùi lượt một lần, không lùi thêm được.")),
    ProblemNeed.UNDO_LATE: OwnSentence(TextId("error", "Chỉ hoàn tác được trong vòng {minutes} phút.")),
    ProblemNeed.UNDO_NOTHING: OwnSentence(
        TextId("error", "Số {number} không có thao tác nào của Ông/Bà để hoàn tác, hoặc đã có người xử lý tiếp.")
    ),
    ProblemNeed.SOON: OwnSentence(TextId("error", "Chỉ mở lại được trong vòng {minutes} phút.")),
    ProblemNeed.NO_OPEN: OwnSentence(TextId("error", "Quầy {counter} chưa có số nào đang gọi hoặc đang phục vụ.")),
    ProblemNeed.READY_OFF: OwnSentence(TextId("error", "Trung tâm này không dùng chế độ sẵn sàng nhận số.")),
    ProblemNeed.TAKEN: OwnSentence(
        TextId(
            "error",
            "Vừa có số {number} được lấy tại máy này, và số đó đang chờ. Cần thêm số, mời cán bộ cấp tại quầy.",
        )
    ),
    # a service of a counter for today
    ProblemNeed.LAST_COUNTER: OwnSentence(
        TextId(
            "error",
            "{n} người đang chờ lĩnh vực {service} và không còn quầy nào khác phục vụ. Nếu vẫn bỏ khỏi quầy {counter},"
            " mời đánh dấu xác nhận.",
        )
    ),
    ProblemNeed.OWN_LIST: OwnSentence(
        TextId(
            "error",
            "{name} không được phân công lĩnh vực {service} nên quầy {counter} sẽ không gọi được. Nếu vẫn giao, mời"
            " đánh dấu xác nhận.",
        )
    ),
    # a rating
    ProblemNeed.RATE_EARLY: OwnSentence(TextId("rating", "Mời Ông/Bà đánh giá sau khi được phục vụ xong.")),
    ProblemNeed.RATE_ONCE: OwnSentence(TextId("rating", "Lượt này đã được đánh giá.")),
    ProblemNeed.RATE_OVER: OwnSentence(TextId("rating", "Đã hết thời gian đánh giá lượt này.")),
    # the page is older than the hall
    ProblemNeed.DRAWN: OwnSentence(
        TextId("error", "Màn hình vừa thay đổi nên thao tác này chưa được ghi nhận. Mời xem lại rồi bấm lại.")
    ),
    ProblemNeed.CLERK_CHANGED: OwnSentence(
        TextId(
            "error",
            "Quầy {counter} hiện do {name} phụ trách nên thao tác này chưa được ghi nhận. Mời đăng nhập lại.",
        )
    ),
    ProblemNeed.CLERK_LEFT: OwnSentence(
        TextId("error", "Cán bộ đã rời quầy {counter} nên thao tác này chưa được ghi nhận. Mời đăng nhập lại.")
    ),
    ProblemNeed.SIGN_IN_CHANGED: OwnSentence(
        TextId(
            "error",
            "Trình duyệt này nay đăng nhập với tên khác tên ghi trên trang, nên thao tác này chưa được ghi nhận."
            " Mời tải lại trang.",
        )
    ),
    # the day
    ProblemNeed.CLOSE_DAY: OwnSentence(
        TextByValue(
            "day",
            TextId("error", "Ngày {day} chưa đóng. Mời đóng ngày đó trước."),
            TextId("error", "Ngày làm việc đang mở. Mời đóng ngày đang mở trước."),
        )
    ),
    ProblemNeed.DAY_OVER: OwnSentence(
        TextByValue(
            "day",
            TextId("error", "Ngày {day} đã qua, không mở lại được. Mời chọn “Mở ngày làm việc”."),
            TextId("error", "Ngày vừa đóng không mở lại được. Mời chọn “Mở ngày làm việc”."),
        )
    ),
    ProblemNeed.PRACTICE: OwnSentence(
        TextId(
            "error",
            "Cả phòng chỉ diễn tập được khi chưa mở ngày làm việc và ngoài giờ làm việc."
            " Trong giờ làm việc, mời cán bộ diễn tập riêng.",
        )
    ),
}
"""The needs of a move that is refused although the ticket's state allows it."""

_ALL_AUDIENCES = (Audience.STATIONS, Audience.PROGRAMS, Audience.STAFF, Audience.VISITORS)
_HALL_AUDIENCES = (Audience.STATIONS, Audience.PROGRAMS, Audience.STAFF)

CATALOGUE: Mapping[ProblemCode, RefusalEntry] = {
    ProblemCode.BAD_REQUEST: RefusalEntry(
        HTTPStatus.BAD_REQUEST,
        "not understood: a field is missing, unknown or wrong, or the body is not JSON (also with 405, 413, 415). A"
        " request that is not received whole within 10 s (408), without a length (411) or with a head over 16 kB (431)"
        " is refused without a document",
        TextId("error", "Yêu cầu chưa hợp lệ: {detail}. Chưa có gì thay đổi."),
        TextId("remedy", "Sửa mục được nêu tên rồi gửi lại; gửi lại y nguyên thì vẫn bị từ chối."),
        _ALL_AUDIENCES,
        _FIELD_NEEDS,
    ),
    ProblemCode.UNAUTHENTICATED: RefusalEntry(
        HTTPStatus.UNAUTHORIZED,
        "no sign-in, or a token that is wrong or has ended",
        TextId("error", "Chưa đăng nhập hoặc phiên làm việc đã hết. Mời đăng nhập lại."),
        TextId("remedy", "Đăng nhập lại ở trang cán bộ; máy trạm và chương trình gửi kèm mã của mình."),
        _HALL_AUDIENCES,
        {
            ProblemNeed.REMOVED: OwnSentence(
                TextId("error", "Thiết bị này đã bị gỡ khỏi hệ thống. Mời liên hệ người quản trị.")
            )
        },
    ),
    ProblemCode.FORBIDDEN: RefusalEntry(
        HTTPStatus.FORBIDDEN,
        "not for this role, this device, this host or this site",
        TextByValue(
            "roles",
            TextId("error", "Chỉ {roles} được làm việc này. Nếu cần, mời báo {roles}."),
            TextId("error", "Tài khoản này không có quyền làm việc này. Nếu cần, mời báo người quản trị."),
        ),
        TextId("remedy", "Nhờ người có quyền làm việc này; người viết chương trình kiểm tra `Host` và `Origin`."),
        _ALL_AUDIENCES,
        {
            ProblemNeed.OWN_COUNTER: OwnSentence(
                TextByValue(
                    "counter",
                    TextId("error", "Ông/Bà không phụ trách quầy {counter} nên không làm được việc này tại quầy đó."),
                    TextId("error", "Ông/Bà chưa nhận quầy nào nên chưa làm được việc này. Mời nhận quầy trước."),
                )
            )
        },
    ),
    ProblemCode.NOT_FOUND: RefusalEntry(
        HTTPStatus.NOT_FOUND,
        "no such thing, or not any more",
        TextId("error", "Không tìm thấy mục này, hoặc đã hết hiệu lực."),
        TextId("remedy", "Tải lại trang hoặc danh sách rồi chọn lại."),
        _ALL_AUDIENCES,
        {ProblemNeed.NUMBER: OwnSentence(TextId("error", "Không có số {number} đang chờ quầy này."))},
    ),
    ProblemCode.NOT_ALLOWED: RefusalEntry(
        HTTPStatus.CONFLICT,
        "the move is not possible now; `allowed` says which are",
        TextByValue(
            "moves",
            TextId(
                "error", "Số {number} đang ở trạng thái “{state}” nên không làm được việc này. Có thể chọn: {moves}."
            ),
            TextId("error", "Số {number} đang ở trạng thái “{state}” nên không làm được việc này."),
        ),
        TextId("remedy", "Xem lại số hoặc quầy như hiện nay, rồi chọn thao tác đang làm được."),
        _ALL_AUDIENCES,
        _MOVE_OBSTACLES,
    ),
    ProblemCode.OPEN_TICKET: RefusalEntry(
        HTTPStatus.CONFLICT,
        "the counter still has a ticket called or being served",
        TextId("error", "Quầy {counter} còn số {number} chưa kết thúc. Mời kết thúc số này trước."),
        TextId("remedy", "Kết thúc số đang gọi hoặc đang phục vụ ở quầy, rồi làm lại."),
        _HALL_AUDIENCES,
    ),
    ProblemCode.COUNTER_CLOSED: RefusalEntry(
        HTTPStatus.CONFLICT,
        "the counter is closed or paused",
        TextId("error", "Quầy {counter} đang đóng hoặc tạm dừng. Mời mở quầy trước."),
        TextId("remedy", "Mở quầy, rồi làm lại."),
        _HALL_AUDIENCES,
    ),
    ProblemCode.SERVICE_CLOSED: RefusalEntry(
        HTTPStatus.CONFLICT,
        "outside its hours, or issuing was stopped",
        TextByValue(
            "when",
            TextId("error", "Lĩnh vực {service} hiện không cấp số. Cấp số trở lại lúc {when}."),
            TextId("error", "Lĩnh vực {service} hiện không cấp số."),
        ),
        TextId("remedy", "Chờ đến giờ cấp số; nếu lĩnh vực bị ngừng thì người quản lý chọn “Cấp số trở lại”."),
        _HALL_AUDIENCES,
        {
            ProblemNeed.ELSEWHERE: OwnSentence(
                TextId("error", "Lĩnh vực {service} không tiếp nhận tại đây. Mời công dân đến: {place}.")
            )
        },
    ),
    ProblemCode.NO_COUNTER: RefusalEntry(
        HTTPStatus.CONFLICT,
        "no counter serves it",
        TextId("kiosk", "Hôm nay lĩnh vực này chưa có quầy phục vụ. Mời Ông/Bà gặp cán bộ hướng dẫn."),
        TextId("remedy", "Cán bộ hướng dẫn công dân; báo người quản trị xếp quầy cho lĩnh vực này."),
        _HALL_AUDIENCES,
    ),
    ProblemCode.FULL: RefusalEntry(
        HTTPStatus.CONFLICT,
        "no numbers left in this half-day",
        TextByValue(
            "when",
            TextId("error", "Lĩnh vực {service} đã hết số của buổi này. Cấp số trở lại lúc {when}."),
            TextId("error", "Lĩnh vực {service} đã hết số của buổi này."),
        ),
        TextId("remedy", "Mời công dân lấy số vào buổi sau."),
        _HALL_AUDIENCES,
        {
            ProblemNeed.RANGE: OwnSentence(
                TextByValue(
                    "when",
                    TextId(
                        "error",
                        "Dãy số của lĩnh vực {service} đã cấp hết trong hôm nay. Cấp số trở lại lúc {when}."
                        " Cần thêm số trong hôm nay, mời báo người quản trị.",
                    ),
                    TextId(
                        "error",
                        "Dãy số của lĩnh vực {service} chưa có số nào trống. Mời chờ một số được phục vụ xong,"
                        " hoặc báo người quản trị.",
                    ),
                )
            )
        },
    ),
    ProblemCode.DAY_CLOSED: RefusalEntry(
        HTTPStatus.CONFLICT,
        "no service day is open",
        TextId("error", "Ngày làm việc chưa mở hoặc đã đóng. Mời mở ngày làm việc trước."),
        TextId("remedy", "Người quản lý mở ngày làm việc, rồi làm lại."),
        _ALL_AUDIENCES,
        {
            ProblemNeed.AGAIN: OwnSentence(
                TextId(
                    "error",
                    "Ngày {day} đã đóng. Nếu đóng nhầm, mời chọn “Mở lại ngày vừa đóng”;"
                    " nếu đồng hồ máy sai, mời chọn “Hôm nay là ngày khác”.",
                )
            )
        },
    ),
    ProblemCode.UNKNOWN_SERVICE: RefusalEntry(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "there is no such service; `allowed` lists them",
        TextId("error", "Không có lĩnh vực “{service}”. Mời chọn lại trong danh mục."),
        TextId("remedy", "Chọn lĩnh vực có trong danh mục; chương trình đọc lại `GET /services`."),
        _HALL_AUDIENCES,
    ),
    ProblemCode.UNKNOWN_MOVE: RefusalEntry(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "there is no such move; `allowed` lists them",
        TextId("error", "Không có thao tác “{move}”. Chưa có gì thay đổi."),
        TextId("remedy", "Người viết chương trình dùng một thao tác có trong `allowed`."),
        _HALL_AUDIENCES,
    ),
    ProblemCode.REQUEST_REUSED: RefusalEntry(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "this `request_id` was sent with another body",
        TextId("error", "Mã yêu cầu này đã dùng cho nội dung khác. Chưa có gì thay đổi."),
        TextId("remedy", "Tải lại trang; người viết chương trình tạo `request_id` mới cho mỗi yêu cầu mới."),
        _ALL_AUDIENCES,
    ),
    ProblemCode.TOO_MANY: RefusalEntry(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too often; see `Retry-After`",
        TextId("error", "Thao tác quá nhanh. Mời thử lại sau {seconds} giây."),
        TextId("remedy", "Chờ đủ số giây được báo, rồi thử lại."),
        (Audience.STATIONS, Audience.PROGRAMS, Audience.VISITORS),
    ),
    ProblemCode.BUSY: RefusalEntry(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "try the same again soon (also with 500)",
        TextId("error", "Máy chủ đang bận. Mời thử lại sau vài giây; không bị ghi hai lần."),
        TextId("remedy", "Chờ vài giây rồi gửi lại đúng yêu cầu đó."),
        _ALL_AUDIENCES,
    ),
    ProblemCode.STORAGE: RefusalEntry(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "the disk did not accept the change: nothing happened",
        TextId(
            "error",
            "Máy chủ không ghi được dữ liệu nên việc này chưa thực hiện. Các số đã cấp không bị mất."
            " Mời báo người quản trị ngay.",
        ),
        TextId("remedy", "Báo người quản trị kiểm tra ổ đĩa của máy chủ, rồi gửi lại đúng yêu cầu đó."),
        _ALL_AUDIENCES,
    ),
}
