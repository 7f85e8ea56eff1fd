"""The stages of an enrolment that a station shows, with their sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from config.words import LANGUAGES, TextId, Words, words
from server.wire.client import TrustProblem
from server.wire.enrolment import display_code


class EnrolmentStage(StrEnum):
    """The stage of an enrolment, or the obstacle that a person must remove."""

    SEARCHING = "searching"  # no server was found on this network
    UNREACHABLE = "unreachable"
    NO_ENROLMENT = "no_enrolment"  # the server enrols nobody at this address
    TOO_MANY = "too_many"
    CODE = "code"
    FINISHING = "finishing"  # the credentials are stored, and the server does not answer
    NOT_STORED = "not_stored"  # the disk refused them
    REMOVED = "removed"
    NOT_YET_VALID = TrustProblem.NOT_YET_VALID.value
    EXPIRED = TrustProblem.EXPIRED.value
    OTHER_NAME = TrustProblem.OTHER_NAME.value
    OTHER_AUTHORITY = TrustProblem.OTHER_AUTHORITY.value
    NO_TLS = TrustProblem.NO_TLS.value


@dataclass(frozen=True, slots=True)
class EnrolmentState:
    """A stage with its values. ``code``: eight digits; ``server``: the address in use."""

    stage: EnrolmentStage
    code: str | None = None
    server: str = ""

    @property
    def shown_code(self) -> str | None:
        """The code as people read it: "4729 1380"."""
        return None if self.code is None else display_code(self.code)


_TITLES: Mapping[EnrolmentStage, TextId] = {
    EnrolmentStage.CODE: TextId("enrol", "Chưa đăng ký"),
    EnrolmentStage.SEARCHING: TextId("enrol", "Chưa tìm thấy máy chủ"),
    EnrolmentStage.UNREACHABLE: TextId("enrol", "Máy chủ không trả lời"),
    EnrolmentStage.FINISHING: TextId("enrol", "Máy chủ không trả lời"),
    EnrolmentStage.NO_ENROLMENT: TextId("enrol", "Máy chủ không nhận đăng ký"),
    EnrolmentStage.TOO_MANY: TextId("enrol", "Có quá nhiều yêu cầu đăng ký"),
    EnrolmentStage.NOT_STORED: TextId("enrol", "Máy này không ghi được dữ liệu"),
    EnrolmentStage.REMOVED: TextId("enrol", "Máy này đã bị gỡ khỏi hệ thống"),
    EnrolmentStage.NOT_YET_VALID: TextId("enrol", "Ngày giờ hoặc chứng thư không đúng"),
    EnrolmentStage.EXPIRED: TextId("enrol", "Ngày giờ hoặc chứng thư không đúng"),
    EnrolmentStage.OTHER_NAME: TextId("enrol", "Không xác minh được máy chủ"),
    EnrolmentStage.OTHER_AUTHORITY: TextId("enrol", "Không xác minh được máy chủ"),
    EnrolmentStage.NO_TLS: TextId("enrol", "Không xác minh được máy chủ"),
}
_ADVICE: Mapping[EnrolmentStage, TextId] = {
    EnrolmentStage.CODE: TextId("enrol", "Người quản trị mở trang “Thiết bị” và nhập mã này."),
    EnrolmentStage.SEARCHING: TextId(
        "enrol", "Kiểm tra dây mạng và máy chủ, hoặc ghi địa chỉ máy chủ vào mục [link] server."
    ),
    EnrolmentStage.UNREACHABLE: TextId("enrol", "Kiểm tra dây mạng và máy chủ {server}. Máy này tự thử lại."),
    EnrolmentStage.FINISHING: TextId("enrol", "Kiểm tra dây mạng và máy chủ {server}. Máy này tự thử lại."),
    EnrolmentStage.NO_ENROLMENT: TextId(
        "enrol", "Xem lại địa chỉ {server} trong mục [link] server, và cập nhật máy chủ."
    ),
    EnrolmentStage.TOO_MANY: TextId("enrol", "Người quản trị xem trang “Thiết bị”. Máy này tự thử lại sau một phút."),
    EnrolmentStage.NOT_STORED: TextId("enrol", "Kiểm tra ổ đĩa và quyền ghi của thư mục [machine] state."),
    EnrolmentStage.REMOVED: TextId(
        "enrol", "Báo người quản trị. Để đăng ký lại: chạm vào màn hình hoặc khởi động lại máy này."
    ),
    EnrolmentStage.NOT_YET_VALID: TextId(
        "enrol", "Chứng thư của máy chủ chưa có hiệu lực. Đặt lại ngày giờ của máy này và của máy chủ."
    ),
    EnrolmentStage.EXPIRED: TextId(
        "enrol", "Chứng thư của máy chủ đã hết hạn. Kiểm tra ngày giờ của máy này và của máy chủ."
    ),
    EnrolmentStage.OTHER_NAME: TextId(
        "enrol", "Chứng thư không dành cho {server}. Thêm tên hoặc địa chỉ này ở máy chủ."
    ),
    EnrolmentStage.OTHER_AUTHORITY: TextId(
        "enrol",
        "Có thể có máy khác đứng giữa, hoặc máy chủ đã cài lại. Báo người quản trị; nếu máy chủ đã cài lại,"
        " xóa tệp enrolment-*.json trong thư mục [machine] state của máy này rồi khởi động lại.",
    ),
    EnrolmentStage.NO_TLS: TextId("enrol", "{server} không dùng HTTPS. Xem lại địa chỉ và cổng của máy chủ."),
}


def title(state: EnrolmentState, words: Words) -> str:
    """Return the heading of a stage."""
    return words(*_TITLES[state.stage])


def advice(state: EnrolmentState, words: Words) -> str:
    """Return what a person can do about a stage."""
    return words(*_ADVICE[state.stage], server=state.server)


@dataclass(frozen=True, slots=True)
class EnrolmentTexts:
    """The texts of a stage in all languages, Vietnamese first. ``code`` is empty in a stage without one."""

    titles: tuple[str, ...]
    code_label: str
    code: str
    advice: tuple[str, ...]


def texts_of(state: EnrolmentState) -> EnrolmentTexts:
    """Return the texts that a screen shows: nobody has chosen a language yet."""
    languages = [words(language) for language in LANGUAGES]
    return EnrolmentTexts(
        tuple(title(state, translations) for translations in languages),
        " / ".join(translations("enrol", "Mã") for translations in languages),
        state.shown_code or "",
        tuple(advice(state, translations) for translations in languages),
    )
