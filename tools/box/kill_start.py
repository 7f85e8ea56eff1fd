"""The machine on which changes of release are killed."""

import json
import shutil
from dataclasses import asdict

from tools.box.browser import Browser
from tools.box.checks import edit, retried_s
from tools.box.container import Container
from tools.box.hall_pages import HallPages
from tools.box.image import call, make_machines, report
from tools.box.kill_moves import (
    FIRST,
    MIGRATED,
    PATIENCE,
    SECOND,
    WHEELS,
    Measured,
    Measures,
    Move,
    Releases,
    measure,
    undisturbed_s,
)
from tools.box.ledger import Ledger
from tools.box.proof import LOCAL, SETTINGS, draw_without_card

READY = "kills-ready"
"""The kept machine, and beside it a file with its releases and measures."""
FIRST_NUMBERS = 12


class _PagesOnLoopback(HallPages):
    """The hall's pages, opened on its own machine, which has no network."""

    def remote(self) -> Browser:
        """Return a browser on the machine itself."""
        return Browser(self.local, self.box.connect)


def prepared(box: Container) -> Measured:
    """Boot a machine with a hall of the first release; return its measures.

    The one of an earlier part is used again.
    """
    ready, notes = box.folder / READY, box.folder / f"{READY}.json"
    releases = Releases(box)
    content = json.loads(notes.read_text(encoding="utf-8")) if notes.exists() else {}
    if content.get("releases") == releases.names:
        shutil.rmtree(box.root, ignore_errors=True)
        call("cp", "-a", "--reflink=auto", str(ready), str(box.root))
        box.boot()
        measured = Measured(content["build_s"])
        for other, direction, measures in content["measures"]:
            measured.changes[other, direction] = Measures(**measures)
        report("the hall of an earlier part is used again")
        return measured
    make_machines(box.folder, (box.root.name,))
    measured = _make_hall(box, releases)
    box.run("systemctl", "stop", "luot.target")
    box.cut_power()
    shutil.rmtree(ready, ignore_errors=True)
    call("cp", "-a", "--reflink=auto", str(box.root), str(ready))
    changes = [[other, direction, asdict(measures)] for (other, direction), measures in measured.changes.items()]
    content = {"releases": releases.names, "build_s": measured.build_s, "measures": changes}
    notes.write_text(json.dumps(content), encoding="utf-8")
    box.boot()
    return measured


def _make_hall(box: Container, releases: Releases) -> Measured:
    """Install the first release, set the hall up, and measure each change undisturbed."""
    box.boot()
    box.run(f"/{FIRST}/packaging/install", "install", "--role", "all-in-one", "--session", "x11", *WHEELS)
    for old, new in SETTINGS:
        edit(box, "etc/luot/hall.toml", old, new)
    draw_without_card(box)
    box.run("luot-site", "start", *PATIENCE)
    _set_up(box)
    releases.keep(FIRST)
    measured = Measured(0.0)
    for other in (SECOND, MIGRATED):
        upgrade, back = Move(other, upgrades=True), Move(other, upgrades=False, forgets=other == MIGRATED)
        measured.build_s = undisturbed_s(box, upgrade)
        report(f"{upgrade}, the release is built: {measured.build_s:.1f} s")
        releases.keep(other)
        report(f"{back}: {undisturbed_s(box, back):.1f} s")
        for move in (upgrade, back):
            measured.changes[move.key] = measure(box, move)
    return measured


def _set_up(box: Container) -> None:
    ledger, hall = Ledger(box, LOCAL), _PagesOnLoopback(box, LOCAL)
    hall.make_administrator()
    hall.choose_office("one-stop")
    hall.finish()
    retried_s(box, "the hall gives numbers", ledger.take)
    hall.clerk_starts()
    for _ in range(FIRST_NUMBERS):
        ledger.take()
    report(f"a hall runs; {len(ledger.stored())} numbers given")
