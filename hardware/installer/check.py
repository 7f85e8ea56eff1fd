"""``luot-hardware check``: is this machine ready for the hall; one line each, with what to do, and an exit code."""

import difflib
import grp
import os
import pwd
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from config.drawable import undrawable
from config.load import ConfigError
from config.office import load_office
from config.settings import Settings
from config.slips import load_layout
from config.words import Words
from hardware.installer import health
from hardware.installer.devices import wired
from hardware.installer.findings import Finding, Level
from hardware.installer.holders import is_locked
from hardware.installer.ports import Caution, Kind, port_of
from hardware.installer.report import report
from hardware.installer.site import Site
from hardware.letters import called
from hardware.open_printer import assumed_dots, profile_of

DISK_LOW_MB, DISK_FULL_MB = 1000, 200
SYNCHRONISED = "run/systemd/timesync/synchronized"
EARLIEST_MS = 1_767_225_600_000
"""1 January 2026: a clock that shows less has lost its battery."""
NAMELESS = ("ttyUSB", "ttyACM")
PSEUDO_TERMINALS = range(136, 144)
"""Their major numbers in the kernel's list of devices."""
GROUPS = {Kind.SERIAL: "dialout", Kind.PRINTER: "lp", Kind.INPUT: "input"}


def run(site: Site, *, json_wanted: bool, devices: bool) -> int:
    """Look at everything; the worst level is the exit code."""
    looks = (*LOOKS, health.findings) if devices else LOOKS
    return report(site, looks, json_wanted=json_wanted)


def _settings(site: Site, settings: Settings) -> Iterator[Finding]:
    """The file itself was read before; what it names is looked at here."""
    words, about = site.words, site.words("installer", "Cấu hình")
    mistakes = list(_mistakes(settings))
    for mistake in mistakes:
        yield Finding(Level.FAULT, "settings", about, mistake)
    if mistakes:
        return
    yield Finding(Level.FINE, "settings", about, words("installer", "đọc được {file}", file=site.path))


def _mistakes(settings: Settings) -> Iterator[str]:
    """Of the files that the settings name."""
    looks: list[Callable[[], object]] = []
    if settings.kiosk is not None:
        printer = settings.kiosk.printer
        looks.append(lambda: load_layout(printer.layout))
        looks.append(lambda: profile_of(printer))
    if (server := settings.server) is not None:
        looks.append(lambda: load_office(server.office))
    for look in looks:
        try:
            look()
        except ConfigError as error:
            yield from error.mistakes


def _letters(site: Site, settings: Settings) -> Iterator[Finding]:
    """Signs of the office's texts that slips and screens cannot draw; those of a slip's layout are mistakes."""
    if settings.server is None:
        return
    words, about = site.words, site.words("installer", "Chữ của đơn vị")
    try:
        found = undrawable(load_office(settings.server.office))
    except ConfigError:
        return  # told already
    todo = words("installer", "Viết bằng chữ thay cho ký tự đó.")
    for one in found:
        said = words("installer", "không phông chữ nào có {sign}: {place}", sign=called(one.sign), place=one.place)
        if one.others:
            said += words("installer", ", và {n} chỗ khác", n=one.others)
        yield Finding(Level.WARNING, f"sign:U+{ord(one.sign):04X}", about, said, todo)
    if not found:
        yield Finding(Level.FINE, "signs", about, words("installer", "in và hiện được mọi ký tự"))


def _head(site: Site, settings: Settings) -> Iterator[Finding]:
    """Whether it is known how wide the slip printer's head is."""
    if settings.kiosk is None or settings.kiosk.printer.kind == "none":
        return
    printer = settings.kiosk.printer
    words, about = site.words, site.words("installer", "Đầu in")
    try:
        dots, assumed = profile_of(printer).dots, assumed_dots(printer)
    except ConfigError:
        return  # told already
    if assumed is None:
        yield Finding(Level.FINE, "head", about, words("installer", "{n} điểm", n=dots))
        return
    said = words("installer", "chưa biết rộng bao nhiêu điểm; phiếu được in rộng {n} điểm", n=assumed)
    todo = words("installer", "Ghi model của máy in vào tệp cấu hình, hoặc chạy luot-hardware probe.")
    yield Finding(Level.WARNING, "head", about, said, todo)


