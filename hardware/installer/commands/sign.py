"""``luot-hardware sign``: show every segment, every digit and a number on the signs, then darken them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing

from hardware.installer import phrases
from hardware.installer.context import EX_USAGE, InstallerContext
from hardware.installer.devices import WiredSign, report_holders, signs_of
from hardware.installer.findings import Level
from hardware.open.signs import model_of, open_sign
from hardware.ports import DeviceHealth, HealthState, Sign, SignFace
from hardware.serial_bus.bus import SerialBuses
from hardware.signs.fitting import SignCapacity

EXAMPLE = "A015"  # the ticket number that is displayed
MAX_CELLS = 4  # of the faces that fill the sign with one digit
OPENING_TIMEOUT_S = 3.0
POLL_INTERVAL_S = 0.05
SERIAL_KINDS = ("cd5220", "modbus", "template")


def face_sequence(capacity: SignCapacity | None) -> Iterator[SignFace]:
    """Yield the faces of the test; the last one is dark.

    ``capacity`` None: the sign shows texts of any length.
    """
    cells = MAX_CELLS if capacity is None else min(capacity.width, MAX_CELLS)
    for digit in "80123456789":
        yield SignFace(digit * cells)
    number = EXAMPLE if capacity is None else capacity.text(EXAMPLE) or EXAMPLE[1:][-cells:]
    yield SignFace(number)
    yield SignFace(number, blink=True)
    yield SignFace(None, paused=True)
    yield SignFace(None)


def run(context: InstallerContext, *, counter: str | None, pace_s: float) -> int:
    """Show the test on the counter's sign, or on all; each face for ``pace_s`` seconds."""
    words, settings = context.words, context.settings
    if settings is None:
        context.show(words("installer", "Cần tệp cấu hình: thêm --config."))
        return EX_USAGE
    chosen = [sign for sign in signs_of(settings) if counter in (None, sign.counter) and sign.settings.kind != "none"]
    wired = [sign for sign in chosen if sign.settings.kind != "mqtt"]
    if not wired:
        context.show(_nothing_to_test(context, counter, any_sign=bool(chosen)))
        return EX_USAGE
    if report_holders(context, [sign.settings.port for sign in wired]):
        return Level.FAULT
    findings = [phrases.of_health(name, health, words) for name, health in _run_test(context, wired, pace_s).items()]
    for finding in findings:
        context.show(f"{finding.subject}: {finding.text}" + (f" → {finding.todo}" if finding.todo else ""))
    advice = words("installer", "Nếu bảng số không hiện đúng như trên hoặc chưa tắt, kiểm tra loại bảng và địa chỉ.")
    context.show(advice)
    return max((finding.level for finding in findings), default=Level.FINE)


def _nothing_to_test(context: InstallerContext, counter: str | None, *, any_sign: bool) -> str:
    """Return why no sign can be tested. ``any_sign``: there are signs, but only nodes, which are not wired here."""
    words = context.words
    if any_sign:
        return words("installer", "Bảng số này nhận số qua mạng: thử bằng cách gọi một số ở quầy đó.")
    if counter is not None:
        return words("installer", "Quầy {counter} không có bảng số trong tệp cấu hình.", counter=counter)
    return words("installer", "Không có bảng số nào để thử; xem mục [[counter.desks]] trong tệp cấu hình.")


def _run_test(context: InstallerContext, wired: Sequence[WiredSign], pace_s: float) -> dict[str, DeviceHealth]:
    """Run the test on all signs at once and return their health, by name."""
    with ExitStack() as stack:
        buses = SerialBuses(context.mono_s)
        signs: dict[str, Sign] = {}
        face_lists: list[Iterator[SignFace]] = []
        for wired_sign in wired:
            name = f"sign-{wired_sign.counter}"
            sign = open_sign(wired_sign.settings, buses, wired_sign.sheets, name)
            if sign is not None:
                signs[name] = stack.enter_context(closing(sign))
                capacity = (
                    model_of(wired_sign.settings, wired_sign.sheets).capacity
                    if wired_sign.settings.kind in SERIAL_KINDS
                    else None
                )
                face_lists.append(face_sequence(capacity))
        _wait_until_open(context, signs)
        if not all(sign.health().code == "off" for sign in signs.values()):
            _show(context, list(signs.values()), face_lists, pace_s)
        return {name: sign.health() for name, sign in signs.items()}


def _show(
    context: InstallerContext, signs: Sequence[Sign], face_lists: Sequence[Iterator[SignFace]], pace_s: float
) -> None:
    for faces in zip(*face_lists, strict=True):
        for sign, face in zip(signs, faces, strict=True):
            sign.show(face)
        context.show(" · ".join(dict.fromkeys(_text_of(context, face) for face in faces)))
        if not context.pause(pace_s):
            for sign in signs:
                sign.show(SignFace(None))
            return


def _wait_until_open(context: InstallerContext, signs: dict[str, Sign]) -> None:
    end_s = context.mono_s() + OPENING_TIMEOUT_S
    while any(sign.health().state is HealthState.UNKNOWN for sign in signs.values()) and context.mono_s() < end_s:
        context.pause(POLL_INTERVAL_S)


def _text_of(context: InstallerContext, face: SignFace) -> str:
    words = context.words
    if face.paused:
        return words("installer", "Gạch ngang (tạm dừng)")
    if face.number is None:
        return words("installer", "Tắt")
    blinking = f" ({words('installer', 'nhấp nháy')})" if face.blink else ""
    return words("installer", "Đang hiện {number}", number=face.number) + blinking
