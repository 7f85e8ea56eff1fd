"""A hall of three machines, from the stick and without the Internet."""

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from tools.box.bare import ANSWERS, MAX_MINUTES, MAX_QUESTIONS, STICK, make_bare_machine, questions_in
from tools.box.checks import ALL_UNITS, edit, expect, retried_s
from tools.box.container import Container, bridge
from tools.box.hall_pages import HallPages
from tools.box.image import report
from tools.box.screen import picture, shown_code
from tools.box.scripts import KIOSK_TICKET

LOCAL = "http://127.0.0.1:8469"
BROKER_PORT = 8883
WAITING = "/admin/devices/waiting/"
ANSWERS_OF_KIOSK = "4\n\n2\n\n\n"
"""A kiosk, X11, no printer yet, and the proposals for its number and the server's address."""
ANSWERS_OF_TV = "6\n\n\n"
OTHER_PURPOSES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "room": ("2\n\n2\n\n\n", ("server", "display", "screen")),
    "server": ("3\n\n\n", ("server",)),
    "counters": ("5\n\n", ("counter",)),
    "sign": ("7\n\n", ("sign",)),
}
"""Purpose -> its answers and the units that must run."""


def prove_second_host(folder: Path) -> None:
    """Set a hall up as somebody does who knows only screens and guides.

    Its machines: the box, a kiosk beside a clerk's browser, and a TV.
    """
    sticks = {folder / "stick": STICK}
    names = ("hall-box", "kiosk-box", "tv-box")
    boxes = [Container(folder, name, number, sticks) for number, name in enumerate(names, start=2)]
    with bridge():
        try:
            for box in boxes:
                make_bare_machine(folder, box)
                box.boot()
            _prove_hall(*boxes)
        finally:
            for box in boxes:
                box.close()


def prove_other_purposes(folder: Path) -> None:
    """Install each other purpose from the stick, on a bare machine without a network."""
    for purpose, (answers, units) in OTHER_PURPOSES.items():
        box = Container(folder, "bare-box", 2, {folder / "stick": STICK}, networked=False)
        try:
            make_bare_machine(folder, box)
            box.boot()
            _install(box, purpose, answers)
            expect(f"{purpose}: its programs run", box.active(*units), box.output_of("luot-site", "status"))
        finally:
            box.close()


def _prove_hall(hall_box: Container, kiosk: Container, tv: Container) -> None:
    for box in (hall_box, kiosk, tv):
        box.refuses("getent", "ahosts", "deb.debian.org")
    report("three bare machines on a network without the Internet")
    began = time.monotonic()
    _install(hall_box, "hall", ANSWERS)
    edit(hall_box, "etc/luot/hall.toml", "[server]\n", "[server]\nalways_open = true\n")  # whatever time it is now
    hall_box.run("luot-site", "start")
    pages = HallPages(hall_box, LOCAL, kiosk.connect)  # the clerk's browser is on the second host
    retried_s(hall_box, "the set-up's page answers", pages.office_name)
    pages.make_administrator()
    pages.choose_office("one-stop")
    pages.finish()
    hall_box.wait_until("the hall opens itself to other machines", pages.is_open)
    report(f"the hall is set up {(time.monotonic() - began) / 60:.1f} min after the start")
    _install(kiosk, "kiosk", ANSWERS_OF_KIOSK)
    _install(tv, "display", ANSWERS_OF_TV)
    kiosk_id, tv_id = _enrol(pages, kiosk, "kiosk", "Ki-ốt 2"), _enrol(pages, tv, "display", "Ti-vi 2")
    pages.clerk_starts()
    number = kiosk.run("/opt/luot/current/venv/bin/python", "-c", KIOSK_TICKET)
    issued_by = _stations(hall_box, "ticket.issued", number)
    expect("the number comes from the kiosk on the second host", kiosk_id in issued_by, issued_by)
    pages.call_next(number)
    tv.wait_until(f"the TV has shown {number}", lambda: tv_id in _stations(hall_box, "call.seen", number))
    elapsed_s = time.monotonic() - began
    expect(f"at most {MAX_MINUTES} minutes", elapsed_s <= MAX_MINUTES * 60, f"{elapsed_s:.0f} s")
    expect("kiosk and TV run", kiosk.active("kiosk", "screen") and tv.active("display", "screen"))
    expect("the hall runs", hall_box.active(*ALL_UNITS))
    report(
        f"number {number}: taken at the second kiosk, called in the clerk's browser beside it, shown on the second TV;"
        f" hall, kiosk, TV and browser in {elapsed_s / 60:.1f} min"
    )


def _install(box: Container, purpose: str, answers: str) -> None:
    began = time.monotonic()
    output = box.run("sh", f"{STICK}/cai-dat", typed=answers)
    questions = questions_in(output)
    expect(f"at most {MAX_QUESTIONS} questions", 0 < questions <= MAX_QUESTIONS, output)
    expect("the end is said", "ĐÃ CÀI XONG" in output, output)
    report(f"{purpose}: installed in {(time.monotonic() - began) / 60:.1f} min with {questions} questions")


def _enrol(hall: HallPages, box: Container, unit: str, name: str) -> str:
    """Type the code of a station on the page of devices; return the station's id."""
    box.wait_until(f"{name} shows a code", lambda: shown_code(box))
    picture(box).save(box.folder / f"{box.host_name}.png")
    code = shown_code(box)
    administrator = hall.administrator()
    links = [link for link in administrator.open("/admin/devices").links if link.startswith(WAITING)]
    waiting = [link for link in links if box.address in administrator.open(link).text]
    expect(f"the page of devices shows {name}", len(waiting) == 1, administrator.page.text)
    administrator.open(waiting[0])
    administrator.send(waiting[0], code=code, name=name)
    box.wait_until(f"{name} is connected to the broker", lambda: box.connections_to(BROKER_PORT) > 0)
    stored = json.loads((box.root / f"var/lib/luot/enrolment-{unit}.json").read_text(encoding="utf-8"))
    report(f"{name}: found the hall, enrolled by the code on its screen")
    return str(stored["credentials"]["device"]["id"])


def _stations(box: Container, kind: str, number: str) -> list[str]:
    """Return the stations that have reported facts of a kind about a number."""
    query = "SELECT actor_station FROM journal JOIN ticket ON ticket.id = journal.ticket WHERE kind = ? AND number = ?"
    path = box.root / "var/lib/luot/luot.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
        return [str(station) for (station,) in connection.execute(query, (kind, number))]
