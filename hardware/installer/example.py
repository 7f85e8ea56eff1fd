"""Example slips of an invented ticket, for each condition that a layout knows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from config.load import ConfigError
from config.office import load_office
from config.settings import Settings
from config.slips import SlipLayout
from config.words import Words
from hardware.slips.compose import SlipData, compose
from hardware.slips.slip import Slip

CONDITIONS_BY_EXAMPLE: Mapping[str, frozenset[str]] = {
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
"""The conditions of each example. ``list`` and ``test`` are the other two slips of a layout."""
EXAMPLE_NAMES = (*CONDITIONS_BY_EXAMPLE, "list", "test")
NUMBER = "A015"
LINK = "https://luot.example/v/7rW2mQ9xKfT4bZ1cVnE8sA"


def example_slip(
    name: str,
    layout: SlipLayout,
    settings: Settings | None,
    words: Words,
    wall_ms: int,
    *,
    on_paper: bool,
    compact: bool = False,
) -> Slip:
    """Return the example with that name. With ``on_paper`` the slip is marked as a test without value.

    ``compact``: leave out less important lines, as on a slow link.
    """
    data = _example_data(settings, words, wall_ms)
    marks = frozenset({"test"}) if on_paper or name == "test" else frozenset()
    if name == "list":
        return compose("papers", layout, replace(data, conditions=marks), words)
    if name == "test":
        return compose("test", layout, replace(data, label="TEST", conditions=marks), words)
    conditions = CONDITIONS_BY_EXAMPLE[name] | marks | (CONDITIONS_BY_EXAMPLE["compact"] if compact else frozenset())
    if name == "no-code":
        data = replace(data, link=None)
    if "papers" not in conditions:
        data = replace(data, papers=())
    return compose("ticket", layout, replace(data, conditions=conditions), words)


def _example_data(settings: Settings | None, words: Words, wall_ms: int) -> SlipData:
    office, zone, hotline = words("installer", "Phường Mẫu"), "Asia/Ho_Chi_Minh", "1022"
    if settings is not None and settings.server is not None:
        try:
            file = load_office(settings.server.office)
        except ConfigError:  # `check` reports it; a slip can be shown without
            pass
        else:
            office, zone, hotline = words.pick(file.name), file.zone, file.hotline or ""
    now = datetime.fromtimestamp(wall_ms / 1000, ZoneInfo(zone))
    return SlipData(
        office,
        settings.kiosk.label if settings is not None and settings.kiosk is not None else "1",
        now,
        label=NUMBER,
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
