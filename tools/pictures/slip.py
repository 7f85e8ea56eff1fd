"""Pictures of the slip by the kiosk's own builder and the printer's own raster, in both languages and widths."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.clock import Now
from config.slips import SlipLayout, load_layout
from config.words import Words, words
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.drawing.raster import picture
from hardware.slip import Slip
from kiosk.slip import Occasion, ticket_slip, visitor_link
from server.wire.messages import from_time
from tools.pictures import kiosk

NOW = Now(from_time("2026-11-23T01:12:05.000Z"), 0, 0.0)


@dataclass(frozen=True, slots=True)
class Case:
    """One slip to look at. Without a ``procedure`` it is the one with the longest name."""

    name: str
    number: str = "A015"
    ticket_class: str = "ordinary"
    procedure: str | None = "1.001193"
    mark: str | None = None
    mode: str = "live"
    papers: bool = False
    compact: bool = False
    own: bool = False


CASES = (
    Case("plain"),
    Case("priority", ticket_class="priority"),
    Case("reprint", mark="reprint"),
    Case("demo", ticket_class="priority", mode="demo"),
    Case("long", "M1015", "priority", None, "reprint"),
    Case("papers", ticket_class="priority", papers=True),
    Case("compact", compact=True),
    Case("emergency", "K1015", mark="emergency"),
    Case("own", own=True),
)
PAGE = Path(__file__).parents[2] / "docs" / "SLIP.md"


def own_layout() -> SlipLayout:
    """The layout that the page about slips shows as a hall's own."""
    (shown,) = re.findall(r"```toml\n(ticket = .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "slips.toml"
        path.write_text(shown, encoding="utf-8")
        return load_layout(path)


def slip(case: Case, say: Words) -> Slip:
    """The case's slip in one language."""
    found = (one for one in kiosk.catalogue().procedures if one.code == case.procedure)
    procedure = kiosk.longest_procedure(say.language) if case.procedure is None else next(found)
    ticket = kiosk.ticket(case.number, ticket_class=case.ticket_class, procedure=procedure.code)
    ticket = ticket.model_copy(update={"service": procedure.service})
    layout = own_layout() if case.own else None
    occasion = Occasion("1", case.mark, case.papers, case.compact, layout)
    return ticket_slip(ticket, kiosk.office(mode=case.mode), procedure, say, NOW, occasion)


def link() -> str:
    """What the QR code of every case says."""
    content = visitor_link(kiosk.ticket(), kiosk.office())
    assert content is not None
    return content


def make(folder: Path) -> list[Path]:
    """Draw every case in both languages and widths; the paths of the PNGs."""
    made = []
    for case in CASES:
        for language in ("vi", "en"):
            for paper in PAPERS.values():
                path = folder / f"slip-{case.name}-{paper.mm}-{language}.png"
                picture(slip(case, words(language)), paper).save(path)
                made.append(path)
    return made
