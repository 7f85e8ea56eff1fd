"""Draw slips by the kiosk's own builder and the printer's own raster.

In both languages and widths.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.clock import Now
from config.slips import SlipLayout, load_layout
from config.words import Words, words
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.drawing.raster import slip_image
from hardware.slips.slip import Slip
from kiosk.effects.slip import SlipContext, ticket_slip
from kiosk.ticket_texts import visitor_link
from server.wire.messages import from_time
from tools.pictures import kiosk

NOW = Now(from_time("2026-11-23T01:12:05.000Z"), 0, 0.0)


@dataclass(frozen=True, slots=True)
class Case:
    """One slip to look at. Without a ``procedure`` it is the one with the longest name.

    ``mark``: one of ``config.slips.MARK_NAMES``. ``papers``: with the list of papers. ``own``: by a hall's own layout.
    """

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
    Case("practice", "A901", mode="practice"),
    Case("long", "M1015", "priority", None, "reprint"),
    Case("papers", ticket_class="priority", papers=True),
    Case("compact", compact=True),
    Case("emergency", "K1015", mark="emergency"),
    Case("own", own=True),
)
SLIP_PAGE = Path(__file__).parents[2] / "docs" / "SLIP.md"


def own_layout() -> SlipLayout:
    """Return the layout that the page about slips shows as a hall's own."""
    (toml,) = re.findall(r"```toml\n(ticket = .*?)```", SLIP_PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "slips.toml"
        path.write_text(toml, encoding="utf-8")
        return load_layout(path)


def slip(case: Case, words: Words) -> Slip:
    """Return the case's slip in one language."""
    chosen = (procedure for procedure in kiosk.catalogue().procedures if procedure.code == case.procedure)
    procedure = kiosk.longest_procedure(words.language) if case.procedure is None else next(chosen)
    ticket = kiosk.ticket(case.number, ticket_class=case.ticket_class, procedure=procedure.code)
    ticket = ticket.model_copy(update={"service": procedure.service})
    layout = own_layout() if case.own else None
    context = SlipContext("1", case.mark, case.papers, case.compact, layout)
    return ticket_slip(ticket, kiosk.office(mode=case.mode), procedure, words, NOW, context)


def link() -> str:
    """Return the content of the QR code of every case."""
    content = visitor_link(kiosk.ticket(), kiosk.office())
    assert content is not None
    return content


def make(folder: Path) -> list[Path]:
    """Draw every case in both languages and widths; return the paths of the PNGs."""
    made = []
    for case in CASES:
        for language in ("vi", "en"):
            for paper in PAPERS.values():
                path = folder / f"slip-{case.name}-{paper.paper_mm}-{language}.png"
                slip_image(slip(case, words(language)), paper).save(path)
                made.append(path)
    return made
