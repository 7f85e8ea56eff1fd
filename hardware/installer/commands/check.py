"""``luot-hardware check``: report whether this machine is ready, with advice and an exit code."""

import os
import shutil
from collections.abc import Callable, Iterator

from config.drawable import find_undrawable
from config.letters import describe_character
from config.load import ConfigError
from config.office import load_office
from config.settings import Settings
from config.slips import load_layout
from hardware.installer.commands import health
from hardware.installer.context import InstallerContext
from hardware.installer.findings import Finding, Level, run_checks
from hardware.installer.port_checks import check_ports, user
from hardware.open.printer import assumed_dots
from hardware.open.printer_profile import profile_of

DISK_LOW_MB, DISK_FULL_MB = 1000, 200  # less free space than the first is a warning, than the second a fault
SYNCHRONISED = "run/systemd/timesync/synchronized"  # systemd-timesyncd creates this file
EARLIEST_MS = 1_767_225_600_000
"""1 January 2026: a clock that shows an earlier time has lost its battery."""


def run(context: InstallerContext, *, json_wanted: bool, devices: bool) -> int:
    """Run all checks; the exit code is the worst level. ``devices``: also read the health of this machine's devices."""
    checks = (*CHECKS, health.findings) if devices else CHECKS
    return run_checks(context, checks, json_wanted=json_wanted)


def check_settings(context: InstallerContext, settings: Settings) -> Iterator[Finding]:
    """Yield the mistakes in the files that the settings name.

    The settings file itself was read before.
    """
    words, subject = context.words, context.words("installer", "Cấu hình")
    mistakes = list(_mistakes(settings))
    for mistake in mistakes:
        yield Finding(Level.FAULT, "settings", subject, mistake)
    if mistakes:
        return
    yield Finding(Level.FINE, "settings", subject, words("installer", "đọc được {file}", file=context.path))


def _mistakes(settings: Settings) -> Iterator[str]:
    loads: list[Callable[[], object]] = []
    if settings.kiosk is not None:
        printer = settings.kiosk.printer
        loads.append(lambda: load_layout(printer.layout))
        loads.append(lambda: profile_of(printer))
    if (server := settings.server) is not None:
        loads.append(lambda: load_office(server.office))
    for load in loads:
        try:
            load()
        except ConfigError as error:
            yield from error.mistakes


def check_characters(context: InstallerContext, settings: Settings) -> Iterator[Finding]:
    """Yield the characters of the office's texts that the fonts lack.

    In a slip's layout such characters are mistakes of the settings.
    """
    if settings.server is None:
        return
    words, subject = context.words, context.words("installer", "Chữ của đơn vị")
    try:
        undrawable = find_undrawable(load_office(settings.server.office))
    except ConfigError:
        return  # reported already
    todo = words("installer", "Viết bằng chữ thay cho ký tự đó.")
    for character in undrawable:
        description = describe_character(character.char)
        text = words("installer", "không phông chữ nào có {sign}: {place}", sign=description, place=character.place)
        if character.other_places:
            text += words("installer", ", và {n} chỗ khác", n=character.other_places)
        yield Finding(Level.WARNING, f"sign:U+{ord(character.char):04X}", subject, text, todo)
    if not undrawable:
        yield Finding(Level.FINE, "signs", subject, words("installer", "in và hiện được mọi ký tự"))


def _check_head(context: InstallerContext, settings: Settings) -> Iterator[Finding]:
    """Yield whether the width of the slip printer's head is known."""
    if settings.kiosk is None or settings.kiosk.printer.kind == "none":
        return
    printer = settings.kiosk.printer
    words, subject = context.words, context.words("installer", "Đầu in")
    try:
        dots, assumed = profile_of(printer).dots, assumed_dots(printer)
    except ConfigError:
        return  # reported already
    if assumed is None:
        yield Finding(Level.FINE, "head", subject, words("installer", "{n} điểm", n=dots))
        return
    text = words("installer", "chưa biết rộng bao nhiêu điểm; phiếu được in rộng {n} điểm", n=assumed)
    todo = words("installer", "Ghi model của máy in vào tệp cấu hình, hoặc chạy luot-hardware probe.")
    yield Finding(Level.WARNING, "head", subject, text, todo)


def _check_clock(context: InstallerContext, settings: Settings) -> Iterator[Finding]:
    words, subject = context.words, context.words("device", "Đồng hồ máy chủ")
    todo = words("health", "Báo người quản trị: kiểm tra mạng và dịch vụ đồng bộ giờ của máy chủ.")
    if context.wall_ms() < EARLIEST_MS:
        yield Finding(Level.FAULT, "clock", subject, words("installer", "đồng hồ sai, còn trước năm 2026"), todo)
    elif not (context.root / SYNCHRONISED).exists():
        yield Finding(Level.WARNING, "clock", subject, words("device", "Chưa đồng bộ với giờ chuẩn"), todo)
    else:
        yield Finding(Level.FINE, "clock", subject, words("installer", "đã đồng bộ với giờ chuẩn"))


def _check_disk(context: InstallerContext, settings: Settings) -> Iterator[Finding]:
    words, subject = context.words, context.words("device", "Ổ đĩa")
    folder = settings.machine.state
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        text = words("installer", "không ghi được vào {folder}", folder=folder)
        todo = words("installer", "Cho người dùng {user} quyền ghi thư mục này.", user=user())
        yield Finding(Level.FAULT, "disk", subject, text, todo)
        return
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    level = Level.FAULT if free_mb < DISK_FULL_MB else Level.WARNING if free_mb < DISK_LOW_MB else Level.FINE
    todo = words("health", "Báo người quản trị: giải phóng ổ đĩa máy chủ.")
    text = words("installer", "còn trống {n} MB", n=free_mb)
    yield Finding(level, "disk", subject, text, todo if level is not Level.FINE else "")


def _check_sound(context: InstallerContext, settings: Settings) -> Iterator[Finding]:
    if settings.display is None or not settings.display.voice or settings.display.speaker.kind != "mixer":
        return
    words, subject = context.words, context.words("device", "Loa")
    try:
        cards = (context.root / "proc/asound/cards").read_text(encoding="utf-8")
    except OSError:
        cards = ""
    if "[" in cards:
        yield Finding(Level.FINE, "sound", subject, words("installer", "có thiết bị âm thanh"))
    else:
        text = words("installer", "máy không có thiết bị âm thanh")
        todo = words("installer", "Bật card âm thanh trong BIOS, hoặc cắm loa USB.")
        yield Finding(Level.FAULT, "sound", subject, text, todo)


CHECKS = (check_settings, check_characters, _check_head, check_ports, _check_clock, _check_disk, _check_sound)
