"""An upgrade from the last release without accounts, and the way back."""

from tools.box.checks import ALL_UNITS, SHORT_TIMEOUTS, WHEELS, edit, expect, release, ticket
from tools.box.container import RELEASES, Container
from tools.box.hall_pages import HallPages
from tools.box.image import report
from tools.box.proof import draw_without_card
from tools.box.scripts import STATIONS

SERVER = "http://127.0.0.1:8470"
OFFICE = "Phường Thử"


def prove_landed(box: Container) -> None:
    """Upgrade a hall with an office file, make its administrator, and roll back."""
    box.run("/landed/packaging/install", "install", "--role", "all-in-one", "--session", "x11", *WHEELS)
    edit(box, "etc/luot/office.toml", "Phường Ví Dụ", OFFICE)
    edit(box, "etc/luot/hall.toml", "[server]\n", "[server]\nalways_open = true\n")
    draw_without_card(box)
    box.run("luot-site", "start", *SHORT_TIMEOUTS)
    numbers = [ticket(box, SERVER), ticket(box, SERVER)]
    report(f"a release without accounts runs; numbers {', '.join(numbers)}")
    numbers.append(_upgrade(box))
    _make_administrator(box)
    refused = box.refuses("luot-site", "roll-back", *SHORT_TIMEOUTS)
    expect("a roll-back over a migration refuses to forget a number", "--forget-numbers" in refused, refused)
    box.run("luot-site", "roll-back", "--forget-numbers", *SHORT_TIMEOUTS)
    expect("the release without accounts runs again", release(box).startswith(RELEASES["landed"]))
    expect("everything runs", box.active(*ALL_UNITS))
    again = ticket(box, SERVER)
    expect("only the numbers since the upgrade are forgotten", again == numbers[-1], [*numbers, again])
    report(f"rolled back to the release without accounts; next number {again}")
    box.run("luot-site", "uninstall", "--purge")


def _upgrade(box: Container) -> str:
    """Upgrade; return the next number, which the stations of the box take at once."""
    box.run("/second/packaging/install", "upgrade", *WHEELS, *SHORT_TIMEOUTS)
    expect("the new release runs", release(box).startswith(RELEASES["second"]))
    expect("everything runs", box.active(*ALL_UNITS))
    number = ticket(box, SERVER)
    expect("the numbers of the hall stay", int(number[1:]) == 3, number)
    wanted = {"kiosk-1", "counters-1", "tv-1"}
    box.wait_until(
        "the stations of the box work before there is an administrator",
        lambda: wanted <= set(box.output_of("python3", "-c", STATIONS, SERVER).split()),
    )
    report(f"upgraded a hall without accounts: its stations work at once; next number {number}")
    return number


def _make_administrator(box: Container) -> None:
    """Do the set-up, which asks for no office."""
    hall = HallPages(box, SERVER)
    page = hall.make_administrator()
    expect("the set-up of a hall with an office asks for none", "/setup/office" not in page.forms, page.text)
    expect("it goes on with the devices", "/setup/finish" in page.forms, page.text)
    hall.finish()
    expect("the office is the one that was there", OFFICE in hall.office_name(), hall.office_name())
    report("the set-up of the upgraded hall asked for an administrator only")
