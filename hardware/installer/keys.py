"""``luot-hardware keys``: what pads, keypads and scanners send, in hex, and what it means here.

A scan may be somebody's identity card, so what comes too fast for a finger is counted and never shown.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import Desk
from hardware.installer.devices import says_who_holds
from hardware.installer.findings import Level
from hardware.installer.site import EX_USAGE, Site
from hardware.keypads import keymap
from hardware.keypads.codes import code_text
from hardware.keypads.evdev import DOWN, EV_KEY, EVENT
from hardware.keypads.kernel_keys import NAMES
from hardware.lines.lines import Lines
from hardware.ports import State

REST_S = 0.15
MOST_OF_A_FINGER = 4
LOOK_S = 0.05
OPENING_S = 5.0


@dataclass(slots=True)
class Listened:
    """One port: whose it is, and what each code means there. ``scanner``: nothing it sends may be shown."""

    port: str
    baud: int
    evdev: bool
    who: list[str] = field(default_factory=list)
    meanings: dict[bytes, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    scanner: bool = False


def run(site: Site, *, port: str | None, baud: int, seconds: float) -> int:
    """Watch one port, or all pads and scanners of the settings, for ``seconds`` or until Ctrl-C."""
    watched = (
        [Listened(port, baud, "/input/" in str(Path(port).resolve()), [port])] if port else list(_of_settings(site))
    )
    if not watched:
        site.say(site.words("installer", "Không có bàn phím hay máy quét nào để nghe; thêm --config hoặc tên cổng."))
        return EX_USAGE
    if says_who_holds(site, [one.port for one in watched if not one.evdev]):
        return Level.FAULT
    for one in watched:
        site.say(site.words("installer", "Đang nghe {port} ({who}).", port=one.port, who=", ".join(one.who)))
    with ExitStack() as held:
        lines = Lines(site.mono_s)
        ears = [_Ear(site, one, lines, held) for one in watched]
        # A key pressed before its port is open is lost, so the request to press waits.
        opening_s = site.mono_s() + OPENING_S
        while any(ear.opening for ear in ears) and site.mono_s() < opening_s and site.pause(LOOK_S):
            pass
        site.say(site.words("installer", "Bấm từng phím, quét thử một mã; Ctrl-C để kết thúc."))
        end_s = site.mono_s() + seconds
        while site.mono_s() < end_s and site.pause(LOOK_S):
            for ear in ears:
                ear.look()
    return Level.FINE if all(ear.well for ear in ears) else Level.FAULT


def _of_settings(site: Site) -> Iterator[Listened]:
    desks = site.settings.counter.desks if site.settings is not None and site.settings.counter is not None else ()
    found: dict[str, Listened] = {}
    for desk in desks:
        for name in ("keypad", "pad", "scanner"):
            device = getattr(desk, name)
            if device.kind == "none":
                continue
            evdev = device.kind == "evdev"
            one = found.setdefault(device.port, Listened(device.port, device.baud, evdev))
            one.who.append(f"{name} {desk.counter}")
            _learn(one, desk, name)
    yield from found.values()


def _learn(one: Listened, desk: Desk, name: str) -> None:
    match name:
        case "keypad" if one.evdev:
            one.names |= keymap.evdev_keys(desk.keypad.keys)
        case "keypad":
            one.meanings |= keymap.serial_keys(desk.keypad.keys, desk.keypad.address)
        case "pad" if one.evdev:
            one.names |= keymap.evdev_levels(desk.pad.keys, desk.pad.levels)
        case "pad":
            one.meanings |= keymap.serial_levels(desk.pad.keys, desk.pad.levels, desk.pad.address)
        case _:
            one.scanner = True


class _Ear:
    """Listens at one port; told in the command's own thread."""

    def __init__(self, site: Site, listened: Listened, lines: Lines, held: ExitStack) -> None:
        self._site, self._listened = site, listened
        self._heard: list[tuple[bytes, float]] = []
        self._rest, self._rest_s = b"", 0.0
        self._pressed: list[int] = []
        self._said = ""
        self.well = True
        self._look: Callable[[], None]
        if listened.evdev:
            self._file, self._why = _opened(listened.port)
            if self._file is not None:
                held.callback(os.close, self._file)
            self._look = self._look_at_kernel
        else:
            self._line = lines.line(listened.port, listened.baud)
            held.callback(self._line.listen(lambda data: self._heard.append((data, site.mono_s()))))
            self._look = self._look_at_line

    @property
    def opening(self) -> bool:
        """Return whether the port has neither opened nor failed yet."""
        return not self._listened.evdev and self._line.health().state is State.UNKNOWN

    def look(self) -> None:
        self._look()

    def _look_at_line(self) -> None:
        health = self._line.health()
        if health.state is State.OFFLINE:
            self._complain(health.detail)
        taken, self._heard[:] = list(self._heard), []
        for data, at_s in taken:
            self._rest, self._rest_s = self._rest + data, at_s
            self.well = True
        if self._rest and self._site.mono_s() >= self._rest_s + REST_S:
            data, self._rest = self._rest, b""
            if self._listened.scanner or not _by_finger(data, self._listened.meanings):
                self._conceal(len(data))
                return
            for code in _codes(data, self._listened.meanings):
                self._tell(code.hex(" "), code_text(code), self._listened.meanings.get(code))

    def _look_at_kernel(self) -> None:
        if self._file is None:
            self._complain(self._why)
            return
        try:
            data = os.read(self._file, 64 * EVENT.size)
        except BlockingIOError:
            data = b""
        except OSError as error:
            self._complain(error.strerror or str(error))
            return
        for at in range(0, len(data) - EVENT.size + 1, EVENT.size):
            _, _, kind, code, value = EVENT.unpack_from(data, at)
            if kind == EV_KEY and value == DOWN:
                self._pressed.append(code)
                self._rest_s = self._site.mono_s()
        if self._pressed and self._site.mono_s() >= self._rest_s + REST_S:
            pressed, self._pressed = self._pressed, []
            if len(pressed) > MOST_OF_A_FINGER:
                self._conceal(len(pressed))
                return
            for code in pressed:
                name = NAMES.get(code, str(code))
                self._tell(name, name, self._listened.names.get(code))

    def _tell(self, shown: str, written: str, meaning: str | None) -> None:
        unknown = self._site.words("installer", 'chưa có trong cấu hình; thêm: "{code}" = …', code=written)
        self._site.say(f"{self._listened.port}: {shown}  {meaning or unknown}")

    def _conceal(self, count: int) -> None:
        port, words = self._listened.port, self._site.words
        self._site.say(
            words("installer", "{port}: một lần quét, {n} ký tự, không hiển thị nội dung", port=port, n=count)
        )

    def _complain(self, why: str) -> None:
        self.well = False
        if why and why != self._said:
            self._said, words = why, self._site.words
            self._site.say(words("installer", "{port}: không mở được ({why})", port=self._listened.port, why=why))


def _opened(path: str) -> tuple[int | None, str]:
    """The input device, or why there is none."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return None, error.strerror or str(error)
    if not (stat.S_ISCHR(os.fstat(file).st_mode) or stat.S_ISFIFO(os.fstat(file).st_mode)):
        os.close(file)
        return None, os.strerror(errno.ENODEV)
    return file, ""


def _by_finger(data: bytes, meanings: Mapping[bytes, str]) -> bool:
    """Whether a finger may have sent this at once: one code that is known, or a few bytes."""
    return data in meanings or len(data) <= MOST_OF_A_FINGER


def _codes(data: bytes, meanings: Mapping[bytes, str]) -> Iterator[bytes]:
    """The known codes in ``data``, the longer first; what is none comes in one piece."""
    known = sorted(meanings, key=len, reverse=True)
    while data:
        code = next((one for one in known if data.startswith(one)), data)
        yield code
        data = data[len(code) :]