def _ports(site: Site, settings: Settings) -> Iterator[Finding]:
    for who, name, kind in wired(settings):
        if "://" in name:
            continue
        yield from _port(site, who, name, kind)


def _port(site: Site, who: str, name: str, kind: Kind) -> Iterator[Finding]:
    from hardware.installer.phrases import name as called

    words, about = site.words, called(who, site.words)
    path = _below(site.root, name)
    if not path.exists():
        said = words("installer", "không có cổng {port}", port=name)
        todo = words("installer", "Cắm thiết bị; chạy luot-hardware ports để xem tên cổng.")
        close = difflib.get_close_matches(path.name, [one.name for one in path.parent.glob("*")], n=1)
        if close:
            todo = words("installer", "Có phải {port}? Sửa tệp cấu hình.", port=Path(name).with_name(close[0]))
        yield Finding(Level.FAULT, f"port:{who}", about, said, todo)
        return
    needed = os.R_OK if kind is Kind.INPUT else os.R_OK | os.W_OK
    said = words("installer", "không có quyền dùng cổng {port}", port=name)
    if not os.access(path, needed):
        todo = words("installer", "Thêm người dùng {user} vào nhóm {group}.", user=_user(), group=_group(path, kind))
        yield Finding(Level.FAULT, f"rights:{who}", about, said, todo)
        return
    if os.geteuid() == 0 and not service_may(path.stat(), kind):
        yield Finding(Level.FAULT, f"rights:{who}", about, said, _services_need(GROUPS[kind], words))
        return
    port = port_of(name, site.root)
    if port is not None and port.kind is not kind:
        said = words("installer", "{port} là cổng loại khác: {product}", port=name, product=port.product or port.kind)
        todo = words("health", "Cắm đúng thiết bị vào cổng này.")
        yield Finding(Level.FAULT, f"kind:{who}", about, said, todo)
        return
    cautions = tuple(_cautions(site, who, name, about))
    yield from cautions
    if not cautions:
        held = words("installer", "đang được dùng") if is_locked(path.resolve(), site.root) else ""
        said = words("installer", "có cổng {port}", port=name) + (f", {held}" if held else "")
        yield Finding(Level.FINE, f"port:{who}", about, said)


def _cautions(site: Site, who: str, name: str, about: str) -> Iterator[Finding]:
    words, port = site.words, port_of(name, site.root)
    if port is not None and port.usb and Path(name).name.startswith(NAMELESS):
        said = words("installer", "tên {port} có thể đổi sau khi khởi động", port=name)
        todo = words("installer", "Dùng tên cố định: {port}", port=port.best_name)
        yield Finding(Level.WARNING, f"name:{who}", about, said, todo)
    for caution in port.cautions if port is not None else ():
        if caution in CAUTIONS and (caution is not Caution.NO_SERIAL_NUMBER or "by-id" in name):
            said, todo = CAUTIONS[caution](site)
            yield Finding(Level.WARNING, f"{caution}:{who}", about, said, todo)


CAUTIONS: dict[Caution, Callable[[Site], tuple[str, str]]] = {
    Caution.MODEM_MANAGER: lambda site: (
        site.words("installer", "ModemManager đang chạy và có thể chiếm cổng khi cắm"),
        site.words("installer", "Gỡ gói modemmanager khỏi máy này."),
    ),
    Caution.BRLTTY: lambda site: (
        site.words("installer", "brltty đang chạy và chiếm bộ chuyển CH340"),
        site.words("installer", "Gỡ gói brltty khỏi máy này."),
    ),
    Caution.NO_SERIAL_NUMBER: lambda site: (
        site.words("installer", "bộ chuyển không có số riêng: tên by-id của hai bộ giống nhau"),
        site.words("installer", "Dùng tên theo vị trí cắm (by-path) và luôn cắm đúng lỗ đó."),
    ),
    Caution.NO_RIGHTS: lambda site: (
        site.words("installer", "không có quyền đọc và ghi"),
        site.words("installer", "Thêm người dùng vào nhóm dialout, lp hoặc input."),
    ),
}


