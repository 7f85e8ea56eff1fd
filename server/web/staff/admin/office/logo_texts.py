"""Why a picture cannot become the logo, in sentences that say what to do."""

from collections.abc import Callable, Mapping

from config.words import Words
from hardware.logos.problems import LogoProblem

TEXTS: Mapping[LogoProblem, Callable[[Words, str], str]] = {
    LogoProblem.NOT_A_PICTURE: lambda words, _: words("office", "Tệp không phải ảnh PNG hoặc SVG. Mời chọn tệp khác."),
    LogoProblem.DAMAGED: lambda words, _: words(
        "office", "Không đọc được ảnh: tệp bị hỏng. Mời lưu lại ảnh thành PNG rồi gửi."
    ),
    LogoProblem.TOO_MANY_DOTS: lambda words, _: words(
        "office", "Ảnh quá lớn hoặc quá phức tạp. Mời thu nhỏ còn khoảng 1000 điểm mỗi chiều, lưu thành PNG rồi gửi."
    ),
    LogoProblem.TOO_SMALL: lambda words, _: words(
        "office", "Ảnh quá nhỏ, in ra sẽ mờ. Mời chọn ảnh PNG có ít nhất 80 điểm ở cạnh dài, hoặc tệp SVG."
    ),
    LogoProblem.TOO_LONG: lambda words, _: words(
        "office", "Ảnh quá dài so với chiều cao. Mời cắt bớt: cạnh dài không quá 8 lần cạnh ngắn."
    ),
    LogoProblem.TOO_PALE: lambda words, _: words(
        "office", "Ảnh gần như trắng nên không thấy được trên phiếu. Mời chọn bản dùng cho nền trắng."
    ),
    LogoProblem.SVG_ENTITIES: lambda words, _: words(
        "office", "Tệp SVG có khai báo “ENTITY”, không an toàn nên không nhận. Mời lưu lại thành SVG thường hoặc PNG."
    ),
    LogoProblem.SVG_SCRIPT: lambda words, _: words(
        "office", "Tệp SVG có mã lệnh ({detail}) nên không nhận. Mời lưu ảnh thành PNG rồi gửi.", detail=_
    ),
    LogoProblem.SVG_OUTSIDE: lambda words, _: words(
        "office", "Tệp SVG lấy nội dung từ tệp khác nên không nhận. Mời lưu ảnh thành PNG rồi gửi."
    ),
    LogoProblem.SVG_ELEMENT: lambda words, detail: words(
        "office",
        "Tệp SVG có thành phần không vẽ được ({detail}). Mời đổi chữ thành nét vẽ, hoặc lưu ảnh thành PNG rồi gửi.",
        detail=detail,
    ),
}


def problem_text(problem: str, detail: str, words: Words) -> str:
    """Return why a picture was refused. ``detail``: such as the name of an element, shortened."""
    return TEXTS[LogoProblem(problem)](words, detail[:40])


def too_large_text(words: Words) -> str:
    """Return the sentence for a file over the limit."""
    return words("office", "Tệp lớn hơn 2 MB. Mời thu nhỏ ảnh còn khoảng 1000 điểm mỗi chiều rồi gửi lại.")
