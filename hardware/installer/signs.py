"""``luot-hardware sign``: every segment, every digit and a number on the signs, then dark again."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing

from hardware.installer import phrases
from hardware.installer.devices import says_who_holds, signs_of
from hardware.installer.findings import Level
from hardware.installer.site import EX_USAGE, Site
from hardware.lines.lines import Lines
from hardware.open_signs import make_of, open_sign
from hardware.ports import Sign, SignFace, State
from hardware.signs.fitting import Fit

EXAMPLE = "A015"
LONGEST_TEST = 4
OPENING_S = 3.0
STEP_S = 0.05
WIRED = ("cd5220", "modbus", "template")


def faces(fit: Fit | None) -> Iterator[SignFace]:
    """What is shown, one after the other, as far as there is room; the last is dark. ``fit`` None: anything fits."""
    cells = LONGEST_TEST if fit is None else min(fit.width, LONGEST_TEST)
    for digit in "80123456789":
        yield SignFace(digit * cells)
    number = EXAMPLE if fit is None else fit.text(EXAMPLE) or EXAMPLE[1:][-cells:]
    yield SignFace(number)
    yield SignFace(number, blink=True)
    yield SignFace(None, paused=True)
    yield SignFace(None)


def run(site: Site, *, counter: str | None, pace_s: float) -> int:
    """Show the test on one sign or on all at once; each face for ``pace_s``."""
    words, settings = site.words, site.settings
    if settings is None:
        site.say(words("installer", "Cần tệp cấu hình: thêm --config."))
        return EX_USAGE
    asked = [one for one in signs_of(settings) if counter in (None, one[0]) and one[1].kind != "none"]
    wanted = [one for one in asked if one[1].kind != "mqtt"]
    if asked and not wanted:
        site.say(words("installer", "Bảng số này nhận số qua mạng: thử bằng cách gọi một số ở quầy đó."))
        return EX_USAGE
    if not wanted and counter is not None:
        site.say(words("installer", "Quầy {counter} không có bảng số trong tệp cấu hình.", counter=counter))
        return EX_USAGE
    if not wanted:
        site.say(words("installer", "Không có bảng số nào để thử; xem mục [[counter.desks]] trong tệp cấu hình."))
        return EX_USAGE
    if says_who_holds(site, [sign.port for _, sign, _ in wanted]):
        return Level.FAULT
    with ExitStack() as held:
        lines = Lines(site.mono_s)
        signs: dict[str, Sign] = {}
        shows: list[Iterator[SignFace]] = []
        for at, told, sheets in wanted:
            name = f"sign-{at}"
            sign = open_sign(told, lines, sheets, name)
            if sign is not None:
                signs[name] = held.enter_context(closing(sign))
                shows.append(faces(make_of(told, sheets).fit if told.kind in WIRED else None))
        _until_open(site, signs)
        if not all(sign.health().code == "off" for sign in signs.values()):
            _show(site, list(signs.values()), shows, pace_s)
        found = [phrases.of_health(name, sign.health(), words) for name, sign in signs.items()]
    for one in found:
        site.say(f"{one.about}: {one.said}" + (f" → {one.todo}" if one.todo else ""))
    site.say(words("installer", "Nếu bảng số không hiện đúng như trên hoặc chưa tắt, kiểm tra loại bảng và địa chỉ."))
    return max((one.level for one in found), default=Level.FINE)


def _show(site: Site, signs: Sequence[Sign], shows: Sequence[Iterator[SignFace]], pace_s: float) -> None:
    for now in zip(*shows, strict=True):
        for sign, face in zip(signs, now, strict=True):
            sign.show(face)
        site.say(" · ".join(dict.fromkeys(_told(site, face) for face in now)))
        if not site.pause(pace_s):
            for sign in signs:
                sign.show(SignFace(None))
            return


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