def _below(root: Path, name: str) -> Path:
    return root / name.lstrip("/") if name.startswith("/") else Path(name)


def group_name(gid: int) -> str:
    """Return the name of a group of this machine, empty when the machine has no such group."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return ""


def service_may(status: os.stat_result, kind: Kind, name_of: Callable[[int], str] = group_name) -> bool:
    """Return whether our services, which run as ``luot`` in the group of that kind of port, may use it."""
    if not stat.S_ISCHR(status.st_mode) or os.major(status.st_rdev) in PSEUDO_TERMINALS:
        return True
    needed = 0o4 if kind is Kind.INPUT else 0o6
    by_group = name_of(status.st_gid) == GROUPS[kind] and (status.st_mode >> 3) & needed == needed
    return by_group or status.st_mode & needed == needed


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _group(path: Path, kind: Kind) -> str:
    try:
        return group_name(path.stat().st_gid) or GROUPS[kind]
    except OSError:
        return GROUPS[kind]


def _services_need(group: str, words: Words) -> str:
    """Return what an installer does about a port that the services may not use."""
    try:
        grp.getgrnam(group)
    except KeyError:
        return words("installer", "Máy này chưa có nhóm {group}: cài lại Lượt trên máy này, rồi cắm lại.", group=group)
    return words("installer", "Cài luật udev của gói này rồi cắm lại: cổng phải thuộc nhóm {group}.", group=group)


def _clock(site: Site, settings: Settings) -> Iterator[Finding]:
    words, about = site.words, site.words("device", "Đồng hồ máy chủ")
    todo = words("health", "Báo người quản trị: kiểm tra mạng và dịch vụ đồng bộ giờ của máy chủ.")
    if site.wall_ms() < EARLIEST_MS:
        yield Finding(Level.FAULT, "clock", about, words("installer", "đồng hồ sai, còn trước năm 2026"), todo)
    elif not (site.root / SYNCHRONISED).exists():
        yield Finding(Level.WARNING, "clock", about, words("device", "Chưa đồng bộ với giờ chuẩn"), todo)
    else:
        yield Finding(Level.FINE, "clock", about, words("installer", "đã đồng bộ với giờ chuẩn"))


def _disk(site: Site, settings: Settings) -> Iterator[Finding]:
    words, about = site.words, site.words("device", "Ổ đĩa")
    folder = settings.machine.state
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        said = words("installer", "không ghi được vào {folder}", folder=folder)
        todo = words("installer", "Cho người dùng {user} quyền ghi thư mục này.", user=_user())
        yield Finding(Level.FAULT, "disk", about, said, todo)
        return
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    level = Level.FAULT if free_mb < DISK_FULL_MB else Level.WARNING if free_mb < DISK_LOW_MB else Level.FINE
    todo = words("health", "Báo người quản trị: giải phóng ổ đĩa máy chủ.")
    said = words("installer", "còn trống {n} MB", n=free_mb)
    yield Finding(level, "disk", about, said, todo if level is not Level.FINE else "")


def _sound(site: Site, settings: Settings) -> Iterator[Finding]:
    if settings.display is None or not settings.display.voice or settings.display.speaker.kind != "mixer":
        return
    words, about = site.words, site.words("device", "Loa")
    try:
        cards = (site.root / "proc/asound/cards").read_text(encoding="utf-8")
    except OSError:
        cards = ""
    if "[" in cards:
        yield Finding(Level.FINE, "sound", about, words("installer", "có thiết bị âm thanh"))
    else:
        said = words("installer", "máy không có thiết bị âm thanh")
        todo = words("installer", "Bật card âm thanh trong BIOS, hoặc cắm loa USB.")
        yield Finding(Level.FAULT, "sound", about, said, todo)


LOOKS = (_settings, _letters, _head, _ports, _clock, _disk, _sound)
