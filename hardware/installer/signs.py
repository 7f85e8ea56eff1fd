"""``luot-hardware sign``: every segment, every digit and a number on the signs, then dark again."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

from hardware.installer import phrases
from hardware.installer.devices import says_who_holds
from hardware.installer.findings import Level
from hardware.installer.site import EX_USAGE, Site
from hardware.line import Lines
from hardware.open_signs import open_sign
from hardware.ports import Sign, SignFace, State

EXAMPLE = "A015"
OPENING_S = 3.0
STEP_S = 0.05


def faces(digits_only: bool) -> Iterator[SignFace]:  # noqa: FBT001 (told by the caller's name for it)
    """What is shown, one after the other; the last is dark."""
    yield SignFace("8888")
    for digit in "0123456789":
        yield SignFace(digit * 4)
    number = EXAMPLE[1:] if digits_only else EXAMPLE
    yield SignFace(number)
    yield SignFace(number, blink=True)
    yield SignFace(None, paused=True)
    yield SignFace(None)


def run(site: Site, *, counter: str | None, pace_s: float) -> int:
    """Show the test on one sign or on all at once; each face for ``pace_s``."""
    words, settings = site.words, site.settings
    desks = settings.counter.desks if settings is not None and settings.counter is not None else ()
    wanted = [desk for desk in desks if counter in (None, desk.counter) and desk.sign.kind not in ("none", "mqtt")]
    if not wanted and any(desk.sign.kind == "mqtt" for desk in desks if counter in (None, desk.counter)):
        site.say(words("installer", "Bảng số này nhận số qua mạng: thử bằng cách gọi một số ở quầy đó."))
        return EX_USAGE
    if not wanted:
        site.say(words("installer", "Không có bảng số nào để thử; xem mục [[counter.desks]] trong tệp cấu hình."))
        return EX_USAGE
    if says_who_holds(site, [desk.sign.port for desk in wanted]):
        return Level.FAULT
    sheets = settings.counter.signs if settings is not None and settings.counter is not None else {}
    with ExitStack() as held:
        lines = Lines(site.mono_s)
        signs: dict[str, Sign] = {}
        for desk in wanted:
            name = f"sign-{desk.counter}"
            sign = open_sign(desk.sign, lines, sheets, name)
            if sign is not None:
                signs[name] = held.enter_context(closing(sign))
        _until_open(site, signs)
        for face in faces(any(desk.sign.segments for desk in wanted)):
            for sign in signs.values():
                sign.show(face)
            site.say(_told(site, face))
            if not site.pause(pace_s):
                for sign in signs.values():
                    sign.show(SignFace(None))
                break
        found = [phrases.of_health(name, sign.health(), words) for name, sign in signs.items()]
    for one in found:
        site.say(f"{one.about}: {one.said}" + (f" → {one.todo}" if one.todo else ""))
    site.say(words("installer", "Nếu bảng số không hiện đúng như trên hoặc chưa tắt, kiểm tra loại bảng và địa chỉ."))
    return max((one.level for one in found), default=Level.FINE)


def _until_open(site: Site, signs: dict[str, Sign]) -> None:
    end_s = site.mono_s() + OPENING_S
    while any(sign.health().state is State.UNKNOWN for sign in signs.values()) and site.mono_s() < end_s:
        site.pause(STEP_S)


def _told(site: Site, face: SignFace) -> str:
    words = site.words
    if face.paused:
        return words("installer", "Gạch ngang (tạm dừng)")
    if face.number is None:
        return words("installer", "Tắt")
    blinking = f" ({words('installer', 'nhấp nháy')})" if face.blink else ""
    return words("installer", "Đang hiện {number}", number=face.number) + blinking
