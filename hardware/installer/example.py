"""An example to print and to look at: one ticket that nobody took, on every occasion that a layout knows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from config.load import ConfigError
from config.office import load_office
from config.settings import Settings
from config.slips import SlipLayout
from config.words import Words
from hardware.slip import Slip
from hardware.slip_layout import Facts, compose

OCCASIONS: Mapping[str, frozenset[str]] = {
    "plain": frozenset(),
    "priority": frozenset({"priority"}),
    "papers": frozenset({"papers"}),
    "reprint": frozenset({"reprint"}),
    "staff": frozenset({"staff", "priority"}),
    "emergency": frozenset({"emergency"}),
    "compact": frozenset({"compact"}),
    "practice": frozenset({"practice"}),
    "no-code": frozenset(),
}
"""Name of the example → what holds. ``list`` and ``test`` are the other two slips of a layout."""
NAMES = (*OCCASIONS, "list", "test")
NUMBER = "A015"
LINK = "https://luot.example/v/7rW2mQ9xKfT4bZ1cVnE8sA"


def example(
    name: str,
    layout: SlipLayout,
    settings: Settings | None,
    words: Words,
    wall_ms: int,
    *,
    on_paper: bool,
    compact: bool = False,
) -> Slip:
    """The example ``name``. What leaves a printer (``on_paper``) says that it is a test and worth nothing."""
    facts = _facts(settings, words, wall_ms)
    marks = frozenset({"test"}) if on_paper or name == "test" else frozenset()
    if name == "list":
        return compose("papers", layout, replace(facts, occasions=marks), words)
    if name == "test":
        return compose("test", layout, replace(facts, job="TEST", occasions=marks), words)
    occasions = OCCASIONS[name] | marks | (OCCASIONS["compact"] if compact else frozenset())
    if name == "no-code":
        facts = replace(facts, link=None)
    if "papers" not in occasions:
        facts = replace(facts, papers=())
    return compose("ticket", layout, replace(facts, occasions=occasions), words)


def _facts(settings: Settings | None, words: Words, wall_ms: int) -> Facts:
    office, zone, hotline = words("installer", "Phường Mẫu"), "Asia/Ho_Chi_Minh", "1022"
    if settings is not None and settings.server is not None:
        try:
            file = load_office(settings.server.office)
        except ConfigError:  # `check` tells it; a slip can be looked at without
            pass
        else:
            office, zone, hotline = words.pick(file.name), file.zone, file.hotline or ""
    now = datetime.fromtimestamp(wall_ms / 1000, ZoneInfo(zone))
    return Facts(
        office,
        settings.kiosk.label if settings is not None and settings.kiosk is not None else "1",
        now,
        job=NUMBER,
        number=NUMBER,
        service=words("installer", "Hộ tịch"),
        procedure=words("installer", "Đăng ký khai sinh"),
        papers=(
            words("installer", "Tờ khai đăng ký khai sinh"),
            words("installer", "Giấy chứng sinh (hoặc giấy tờ thay thế)"),
            words("installer", "Giấy tờ tùy thân (xuất trình)"),
        ),
        counters="2",
        ahead=4,
        wait=words("wait", "khoảng {from}–{to} phút", **{"from": 20, "to": 35}),
        link=LINK,
        phone_page=True,
        day=now.date(),
        hotline=hotline or None,
        taken=now,
    )
